// Keeps the first page of the list fresh: asks every few seconds while the page is visible, adds events that
// are new and rewrites rows whose revision has changed. Texts are set as text, never as markup.

const EVERY_MS = 3000;
const list = document.getElementById("rows");
const live = document.getElementById("live");

function fill(item, row) {
  item.dataset.key = row.key;
  item.dataset.revision = row.revision;
  item.dataset.weight = row.weight;
  for (const part of item.querySelectorAll("[data-part]")) {
    const name = part.dataset.part;
    if (name === "href") part.setAttribute("href", row.href);
    else part.textContent = row[name];
    if (name === "verdict_text") part.className = `badge ${row.verdict}`;
    if (name === "review_text") part.className = `state ${row.review}`;
    if (name === "state") part.classList.toggle("open", row.open);
    if (name === "synthetic") part.hidden = !row.synthetic;
  }
}

// What a colleague has ruled on leaves the queue; `whole` says that the rows are all there are.
function leave(rows, whole) {
  const here = new Set(rows.map((row) => row.key));
  for (const item of whole ? [...list.children] : []) if (!here.has(item.dataset.key)) item.remove();
}

function refresh(rows, whole) {
  leave(rows, whole);
  const known = new Map([...list.children].map((item) => [item.dataset.key, item]));
  let changed = 0;
  let after = null;
  for (const row of rows) {
    let item = known.get(row.key);
    if (!item) {
      item = document.getElementById("row").content.firstElementChild.cloneNode(true);
      fill(item, row);
      item.classList.add("fresh");
      if (after) after.after(item);
      else list.prepend(item);
      changed += 1;
    } else if (Number(item.dataset.revision) !== row.revision) {
      fill(item, row);
      changed += 1;
    }
    after = item;
  }
  document.getElementById("empty").hidden = list.children.length > 0;
  return changed;
}

async function ask() {
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(list.dataset.source);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const { rows, after } = await answer.json();
      const changed = refresh(rows, after === null);
      if (changed) live.textContent = live.dataset.fresh.replace("{n}", changed);
      else if (live.classList.contains("lost")) live.textContent = "";
      live.classList.remove("lost");
    } catch {
      live.textContent = live.dataset.lost;
      live.classList.add("lost");
    }
  }
  setTimeout(ask, EVERY_MS);
}

if (list.dataset.source) setTimeout(ask, EVERY_MS);
