// Delivers a bot's updates to its webhook: one at a time for each queue (chat, user), in parallel
// over queues, again after anything but 2xx. Only loopback addresses are ever called.
import http from 'node:http';
import { Deque } from './deque.mjs';

const MAX_PAUSE_S = 60;
// Methods that are not carried out when they come in the answer of a webhook.
const UNCALLABLE = /^(get|(set|delete)webhook|close|logout)/i;
const GONE_MS = 23 * 60 * 60 * 1000;

export class Webhook {
  pending = 0;
  lastError = null; // { date, message }
  #queues = new Map(); // name -> { entries, fails, delay }
  #ready = new Deque();
  #active = 0;
  #closed = false;
  #goneSince = 0;

  /** `settings`: { url, secret, maxConnections }. */
  constructor(updates, settings) {
    Object.assign(this, settings);
    this.updates = updates;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: settings.maxConnections });
  }

  /** How many deliveries are under way. */
  get active() {
    return this.#active;
  }

  push(entry) {
    let queue = this.#queues.get(entry.queue);
    if (!queue) {
      queue = { name: entry.queue, entries: new Deque(), fails: 0, delay: 1 };
      this.#queues.set(entry.queue, queue);
    }
    queue.entries.push(entry);
    this.pending++;
    if (queue.entries.length === 1) this.#offer(queue);
  }

  #offer(queue) {
    this.#ready.push(queue);
    setImmediate(() => this.#pump());
  }

  #pump() {
    while (!this.#closed && this.#active < this.maxConnections && this.#ready.length > 0)
      this.#send(this.#ready.shift());
  }

  async #send(queue) {
    const entry = queue.entries.at(0);
    if (!entry) return;
    this.#active++;
    const now = this.updates.clock.now();
    const outcome = entry.until <= now ? { ok: true } : await this.#post(entry);
    this.#active--;
    if (this.#closed) return;
    if (outcome.ok) this.#delivered(queue);
    else this.#failed(queue, outcome);
    this.updates.journal.changed();
    this.#pump();
    if (outcome.reply) this.updates.onReply(outcome.reply);
  }

  #delivered(queue) {
    queue.entries.shift();
    this.pending--;
    Object.assign(queue, { fails: 0, delay: 1 });
    this.#goneSince = 0;
    if (queue.entries.length > 0) this.#offer(queue);
    else this.#queues.delete(queue.name);
  }

  // The first failure is repeated at once, later ones after a doubling pause, or Retry-After.
  #failed(queue, { message, status, retryAfter }) {
    const { clock } = this.updates;
    this.lastError = { date: clock.seconds(), message };
    if (status !== 410) this.#goneSince = 0;
    else if (!this.#goneSince) this.#goneSince = clock.now();
    else if (clock.now() > this.#goneSince + GONE_MS) return this.updates.setWebhook(null);
    let pause = Math.min(retryAfter, 3600);
    if (pause === 0 && queue.fails > 0) {
      queue.delay = Math.min(MAX_PAUSE_S, queue.delay * 2);
      pause = queue.delay;
    }
    queue.fails++;
    if (pause === 0) this.#offer(queue);
    else clock.at(pause * 1000, () => this.#offer(queue));
  }

  #post(entry) {
    return new Promise((resolve) => {
      const body = Buffer.from(entry.body);
      const headers = {
        'content-type': 'application/json', 'content-length': body.length,
        'accept-encoding': 'gzip, deflate',
      };
      if (this.secret) headers['x-telegram-bot-api-secret-token'] = this.secret;
      const lost = (error) => resolve({ ok: false, message: error.message, retryAfter: 0 });
      const options = { method: 'POST', agent: this.agent, headers };
      const request = http.request(this.url, options, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', lost);
        response.on('end', () => resolve(outcome(response, Buffer.concat(chunks))));
      });
      request.on('error', lost);
      request.end(body);
    });
  }

  clear() {
    for (const queue of this.#queues.values()) queue.entries = new Deque();
    this.#queues.clear();
    this.#ready = new Deque();
    this.pending = 0;
  }

  /** Stops; returns what is not delivered, in order of update ids. */
  close() {
    this.#closed = true;
    this.agent.destroy();
    const left = [...this.#queues.values()].flatMap((queue) => queue.entries.toArray());
    return left.sort((a, b) => a.id - b.id);
  }
}

function outcome(response, body) {
  const { statusCode: status, statusMessage, headers } = response;
  if (status < 200 || status > 299)
    return {
      ok: false, status, retryAfter: Number(headers['retry-after']) || 0,
      message: `Wrong response from the webhook: ${status} ${statusMessage}`,
    };
  let reply;
  try {
    const json = JSON.parse(body.toString());
    if (typeof json?.method === 'string' && !UNCALLABLE.test(json.method)) reply = json;
  } catch {
    // An empty or other body is the usual case: no call in it.
  }
  return { ok: true, reply };
}
