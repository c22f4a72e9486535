// Deciding about one event with the keyboard, and a note that outlives a lost link.
//
// What is typed is kept in this browser under the account and the event until the station has taken it. An act
// carries a token, so that asking again after a lost answer does it once. Without this script the forms work too.

const AGAIN_MS = 3000;
const LAST = "last-act";

const form = document.getElementById("ruling");
const keys = document.getElementById("keys");
const button = document.getElementById("keys-button");
const words = form?.dataset ?? {};
const trouble = document.getElementById("trouble");
const told = document.getElementById("told");

function show(element, text) {
  if (!element) return;
  element.textContent = text ?? "";
  element.hidden = !text;
}

// ── the draft ──

const draftName = () => `draft:${words.draft}`;

function draft() {
  const fields = new FormData(form);
  const kept = {};
  for (const [name, value] of fields) if (name === "text" || name === "ruling" || name.startsWith("reason_")) kept[name] = value;
  return kept;
}

function keep() {
  const kept = draft();
  if (kept.text || kept.ruling) localStorage.setItem(draftName(), JSON.stringify(kept));
  else localStorage.removeItem(draftName());
}

function restore() {
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(draftName()) ?? "null");
  } catch {
    kept = null;
  }
  if (!kept) return;
  form.elements.text.value = kept.text ?? "";
  for (const [name, value] of Object.entries(kept)) if (name !== "text") check(name, value);
  if (kept.text) show(told, words.draftText);
}

function check(name, value) {
  const input = [...form.querySelectorAll("input[type=radio]")].find((each) => each.name === name && each.value === value);
  if (input) input.checked = true;
  return input;
}

const chosen = () => form.querySelector("input[name=ruling]:checked");
const reasonsOf = (ruling) => [...form.querySelectorAll(`input[name="reason_${ruling.value}"]`)];

// ── acts ──

let sending = false;

async function send(address, fields, done) {
  if (sending) return;
  sending = true;
  try {
    for (;;) {
      try {
        const answer = await fetch(address, { method: "POST", body: fields, headers: { Accept: "application/json" }, redirect: "error" });
        await answer.text(); // read to its end: leaving the page would break it off
        if (answer.ok) return done();
        show(trouble, answer.status === 401 ? words.out : words.failed);
        return undefined;
      } catch {
        show(trouble, words.kept);
        await new Promise((again) => setTimeout(again, AGAIN_MS));
      }
    }
  } finally {
    sending = false;
  }
}

function act(kind, what) {
  const fields = new URLSearchParams(new FormData(form));
  fields.set("do", kind);
  return send(form.getAttribute("action"), fields, () => {
    localStorage.removeItem(draftName());
    sessionStorage.setItem(LAST, JSON.stringify({ address: location.pathname + location.search, action: form.getAttribute("action"), what }));
    location.assign(kind === "ruled" ? words.next : location.href);
  });
}

function rule() {
  const ruling = chosen();
  if (!ruling) return;
  if (!reasonsOf(ruling).some((reason) => reason.checked)) {
    reasonsOf(ruling)[0].focus();
    return;
  }
  act("ruled", ruling.closest("label").querySelector("span").textContent);
}

// Takes back what was done last, here or on the event before, and goes there.
function undo() {
  const last = JSON.parse(sessionStorage.getItem(LAST) ?? "null");
  const own = form.querySelector("button[value=undone]");
  if (!last && !own) return show(trouble, words.none);
  const fields = new URLSearchParams({ csrf: form.elements.csrf.value, token: `${form.elements.token.value}-u`, do: "undone" });
  const here = last ?? { address: location.href, action: form.getAttribute("action") };
  return send(here.action, fields, () => {
    sessionStorage.removeItem(LAST);
    location.assign(here.address);
  });
}

// ── keys ──

function choose(digit) {
  const ruling = chosen();
  if (ruling) {
    const reason = reasonsOf(ruling)[digit - 1];
    if (!reason) return;
    reason.checked = true;
    reason.focus();
  } else {
    const input = form.querySelector(`input[name=ruling][data-key="${digit}"]`);
    if (!input) return;
    input.checked = true;
    input.focus();
  }
  keep();
}

function unchoose() {
  for (const input of form.querySelectorAll("input[type=radio]:checked")) input.checked = false;
  keep();
}

function go(id) {
  document.getElementById(id)?.click();
}

function playOrTurn() {
  const film = document.querySelector("#viewer figure:not([hidden]) video") ?? document.querySelector("#viewer video");
  if (!film) return turn(1);
  if (film.closest("figure").hidden) document.querySelectorAll(".thumbnail")[[...document.querySelectorAll("#viewer figure")].indexOf(film.closest("figure"))]?.click();
  return film.paused ? film.play() : film.pause();
}

function turn(step) {
  const small = [...document.querySelectorAll(".thumbnail")];
  if (!small.length) return;
  const at = small.findIndex((each) => each.getAttribute("aria-pressed") === "true");
  small[(at + step + small.length) % small.length].click();
}

const KEYS = {
  j: () => go("after"),
  k: () => go("before"),
  " ": playOrTurn,
  ArrowRight: () => turn(1),
  ArrowLeft: () => turn(-1),
  b: () => document.getElementById("boxes")?.click(),
  m: () => document.querySelector("#views button[aria-pressed=false]")?.click(),
  "?": () => keys.showModal(),
};

const DECIDING = {
  u: undo,
  n: () => form.elements.text.focus(),
  s: () => act("second_asked", form.querySelector("button[value=second_asked]").textContent),
  Enter: rule,
};

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
  const typing = event.target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "Enter" && event.target.matches("a, button, summary")) return;
  if (event.key === " " && event.target.matches("button, summary, video")) return;
  if (event.target.closest(".leaflet-container") && event.key.startsWith("Arrow")) return;
  let wanted = KEYS[event.key];
  if (form && !wanted) {
    if (/^[1-9]$/.test(event.key)) wanted = () => choose(Number(event.key));
    else if (event.key === "Escape") wanted = unchoose;
    else wanted = DECIDING[event.key];
  }
  if (!wanted) return;
  event.preventDefault();
  wanted();
}

document.addEventListener("keydown", press);
button.hidden = false;
button.addEventListener("click", () => keys.showModal());

if (form) {
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const kind = event.submitter?.value ?? "ruled";
    if (kind === "undone") undo();
    else if (kind === "ruled") rule();
    else act(kind, event.submitter.textContent.trim());
  });
  restore();
  const last = JSON.parse(sessionStorage.getItem(LAST) ?? "null");
  if (last && told.hidden) show(told, words.done.replace("{what}", last.what));
}
