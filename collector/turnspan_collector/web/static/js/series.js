// Rows of the API, put into the shapes that drawings need.

const OUR_WORDS = new Set(["outcome", "reason"]);

/** The name of a row's group: its values, joined. */
export function groupName(row, by) {
  const values = by.map((name) => {
    const value = String(row.group?.[name] ?? "unknown");
    return OUR_WORDS.has(name) ? value.replaceAll("_", " ") : value;
  });
  return values.join(" · ");
}

/** Groups with the most data first, at most `max`: [{name, rows, basis, sum}]. */
export function groups(rows, by, max) {
  const found = new Map();
  for (const row of rows) {
    const name = groupName(row, by);
    const one = found.get(name) ?? { name, rows: [], basis: 0, sum: 0 };
    one.rows.push(row);
    one.basis += Number(row.n ?? 0);
    one.sum += row.value ?? 0;
    found.set(name, one);
  }
  const ordered = [...found.values()].sort(
    (a, b) => b.basis - a.basis || b.sum - a.sum || a.name.localeCompare(b.name),
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
