// A headline number: value, change, basis, and its way there as a small line.

import { h, s } from "./dom.js";
import * as format from "./format.js";

const WIDTH = 200;
const HEIGHT = 34;

function tone(share, better) {
  if (share === null || Math.abs(share) < 0.0005) return null;
  if (better !== "higher" && better !== "lower") return null;
  return share > 0 === (better === "higher") ? "good" : "bad";
}

function path(points, from, to) {
  let pen = "M";
  let text = "";
  for (let at = from; at < to; at += 1) {
    const point = points[at];
    if (!point) pen = "M";
    else {
      text += `${pen}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
      pen = "L";
    }
  }
  return text;
}

/** A line of the rows' values without axes; provisional ends are dashed. */
export function sparkline(rows) {
  const values = rows.map((row) => row.value);
  const known = values.filter((one) => one !== null);
  if (known.length < 2) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const slope = high === low ? 0 : (HEIGHT - 4) / (high - low);
  const y = (one) => (slope ? HEIGHT - 2 - (one - low) * slope : HEIGHT / 2);
  const x = (at) => (at / (values.length - 1)) * WIDTH;
  const points = values.map((one, at) => (one === null ? null : [x(at), y(one)]));
  const open = rows.findIndex((row) => row.provisional);
  const solid = open < 0 ? points.length : open;
  const drawn = points.filter(Boolean);
  const [first, last] = [drawn[0], drawn[drawn.length - 1]];
  const floor = `L${last[0]} ${HEIGHT}L${first[0]} ${HEIGHT}Z`;
  const area = path(drawn, 0, drawn.length) + floor;
  const dash = open < 0 ? "" : path(points, Math.max(0, open - 1), values.length);
  return s(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    drawn.length === points.length && s("path", { class: "area", d: area }),
    s("path", { d: path(points, 0, solid) }),
    dash && s("path", { class: "dashed", d: dash }),
  );
}

function deltaLine(meta, now, before) {
  const share = format.change(now, before);
  if (share === null) return h("p", { class: "delta" }, "no value before");
  const was = format.value(before, meta.unit, meta.kind);
  return h(
    "p",
    { class: "delta num", title: `${was} in the period before` },
    h("b", { "data-tone": tone(share, meta.better) }, format.delta(share)),
    ` from ${was}`,
  );
}

function basisLine(total, { unit, kind }, rangeLabel) {
  const parts = [];
  const said = [];
  if (total?.low != null) {
    parts.push(format.interval(total, unit, kind));
    said.push("95 % interval");
  }
  if (total?.n != null) parts.push(`n ${format.count(Number(total.n))}`);
  if (total?.provisional) said.push("with open sessions");
  const title = said.join(", ");
  return h("p", { class: "basis num", title }, parts.join(" · ") || rangeLabel);
}

/** The tile of a metric: `total`, `previous` (rows or null) and rows over time. */
export function tile(meta, total, previous, spark, rangeLabel) {
  const now = total?.value ?? null;
  const text = format.value(now, meta.unit, meta.kind);
  return h(
    "div",
    { class: "tile" },
    h("p", { class: "value num", "data-value": now ?? "" }, text),
    deltaLine(meta, now, previous?.value ?? null),
    basisLine(total, meta, rangeLabel),
    sparkline(spark),
  );
}
