// What is looked at, all of it in the address, so that a link shows the same.

export const RANGES = {
  "24h": { label: "Last 24 hours", hours: 24, bucket: "hour" },
  "7d": { label: "Last 7 days", days: 7, bucket: "day" },
  "30d": { label: "Last 30 days", days: 30, bucket: "day" },
  "90d": { label: "Last 90 days", days: 90, bucket: "week" },
};
export const BUCKETS = ["hour", "day", "week", "month"];
const DEFAULT_RANGE = "7d";
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86400000;
const SECOND_MS = 1000;

const dateOf = (ms) => new Date(ms).toISOString().slice(0, 10);
const stamp = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

/** The state an address stands for; what it does not know is left out. */
export function read(location, boards) {
  const query = new URLSearchParams(location.search);
  const [, kind, rest] = location.pathname.match(/^\/([^/]+)\/(.+)$/) ?? [];
  const conversation = kind === "conversations" ? decodeURIComponent(rest) : null;
  const key = conversation === null ? rest : query.get("board");
  const known = boards.some((one) => one.key === key);
  const dates = [query.get("from"), query.get("to")];
  const custom = dates.every((one) => DATE.test(one ?? ""));
  const range = query.get("range") in RANGES ? query.get("range") : DEFAULT_RANGE;
  const bucket = query.get("bucket");
  return {
    conversation,
    of: query.get("of") ?? "",
    board: known ? key : (boards[0]?.key ?? ""),
    bot: query.get("bot") ?? "",
    channel: query.get("channel") ?? "",
    environment: query.get("environment") ?? "",
    range: custom ? "custom" : range,
    from: custom ? dates[0] : "",
    to: custom ? dates[1] : "",
    bucket: BUCKETS.includes(bucket) ? bucket : "",
  };
}

/** The address of a state; defaults are left out. */
export function href(state) {
  const query = new URLSearchParams();
  for (const name of ["bot", "channel", "environment", "from", "to", "bucket"]) {
    if (state[name]) query.set(name, state[name]);
  }
  if (state.range in RANGES && state.range !== DEFAULT_RANGE) {
    query.set("range", state.range);
  }
  let path = `/boards/${state.board}`;
  if (state.conversation) {
    path = `/conversations/${encodeURIComponent(state.conversation)}`;
    query.set("of", state.of);
    query.set("board", state.board);
  }
  return path + (query.size ? `?${query}` : "");
}

/** The bucket that is drawn: the chosen one, else what suits the range. */
export function bucketOf(state) {
  if (state.bucket) return state.bucket;
  return RANGES[state.range]?.bucket ?? (spanDays(state) > 120 ? "week" : "day");
}

function spanDays(state) {
  return (Date.parse(state.to) - Date.parse(state.from)) / DAY_MS;
}

/**
 * The range asked for, and the one of equal length before it: {from, to, before}.
 * Dates without a time are midnights in the bot's own time zone. Whole seconds are
 * asked for, and the one that is running belongs to it: a turn of just now is in it.
 */
export function span(state, now = Date.now()) {
  if (state.range === "custom") {
    const [from, to] = [Date.parse(state.from), Date.parse(state.to) + DAY_MS];
    const before = { from: dateOf(2 * from - to), to: state.from };
    return { from: state.from, to: dateOf(to), before };
  }
  const { hours, days } = RANGES[state.range];
  if (hours) {
    const from = Math.floor(now / 3600000) * 3600000 - (hours - 1) * 3600000;
    const length = hours * 3600000;
    const before = { from: stamp(from - length), to: stamp(now - length) };
    return { from: stamp(from), to: stamp(now + SECOND_MS), before };
  }
  const start = bucketStart(dayOf(now) - (days - 1) * DAY_MS, bucketOf(state));
  const length = dayOf(now) + DAY_MS - start;
  const before = { from: dateOf(start - length), to: stamp(now - length) };
  return { from: dateOf(start), to: stamp(now + SECOND_MS), before };
}

const dayOf = (ms) => Math.floor(ms / DAY_MS) * DAY_MS;

/** A range begins with a whole week or month where those are drawn. */
function bucketStart(day, bucket) {
  const date = new Date(day);
  if (bucket === "week") return day - ((date.getUTCDay() + 6) % 7) * DAY_MS;
  if (bucket === "month") return day - (date.getUTCDate() - 1) * DAY_MS;
  return day;
}

/** What the range is called. */
export function rangeLabel(state) {
  return RANGES[state.range]?.label.toLowerCase() ?? `${state.from} to ${state.to}`;
}
