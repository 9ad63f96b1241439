// Light or dark: as the system says, unless the reader chose; and its colours.

const KEY = "turnspan.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();
const NEXT = { system: "light", light: "dark", dark: "system" };
const NAMES = { system: "Auto", light: "Light", dark: "Dark" };

function chosen() {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

function apply() {
  const now = chosen();
  const shown = now === "system" ? (dark.matches ? "dark" : "light") : now;
  document.documentElement.dataset.theme = shown;
  for (const one of listeners) one();
}

/** Sets the theme and makes `button` step through auto, light and dark. */
export function start(button) {
  const label = () => {
    button.textContent = NAMES[chosen()];
    button.setAttribute("aria-label", `Theme: ${NAMES[chosen()]}`);
  };
  button.addEventListener("click", () => {
    localStorage.setItem(KEY, NEXT[chosen()]);
    label();
    apply();
  });
  dark.addEventListener("change", apply);
  label();
  apply();
}

/** Calls back after each change of theme. */
export function onChange(callback) {
  listeners.add(callback);
}

/** The colours of the theme that is shown. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    series: [0, 1, 2, 3, 4, 5, 6, 7].map((at) => of(`c${at}`)),
    ink: of("ink"),
    quiet: of("ink-3"),
    line: of("line-strong"),
    grid: of("grid"),
    surface: of("surface"),
    raised: of("raised"),
    font: of("font"),
    warn: of("warn"),
  };
}
