// Numbers and times as people read them. Units are the catalogue's.

const plain = (digits) =>
  new Intl.NumberFormat("en", {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
  });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", {
  notation: "compact",
  maximumFractionDigits: 1,
});

export const NOTHING = "–";

/** 4.2 → "4.2", 12 → "12", 0.034 → "0.03". */
export function decimal(value) {
  if (Number.isInteger(value)) return whole.format(value);
  const size = Math.abs(value);
  return plain(size >= 100 ? 0 : size >= 10 ? 1 : 2).format(value);
}

/** 950 → "950", 9 876 → "9,876", 12 345 → "12.3K". */
export function count(value) {
  return Math.abs(value) < 10000 ? decimal(value) : short.format(value);
}

/** 0.634 → "63.4 %"; below 1 % two digits. */
export function percent(value) {
  const size = Math.abs(value * 100);
  const digits = size === 0 || size >= 99.95 ? 0 : size < 1 ? 2 : 1;
  return `${plain(digits).format(value * 100)} %`;
}

const UNITS_S = [
  [86400, "d", 3600, "h"],
  [3600, "h", 60, "min"],
  [60, "min", 1, "s"],
];

/** Seconds → "340 ms", "4.2 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". */
export function duration(seconds) {
  if (seconds === 0) return "0 s";
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds < 0.9995) return `${whole.format(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${plain(1).format(seconds)} s`;
  const size = Math.round(seconds);
  if (size < 60) return `${size} s`;
  const [unit, name, part, partName] = UNITS_S.find(([one]) => size >= one);
  const parts = Math.round(size / part);
  const rest = parts % (unit / part);
  const text = `${whole.format((parts - rest) / (unit / part))} ${name}`;
  return rest ? `${text} ${rest} ${partName}` : text;
}

const COUNTED = new Set(["count", "users", "now"]);

/** Whether a metric is a share of something, and so shown in percent. */
export function isShare(unit, kind) {
  return unit === "1" && !["distribution", "histogram", "count"].includes(kind);
}

/** A value in a unit of the catalogue. */
export function value(number, unit, kind = "") {
  if (number === null || number === undefined) return NOTHING;
  if (unit === "s") return duration(number);
  if (isShare(unit, kind)) return percent(number);
  return COUNTED.has(kind) ? count(number) : decimal(number);
}

/** The 95 % interval of a row: "63.1 – 64.9 %". */
export function interval({ low, high }, unit, kind) {
  const [from, to] = [low, high].map((one) => value(one, unit, kind));
  return `${from.replace(/ %$/, "")} – ${to}`;
}

/** The change against a previous value as a share of it; null where there is none. */
export function change(now, before) {
  if (now == null || before == null || before === 0) return null;
  return (now - before) / before;
}

/** 0.034 → "▲ 3.4 %". */
export function delta(share) {
  if (Math.abs(share) < 0.0005) return "± 0 %";
  const arrow = share > 0 ? "▲" : "▼";
  const size = Math.abs(share);
  return size >= 9.995 ? `${arrow} ${decimal(size)} ×` : `${arrow} ${percent(size)}`;
}

/** 3 → "3 s ago". */
export function ago(seconds) {
  if (seconds < 1.5) return "just now";
  if (seconds < 60) return `${Math.round(seconds)} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} d ago`;
}

const BUCKETS = {
  hour: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { day: "numeric", month: "short" },
  week: { day: "numeric", month: "short" },
  month: { month: "short", year: "numeric" },
};

/** A value as a mark of an axis: 0.6 → "60 %", without digits that say nothing. */
export function mark(number, unit, kind) {
  if (unit === "s") return duration(number);
  if (isShare(unit, kind)) return `${Number((number * 100).toFixed(2))} %`;
  return Math.abs(number) < 10000 ? String(Number(number.toFixed(3))) : count(number);
}

/** A function from an instant to the label of its bucket, in a time zone. */
export function bucketLabel(bucket, timeZone) {
  const format = new Intl.DateTimeFormat("en-GB", { ...BUCKETS[bucket], timeZone });
  return (instant) => format.format(new Date(instant));
}

/** The same, in full, for tooltips and tables. */
export function bucketTitle(bucket, timeZone) {
  const parts = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
  if (bucket === "hour") Object.assign(parts, BUCKETS.hour);
  if (bucket === "month") {
    delete parts.day;
    delete parts.weekday;
  }
  const format = new Intl.DateTimeFormat("en-GB", { ...parts, timeZone });
  const prefix = bucket === "week" ? "week of " : "";
  return (instant) => prefix + format.format(new Date(instant));
}

/** An instant in full, to the second. */
export function instant(value, timeZone) {
  return new Intl.DateTimeFormat("en-GB", {
    dateStyle: "medium",
    timeStyle: "medium",
    timeZone,
  }).format(new Date(value));
}
