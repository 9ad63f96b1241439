// The row of choices: bot, channel, environment, range, bucket.

import { h } from "./dom.js";
import { bucketOf, BUCKETS, RANGES } from "./state.js";

function choice(label, name, options, value, onchange) {
  const select = h(
    "select",
    { name, onchange: (event) => onchange({ [name]: event.target.value }) },
    options.map(([key, text]) =>
      h("option", { value: key, selected: key === value }, text),
    ),
  );
  return h("label", {}, label, select);
}

function date(label, name, state, onchange) {
  const input = h("input", { type: "date", name, value: state[name], required: true });
  input.addEventListener("change", () => {
    if (input.value) onchange({ [name]: input.value });
  });
  return h("label", {}, label, input);
}

function named(all, names) {
  return [["", all], ...[...new Set(names)].sort().map((one) => [one, one])];
}

function kept(names, value) {
  return value ? [...names, value] : names;
}

const today = (days) =>
  new Date(Date.now() - days * 86400000).toISOString().slice(0, 10);

/** The controls of `state`; `onchange` takes what a reader changed. */
export function controls(state, bots, onchange) {
  const chosen = bots.filter((one) => !state.bot || one.name === state.bot);
  const channels = chosen.flatMap((one) => one.channels ?? []);
  const environments = chosen.flatMap((one) => one.environments ?? []);
  const ranges = Object.entries(RANGES).map(([key, one]) => [key, one.label]);
  const range = ({ range: key }) =>
    key === "custom"
      ? onchange({ range: key, from: today(13), to: today(0), bucket: "" })
      : onchange({ range: key, from: "", to: "", bucket: "" });
  const custom = state.range === "custom";
  const names = kept(bots.map((one) => one.name), state.bot);
  const several = new Set(kept(environments, state.environment)).size > 1;
  return [
    choice("Bot", "bot", named("All bots", names), state.bot, ({ bot }) =>
      onchange({ bot, channel: "", environment: "" }),
    ),
    choice(
      "Channel",
      "channel",
      named("All channels", kept(channels, state.channel)),
      state.channel,
      onchange,
    ),
    several &&
      choice(
        "Environment",
        "environment",
        named("All", kept(environments, state.environment)),
        state.environment,
        onchange,
      ),
    choice("Range", "range", [...ranges, ["custom", "Custom…"]], state.range, range),
    custom && date("From", "from", state, onchange),
    custom && date("To", "to", state, onchange),
    choice(
      "By",
      "bucket",
      BUCKETS.map((one) => [one, one]),
      bucketOf(state),
      onchange,
    ),
  ].filter(Boolean);
}
