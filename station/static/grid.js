// A grid of round degrees under everything, as on a chart: it tells place and scale where there are no tiles.

import * as L from "/static/leaflet/leaflet-src.esm.js";

const STEPS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const LINES = 6;

function text(content) {
  const span = document.createElement("span");
  span.textContent = content;
  return span;
}

export function addGrid(map, language) {
  const layer = L.layerGroup().addTo(map);
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 4 });

  function line(ends, value, place, where) {
    L.polyline(ends, { className: "grid", interactive: false, pane: "grid" }).addTo(layer);
    const html = text(`${number.format(value)}°`);
    const icon = L.divIcon({ html, className: `grid-label ${where}`, iconSize: [0, 0] });
    L.marker(place, { icon, interactive: false, keyboard: false, pane: "grid" }).addTo(layer);
  }

  function draw() {
    layer.clearLayers();
    const inner = map.getBounds();
    const view = inner.pad(0.1);
    const [west, east, south, north] = [view.getWest(), view.getEast(), view.getSouth(), view.getNorth()];
    const step = STEPS.find((size) => (inner.getEast() - inner.getWest()) / size <= LINES) ?? 20;
    for (let n = Math.ceil(south / step); n * step <= north; n += 1) {
      line([[n * step, west], [n * step, east]], n * step, [n * step, inner.getWest()], "lat");
    }
    for (let n = Math.ceil(west / step); n * step <= east; n += 1) {
      line([[south, n * step], [north, n * step]], n * step, [inner.getNorth(), n * step], "lon");
    }
  }

  map.on("moveend", draw);
}
