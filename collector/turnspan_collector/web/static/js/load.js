// What a panel asks for: all of it at first, then only what can have changed.

const OVER_TIME = new Set(["lines", "columns"]);

function question(query, view, bucket, from) {
  return {
    from,
    to: view.span.to,
    bucket,
    by: query.by.join(","),
    ...view.filters,
    ...query.options,
    provisional: "true",
  };
}

/** Where the last two buckets of rows begin: earlier ones are over. */
function openSince(rows) {
  const starts = new Set(rows.map((row) => row.bucket));
  return [...starts].sort((a, b) => Date.parse(a) - Date.parse(b)).at(-2);
}

async function overTime(ask, query, view, bucket, kept) {
  const since = kept && openSince(kept);
  const from = since ?? view.span.from;
  const rows = await ask(query, question(query, view, bucket, from));
  if (!since) return rows;
  const over = kept.filter((row) => Date.parse(row.bucket) < Date.parse(since));
  return [...over, ...rows];
}

async function stat(panel, view, ask, bucket, kept) {
  const [query] = panel.queries;
  const now = question(query, view, "", view.span.from);
  const [[total], previous, spark] = await Promise.all([
    ask(query, now),
    kept?.previous ?? ask(query, { ...now, ...view.span.before }),
    overTime(ask, query, view, bucket, kept?.spark),
  ]);
  return { total, previous, spark, entries: [] };
}

function entryOf(query, meta, rows) {
  const { unit, kind } = meta.get(query.metric) ?? {};
  const by = query.key ? [...query.by, query.key] : query.by;
  return { rows, by, label: query.label, unit, kind };
}

/**
 * The rows of a panel. `kept` is what it showed before: of a range that began at the
 * same time, only the last two buckets are asked again.
 */
export async function load(panel, view, round, kept) {
  const bucket = panel.bucket === "board" ? view.bucket : panel.bucket;
  const same = kept?.from === view.span.from && kept.bucket === bucket ? kept : null;
  const ask = async (query, parameters) =>
    (await round.get(`metrics/${query.metric}`, parameters)).rows;
  const made = { from: view.span.from, bucket };
  if (panel.look === "stat") {
    return { ...made, ...(await stat(panel, view, ask, bucket, same)) };
  }
  const timed = OVER_TIME.has(panel.look);
  const rows = await Promise.all(
    panel.queries.map((query, at) =>
      timed
        ? overTime(ask, query, view, bucket, same?.entries[at].rows)
        : ask(query, question(query, view, "", view.span.from)),
    ),
  );
  const entries = panel.queries.map((query, at) =>
    entryOf(query, view.meta, rows[at]),
  );
  return { ...made, entries };
}
