"""`sandwatch site check`: a person counts buckets by a key, the running box counts too, and both are compared."""

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from agent.commands.plain import plain_errors
from agent.commands.state import home_of
from agent.commands.words import Language, say
from agent.errors import Both, Mistake, SettingsError

if TYPE_CHECKING:
    from agent.activity.site_check import Tally

READ_EVERY_NS: Final = 20 * 1_000_000_000
BACK: Final = frozenset((b"\x7f", b"\x08", b"u"))
END: Final = frozenset((b"q", b"\x04"))


def site_check(
    by: Annotated[str, typer.Option(help="Who counts: the name that stands in the signed result.")],
    config: Annotated[
        Path, typer.Option("--config", "-c", help="The agent.toml the box runs by.", show_default=False)
    ],
    state: Annotated[
        Path | None,
        typer.Option("--state", help="Folder of its store. Default: that of the config.", show_default=False),
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.05, max=600, help="How long to count.")] = 60.0,
    settle: Annotated[
        float, typer.Option(min=0, max=600, help="Seconds to wait for the box's last buckets.")
    ] = 150.0,
    lang: Language = None,
) -> None:
    """Compare the box's count of buckets with yours: tap a key for each bucket as it is emptied.

    The box must be running. Any key is a bucket, u or backspace takes the last one back, q ends before the time.
    Works over ssh. It passes with at least 20 buckets, totals within 10 % (or one bucket), and 90 % of either side
    matched one to one within half a cycle. The result is signed, kept in the state folder and sent ashore; until one
    has passed, and again after camera, detector or machine region changed, events say "uncalibrated: a lead to
    check". Exit code 0 if it passed, 1 if not.
    """
    from agent.activity.site_check import compare, values_of
    from agent.run import identity, statements
    from agent.run.build import tools
    from agent.run.tally import RunningBox
    from agent.types import Statement

    with plain_errors():
        plan, sight = tools.check(config)
        home = home_of(config, state)
        if not sys.stdin.isatty():
            problem = Mistake(
                "standard input", "", "is no terminal, so no key can be heard", "over ssh: ssh -t"
            )
            raise SettingsError("command line", [problem])
        box = RunningBox(home.folder, time.monotonic_ns)
        box.read()
        with _keys() as key:
            begin_ns = time.monotonic_ns()
            say(
                Both(
                    vi=f"Mỗi lần gàu đổ cát, nhấn một phím bất kỳ. u: bỏ lần cuối; q: dừng. {minutes:g} phút.",
                    en=f"Tap any key each time the bucket empties. u: take the last back; q: stop. {minutes:g} minutes.",
                ),
                lang,
            )
            taps, end_ns = _count(key, begin_ns, begin_ns + round(minutes * 60e9), box.read)
        say(
            Both(vi="Đang chờ thiết bị đếm xong…", en="Waiting for the box to finish its count…"),
            lang,
        )
        deadline_ns = end_ns + round((settle + 90) * 1e9)
        while box.through_ns < end_ns + round(settle * 1e9) and time.monotonic_ns() < deadline_ns:
            time.sleep(min(2.0, 0.2 + settle / 10))
            box.read()
        camera, counted = box.between(begin_ns, end_ns)
        tally = compare(taps, counted, begin_ns, end_ns)
        kit = statements.kit_of(plan.settings.camera, None if sight is None else sight.sha256)
        values = values_of(tally, camera, kit)
        file = statements.write(
            home.folder,
            identity.device_key(home.key_file, make=False),
            plan.settings.device.id,
            Statement(0, "site_check", tools.now(), by, values),
        )
        for sentence in _result(camera, tally):
            say(sentence, lang)
        typer.echo(str(file))
    raise typer.Exit(0 if tally.passed else 1)


@contextmanager
def _keys() -> Iterator[Callable[[float], bytes]]:
    """Single keys of this terminal, which is put back as it was: wait so many seconds for one, b"" for none."""
    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)

    def key(wait_s: float) -> bytes:
        ready, _, _ = select.select([handle], [], [], wait_s)
        pressed = os.read(handle, 1) if ready else b""
        if pressed == b"\x1b":  # an arrow sends several bytes and is one key
            termios.tcflush(handle, termios.TCIFLUSH)
        return b"" if b"\x80" <= pressed <= b"\xbf" else pressed  # nor are the bytes of one letter several

    tty.setcbreak(handle, termios.TCSANOW)  # a key that was pressed already counts
    try:
        yield key
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)


def _count(
    key: Callable[[float], bytes], begin_ns: int, end_ns: int, look: Callable[[], None]
) -> tuple[list[int], int]:
    """The moments of the taps, and when the counting ended; `look` is called now and then."""
    taps: list[int] = []
    looked_ns = begin_ns
    while (now_ns := time.monotonic_ns()) < end_ns:
        _show(len(taps), end_ns - now_ns)
        pressed = key(min(1.0, (end_ns - now_ns) / 1e9))
        if pressed in END:
            end_ns = time.monotonic_ns()
        elif pressed in BACK:
            del taps[-1:]
        elif pressed:
            taps.append(time.monotonic_ns())
        if now_ns - looked_ns > READ_EVERY_NS:
            looked_ns = now_ns
            look()
    sys.stdout.write("\n")
    return taps, end_ns


def _show(buckets: int, left_ns: int) -> None:
    minutes, seconds = divmod(left_ns // 1_000_000_000, 60)
    sys.stdout.write(f"\r  {buckets:4}   {minutes:3}:{seconds:02} ")
    sys.stdout.flush()


def _result(camera: str, tally: "Tally") -> Iterator[Both]:
    """What came of it, in sentences."""
    counts = tally.score
    yield Both(
        vi=f"Trong {tally.minutes:.1f} phút: người đếm {counts.true} gàu, thiết bị (camera {camera}) {counts.counted}.",
        en=f"In {tally.minutes:.1f} minutes: you counted {counts.true} buckets, the box (camera {camera}) {counts.counted}.",
    )
    (low, high), (least, most) = tally.found(), tally.rightly()
    yield Both(
        vi=f"Thiết bị thấy {100 * counts.recall:.0f} % số gàu của người (95 %: {100 * low:.0f} đến {100 * high:.0f} %); "
        f"{100 * counts.precision:.0f} % số gàu của thiết bị là đúng (95 %: {100 * least:.0f} đến {100 * most:.0f} %).",
        en=f"The box found {100 * counts.recall:.0f} % of yours (95 %: {100 * low:.0f} to {100 * high:.0f} %); "
        f"{100 * counts.precision:.0f} % of its own were yours (95 %: {100 * least:.0f} to {100 * most:.0f} %).",
    )
    if tally.passed:
        yield Both(vi="ĐẠT: thiết bị đã hiệu chuẩn.", en="PASSED: the box is calibrated.")
    elif not tally.enough:
        yield Both(
            vi="CHƯA ĐẠT: cần ít nhất 20 gàu; hãy đếm lâu hơn.",
            en="NOT PASSED: at least 20 buckets are needed; count for longer.",
        )
    else:
        yield Both(
            vi="CHƯA ĐẠT: hai số đếm phải lệch không quá 10 %, và 90 % số gàu của mỗi bên phải khớp nhau.",
            en="NOT PASSED: the totals may differ by 10 %, and 90 % of either side must match.",
        )
