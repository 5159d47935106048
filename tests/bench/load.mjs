// What customers do to a bot on the fake, and what is measured meanwhile. Every phase ends when
// everybody has been answered with the right words, and throws when that comes to a halt.
import { STAFF } from './fake.mjs';
import { until } from './processes.mjs';

/** Nobody knows an answer to this. */
export const UNKNOWN = 'the red lamp on my trading desk keeps blinking at me';

const HALT_MS = 30_000;
const FIRST_USER = 1_000_000_000;
const CROWD = 2000;
const BURST_MS = 3000; // a private chat may have three messages at once, then one a second

const clock = new Int32Array(new SharedArrayBuffer(4));
const NAP_MS = 0.1;

/** In the next round, after a nap, in which Redis has this core. A timer would be up to 1 ms late. */
function soon(run) {
  setImmediate(() => {
    Atomics.wait(clock, 0, 0, NAP_MS);
    run();
  });
}

export class Load {
  #users = 0;

  /** `asked`: [{ question, answer }]; `bot`: a Process; `redis`: one that works for it, or null. */
  constructor({ fake, asked, bot, redis }) {
    Object.assign(this, { fake, asked, bot, redis });
  }

  #topic(user) {
    return this.asked[user % this.asked.length];
  }

  #ask(user) {
    this.fake.say(user, this.#topic(user).question);
  }

  /** So many customers write for the first time, a crowd after the other; the first one's id. */
  async meet(count) {
    const first = this.#newUsers(count);
    for (let n = 0; n < count; n += CROWD) await this.#all(first + n, Math.min(CROWD, count - n));
    return first;
  }

  #newUsers(count) {
    const first = FIRST_USER + this.#users;
    this.#users += count;
    return first;
  }

  /** All ask once more, all at once: { perS, cpu, redisCpu, fakeBusy }, the CPU in us an update. */
  async flood(first, count) {
    return this.#measured(count, () => this.#all(first, count));
  }

  /** They ask at fixed times, answered or not: { p50, p99 } ms from due to answered. */
  async paced(first, count, perS) {
    const late = new Float64Array(count);
    const start = performance.now() + 1;
    const due = (n) => start + (n * 1000) / perS;
    const answered = this.#answered(first, count, (n) => { late[n] = performance.now() - due(n); });
    let next = 0;
    const tick = () => {
      while (next < count && performance.now() >= due(next)) this.#ask(first + next++);
      if (next < count) soon(tick);
    };
    tick();
    await answered;
    late.sort();
    return { p50: late[count >> 1], p99: late[Math.floor(count * 0.99)] };
  }

  /** zaide looks at its staff room first, and takes the room's creator for an agent. */
  async staffed() {
    await until(async () => /:[1-9]/.test(await this.redis.call('HLEN', 'zaide:{g}:agents')),
      'an agent');
  }

  /** Strangers ask what needs a person: as flood(), and { calls } a case. */
  async escalate(count) {
    const before = this.fake.calls;
    const first = this.#newUsers(count);
    const result = await this.#measured(count, async () => {
      const done = this.#escalated(count);
      for (let n = 0; n < count; n++) this.fake.say(first + n, UNKNOWN);
      await done;
    });
    return { ...result, calls: (this.fake.calls - before) / count };
  }

  /** So many cases, claimed by a first reply: their customers by topic. */
  async claimed(count) {
    const first = this.#newUsers(count);
    const topics = new Map();
    const shown = this.#until(count, (method, { chat_id, text = '', message_thread_id }) => {
      if (method !== 'sendmessage' || chat_id !== STAFF || !message_thread_id) return 0;
      const user = Number(/case of (\d+)/.exec(text)?.[1]);
      if (!user || topics.has(message_thread_id)) return 0;
      topics.set(message_thread_id, user);
      return 1;
    });
    for (let n = 0; n < count; n++) this.fake.say(first + n, `${UNKNOWN}, case of ${first + n}`);
    await shown;
    const heard = this.#until(count, (method, { chat_id, text }) =>
      (method === 'sendmessage' && chat_id > 0 && text === 'one moment' ? 1 : 0));
    for (const topic of topics.keys()) this.fake.sayInTopic(topic, 'one moment');
    await heard;
    return topics;
  }

  /** An agent answers them in turn at fixed times: { p50, p99 } ms from due to sent. Each has just had as many messages
   *  as may come at once, which zaide keeps to: begin when he may have the next. */
  async replied(topics, count, perS) {
    const threads = [...topics.keys()];
    const wanted = new Map();
    for (let n = 0; n < count; n++)
      wanted.set(`${topics.get(threads[n % threads.length])} answer ${n}`, n);
    const late = new Float64Array(count);
    const start = performance.now() + BURST_MS;
    const due = (n) => start + (n * 1000) / perS;
    const all = this.#until(count, (method, { chat_id, text }) => {
      const n = method === 'sendmessage' ? wanted.get(`${chat_id} ${text}`) : undefined;
      if (n === undefined) return 0;
      late[n] = performance.now() - due(n);
      return 1;
    });
    let next = 0;
    const tick = () => {
      while (next < count && performance.now() >= due(next))
        this.fake.sayInTopic(threads[next % threads.length], `answer ${next++}`);
      if (next < count) soon(tick);
    };
    tick();
    await all;
    late.sort();
    return { p50: late[count >> 1], p99: late[Math.floor(count * 0.99)] };
  }

  /** So many write for the first time, as fast as they are answered: { perS, lost }. */
  async replay(count) {
    const { perS } = await this.#measured(count, () => this.meet(count));
    const sum = "local s=0 for _,k in ipairs(redis.call('KEYS','zaide:*}:n:*')) do " +
      "s=s+(redis.call('HGET',k,'in') or 0) end return s";
    const kept = this.redis && Number(/:(\d+)/.exec(await this.redis.call('EVAL', `"${sum}"`, '0'))[1]);
    return { perS, lost: this.fake.said - kept };
  }

  async #measured(count, body) {
    const cpu = () => [this.bot.cpu(), this.redis?.cpu() ?? 0, process.cpuUsage()];
    const [bot, redis, fake] = cpu();
    const start = performance.now();
    await body();
    const seconds = (performance.now() - start) / 1000;
    const [botNow, redisNow, fakeNow] = cpu();
    const own = fakeNow.user + fakeNow.system - fake.user - fake.system;
    return {
      perS: count / seconds, cpu: (botNow - bot) / count, redisCpu: (redisNow - redis) / count,
      fakeBusy: own / 1e6 / seconds,
    };
  }

  async #all(first, count) {
    const answered = this.#answered(first, count);
    for (let n = 0; n < count; n++) this.#ask(first + n);
    await answered;
  }

  // Resolves when each of `count` users from `first` on has the right answer; `onAnswer(n)` at each.
  #answered(first, count, onAnswer = () => {}) {
    const has = new Uint8Array(count);
    return this.#until(count, (method, { chat_id, text }) => {
      const n = chat_id - first;
      if (method !== 'sendmessage' || !(n >= 0 && n < count)) return 0;
      if (!text.includes(this.#topic(chat_id).core)) return 0;
      if (has[n]++) throw new Error(`customer ${chat_id} was answered twice`);
      onAnswer(n);
      return 1;
    });
  }

  // Resolves when `count` topics show the words, and so many customers have been told.
  #escalated(count) {
    const topics = new Set();
    const told = new Set();
    return this.#until(2 * count, (method, { chat_id, text, message_thread_id }) => {
      if (method !== 'sendmessage') return 0;
      const before = topics.size + told.size;
      if (chat_id > 0) told.add(chat_id);
      else if (message_thread_id && text.includes(UNKNOWN)) topics.add(message_thread_id);
      return topics.size + told.size - before;
    });
  }

  // Adds up what `look` makes of each call, until it is `goal`.
  #until(goal, look) {
    let sum = 0;
    let seen = -1;
    let clock;
    const all = new Promise((resolve, reject) => {
      this.fake.onCall = (method, parameters) => {
        try {
          const step = look(method, parameters);
          if (step && (sum += step) === goal) resolve();
        } catch (error) {
          reject(error);
        }
      };
      clock = setInterval(() => {
        if (sum === seen)
          reject(new Error(`${sum} of ${goal}, then nothing for ${HALT_MS / 1000} s`));
        seen = sum;
      }, HALT_MS);
    });
    return Promise.race([all, this.bot.failed]).finally(() => {
      clearInterval(clock);
      this.fake.onCall = () => {};
    });
  }
}
