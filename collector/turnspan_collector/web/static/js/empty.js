// What stands there before the first turn: how to send one.

import { h } from "./dom.js";

function snippet(host) {
  return [
    "import turnspan",
    "",
    `turnspan.setup(endpoint="http://${host}:4317")`,
    "",
    '@turnspan.turn(bot="my-bot", conversation="chat_id", user="user_id")',
    "def answer(chat_id, user_id, text):",
    '    return "Hello!"',
    "",
    'answer("chat-1", "user-1", "hi")',
  ].join("\n");
}

/** The sentence and the six lines that put a first turn on this page. */
export function empty() {
  const host = location.hostname || "localhost";
  return h(
    "section",
    { class: "empty" },
    h("h2", {}, "No turns yet. Send the first one."),
    h(
      "p",
      {},
      "This collector is running and listening for OTLP. Install the package where " +
        "your bot lives, then decorate the function that answers.",
    ),
    h("pre", { tabindex: 0 }, "pip install 'turnspan[otlp]'"),
    h("pre", { tabindex: 0 }, snippet(host)),
    h(
      "p",
      {},
      "Within seconds the turn appears here by itself. To see full boards first, run ",
      h("code", {}, "turnspan demo"),
      ".",
    ),
  );
}
