// What the store has of an announcement, and whether it is true: the sums of each part against its list, read at one moment, and the
// list against what the platform counted.
import { FIRST } from './announce-platform.mjs';

const PARTS = 64;
const BUCKETS = 256;
const ACCOUNT = 'telegram:7';
const MASK = (1n << 64n) - 1n;

function fnv(text) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  return hash;
}

const pairs = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);

export class Ledger {
  looks = 0; // into one part, all of it
  faults = new Set();
  #roots = []; // "zaide:{…}:" of each part
  #planned = []; // how many each has
  #isLooking = false;

  /** `reach()` resolves with a Redis that answers. */
  constructor({ reach, platform }) {
    Object.assign(this, { reach, platform });
  }

  /** False: zaide has not opened all of its parts yet. */
  async find() {
    const redis = await this.reach();
    for (const key of await redis.call('KEYS', `zaide:{*}:fly:${ACCOUNT}`)) {
      const [root, tag] = /^zaide:\{(.*?)\}:/.exec(key);
      if (tag !== 'g') this.#roots[Number(tag.slice(0, 2))] = root;
    }
    return this.#roots.filter(Boolean).length === PARTS;
  }

  /** So many people once wrote to the bot. */
  async fill(count) {
    const redis = await this.reach();
    const pages = new Map();
    for (let i = 0; i < count; i++) {
      const hash = fnv(`${ACCOUNT}:${FIRST + i}`);
      const page = `${this.#roots[Number(hash % 64n)]}users:${ACCOUNT}:${(hash / 64n) % 256n}`;
      if (!pages.has(page)) pages.set(page, ['HSET', page]);
      pages.get(page).push(FIRST + i, ' en 497000 0 -');
    }
    await Promise.all([...pages.values()].map((words) => redis.call(...words)));
  }

  /** { stage, paused, n } of the announcement; {} before there is one. */
  async job() {
    const kept = await (await this.reach()).call('HGET', 'zaide:{g}:jobs', '1');
    if (!kept) return {};
    const { stage, paused, accounts } = JSON.parse(kept);
    return { stage, paused, n: accounts.reduce((sum, { n }) => sum + n, 0) };
  }

  /** { state: n } of each part. */
  async #parts() {
    const redis = await this.reach();
    const answers = await Promise.all(this.#roots.map((root) => redis.call('HGETALL', `${root}job:1.1:${ACCOUNT}`)));
    return answers.map(sumsOf);
  }

  /** { state: n }, over all parts. */
  async sums() {
    const all = {};
    for (const part of await this.#parts()) add(all, part);
    return all;
  }

  async begin() {
    this.#planned = (await this.#parts()).map(total);
  }

  /** One moment: every part has as many as were planned there, and what one part says of each of its people is true. */
  async look() {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#lookAtAll();
      await this.#lookInto(this.looks++ % PARTS);
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookAtAll() {
    const parts = await this.#parts();
    parts.forEach((sums, part) => {
      if (total(sums) !== this.#planned[part]) this.#fault(`part ${part} has ${total(sums)} of ${this.#planned[part]}`);
    });
  }

  async #lookInto(part) {
    const redis = await this.reach();
    const root = this.#roots[part];
    const before = { got: this.platform.got.slice(), has: this.platform.has.slice() };
    const asked = [redis.call('MULTI'), redis.call('HGETALL', `${root}job:1.1:${ACCOUNT}`)];
    for (let bucket = 0; bucket < BUCKETS; bucket++) asked.push(redis.call('HGETALL', `${root}sent:1.1:${ACCOUNT}:${bucket}`));
    const answers = redis.call('EXEC');
    await Promise.all(asked);
    const [job, ...lists] = await answers;
    const counted = {};
    for (const list of lists)
      for (const [chat, value] of pairs(list)) {
        const [state] = value.split(' ');
        counted[state] = (counted[state] ?? 0) + 1;
        this.#compare(Number(chat) - FIRST, state, before);
      }
    const sums = sumsOf(job);
    for (const state of new Set([...Object.keys(sums), ...Object.keys(counted)]))
      if (sums[state] !== counted[state]) this.#fault(`part ${part} says ${sums[state]} ${state}, its list has ${counted[state]}`);
  }

  // The platform is asked after the store for what must have happened, before it for what must not.
  #compare(i, state, before) {
    const { got, has } = this.platform;
    const is = {
      planned: before.got[i] === 0, sent: got[i] === 1, blocked: got[i] === 0, edited1: has[i] >= 2, retracted: has[i] === 3,
      not_started: false, not_edited: true, not_retracted: true, unknown: got[i] <= 1, flying: true,
    }[state];
    if (!is) this.#fault(`${FIRST + i} is ${state}, and got it ${got[i]} times (${has[i]})`);
  }

  #fault(what) {
    if (this.faults.size < 20) this.faults.add(what);
  }
}

const sumsOf = (job) =>
  Object.fromEntries(pairs(job).filter(([name]) => name.startsWith('n.')).map(([name, n]) => [name.slice(2), Number(n)]));
export const total = (sums) => Object.values(sums).reduce((a, b) => a + b, 0);

function add(all, sums) {
  for (const [state, n] of Object.entries(sums)) all[state] = (all[state] ?? 0) + n;
}
