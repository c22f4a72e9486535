// The map of one event, drawn from GeoJSON alone: no tiles, nothing from elsewhere. Colours come from the
// style sheet (classes), so that light and dark follow the page. Every text is set as text, never as markup.

import * as L from "/static/leaflet/leaflet-src.esm.js";
import { addGrid } from "/static/grid.js";

const SVG = "http://www.w3.org/2000/svg";
const ROOM_PX = 62; // labels nearer to each other than this are left out
const AROUND = 2; // the near view shows this many times the distance to the boundary on every side
const LEAST_M = 100; // and at least this much

function text(content, className) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = content;
  return span;
}

function label(content, className) {
  return L.marker([0, 0], {
    icon: L.divIcon({ html: text(content, className), className: "label", iconSize: [0, 0] }),
    interactive: false, keyboard: false, pane: "labels",
  });
}

function hull(degrees) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "-14 -14 28 28");
  svg.setAttribute("class", "hull");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", degrees === null ? "M-6,-6H6V6H-6Z" : "M0,-12 L7,-4 V10 H-7 V-4 Z");
  if (degrees !== null) path.setAttribute("transform", `rotate(${degrees})`);
  svg.append(path);
  return L.divIcon({ html: svg, className: "vessel", iconSize: [28, 28] });
}

function at(feature) {
  const [lon, lat] = feature.geometry.coordinates;
  return L.latLng(lat, lon);
}

// The licence's number stands in the middle of what can be seen of its area.
function addLicence(map, feature) {
  const area = L.geoJSON(feature, { style: { className: "licence" }, interactive: false }).addTo(map);
  const name = label(feature.properties.label, "area-name");
  const outer = area.getLayers().flatMap((layer) => {
    const rings = layer.getLatLngs();
    return feature.geometry.type === "Polygon" ? [rings[0]] : rings.map((polygon) => polygon[0]);
  });
  const place = () => {
    const size = map.getSize();
    const view = L.bounds([24, 24], [size.x - 24, size.y - 24]);
    name.remove();
    for (const ring of outer) {
      const seen = L.PolyUtil.clipPolygon(ring.map((corner) => map.latLngToContainerPoint(corner)), view);
      if (seen.length < 3) continue;
      const corners = seen.map((point) => map.containerPointToLatLng(point));
      name.setLatLng(L.PolyUtil.polygonCenter(corners, map.options.crs)).addTo(map);
      return;
    }
  };
  map.on("moveend", place);
  return area.getBounds();
}

function addTrack(map, line, points, avoid) {
  if (line) L.geoJSON(line, { style: { className: "track" }, interactive: false }).addTo(map);
  const times = L.layerGroup().addTo(map);
  for (const feature of points) {
    L.circleMarker(at(feature), { radius: 2.5, className: "track-point", interactive: false }).addTo(map);
  }
  const write = () => {
    times.clearLayers();
    const taken = avoid.map((place) => map.latLngToContainerPoint(place));
    let last = "";
    for (const feature of points) {
      const point = map.latLngToContainerPoint(at(feature));
      const time = feature.properties.label;
      if (!time || time === last || taken.some((other) => other.distanceTo(point) < ROOM_PX)) continue;
      taken.push(point);
      last = time;
      label(time, "tick").setLatLng(at(feature)).addTo(times);
      L.circleMarker(at(feature), { radius: 4.5, className: "track-point", interactive: false }).addTo(times);
    }
  };
  map.on("moveend", write);
}

function addPosition(map, feature) {
  const { error_m: error, cog_deg: cog, label: name } = feature.properties;
  const bounds = L.latLngBounds([at(feature)]);
  if (error !== null) {
    const circle = L.circle(at(feature), { radius: error, className: "error", interactive: false }).addTo(map);
    bounds.extend(circle.getBounds());
  }
  L.marker(at(feature), { icon: hull(cog), title: name, alt: name, keyboard: false }).addTo(map);
  return bounds;
}

// Returns how far it is, in metres.
function addBoundary(map, feature) {
  const line = L.geoJSON(feature, { style: { className: "boundary" }, interactive: false }).addTo(map);
  const [from, to] = line.getLayers()[0].getLatLngs();
  const side = to.lng < from.lng ? "distance west" : "distance east";
  if (feature.properties.label) {
    label(feature.properties.label, side).setLatLng(line.getBounds().getCenter()).addTo(map);
  }
  L.circleMarker(to, { radius: 3.5, className: "boundary-end", interactive: false }).addTo(map);
  return map.distance(from, to);
}

// Two views, chosen by the buttons above the map: near, where the distance can be seen, and all of it.
function addViews(map, bar, views) {
  const buttons = [...bar.querySelectorAll("button")];
  const choose = (index) => {
    const [bounds, maxZoom] = views[index];
    map.fitBounds(bounds, { padding: [24, 24], maxZoom, animate: false });
    buttons.forEach((button, number) => button.setAttribute("aria-pressed", String(number === index)));
  };
  buttons.forEach((button, index) => button.addEventListener("click", () => choose(index)));
  bar.hidden = false;
  choose(0);
}

function show(element, collection) {
  const map = L.map(element, {
    attributionControl: false, zoomControl: false, zoomSnap: 0.25, scrollWheelZoom: false, maxZoom: 20,
    fadeAnimation: false,
  });
  map.createPane("grid");
  map.createPane("labels");
  // What is drawn is said in words beside the map; a screen reader would only find shapes without names.
  for (const pane of ["grid", "overlayPane"]) map.getPane(pane).setAttribute("aria-hidden", "true");
  const words = element.dataset;
  L.control.zoom({ position: "topright", zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.setView([10.05, 105.8], 10);
  addGrid(map, words.language);
  const of = (role) => collection.features.filter((feature) => feature.properties.role === role);
  const vessel = of("position")[0];
  const whole = L.latLngBounds([]);
  of("licence").map((feature) => addLicence(map, feature)).forEach((area) => whole.extend(area));
  of("track_point").forEach((feature) => whole.extend(at(feature)));
  const ends = of("boundary").flatMap((line) => line.geometry.coordinates.map(([lon, lat]) => L.latLng(lat, lon)));
  addTrack(map, of("track")[0], of("track_point"), vessel ? [at(vessel), ...ends] : ends);
  const distances = of("boundary").map((feature) => addBoundary(map, feature));
  if (vessel) {
    whole.extend(addPosition(map, vessel));
    const around = Math.max(LEAST_M, AROUND * Math.min(...distances, 2000));
    const near = at(vessel).toBounds(2 * around);
    addViews(map, document.getElementById("views"), [[near, 19], [whole, 18]]);
  } else if (whole.isValid()) {
    map.fitBounds(whole, { padding: [36, 36], maxZoom: 18, animate: false });
  }
  words.ready = "yes";
}

const element = document.getElementById("map");
try {
  const answer = await fetch(element.dataset.source);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  show(element, await answer.json());
} catch (error) {
  console.error(error);
  element.textContent = element.dataset.failed;
}
