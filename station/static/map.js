// The map of one event, drawn from GeoJSON alone: no tiles, nothing from elsewhere. Colours come from the
// style sheet (classes), so that light and dark follow the page.

import * as L from "/static/leaflet/leaflet-src.esm.js";

const SVG = "http://www.w3.org/2000/svg";
const LABELS_AT_MOST = 6;

function text(content, className) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = content;
  return span;
}

function hull(degrees) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "-14 -14 28 28");
  svg.setAttribute("class", "hull");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", degrees === null ? "M-7,-7H7V7H-7Z" : "M0,-12 L7,-4 V10 H-7 V-4 Z");
  if (degrees !== null) path.setAttribute("transform", `rotate(${degrees})`);
  svg.append(path);
  return L.divIcon({ html: svg, className: "vessel", iconSize: [28, 28] });
}

function at(feature) {
  const [lon, lat] = feature.geometry.coordinates;
  return L.latLng(lat, lon);
}

function addLicence(map, feature) {
  const area = L.geoJSON(feature, { style: { className: "licence" } }).addTo(map);
  area.bindTooltip(text(feature.properties.label, "area-name"), {
    permanent: true, direction: "center", className: "plain",
  });
  return area.getBounds();
}

function addTrack(map, line, points) {
  if (line) L.geoJSON(line, { style: { className: "track" }, interactive: false }).addTo(map);
  const step = Math.max(1, Math.ceil(points.length / LABELS_AT_MOST));
  points.forEach((feature, index) => {
    const labelled = index % step === 0;
    const dot = L.circleMarker(at(feature), { radius: labelled ? 4 : 2, className: "track-point" }).addTo(map);
    if (!feature.properties.label) return;
    dot.bindTooltip(text(feature.properties.label, "tick"), {
      permanent: labelled, direction: "right", offset: [6, 0], className: "plain",
    });
  });
}

function addPosition(map, feature) {
  const { error_m: error, cog_deg: cog, label } = feature.properties;
  const bounds = L.latLngBounds([at(feature)]);
  if (error !== null) {
    const circle = L.circle(at(feature), { radius: error, className: "error", interactive: false }).addTo(map);
    bounds.extend(circle.getBounds());
  }
  L.marker(at(feature), { icon: hull(cog), title: label, alt: label, keyboard: false }).addTo(map);
  return bounds;
}

function addBoundary(map, feature) {
  const line = L.geoJSON(feature, { style: { className: "boundary" } }).addTo(map);
  if (feature.properties.label) {
    line.bindTooltip(text(feature.properties.label, "distance"), {
      permanent: true, direction: "bottom", className: "plain",
    });
  }
  return line.getBounds();
}

// A grid of round degrees under everything, as on a chart: it tells scale and place where there are no tiles.
function addGrid(map, language) {
  const steps = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
  const layer = L.layerGroup().addTo(map);
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 4 });
  const draw = () => {
    layer.clearLayers();
    const view = map.getBounds().pad(0.1);
    const step = steps.find((size) => (view.getEast() - view.getWest()) / size <= 7) ?? 20;
    const line = (ends, label, where) => {
      L.polyline(ends, { className: "grid", interactive: false, pane: "grid" }).addTo(layer);
      const icon = L.divIcon({ html: text(label, ""), className: `grid-label ${where}`, iconSize: [0, 0] });
      const inner = map.getBounds();
      const place = where === "lat" ? [ends[0][0], inner.getWest()] : [inner.getNorth(), ends[0][1]];
      L.marker(place, { icon, interactive: false, keyboard: false, pane: "grid" }).addTo(layer);
    };
    for (let n = Math.ceil(view.getSouth() / step); n * step <= view.getNorth(); n += 1) {
      line([[n * step, view.getWest()], [n * step, view.getEast()]], `${number.format(n * step)}°`, "lat");
    }
    for (let n = Math.ceil(view.getWest() / step); n * step <= view.getEast(); n += 1) {
      line([[view.getSouth(), n * step], [view.getNorth(), n * step]], `${number.format(n * step)}°`, "lon");
    }
  };
  map.on("moveend", draw);
  draw();
}

function show(element, collection) {
  const map = L.map(element, {
    attributionControl: false, zoomControl: false, zoomSnap: 0.25, scrollWheelZoom: false, maxZoom: 20,
    fadeAnimation: false,
  });
  map.createPane("grid");
  L.control.zoom({ zoomInTitle: element.dataset.zoomIn, zoomOutTitle: element.dataset.zoomOut }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.setView([10.05, 105.8], 10);
  const of = (role) => collection.features.filter((feature) => feature.properties.role === role);
  const areas = of("licence").map((feature) => addLicence(map, feature));
  addTrack(map, of("track")[0], of("track_point"));
  const near = L.latLngBounds([]);
  of("boundary").forEach((feature) => near.extend(addBoundary(map, feature)));
  of("position").forEach((feature) => near.extend(addPosition(map, feature)));
  of("track_point").forEach((feature) => near.extend(at(feature)));
  // The licence areas the vessel is at belong in the picture, those far away do not.
  areas.filter((area) => !near.isValid() || near.pad(3).intersects(area)).forEach((area) => near.extend(area));
  if (near.isValid()) map.fitBounds(near, { padding: [36, 36], maxZoom: 18, animate: false });
  addGrid(map, element.dataset.language);
  element.dataset.ready = "yes";
}

const element = document.getElementById("map");
try {
  const answer = await fetch(element.dataset.source);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  show(element, await answer.json());
} catch {
  element.textContent = element.dataset.failed;
}
