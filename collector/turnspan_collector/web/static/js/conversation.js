// One conversation, from its first event to its last.

import { ApiError, get } from "./api.js";
import { h } from "./dom.js";
import { chip } from "./feed.js";
import * as format from "./format.js";

const REST_MS = 3000;
const IN_THE_TURN = new Set([
  "chatbot.message",
  "chatbot.intent.result",
  "chatbot.turn.end",
]);
const NOISE = new Set([
  "chatbot.locale",
  "chatbot.framework.name",
  "chatbot.handoff.id",
  "chatbot.message.id",
  "chatbot.message.index",
  "chatbot.user.key_id",
  "chatbot.user.kind",
  "chatbot.record.seq",
]);

function words(name) {
  return name.replace(/^chatbot\./, "").replaceAll(/[._]/g, " ");
}

function meter(confidence) {
  const fill = h("span", { class: "fill" });
  fill.style.width = `${confidence * 100}%`;
  return h(
    "span",
    { class: "meter" },
    h("span", { class: "track", "aria-hidden": "true" }, fill),
    h("span", { class: "num" }, confidence.toFixed(2)),
  );
}

function turnBody({ detail }) {
  const acted = detail.intent_acted_on;
  const facts = [
    detail.initiator && `by ${words(detail.initiator)}`,
    acted && acted !== detail.intent_name && `acted on ${acted}`,
    detail.duration_s != null && `took ${format.duration(detail.duration_s)}`,
    detail.first_response_s != null &&
      `first answer after ${format.duration(detail.first_response_s)}`,
    detail.node_id && `node ${detail.node_id}`,
    detail.error_type,
  ];
  return [
    h(
      "div",
      { class: "line" },
      h("b", {}, detail.intent_name ?? "turn"),
      detail.intent_confidence != null && meter(detail.intent_confidence),
      chip(detail.outcome),
    ),
    h("p", { class: "fine num" }, facts.filter(Boolean).join(" · ")),
  ];
}

function otherBody({ name, detail }) {
  const shown = Object.entries(detail)
    .filter(([key, one]) => !NOISE.has(key) && one !== null && typeof one !== "object")
    .map(([key, one]) => `${words(key)} ${one}`);
  return [
    h("div", { class: "line" }, h("b", {}, words(name))),
    shown.length > 0 && h("p", { class: "fine num" }, shown.join(" · ")),
  ];
}

/** What messages in JSON say; any other text as it is. */
function spoken(text) {
  try {
    const parts = JSON.parse(text).flatMap((message) => message.parts);
    return parts.map((part) => part.content ?? "").join("\n") || text;
  } catch {
    return text;
  }
}

/** The words of an item, where the collector keeps them. */
function quotes({ text = [] }) {
  return text.map((one) =>
    h("blockquote", { title: one.attribute }, spoken(one.text)),
  );
}

/** What a turn's own card says already. */
function told(item, turns) {
  if (item.kind !== "event" || !turns.has(item.turn_id) || item.text) return false;
  const byAgent = item.detail["chatbot.message.role"] === "human_agent";
  return IN_THE_TURN.has(item.name) && !byAgent;
}

function entry(item, clock, timeZone) {
  const full = format.instant(item.time, timeZone);
  const time = h(
    "time",
    { datetime: item.time, class: "num", title: full },
    clock.format(new Date(item.time)),
  );
  const body = item.kind === "turn" ? turnBody(item) : otherBody(item);
  const facts = { "data-kind": item.kind, "data-name": item.name };
  return h("li", facts, time, ...body, quotes(item));
}

function sessionHead(session, index, timeZone) {
  const turns = session.user_turns;
  const parts = [
    format.instant(session.start_time, timeZone),
    `${turns} user turn${turns === 1 ? "" : "s"}`,
    format.duration(session.duration_s),
    session.finalised === false && "still open",
  ];
  return h(
    "div",
    { class: "session-head" },
    h("h2", {}, `Session ${index + 1}`),
    h("span", { class: "fine num" }, parts.filter(Boolean).join(" · ")),
    session.outcome && h("span", { class: "chip" }, words(session.outcome)),
  );
}

function handoffLine(one) {
  const waited = (end) => (Date.parse(end) - Date.parse(one.requested_at)) / 1000;
  const ended = one[`${one.wait_outcome}_at`];
  const parts = [
    words(one.reason),
    ended
      ? `${one.wait_outcome} after ${format.duration(waited(ended))}`
      : "waiting for a person",
    one.queue && `queue ${one.queue}`,
    one.outcome,
  ];
  return h(
    "p",
    { class: "handoff num" },
    h("span", { class: "chip", "data-tone": "accent" }, "handoff"),
    parts.filter(Boolean).join(" · "),
  );
}

function bySession(sessions, items) {
  const starts = sessions.map((one) => Date.parse(one.start_time));
  const parts = sessions.map((session) => ({ session, items: [] }));
  for (const item of items) {
    const at = starts.findLastIndex((start) => start <= Date.parse(item.time));
    parts[Math.max(0, at)]?.items.push(item);
  }
  return parts.length ? parts : [{ session: null, items }];
}

function page(conversation, timeZone, back) {
  const { sessions, handoffs, items, conversation_id: id } = conversation;
  const turns = new Set(
    items.filter((one) => one.kind === "turn").map((one) => one.turn_id),
  );
  const shown = items.filter((one) => !told(one, turns));
  const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone });
  return h(
    "article",
    { class: "conversation" },
    h("a", { href: back, "data-route": true, class: "back" }, "← Back to the board"),
    h("h1", {}, "Conversation ", h("code", {}, id)),
    h(
      "p",
      { class: "sub" },
      [conversation.bot, conversation.channel].filter(Boolean).join(" · "),
    ),
    handoffs.map(handoffLine),
    bySession(sessions, shown).map((part, index) =>
      h(
        "section",
        {},
        part.session && sessionHead(part.session, index, timeZone),
        h(
          "ol",
          { class: "timeline" },
          part.items.map((one) => entry(one, clock, timeZone)),
        ),
      ),
    ),
    conversation.truncated && h("p", { class: "fine" }, "Earlier events are left out."),
  );
}

/** Shows a conversation in `element` and keeps it current until `close`. */
export class Conversation {
  #timer = null;
  #closed = false;
  #shown = "";

  constructor(element, { id, bot, timeZone, back }) {
    Object.assign(this, { element, id, bot, timeZone, back });
  }

  async load() {
    try {
      const path = `conversations/${encodeURIComponent(this.id)}`;
      const answer = await get(path, { bot: this.bot });
      const text = JSON.stringify(answer);
      if (!this.#closed && text !== this.#shown) {
        this.#shown = text;
        this.element.replaceChildren(page(answer, this.timeZone, this.back));
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!this.#closed && !this.#shown) this.#fail(error.message);
    }
    if (!this.#closed) this.#timer = setTimeout(() => this.load(), REST_MS);
  }

  touch() {}

  repaint() {}

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #fail(sentence) {
    const back = h("a", { href: this.back, "data-route": true }, "Back to the board");
    const text = h("p", { role: "alert" }, sentence);
    this.element.replaceChildren(h("div", { class: "notice" }, text, back));
  }
}
