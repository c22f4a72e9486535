"""The pages on which people sign in and out, choose a password, and supervisors keep the accounts."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from station import accounts, passwords, sessions
from station.access import COOKIE
from station.accounts import AccountError, Role
from station.clock import Now
from station.forms import form_of
from station.rendering import Rendering, words_of
from station.sessions import LONGEST, Person
from station.signing_in import TooManyAttempts, sign_in
from station.store import Store
from station.words import Words


class People:
    """Sign in, sign out, password, accounts."""

    def __init__(self, store: Store, rendering: Rendering, now: Now) -> None:
        self._store = store
        self._show = rendering.show
        self._now = now

    def routes(self) -> APIRouter:
        """The routes of this part, for the application."""
        router = APIRouter()
        router.add_api_route("/login", self.login_page, methods=["GET"])
        router.add_api_route("/login", self.login, methods=["POST"])
        router.add_api_route("/logout", self.logout, methods=["POST"])
        router.add_api_route("/password", self.password_page, methods=["GET"])
        router.add_api_route("/password", self.choose_password, methods=["POST"])
        router.add_api_route("/accounts", self.accounts_page, methods=["GET"])
        router.add_api_route("/accounts", self.add_account, methods=["POST"])
        router.add_api_route("/accounts/{name}", self.change_account, methods=["POST"])
        return router

    # ── sign in and out ───────────────────────────────────────────────────────────────────────────────

    def login_page(self, request: Request) -> Response:
        if request.state.person is not None:
            return RedirectResponse(home_of(request.state.person), 303)
        return self._login(request, "", 200)

    def login(self, request: Request) -> Response:
        form, _ = form_of(request), words_of(request).say
        address = request.client.host if request.client else ""
        try:
            token = sign_in(self._store, form.get("name", ""), form.get("password", ""), address, self._now())
        except TooManyAttempts:
            return self._login(request, _("Sai quá nhiều lần. Hãy thử lại sau 15 phút."), 429)
        if token is None:
            return self._login(request, _("Sai tên đăng nhập hoặc mật khẩu."), 401)
        answer = RedirectResponse(local_address(form.get("next", "")), 303)
        _keep(answer, request, token)
        return answer

    def logout(self, request: Request) -> Response:
        with self._store.writing() as connection:
            sessions.end(connection, request.cookies.get(COOKIE, ""), self._now())
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE)
        answer.headers["Clear-Site-Data"] = '"storage"'  # notes begun here are no business of the next person
        return answer

    def _login(self, request: Request, problem: str, status: int) -> Response:
        form = request.state.form if request.method == "POST" else {}
        wanted = form.get("next") or request.query_params.get("next", "")
        name = form.get("name", "")
        return self._show(request, "login.html", status, problem=problem, wanted=wanted, name=name)

    # ── the own password ──────────────────────────────────────────────────────────────────────────────

    def password_page(self, request: Request) -> Response:
        return self._show(request, "password.html", problem="", least=passwords.LEAST)

    def choose_password(self, request: Request) -> Response:
        form, person = form_of(request), request.state.person
        problem = self._why_not(form, person, words_of(request))
        if problem:
            return self._show(request, "password.html", 422, problem=problem, least=passwords.LEAST)
        with self._store.writing() as connection:
            account = accounts.find(connection, person.name)
            if account is None:
                raise HTTPException(403)
            accounts.choose_password(connection, account, form["new"], self._now())
            token = sessions.begin(connection, account.number, self._now())
        answer = RedirectResponse(home_of(person), 303)
        _keep(answer, request, token)
        return answer

    def _why_not(self, form: dict[str, str], person: Person, words: Words) -> str:
        """What is wrong with a choice of password; empty if nothing. The old one is asked at the same bounded rate."""
        _ = words.say
        new = form.get("new", "")
        if new != form.get("again"):
            return _("Hai lần nhập mật khẩu mới không giống nhau.")
        if not passwords.good(new, person.name):
            return _("Mật khẩu cần ít nhất {n} ký tự và không được trùng tên đăng nhập.").format(
                n=passwords.LEAST
            )
        try:
            token = sign_in(self._store, person.name, form.get("old", ""), "", self._now())
        except TooManyAttempts:
            return _("Sai quá nhiều lần. Hãy thử lại sau 15 phút.")
        return "" if token is not None else _("Mật khẩu hiện tại không đúng.")

    # ── accounts ──────────────────────────────────────────────────────────────────────────────────────

    def accounts_page(self, request: Request) -> Response:
        return self._accounts(request)

    def add_account(self, request: Request) -> Response:
        form, by = form_of(request), request.state.person.name
        role = _role(form.get("role", ""))
        try:
            with self._store.writing() as connection:
                name = form.get("name", "").strip().casefold()
                password = accounts.add(connection, name, role, form.get("full_name", ""), by, self._now())
        except AccountError:
            _ = words_of(request).say
            text = _("Tên đăng nhập đã có hoặc có ký tự lạ; chỉ dùng a-z 0-9 . _ - và không dấu.")
            return self._accounts(request, problem=text, status=422)
        return self._accounts(request, told=(name, password))

    def change_account(self, request: Request, name: str) -> Response:
        """One change: a new password, another role, closed or opened again. Nobody closes or demotes herself."""
        form, by, now = form_of(request), request.state.person.name, self._now()
        do = form.get("do")
        if name == by:
            raise HTTPException(403)
        told = None
        try:
            with self._store.writing() as connection:
                if do == "password":
                    told = (name, accounts.new_password(connection, name, by, now))
                elif do == "role":
                    accounts.set_role(connection, name, _role(form.get("role", "")), by, now)
                elif do in ("close", "open"):
                    accounts.set_closed(connection, name, by, now, closed=do == "close")
                else:
                    raise HTTPException(400)
        except AccountError:
            raise HTTPException(404) from None
        return self._accounts(request, told=told)

    def _accounts(
        self, request: Request, problem: str = "", told: tuple[str, str] | None = None, status: int = 200
    ) -> Response:
        with self._store.reading() as connection:
            rows = accounts.everyone(connection)
        return self._show(
            request,
            "accounts.html",
            status,
            rows=rows,
            roles=[(role.value, role_text(role, words_of(request))) for role in Role],
            problem=problem,
            told=told,
        )


def role_text(role: Role, words: Words) -> str:
    """A role in words."""
    _ = words.say
    return {
        Role.INSPECTOR: _("Thanh tra viên"),
        Role.SUPERVISOR: _("Phụ trách"),
        Role.TECHNICIAN: _("Kỹ thuật viên"),
        Role.READER: _("Chỉ xem"),
    }[role]


def home_of(person: Person) -> str:
    """Where a person begins."""
    return "/devices" if person.role is Role.TECHNICIAN else "/queue"


def local_address(text: str) -> str:
    """An address on this station, or its front page: nobody is sent elsewhere after signing in."""
    safe = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if safe else "/"


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise HTTPException(400) from None


def _keep(answer: Response, request: Request, token: str) -> None:
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
