// A panel: asks for its rows, draws them, or says why it cannot.

import { bars } from "./bars.js";
import * as charts from "./charts.js";
import { h } from "./dom.js";
import { load } from "./load.js";
import { hasData } from "./series.js";
import { table } from "./table.js";
import { tile } from "./tile.js";

const ROW_PX = 38;
const DRAWN = new Set(["lines", "columns", "histogram"]);

/** What a sentence says first; the whole of it stands in the tooltip. */
function clause(sentence) {
  return sentence.split(/[.;:](?= |$)/, 1)[0];
}

/** A panel of a board; `meta` is the catalogue by name. */
export class Panel {
  #chart = null;
  #asTable = false;
  #shown = null;

  constructor(panel, meta) {
    const about = meta.get(panel.queries[0].metric) ?? {};
    this.panel = panel;
    this.title = panel.title || about.title || panel.queries[0].metric;
    this.about = panel.description || about.sentence || "";
    this.body = h("div", { class: "body" });
    this.toggle = h(
      "button",
      { type: "button", "aria-pressed": "false", onclick: () => this.#flip() },
      "Table",
    );
    const stat = panel.look === "stat";
    this.element = h(
      "section",
      {
        class: "panel",
        "data-look": panel.look,
        "data-panel": panel.key,
        "data-state": "loading",
        "aria-label": this.title,
      },
      h("header", {}, h("h3", { title: this.about }, this.title), !stat && this.toggle),
      !stat && h("p", { class: "about", title: this.about }, clause(this.about)),
      this.body,
    );
    this.element.style.gridColumn = `span ${panel.width}`;
    this.element.style.height = `${panel.height * ROW_PX - 8}px`;
  }

  /** Asks for the rows of `view` and draws them; the old drawing stands meanwhile. */
  async update(view, round) {
    try {
      const kept = view.fresh ? null : this.#shown?.data;
      const data = await load(this.panel, view, round, kept);
      if (round.over) return;
      this.#shown = { data, view };
      this.draw();
    } catch (error) {
      if (!round.over) this.#say(error.message, "failed");
    }
  }

  /** Draws what was last loaded, again (after a change of theme, say). */
  draw() {
    if (!this.#shown) return;
    const { data, view } = this.#shown;
    const rows = data.entries.flatMap((one) => one.rows);
    const empty = this.panel.look === "stat" ? false : !hasData(rows);
    if (empty) this.#say(`Nothing ${view.rangeLabel}.`, "empty");
    else this.#drawAs(data, view);
  }

  dispose() {
    this.#drop();
  }

  #drawAs(data, view) {
    const { look, queries, groups_max: groupsMax } = this.panel;
    const { title } = this;
    const context = { ...view, bucket: data.bucket, groupsMax, title };
    this.element.dataset.state = "drawn";
    if (look === "stat") {
      const meta = view.meta.get(queries[0].metric) ?? {};
      const { total, previous, spark } = data;
      this.#put(tile(meta, total, previous[0], spark, view.rangeLabel));
    } else if (this.#asTable) {
      this.#put(table(data.entries, context, this.title));
    } else if (look === "bars") {
      this.#put(bars(data.entries[0], groupsMax, this.title));
    } else if (DRAWN.has(look)) {
      const canvas = this.#canvas();
      context.width = canvas.width();
      canvas.draw(charts[look](data.entries, context));
    }
  }

  #canvas() {
    if (!this.#chart) {
      this.#chart = charts.create(this.body, `${this.title}. ${this.about}`);
    }
    return this.#chart;
  }

  #flip() {
    this.#asTable = !this.#asTable;
    this.toggle.setAttribute("aria-pressed", String(this.#asTable));
    this.draw();
  }

  #put(element) {
    const at = this.body.firstElementChild?.scrollTop ?? 0;
    this.#drop();
    this.body.replaceChildren(element);
    element.scrollTop = at;
  }

  #say(sentence, state) {
    this.element.dataset.state = state;
    const alert = state === "failed" ? "alert" : null;
    this.#put(h("p", { class: `gap ${state}`, role: alert }, sentence));
  }

  #drop() {
    this.#chart?.dispose();
    this.#chart = null;
  }
}
