// The fleet on a map without tiles: licence areas and vessels from /api/fleet, asked again every 20 seconds. What is drawn also
// stands in the list beside it. Colours come from the style sheet; every text is set as text.

import * as L from "/static/leaflet/leaflet-src.esm.js";
import { addGrid } from "/static/grid.js";

const EVERY_MS = 20000;
const element = document.getElementById("fleet-map");
const words = element.dataset;

function span(content, className) {
  const text = document.createElement("span");
  text.className = className;
  text.textContent = content;
  return text;
}

function named(content, className) {
  return L.divIcon({ html: span(content, className), className: "label", iconSize: [0, 0] });
}

const map = L.map(element, { attributionControl: false, zoomControl: false, zoomSnap: 0.25, scrollWheelZoom: false, maxZoom: 18, fadeAnimation: false });
map.createPane("grid");
map.createPane("labels");
for (const pane of ["grid", "overlayPane"]) map.getPane(pane).setAttribute("aria-hidden", "true");
L.control.zoom({ position: "topright", zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
L.control.scale({ imperial: false }).addTo(map);
map.setView([10.0, 105.8], 10);
addGrid(map, words.language);
const drawn = L.layerGroup().addTo(map);
let fitted = false;

function show(collection) {
  drawn.clearLayers();
  const whole = L.latLngBounds([]);
  for (const feature of collection.features) {
    if (feature.properties.role === "licence") {
      const area = L.geoJSON(feature, { style: { className: "licence" }, interactive: false }).addTo(drawn);
      whole.extend(area.getBounds());
      const north = L.latLng(area.getBounds().getNorth(), area.getBounds().getCenter().lng);
      L.marker(north, { icon: named(feature.properties.label, "area-name"), interactive: false, keyboard: false, pane: "labels" }).addTo(drawn);
    } else {
      const [lon, lat] = feature.geometry.coordinates;
      const { state, title, label, href } = feature.properties;
      whole.extend([lat, lon]);
      const ship = L.circleMarker([lat, lon], { radius: 7, className: `ship ${state}` }).addTo(drawn);
      ship.bindTooltip(span(title, ""));
      ship.on("click", () => location.assign(href));
      L.marker([lat, lon], { icon: named(label, "tick"), interactive: false, keyboard: false, pane: "labels" }).addTo(drawn);
    }
  }
  if (!fitted && whole.isValid()) {
    map.fitBounds(whole, { padding: [36, 36], maxZoom: 15, animate: false });
    fitted = true;
  }
}

async function ask() {
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(words.source);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      show(await answer.json());
      words.ready = "yes";
    } catch {
      element.setAttribute("aria-label", words.failed);
    }
  }
  setTimeout(ask, EVERY_MS);
}

ask();
