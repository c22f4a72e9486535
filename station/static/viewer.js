// Evidence pictures: one large at a time, small ones below to choose from. Without this script they simply
// stand one below the other.

const viewer = document.getElementById("viewer");
const switchBoxes = document.getElementById("boxes");

function choose(figures, buttons, index) {
  figures.forEach((figure, at) => {
    figure.hidden = at !== index;
    if (at !== index) figure.querySelector("video")?.pause();
  });
  buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(at === index)));
}

function thumbnail(figure) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "thumbnail";
  button.setAttribute("aria-label", figure.dataset.title);
  button.title = figure.dataset.title;
  const image = figure.querySelector("img");
  if (image) {
    const small = document.createElement("img");
    small.src = image.getAttribute("src");
    small.alt = "";
    button.append(small);
  } else {
    button.append(figure.querySelector("video") ? "▶" : "…");
  }
  return button;
}

if (viewer) {
  const figures = [...viewer.querySelectorAll("figure")];
  if (figures.length > 1) {
    const strip = document.createElement("div");
    strip.className = "thumbnails";
    const buttons = figures.map(thumbnail);
    buttons.forEach((button, index) => button.addEventListener("click", () => choose(figures, buttons, index)));
    strip.append(...buttons);
    viewer.append(strip);
    const first = figures.findIndex((figure) => figure.querySelector("img, video"));
    choose(figures, buttons, Math.max(0, first));
  }
}

switchBoxes?.addEventListener("change", () => viewer.classList.toggle("no-boxes", !switchBoxes.checked));
