// The turns as they arrive, and how fresh what is shown is.

import { get } from "./api.js";
import { h } from "./dom.js";
import * as format from "./format.js";

const POLL_MS = 2000;
const KEPT_MAX = 60;
const LATE_S = 5;
const TONES = {
  answered: "good",
  clarification: "accent",
  fallback: "warn",
  handoff: "accent",
  no_response: "warn",
  error: "bad",
};

/** The outcome of a turn as a small mark. */
export function chip(outcome) {
  if (!outcome) return null;
  const text = outcome.replaceAll("_", " ");
  return h("span", { class: "chip", "data-tone": TONES[outcome] }, text);
}

/** "track_order 0.92", or what stands in where there is no intent. */
export function intentText(turn) {
  if (!turn.intent) return turn.initiator === "user" ? "turn" : turn.initiator;
  const sure = turn.confidence == null ? "" : ` ${turn.confidence.toFixed(2)}`;
  return turn.intent + sure;
}

function item(turn, address, fresh) {
  const when = h("span", { class: "when num", "data-time": turn.time });
  const where = [turn.bot, turn.channel].filter(Boolean).join(" · ");
  const content = [
    h("span", { class: "what", title: turn.intent }, intentText(turn)),
    chip(turn.outcome) ?? h("span"),
    h("span", { class: "where" }, where),
    when,
  ];
  const link = turn.conversation_id
    ? h("a", { href: address(turn), "data-route": true }, ...content)
    : h("a", {}, ...content);
  return h("li", { class: fresh ? "new" : null, "data-turn": turn.turn_id }, link);
}

/**
 * Polls the newest turns, keeps the list and the freshness line up to date, and
 * calls `onTurns` when something new has arrived.
 */
export class Feed {
  #cursor = null;
  #timer = null;
  #state = { bot: "", channel: "" };
  #last = null;
  #lag = null;
  #skew = 0;
  #lost = "";

  constructor(element, freshness, { address, onTurns }) {
    this.list = h("ol", {});
    this.element = element;
    this.freshness = freshness;
    this.address = address;
    this.onTurns = onTurns;
    this.live = true;
    this.empty = true;
    setInterval(() => this.#tick(), 1000);
    document.addEventListener("visibilitychange", () => this.#again(0));
  }

  /** Starts, or starts over with other filters; resolves after the first answer. */
  async start({ bot, channel }) {
    const same = this.#cursor !== null && JSON.stringify(this.#state) ===
      JSON.stringify({ bot, channel });
    if (same) return;
    this.#state = { bot, channel };
    this.#cursor = null;
    this.list.replaceChildren();
    await this.#poll();
  }

  pause(paused) {
    this.live = !paused;
    if (this.live) this.#again(0);
  }

  /** Says that nobody answers, until somebody does. */
  lose(sentence) {
    this.#lost = sentence;
    this.#tick();
  }

  #again(after) {
    clearTimeout(this.#timer);
    if (document.hidden || !this.live) return;
    this.#timer = setTimeout(() => this.#poll(), after);
  }

  async #poll() {
    clearTimeout(this.#timer);
    const asked = this.#state;
    try {
      const after = this.#cursor ?? "";
      const answer = await get("turns", { after, limit: KEPT_MAX, ...asked });
      if (asked === this.#state) this.#take(answer);
      this.#lost = "";
    } catch (error) {
      this.#lost = error.message;
    }
    this.#tick();
    this.#again(POLL_MS);
  }

  #take(answer) {
    const first = this.#cursor === null;
    this.#cursor = answer.cursor ?? this.#cursor;
    this.#skew = Date.parse(answer.now) - Date.now();
    this.#last = answer.last_turn_at;
    this.#lag = answer.derivation_lag_s;
    if (answer.turns.length) {
      this.empty = false;
      const items = answer.turns.map((one) => item(one, this.address, !first));
      const arriving = new Set(items.map((one) => one.dataset.turn));
      for (const one of [...this.list.children]) {
        if (arriving.has(one.dataset.turn)) one.remove();
      }
      this.list.prepend(...items);
      while (this.list.children.length > KEPT_MAX) this.list.lastElementChild.remove();
      if (!this.list.isConnected) {
        this.element.replaceChildren(h("h2", {}, "Arriving turns"), this.list);
      }
      if (!first) this.onTurns(answer.turns);
    }
  }

  #tick() {
    const now = Date.now() + this.#skew;
    for (const one of this.list.querySelectorAll("[data-time]")) {
      one.textContent = format.ago((now - Date.parse(one.dataset.time)) / 1000);
    }
    const { freshness } = this;
    if (this.#lost) {
      freshness.dataset.state = "lost";
      freshness.textContent = this.#lost;
    } else if (this.#last) {
      const age = (now - Date.parse(this.#last)) / 1000;
      const behind = this.#lag ? `${format.duration(this.#lag)} behind` : "up to date";
      freshness.dataset.state = (this.#lag ?? 0) > LATE_S ? "late" : "fresh";
      freshness.textContent = `last turn ${format.ago(age)}, ${behind}`;
    } else {
      freshness.dataset.state = "none";
      freshness.textContent = "no turns yet";
    }
  }
}
