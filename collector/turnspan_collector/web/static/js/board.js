// A board: its sections of panels, redrawn as turns arrive.

import { get, Round } from "./api.js";
import { h } from "./dom.js";
import { Panel } from "./panel.js";
import { bucketOf, rangeLabel, span } from "./state.js";

const REST_MS = 30000;
const WHOLE_MS = 60000;
const PAUSE_MIN_MS = 500;
const PAUSE_MAX_MS = 10000;

/** Draws one board into `element` and keeps it current until `close`. */
export class Board {
  #round = null;
  #timer = null;
  #dirty = false;
  #ended = 0;
  #whole = 0;
  #pause = PAUSE_MIN_MS;
  #closed = false;

  constructor(element, board, meta) {
    this.meta = meta;
    this.live = true;
    this.sections = board.sections.map((section) => ({
      title: section.title,
      panels: section.panels.map((panel) => new Panel(panel, meta)),
    }));
    element.replaceChildren(
      ...this.sections.map(({ title, panels }) =>
        h(
          "section",
          { class: "section" },
          h("h2", {}, title),
          h("div", { class: "grid" }, panels.map((one) => one.element)),
        ),
      ),
    );
  }

  /** Shows another state: filters, range, bucket. */
  show(state, timeZone) {
    this.state = state;
    this.timeZone = timeZone;
    this.#round?.end();
    this.#round = null;
    this.#whole = 0;
    return this.#redraw();
  }

  /** New data has arrived: redraws soon, never faster than the answers come. */
  touch() {
    this.#dirty = true;
    if (this.live && !this.#round && !document.hidden) {
      const wait = this.#ended + this.#pause - Date.now();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#redraw(), Math.max(0, wait));
    }
  }

  /** Draws again without asking again. */
  repaint() {
    for (const one of this.#panels()) one.draw();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#round?.end();
    for (const one of this.#panels()) one.dispose();
  }

  #panels() {
    return this.sections.flatMap((one) => one.panels);
  }

  async #redraw() {
    clearTimeout(this.#timer);
    if (this.#closed || this.#round) return;
    const round = (this.#round = new Round());
    const began = Date.now();
    this.#dirty = false;
    const fresh = began - this.#whole > WHOLE_MS;
    const view = { ...(await this.#view(round)), fresh };
    await Promise.all(this.#panels().map((one) => one.update(view, round)));
    if (round.over) return;
    if (fresh) this.#whole = began;
    this.#round = null;
    this.#ended = Date.now();
    const took = this.#ended - began;
    this.#pause = Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS, took));
    if (this.#dirty) this.touch();
    else this.#timer = setTimeout(() => this.touch(), REST_MS);
  }

  async #view(round) {
    const { bot, channel, environment } = this.state;
    const range = span(this.state);
    const { from, to } = range;
    const asked = round.get("annotations", { from, to, bot });
    const annotations = await asked.then((one) => one.annotations).catch(() => []);
    return {
      span: range,
      filters: { bot, channel, environment },
      bucket: bucketOf(this.state),
      rangeLabel: rangeLabel(this.state),
      timeZone: this.timeZone,
      meta: this.meta,
      annotations,
    };
  }
}

/** The boards and the catalogue by name, as the API gives them. */
export async function definitions() {
  const [{ boards }, { metrics }] = await Promise.all([get("boards"), get("metrics")]);
  return { boards, meta: new Map(metrics.map((one) => [one.name, one])) };
}
