// Rows of the API, put into the shapes that drawings need.

const NONE = "all";

/** The name of a row's group: its values, joined; "all" where it has none. */
export function groupName(row, by) {
  const values = by.map((name) => row.group?.[name] ?? "unknown");
  return values.length ? values.join(" · ") : NONE;
}

/** Groups with the most data first, at most `max`: [{name, rows, weight}]. */
export function groups(rows, by, max) {
  const found = new Map();
  for (const row of rows) {
    const name = groupName(row, by);
    const one = found.get(name) ?? { name, rows: [], weight: 0 };
    one.rows.push(row);
    one.weight += Number(row.n ?? row.value ?? 0);
    found.set(name, one);
  }
  const ordered = [...found.values()].sort(
    (a, b) => b.weight - a.weight || a.name.localeCompare(b.name),
  );
  return ordered.slice(0, max);
}

/** All buckets of several results, each once, in order of time. */
export function buckets(results) {
  const all = new Set(results.flatMap((rows) => rows.map((row) => row.bucket)));
  return [...all].sort((a, b) => Date.parse(a) - Date.parse(b));
}

/** Rows in the order of `axis`; where a bucket has none, null. */
export function along(axis, rows) {
  const at = new Map(rows.map((row) => [row.bucket, row]));
  return axis.map((bucket) => at.get(bucket) ?? null);
}

/** Whether rows hold anything to draw. */
export function hasData(rows) {
  return rows.some((row) => row.value !== null && row.value !== 0) ||
    rows.some((row) => Number(row.n ?? 0) > 0);
}
