// Drawings over time and over bins, by ECharts: options from rows, nothing else.

import * as echarts from "../vendor/echarts-6.1.0/echarts.esm.min.js";
import { h } from "./dom.js";
import * as format from "./format.js";
import { along, buckets, groups } from "./series.js";
import { colours } from "./theme.js";

const DASH = [4, 4];
const MARK_PX = 96;

function legendItem({ name, colour }) {
  const mark = h("i");
  mark.style.background = colour;
  return h("li", {}, mark, name);
}

/** A chart with its legend in `element`, named for assistive technology. */
export function create(element, label) {
  const canvas = h("div", { class: "chart", role: "img", "aria-label": label });
  const names = h("ul", { class: "legend" });
  element.replaceChildren(canvas, names);
  const chart = echarts.init(canvas, null, { renderer: "canvas" });
  const watch = new ResizeObserver(() => chart.resize());
  watch.observe(canvas);
  return {
    width: () => canvas.clientWidth,
    draw({ option, legend }) {
      names.replaceChildren(...(legend.length > 1 ? legend.map(legendItem) : []));
      chart.setOption(option, { notMerge: true, lazyUpdate: true });
    },
    dispose() {
      watch.disconnect();
      chart.dispose();
    },
  };
}

function axisText(palette) {
  return { color: palette.quiet, fontSize: 11, fontFamily: palette.font };
}

function frame(palette, axis, context, unitLabel) {
  const label = format.bucketLabel(context.bucket, context.timeZone);
  return {
    animation: false,
    color: palette.series,
    textStyle: { fontFamily: palette.font },
    grid: { left: 4, right: 8, top: 16, bottom: 2, containLabel: true },
    xAxis: {
      type: "category",
      data: axis,
      axisLabel: {
        ...axisText(palette),
        formatter: label,
        hideOverlap: true,
        alignMaxLabel: "right",
      },
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
    },
    yAxis: valueAxis(palette, unitLabel),
    tooltip: tooltipFrame(palette),
  };
}

const STEPS_S = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
  3600, 7200, 14400, 43200, 86400, 172800,
];

/** Seconds are marked at whole minutes and hours, not at 50 and 100. */
function markDurations(option, entries) {
  if (entries[0].unit !== "s") return;
  const values = entries.flatMap((one) => one.rows.map((row) => row?.value ?? 0));
  const step = STEPS_S.find((one) => Math.max(...values) / one <= 5);
  const top = Math.ceil(Math.max(...values) / step) * step;
  if (step && top) Object.assign(option.yAxis, { interval: step, max: top });
}

function valueAxis(palette, formatter) {
  return {
    type: "value",
    min: 0,
    splitNumber: 4,
    axisLabel: { ...axisText(palette), formatter },
    splitLine: { lineStyle: { color: palette.grid } },
  };
}

function tooltipFrame(palette) {
  return {
    trigger: "axis",
    confine: true,
    backgroundColor: palette.raised,
    borderColor: palette.line,
    padding: [8, 12],
    textStyle: { color: palette.ink },
    axisPointer: { lineStyle: { color: palette.line }, z: 0 },
  };
}

function basis(row, unit, kind) {
  const parts = [];
  if (row.low != null) parts.push(`95 %: ${format.interval(row, unit, kind)}`);
  if (row.n != null) parts.push(`n ${format.decimal(Number(row.n))}`);
  return parts.join(", ");
}

function tipLine(colour, name, row, unit, kind) {
  const mark = h("i");
  mark.style.background = colour;
  const value = h("b", { class: "num" }, format.value(row.value, unit, kind));
  const fine = basis(row, unit, kind);
  return [
    h("div", { class: "row" }, mark, h("span", {}, name), value),
    fine && h("div", { class: "fine num" }, fine),
  ];
}

function tooltip(axis, context, lines) {
  const title = format.bucketTitle(context.bucket, context.timeZone);
  return (items) => {
    const at = items[0]?.dataIndex ?? 0;
    const rows = lines.map((one) => ({ ...one, row: one.rows[at] }));
    const shown = rows.filter((one) => one.row && one.row.value !== null);
    const provisional = shown.some((one) => one.row.provisional);
    return h(
      "div",
      { class: "tip" },
      h("b", {}, title(axis[at])),
      shown.length === 0 && h("div", { class: "fine" }, "no data"),
      shown.map((one) => tipLine(one.colour, one.name, one.row, one.unit, one.kind)),
      provisional && h("div", { class: "fine" }, "provisional: still open"),
      placed(context.annotations, axis)
        .filter((one) => one.at === at)
        .map((one) => h("div", { class: "mark" }, one.text)),
    );
  };
}

function placed(annotations, axis) {
  const times = axis.map((one) => Date.parse(one));
  const at = (time) => times.findLastIndex((start) => start <= Date.parse(time));
  return annotations
    .map((one) => ({ at: at(one.time), text: one.text }))
    .filter((one) => one.at >= 0)
    .sort((a, b) => a.at - b.at);
}

/** Marks as dotted lines; named where the one before leaves room for the name. */
function marks({ annotations, width }, axis, palette) {
  let free = 0;
  const data = placed(annotations, axis).map(({ at, text }) => {
    const x = ((at + 0.5) / axis.length) * width;
    const named = x - MARK_PX / 2 >= free;
    if (named) free = x + MARK_PX / 2;
    return { xAxis: at, name: named ? text : "" };
  });
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: palette.warn, type: "dotted", width: 1 },
    label: {
      color: palette.warn,
      fontSize: 10,
      formatter: ({ name }) => (name.length > 18 ? `${name.slice(0, 17)}…` : name),
      position: "end",
      distance: 2,
    },
    data,
  };
}

const valueOf = (row) => (row ? row.value : null);
const open = (row) => Boolean(row?.provisional);

/** The dashed end: provisional rows and the last complete one before them. */
function dashed(rows) {
  return rows.map((row, at) =>
    open(row) || open(rows[at + 1] ?? null) ? valueOf(row) : null,
  );
}

function alone(values, at) {
  return values[at] != null && values[at - 1] == null && values[at + 1] == null;
}

function line(name, values, colour, extra = {}) {
  return {
    type: "line",
    name,
    data: values,
    symbol: "circle",
    symbolSize: (_, item) => (alone(values, item.dataIndex) ? 6 : 0),
    lineStyle: { width: 2, color: colour },
    itemStyle: { color: colour },
    emphasis: { disabled: true },
    z: 3,
    ...extra,
  };
}

function band(name, rows, colour) {
  const quiet = {
    type: "line",
    stack: `band ${name}`,
    stackStrategy: "all",
    symbol: "none",
    silent: true,
    lineStyle: { width: 0 },
    emphasis: { disabled: true },
    tooltip: { show: false },
    z: 1,
  };
  const has = (row) => row && row.low !== null && row.high !== null;
  const low = rows.map((row) => (has(row) ? row.low : null));
  const height = rows.map((row) => (has(row) ? row.high - row.low : null));
  return [
    { ...quiet, name: `${name} low`, data: low },
    {
      ...quiet,
      name: `${name} high`,
      data: height,
      areaStyle: { color: colour, opacity: 0.14 },
    },
  ];
}

/** No share is drawn on an axis that goes beyond the whole. */
function markShares(option, [entry, ...others]) {
  if (!format.isShare(entry.unit, entry.kind)) return;
  const rows = [entry, ...others].flatMap((one) => one.rows);
  const top = Math.max(...rows.map((row) => row?.high ?? row?.value ?? 0));
  if (top > 0.8 && top <= 1) Object.assign(option.yAxis, { max: 1, interval: 0.25 });
}

/** Lines over time; rates carry their interval as a band; provisional ends dashed. */
export function lines(entries, context) {
  const palette = colours();
  const axis = buckets(entries.map((one) => one.rows));
  const drawn = entries.flatMap((entry) => {
    const found = groups(entry.rows, entry.by, context.groupsMax);
    return found.map((group) => ({
      ...entry,
      name: entry.label || (entry.by.length ? group.name : context.title),
      rows: along(axis, group.rows),
    }));
  });
  drawn.forEach((one, at) => (one.colour = palette.series[at % 8]));
  const { unit, kind } = entries[0];
  const series = drawn.flatMap((one, at) => {
    const solid = one.rows.map((row) => (open(row) ? null : valueOf(row)));
    const dash = line(one.name, dashed(one.rows), one.colour, {
      lineStyle: { width: 2, color: one.colour, type: DASH },
    });
    const banded = drawn.length <= 2 && format.isShare(one.unit, one.kind);
    const notes = at === 0 && { markLine: marks(context, axis, palette) };
    const whole = line(one.name, solid, one.colour, notes || {});
    return [...(banded ? band(one.name, one.rows, one.colour) : []), whole, dash];
  });
  const option = frame(palette, axis, context, (one) => format.mark(one, unit, kind));
  markDurations(option, drawn);
  markShares(option, drawn);
  option.xAxis.boundaryGap = axis.length < 2;
  option.tooltip.formatter = tooltip(axis, context, drawn);
  return { option: { ...option, series }, legend: drawn };
}

/** Columns over time, stacked by group; provisional ones are hatched. */
export function columns(entries, context) {
  const palette = colours();
  const [entry] = entries;
  const axis = buckets([entry.rows]);
  const found = groups(entry.rows, entry.by, context.groupsMax);
  const drawn = found.map((group, at) => ({
    ...entry,
    name: group.name,
    rows: along(axis, group.rows),
    colour: palette.series[at % 8],
  }));
  const series = drawn.map((one, at) => ({
    type: "bar",
    name: one.name,
    stack: "all",
    barMaxWidth: 34,
    barCategoryGap: "22%",
    itemStyle: { color: one.colour },
    emphasis: { disabled: true },
    data: one.rows.map((row) => ({
      value: valueOf(row),
      itemStyle: open(row) ? provisionalColumn(one.colour) : undefined,
    })),
    ...(at === 0 && { markLine: marks(context, axis, palette) }),
  }));
  const option = frame(palette, axis, context, (one) =>
    format.mark(one, entry.unit, entry.kind),
  );
  if (format.isShare(entry.unit, entry.kind)) {
    Object.assign(option.yAxis, { max: 1, interval: 0.25 });
  }
  option.tooltip.formatter = tooltip(axis, context, drawn);
  option.tooltip.axisPointer = { type: "shadow", shadowStyle: { opacity: 0.06 } };
  return { option: { ...option, series }, legend: drawn };
}

function provisionalColumn(colour) {
  return {
    color: colour,
    opacity: 0.55,
    borderColor: colour,
    borderType: DASH,
    borderWidth: 1,
    decal: {
      symbol: "rect",
      color: "rgba(255,255,255,0.35)",
      dashArrayX: [1, 0],
      dashArrayY: [3, 4],
      rotation: -Math.PI / 4,
    },
  };
}

/** One column a bin, in the order of their lower bounds. */
export function histogram([entry], context) {
  const palette = colours();
  const [key] = entry.by;
  const from = (row) => Number.parseFloat(row.group[key]);
  const bins = [...entry.rows].sort((a, b) => from(a) - from(b));
  const width = bins.length > 1 ? from(bins[1]) - from(bins[0]) : 1;
  const total = bins.reduce((sum, row) => sum + Number(row.value ?? 0), 0);
  const name = (at) => (width < 1 ? from(bins[at]).toFixed(2) : bins[at].group[key]);
  const axis = bins.map((_, at) => at);
  const option = frame(palette, axis, context, (one) => format.mark(one));
  option.xAxis.axisLabel = {
    ...axisText(palette),
    interval: bins.length > 8 ? 3 : 0,
    formatter: (at) => name(Number(at)),
  };
  option.tooltip.axisPointer = { type: "shadow", shadowStyle: { opacity: 0.06 } };
  option.tooltip.formatter = ([{ dataIndex: at, value }]) => {
    const range = `${name(at)} to ${(from(bins[at]) + width).toFixed(2)}`;
    const share = format.percent(total ? value / total : 0);
    return h(
      "div",
      { class: "tip num" },
      h("b", {}, width < 1 ? range : `${name(at)}`),
      h("div", {}, `${format.decimal(value)}, ${share}`),
      h("div", { class: "fine" }, `n ${format.decimal(total)}`),
    );
  };
  const series = {
    type: "bar",
    barCategoryGap: bins.length > 8 ? "8%" : "40%",
    itemStyle: { color: palette.series[0] },
    emphasis: { disabled: true },
    data: bins.map((row) => Number(row.value ?? 0)),
  };
  return { option: { ...option, series: [series] }, legend: [] };
}
