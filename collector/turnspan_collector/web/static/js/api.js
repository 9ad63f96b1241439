// The collector's API: few requests at a time, each answer asked for once a round.

const REQUESTS_MAX = 6;
const TIMEOUT_MS = 30000;

/** What the API says went wrong, as a sentence; `status` 0 where nobody answered. */
export class ApiError extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

let running = 0;
const waiting = [];

async function turnOf(work) {
  if (running >= REQUESTS_MAX) await new Promise((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

function sentence(body, status) {
  const said = body?.detail ?? body?.error ?? body?.message;
  if (typeof said === "string") return said;
  if (typeof said?.message === "string") return said.message;
  return `The collector answered ${status}.`;
}

async function ask(url, signal) {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let answer;
  try {
    answer = await fetch(url, {
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headers: { accept: "application/json" },
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    const slow = limit.aborted;
    throw new ApiError(
      slow
        ? `The collector did not answer within ${TIMEOUT_MS / 1000} s.`
        : "The collector cannot be reached; is it still running?",
      0,
    );
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new ApiError(sentence(body, answer.status), answer.status);
  return body;
}

/** The address of an API call; empty parameters are left out. */
export function url(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== "" && value != null) query.set(name, value);
  }
  return `/api/v1/${path}${query.size ? `?${query}` : ""}`;
}

/** One answer of the API, or an ApiError. */
export function get(path, parameters, signal) {
  return turnOf(() => ask(url(path, parameters), signal));
}

/** Asks of one redrawing: the same question is asked once, and all end together. */
export class Round {
  #abort = new AbortController();
  #answers = new Map();

  get(path, parameters) {
    const key = url(path, parameters);
    if (!this.#answers.has(key)) {
      this.#answers.set(key, get(path, parameters, this.#abort.signal));
    }
    return this.#answers.get(key);
  }

  get over() {
    return this.#abort.signal.aborted;
  }

  end() {
    this.#abort.abort();
  }
}
