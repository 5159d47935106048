// Scripted faults: rules that make calls fail the way networks and servers do. server.mjs carries
// them out.
const TEXTS = {
  429: 'Too Many Requests', 500: 'Internal Server Error', 502: 'Bad Gateway',
  503: 'Service Unavailable', 504: 'Gateway Timeout',
};

export class Faults {
  #rules = [];
  #nextId = 1;

  /**
   * Adds a rule and returns its id.
   *   who:   method (a file's is `download`), chat, bot (each optional); skip (let so many pass first), times (default 1,
   *          Infinity or -1 for ever); or probability with seed
   *   what:  status [html, body]    refuse without doing anything; 429 also takes retry_after, and
   *                          whole_bot when every chat has to wait, not only that of the call
   *          cut: 'before'   close the socket, the body unread (cannot look at `chat`)
   *          cut: 'after'    do it, then close the socket without a word
   *          cut: 'half'     do it, then close the socket in the middle of the answer
   *          hang: ms        wait before doing it;   slow: ms   wait before the answer
   *          malformed       do it, answer with broken JSON
   *          huge: bytes     do it, answer with a body of that size
   */
  add(rule) {
    if (rule.cut === 'before' && rule.chat !== undefined)
      throw new Error("a fault with cut 'before' cannot look at the chat: the body is not read");
    const times = rule.times === undefined ? 1 : rule.times < 0 ? Infinity : rule.times;
    const random = rule.probability === undefined ? null : generator(rule.seed ?? 1);
    const left = rule.probability !== undefined && rule.times === undefined ? Infinity : times;
    const method = rule.method?.toLowerCase();
    this.#rules.push({ skip: 0, ...rule, method, left, random, id: this.#nextId, hits: 0 });
    return this.#nextId++;
  }

  remove(id) {
    this.#rules = this.#rules.filter((rule) => rule.id !== id);
  }

  clear() {
    this.#rules = [];
  }

  /** How often each rule has struck: [{ id, hits, left }]. */
  list() {
    return this.#rules.map(({ id, hits, left }) => ({ id, hits, left }));
  }

  /** The fault that strikes before the body is read, if any. */
  early(method) {
    return this.#strike((rule) => rule.cut === 'before' && fits(rule.method, method));
  }

  /** The fault that strikes this call, if any. */
  match({ method, chat, bot }) {
    return this.#strike(
      (rule) =>
        rule.cut !== 'before' && fits(rule.method, method) && fits(rule.chat, chat) &&
        fits(rule.bot, bot.id),
    );
  }

  #strike(wanted) {
    for (const rule of this.#rules) {
      if (rule.left <= 0 || !wanted(rule)) continue;
      if (rule.random && rule.random() >= rule.probability) continue;
      if (rule.skip > 0) {
        rule.skip--;
        continue;
      }
      rule.left--;
      rule.hits++;
      return rule;
    }
    return null;
  }
}

const fits = (wanted, is) => wanted === undefined || String(wanted) === String(is);

// mulberry32: small, seeded, good enough to strike at random and to be repeated.
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// The page of the proxy that stands before the API.
const page = (title) =>
  [
    '<html>', `<head><title>${title}</title></head>`, '<body>',
    `<center><h1>${title}</h1></center>`, '<hr><center>nginx</center>', '</body>', '</html>', '',
  ].join('\r\n');

/** What a refusing fault answers: { status, headers, body }. */
export function refusal({ status, retry_after = 1, html, body }) {
  const text = TEXTS[status] ?? 'Error';
  const headers = { 'content-type': html ? 'text/html' : 'application/json' };
  if (status === 429) headers['retry-after'] = String(retry_after);
  if (body !== undefined) return { status, headers, body };
  if (html)
    return { status, headers, body: page(`${status} ${text}`) };
  const json = { ok: false, error_code: status, description: text };
  if (status === 429) {
    json.description = `Too Many Requests: retry after ${retry_after}`;
    json.parameters = { retry_after };
  }
  return { status, headers, body: JSON.stringify(json) };
}
