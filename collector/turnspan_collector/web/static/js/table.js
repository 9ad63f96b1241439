// The same rows as a table: for reading out, copying, and checking.

import { h } from "./dom.js";
import * as format from "./format.js";

const ROWS_MAX = 500;

function cells(row, entry, context, title) {
  const text = (one) => format.value(one, entry.unit, entry.kind);
  const groups = context.keys.map((key) => String(row.group?.[key] ?? "unknown"));
  return [
    ...(context.timed ? [title(row.bucket)] : []),
    ...(context.labelled ? [entry.label] : []),
    ...groups,
    text(row.value),
    ...(context.interval ? [text(row.low), text(row.high)] : []),
    ...(context.basis ? [row.n == null ? "" : format.decimal(Number(row.n))] : []),
  ];
}

function heads(context) {
  return [
    ...(context.timed ? ["time"] : []),
    ...(context.labelled ? ["series"] : []),
    ...context.keys,
    "value",
    ...(context.interval ? ["low", "high"] : []),
    ...(context.basis ? ["n"] : []),
  ];
}

/** A table of all entries' rows, newest first. */
export function table(entries, { bucket, timeZone }, label) {
  const rows = entries.flatMap((entry) => entry.rows.map((row) => [row, entry]));
  rows.sort(([a], [b]) => Date.parse(b.bucket ?? 0) - Date.parse(a.bucket ?? 0));
  const context = {
    timed: rows.some(([row]) => row.bucket),
    labelled: entries.length > 1,
    keys: [...new Set(rows.flatMap(([row]) => Object.keys(row.group ?? {})))],
    interval: rows.some(([row]) => row.low != null),
    basis: rows.some(([row]) => row.n != null),
  };
  const title = format.bucketTitle(bucket, timeZone);
  return h(
    "div",
    { class: "table", tabindex: 0, role: "region", "aria-label": label },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, heads(context).map((one) => h("th", {}, one)))),
      h(
        "tbody",
        {},
        rows.slice(0, ROWS_MAX).map(([row, entry]) =>
          h(
            "tr",
            { class: row.provisional ? "provisional" : null },
            cells(row, entry, context, title).map((one) => h("td", {}, one)),
          ),
        ),
      ),
    ),
  );
}
