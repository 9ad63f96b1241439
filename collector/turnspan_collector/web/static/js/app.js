// The page: reads the address, shows a board or a conversation, keeps it live.

import { get } from "./api.js";
import { Board, definitions } from "./board.js";
import { Conversation } from "./conversation.js";
import { h } from "./dom.js";
import { empty } from "./empty.js";
import { Feed } from "./feed.js";
import { controls } from "./filters.js";
import { href, read } from "./state.js";
import * as theme from "./theme.js";

const RETRY_MS = 3000;
const at = (id) => document.getElementById(id);
const main = at("main");

let boards = [];
let meta = new Map();
let bots = [];
let state = null;
let shown = { key: null, view: null };

const conversationOf = (turn) => ({
  ...state,
  conversation: turn.conversation_id,
  of: turn.bot,
});
const feed = new Feed(at("feed"), at("freshness"), {
  address: (turn) => href(conversationOf(turn)),
  onTurns: arrived,
});

function timeZone() {
  const zones = new Set(
    bots
      .filter((one) => [undefined, "", one.name].includes(state.of || state.bot))
      .map((one) => one.timezone),
  );
  return zones.size === 1 ? ([...zones][0] ?? "UTC") : "UTC";
}

async function arrived(turns) {
  if (!bots.length) {
    await start();
    return;
  }
  shown.view?.touch();
  const known = (turn) =>
    bots.some((one) => one.name === turn.bot && one.channels.includes(turn.channel));
  if (!turns.every((turn) => !turn.channel || known(turn))) await choices();
}

/** A bot or a channel that was not there before can be chosen at once. */
async function choices() {
  bots = (await get("bots").catch(() => ({ bots }))).bots;
  const board = boards.find((one) => one.key === state.board);
  const focused = document.activeElement?.closest("#filters");
  if (!state.conversation && !focused) filters(board);
}

function filters(board) {
  at("filters").replaceChildren(heading(board), ...controls(state, bots, change));
}

function navigation() {
  const links = boards.map((one) => {
    const current = !state.conversation && one.key === state.board;
    const address = href({ ...state, conversation: null, board: one.key });
    const attributes = { href: address, "data-route": true };
    if (current) attributes["aria-current"] = "page";
    return h("a", attributes, one.title);
  });
  at("boards").replaceChildren(...links);
}

function heading(board) {
  const sub = h("span", { class: "sub" }, board.description);
  return h("h1", {}, board.title, h("br"), sub);
}

function show() {
  navigation();
  const board = boards.find((one) => one.key === state.board);
  const key = state.conversation ? `conversation ${state.conversation}` : board.key;
  document.title = `${state.conversation ?? board.title} – turnspan`;
  if (shown.key !== key) {
    shown.view?.close();
    shown = { key, view: null };
  }
  if (state.conversation) showConversation();
  else showBoard(board);
}

function showBoard(board) {
  filters(board);
  shown.view ??= new Board(main, board, meta);
  shown.view.live = feed.live;
  shown.view.show(state, timeZone());
}

function showConversation() {
  at("filters").replaceChildren();
  if (shown.view) return;
  const back = href({ ...state, conversation: null });
  const { conversation: id, of: bot } = state;
  shown.view = new Conversation(main, { id, bot, timeZone: timeZone(), back });
  shown.view.load();
}

function change(changed) {
  go(href({ ...state, ...changed }));
}

function go(address) {
  const before = state;
  history.pushState(null, "", address);
  settle();
  const moved = ["board", "conversation"].some((key) => before[key] !== state[key]);
  if (!moved) return;
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function settle() {
  state = read(location, boards);
  if (bots.length) show();
  feed.start(state);
}

function fail(error) {
  feed.lose(error.message);
  const text = h("p", { role: "alert" }, error.message);
  main.replaceChildren(h("div", { class: "notice" }, text, "Trying again…"));
  setTimeout(start, RETRY_MS);
}

async function start() {
  try {
    const [known, seen] = await Promise.all([definitions(), get("bots")]);
    ({ boards, meta } = known);
    bots = seen.bots;
  } catch (error) {
    fail(error);
    return;
  }
  state = read(location, boards);
  if (!bots.length) {
    navigation();
    at("filters").replaceChildren();
    main.replaceChildren(empty());
  }
  settle();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-route]");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey;
  if (!link || !plain || event.shiftKey || link.target) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});
addEventListener("popstate", settle);
at("live").addEventListener("click", ({ currentTarget: button }) => {
  const live = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(live));
  button.textContent = live ? "Live" : "Paused";
  feed.pause(!live);
  if (shown.view) shown.view.live = live;
  if (live) shown.view?.touch();
});
theme.start(at("theme"));
theme.onChange(() => shown.view?.repaint());
start();
