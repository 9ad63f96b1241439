// One bar a group, longest first, with its interval and what it rests on.

import { h } from "./dom.js";
import * as format from "./format.js";
import { groups } from "./series.js";

const FEW = 10;

function bar(row, scale) {
  const fill = h("span", { class: "fill" });
  fill.style.width = `${(row.value / scale) * 100}%`;
  const track = h("span", { class: "track", "aria-hidden": "true" }, fill);
  if (row.low != null && row.high != null) {
    const whisker = h("span", { class: "whisker" });
    whisker.style.left = `${(row.low / scale) * 100}%`;
    whisker.style.width = `${((Math.min(row.high, scale) - row.low) / scale) * 100}%`;
    track.append(whisker);
  }
  return track;
}

function restsOn(row, kind) {
  if (kind === "share") return format.count(Number(row.k));
  return row.n == null ? "" : `n ${format.count(Number(row.n))}`;
}

/** The bars of one query's rows, as a table that can be read out. */
export function bars({ rows, by, unit, kind }, max, label) {
  const kept = groups(rows, by, max)
    .map(({ name, rows: [row] }) => ({ name, ...row }))
    .filter((row) => row.value !== null)
    .sort((a, b) => b.value - a.value);
  const tops = kept.map((row) => Math.max(row.value, row.high ?? 0));
  const scale = Math.max(...tops, Number.MIN_VALUE);
  return h(
    "div",
    { class: "bars", role: "table", "aria-label": label, tabindex: 0 },
    kept.map((row) =>
      h(
        "div",
        { role: "row", class: row.n !== null && Number(row.n) < FEW ? "few" : null },
        h("span", { role: "rowheader", class: "name", title: row.name }, row.name),
        bar(row, scale),
        h(
          "span",
          { role: "cell", class: "amount num", "data-value": row.value },
          format.value(row.value, unit, kind),
        ),
        h(
          "span",
          { role: "cell", class: "of num" },
          restsOn(row, kind),
        ),
      ),
    ),
  );
}
