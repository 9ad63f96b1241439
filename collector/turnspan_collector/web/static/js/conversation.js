// One conversation, from its first event to its last.

import { ApiError, get } from "./api.js";
import { h } from "./dom.js";
import { chip } from "./feed.js";
import * as format from "./format.js";

const REST_MS = 3000;

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
    .filter(([, one]) => one !== null && typeof one !== "object")
    .map(([key, one]) => `${words(key)} ${one}`);
  return [
    h("div", { class: "line" }, h("b", {}, words(name))),
    shown.length > 0 && h("p", { class: "fine num" }, shown.join(" · ")),
  ];
}

function entry(item, timeZone) {
  const time = h(
    "time",
    { datetime: item.time, class: "num" },
    format.instant(item.time, timeZone),
  );
  const body = item.kind === "turn" ? turnBody(item) : otherBody(item);
  return h("li", { "data-kind": item.kind, "data-name": item.name }, time, ...body);
}

function sessionHead(session, index) {
  const parts = [
    `${session.user_turns} user turn${session.user_turns === 1 ? "" : "s"}`,
    format.duration(session.duration_s),
    session.finalised === false && "still open",
  ];
  return h(
    "div",
    { class: "session-head" },
    h("h2", {}, `Session ${index + 1}`),
    h("span", { class: "fine" }, parts.filter(Boolean).join(" · ")),
    session.outcome && h("span", { class: "chip" }, words(session.outcome)),
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
  const { sessions = [], items = [] } = conversation;
  return h(
    "article",
    { class: "conversation" },
    h("a", { href: back, "data-route": true, class: "back" }, "← Back to the board"),
    h("h1", {}, h("span", {}, "Conversation "), conversation.conversation_id),
    h(
      "p",
      { class: "sub" },
      [conversation.bot, conversation.channel].filter(Boolean).join(" · "),
    ),
    bySession(sessions, items).map((part, index) =>
      h(
        "section",
        {},
        part.session && sessionHead(part.session, index),
        h("ol", { class: "timeline" }, part.items.map((one) => entry(one, timeZone))),
      ),
    ),
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
