// kill -9, again and again, of zaide and of its Redis, while many customers write and agents race
// for their cases. Then everything runs dry, and kills-checker.mjs proves that nothing was lost,
// done twice, out of order or owned by two.
//   SEED repeats the choices (not the moments: processes are never twice alike), KILLS and MESSAGES
//   are how many.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EARLY, backlog, check, inFlight, readStore } from './kills-checker.mjs';
import { UNKNOWN, scene, until } from './harness.mjs';
import { example, firstWords } from './knowledge.mjs';
import { BINARY, KNOWLEDGE } from './zaide.mjs';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const KILLS = Number(process.env.KILLS ?? 30);
const MESSAGES = Number(process.env.MESSAGES ?? 2000);
const LONG_MS = Number(process.env.LONG_MS ?? 3 * 60_000); // for what a few kills may hold up
const SHORT_MS = 10_000; // for the rest, when that has passed
const QUESTIONS = 8; // of one who only asks what the bot knows
const WORDS = 16; // of one who needs a person
const CROWD = 100; // at work at once
const MAX_PENDING = 100; // then customers wait for zaide
const IN_FLIGHT = 256; // TELEGRAM_MAX_IN_FLIGHT
const ITEMS = { // more than QUESTIONS: of each only the examples count that the bot is sure of
  account: ['register_howto'], deposit: ['deposit_not_credited'], tech: ['api_keys'],
  kyc: ['kyc_howto', 'kyc_pending', 'kyc_rejected'],
  referral: ['invite_link_get', 'commission_rebate'], support: ['agent_hours_language'],
  security: [
    'twofa_reset', 'twofa_code_invalid', 'why_twofa_for_withdrawal', 'verification_code_missing',
    'login_issue',
  ],
  trading: ['fees_trading', 'internal_transfer', 'stop_loss_takeprofit', 'copy_trading'],
  withdrawal: [
    'withdrawal_pending', 'withdrawal_not_received', 'fees_withdrawal', 'withdrawal_limit_hold',
    'withdrawal_suspended',
  ],
};

// A zaide that starts this often reads English only.
const english = mkdtempSync(path.join(tmpdir(), 'zaide-english-'));
process.on('exit', () => rmSync(english, { recursive: true, force: true }));
for (const part of ['items.yaml', 'en'])
  cpSync(path.join(KNOWLEDGE, part), path.join(english, part), { recursive: true });

// mulberry32
function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  const shuffled = (list) => {
    const all = [...list];
    for (let i = all.length - 1; i > 0; i--) {
      const k = below(i + 1);
      [all[i], all[k]] = [all[k], all[i]];
    }
    return all;
  };
  return { chance: (p) => next() < p, below, from: (a, b) => a + below(b - a + 1), shuffled };
}

/** question -> how its answer begins; `text(question)` marks it as one person's. */
function known(people, text) {
  const asked = [];
  for (const [area, ids] of Object.entries(ITEMS))
    for (const id of ids)
      for (const person of people)
        for (let n = 0, question; (question = example('en', area, id, n)) && n < 12; n++) {
          if (/,| and /.test(question)) continue; // taken for two questions, one may be a person's
          const answer = firstWords('en', area, id);
          asked.push({ id, person, question: text(person, question), answer });
        }
  const input = `${asked.map(({ question }) => question).join('\n')}\n`;
  const env = { PATH: process.env.PATH, KNOWLEDGE_DIR: english };
  const { stdout } = spawnSync(BINARY, ['classify', '--decide', '--lang', 'en'],
    { input, env, maxBuffer: Infinity });
  const labels = String(stdout).trimEnd().split('\n').map((line) => line.split('\t')[0]);
  const all = new Map(people.map((person) => [person, new Map()])); // person -> id -> question
  asked.forEach((it, i) => {
    if (labels[i] === it.id) all.get(it.person).set(it.id, it);
  });
  return all;
}

/** Who writes what; `said` counts the customers' words. */
class Crowd {
  said = 0;
  isOver = false;
  races = [];
  presses = [];
  #replies = 0;

  constructor(stage, random) {
    Object.assign(this, { stage, fake: stage.fake, random });
    this.agents = Object.values(stage.people);
    const needy = Math.ceil((MESSAGES * 0.6) / WORDS);
    const curious = Math.max(0, Math.floor((MESSAGES - needy * WORDS) / QUESTIONS));
    const people = Array.from({ length: needy + curious }, (_, i) => {
      const id = 100_001 + i;
      return stage.customer(`Customer${id}`, { id });
    });
    this.needy = people.slice(0, needy);
    this.curious = people.slice(needy);
    this.questions = known(people, (person, question) => `${question} (k${person.id % 1000})`);
    this.answers = new Map([...this.questions.values()].flatMap((byId) =>
      [...byId.values()].map(({ question, answer }) => [question, answer])));
  }

  /** All of them, CROWD at a time. */
  async live() {
    const lives = this.random.shuffled([
      ...this.needy.map((person) => () => this.#needs(person)),
      ...this.curious.map((person) => () => this.#asks(person)),
    ]);
    const next = async () => {
      for (let life; (life = lives.pop());) await life();
    };
    await Promise.all(Array.from({ length: CROWD }, next)).finally(() => { this.isOver = true; });
  }

  async #say(person, text) {
    if (this.isOver) throw new Error('somebody else waits in vain');
    await this.fake.waitFor(() => this.fake.queue({}).pending < MAX_PENDING, LONG_MS, 'zaide');
    person.say(text);
    this.said++;
  }

  async #asks(person) {
    const questions = this.random.shuffled(this.questions.get(person).values()).slice(0, QUESTIONS);
    for (const { question, answer } of questions) {
      await this.#say(person, question);
      if (this.random.chance(0.5)) await person.hears('', { text: answer, timeout_ms: LONG_MS });
    }
  }

  async #press(person, message, button) {
    const { callback_query_id: id } = await person.press(message, { button, wait: false });
    this.presses.push({ customer: person.id, button, id });
  }

  #posted(wish) {
    return this.stage.posted({ timeout_ms: LONG_MS, ...wish });
  }

  // The next card but that of the case `old`, which may be shown once more after a kill.
  #card(person, after, old = '-') {
    return this.#posted({ matching: `^${person.name} · [^]*case #(?!${old} )`, after });
  }

  /** Two agents want the case of a card: { no, topic, owner, other }. */
  async #race(person, card) {
    const { seq } = this.fake;
    const topic = card.fact.thread;
    const [, no] = /case #(\d+)/.exec(card.fact.text);
    const rivals = this.random.shuffled(this.agents).slice(0, 2);
    const queries = [];
    for (const agent of rivals) {
      if (this.random.chance(0.3)) {
        agent.say(topic, '/claim');
      } else {
        const { callback_query_id: id } = await agent.press(card, { data: 'claim', wait: false });
        queries.push({ name: agent.name, id });
      }
    }
    this.races.push({ customer: person.id, queries });
    const claim = { topic, matching: '^\\w+ has this case\\.$', after: seq };
    const [name] = (await this.#posted(claim)).fact.text.split(' ');
    const owner = rivals.find((agent) => agent.name === name);
    return { no, topic, owner, other: rivals.find((agent) => agent !== owner) };
  }

  async #needs(person) {
    const { random } = this;
    const words = Array.from({ length: WORDS }, (_, i) => `${UNKNOWN} (k${person.id}-${i + 1})`);
    let open = null;
    let last = '-'; // the case before
    while (words.length > 0) {
      if (!open) {
        const { seq } = this.fake;
        await this.#say(person, words.shift());
        open = await this.#race(person, await this.#card(person, seq, last));
      }
      last = open.no;
      for (let n = random.from(1, 6); n > 0 && words.length > 0; n--) {
        const text = words.shift();
        await this.#say(person, text);
        if (random.chance(0.2)) await this.#posted({ topic: open.topic, text });
      }
      await this.#answers(person, open);
      if (random.chance(0.2)) open = await this.#released(person, open);
      else if (random.chance(0.3)) open = await this.#closed(person, open);
    }
    if (open && random.chance(0.8)) await this.#closed(person, open);
  }

  async #answers(person, { topic, owner, other }) {
    const { random } = this;
    let text = '';
    for (let n = random.from(1, 3); n > 0; n--) {
      text = `About your lamp (r${++this.#replies})`;
      owner.say(topic, text);
      if (random.chance(0.2)) other.say(topic, `Let me add something (r${++this.#replies})`);
    }
    if (random.chance(0.5)) await person.hears('', { text, timeout_ms: LONG_MS });
  }

  async #released(person, { topic, owner }) {
    const { seq } = this.fake;
    owner.say(topic, '/release');
    const { fact } = await this.#posted({ topic, text: ' gave this case back', after: seq });
    return this.#race(person, await this.#card(person, fact.seq));
  }

  /** Closed and rated, or not solved and opened again. */
  async #closed(person, { no, topic, owner }) {
    const { seq } = this.fake;
    const late = { timeout_ms: LONG_MS };
    owner.say(topic, '/close');
    const asked = await person.hears(` has finished with your case #${no}\\.`, late);
    if (this.random.chance(0.3)) {
      await this.#press(person, asked, 'Not yet');
      return this.#race(person, await this.#card(person, seq, no));
    }
    await this.#press(person, asked, 'Yes, solved');
    const rate = await person.hears(/from 1 \(poor\)/, late);
    await this.#press(person, rate, String(this.random.from(3, 5)));
    await person.hears(/^Thank you, that helps/, late);
    return null;
  }
}

/** Kills, and what each one met. */
class Reaper {
  kills = []; // { what, at, until, pending, inFlight }
  #known = new Set(); // attempts that an earlier kill met

  constructor(stage, crowd, random) {
    Object.assign(this, { stage, fake: stage.fake, crowd, random });
  }

  async work() {
    for (let i = 1; i <= KILLS; i++) {
      const due = (i * MESSAGES) / (KILLS + 1);
      await until(() => this.crowd.said >= due || this.crowd.isOver, 'more words', LONG_MS);
      const seq = this.fake.seq + this.random.from(1, 60);
      const what = ['zaide', 'zaide', 'zaide', 'redis', 'redis', 'both'][this.random.below(6)];
      await this.fake.waitFor(() => {
        const isTime = this.fake.seq >= seq || this.crowd.isOver;
        return isTime && this.stage.home.redisPid() && this.#strike(what);
      }, LONG_MS, 'the moment to kill');
      await this.#recover(what);
    }
  }

  // In the very turn of the event loop in which the moment was seen.
  #strike(what) {
    const { zaide, home } = this.stage;
    this.mark = zaide.log.length;
    this.#note(what);
    if (what !== 'zaide') this.redisGone = home.signalRedis('SIGKILL');
    if (what !== 'redis') zaide.killNow();
    return true;
  }

  async #recover(what) {
    const { stage, random } = this;
    await this.redisGone;
    if (what === 'redis') {
      await stage.zaide.logs(/store: up/, { after: this.mark, timeoutMs: LONG_MS });
      return;
    }
    await stage.zaide.ended;
    if (what === 'zaide') await this.#count();
    // While it does not know who it is, zaide sends nothing: time to count.
    const times = what === 'both' ? -1 : 0;
    const fault = this.fake.addFault({ method: 'getMe', status: 500, times });
    await stage.launch();
    if (what === 'both') await this.#count();
    this.fake.removeFault(fault);
    if (random.chance(0.2)) await this.#killStarting();
    await stage.zaide.logs(/polling and sending/, { timeoutMs: LONG_MS });
  }

  #note(what) {
    const { pending } = this.fake.queue({});
    const at = this.fake.clock.now();
    this.kills.push({ what, at, until: at, pending, inFlight: [] });
  }

  // Before anybody sends again.
  async #count() {
    const sends = await inFlight(await this.stage.home.redis());
    this.kills.at(-1).inFlight.push(...sends.filter(({ attempt }) => !this.#known.has(attempt)));
    for (const { attempt } of sends) this.#known.add(attempt);
    this.kills.at(-1).until = this.fake.clock.now();
  }

  async #killStarting() {
    const { stage } = this;
    this.#note('zaide, starting');
    await stage.zaide.kill();
    await this.#count();
    await stage.launch();
  }
}

/** Waits until nothing waits anywhere. */
async function runDry({ fake, home, zaide }, timeoutMs) {
  fake.clearFaults();
  await until(async () => {
    if (fake.queue({}).pending > 0) return false;
    const { inbox_waiting: inbox, outbox_waiting: outbox } = await zaide.metrics();
    return inbox === 0 && outbox === 0 && (await backlog(await home.redis())) === 0;
  }, 'the end of all work', timeoutMs);
}

/** Kills while they live, to the end; resolves with what went wrong, if anything did. */
async function run(stage, crowd, reaper) {
  const ends = await Promise.allSettled([crowd.live(), reaper.work()]);
  const failed = ends.find(({ status }) => status === 'rejected');
  const dry = await runDry(stage, failed ? SHORT_MS : LONG_MS).catch((error) => error);
  return failed?.reason ?? dry;
}

const rssMb = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

scene(`${KILLS} kills, ${MESSAGES} messages, SEED=${SEED}`, {
  timeout: 20 * 60_000,
  mayBreak: [EARLY],
  limits: { group: { count: 12_000, seconds: 60 } },
  env: {
    KNOWLEDGE_DIR: english, TELEGRAM_GROUP_PER_MIN: '6000', CASE_LIMIT: '1d', CLAIM_IDLE: '1d',
  },
  agents: Object.fromEntries(['Mia', 'Bob', 'Eve', 'Kim'].map((name) =>
    [name.toLowerCase(), ['--alias', name, '--languages', 'en']])),
}, async (stage) => {
  const { fake, home } = stage;
  for (const [method, hold, probability] of [
    ['sendMessage', { slow: 50 }, 0.3], ['sendMessage', { hang: 30 }, 0.2],
    ['createForumTopic', { slow: 50 }, 0.5],
  ])
    fake.addFault({ method, ...hold, probability, seed: SEED });
  const crowd = new Crowd(stage, dice(SEED));
  const reaper = new Reaper(stage, crowd, dice(SEED + 1));
  const wrong = await run(stage, crowd, reaper);

  const names = new Map(Object.values(stage.people).map((it) => [`telegram:${it.id}`, it.name]));
  const store = await readStore(await home.redis());
  const { kills } = reaper;
  const { races, presses, answers } = crowd;
  const { faults, repeats, unanswered, sums } = check({
    facts: fake.truth(), topics: fake.topics({ chat: stage.staff }), calls: fake.calls({}),
    violations: fake.violations(), bot: stage.bot.id, staff: stage.staff.id, names, answers, races,
    presses, kills, store,
  });
  const met = kills.map((kill) => new Set(kill.inFlight.map((it) =>
    `${it.conversation} ${it.surface}`)).size);
  const rss = rssMb(stage.zaide.pid);
  const bounds = { redisMb: Math.round(store.bytes / 2 ** 20), zaideMb: Math.round(rss) };
  console.log(JSON.stringify({ SEED, ...sums, repeats: repeats.length, unanswered, ...bounds }));
  console.log(kills.map(({ what }, i) => `${what} ${met[i]}`).join(', '));
  assert.deepEqual([...(wrong ? [wrong.message] : []), ...faults], []);

  assert.ok(kills.length >= KILLS, 'all kills came');
  assert.ok(crowd.said >= MESSAGES - QUESTIONS, 'all messages were said');
  assert.ok(met.every((n) => n <= IN_FLIGHT), 'no kill met more sends than may be in flight');
  assert.ok(met.filter((n) => n > 0).length >= KILLS / 10, 'kills met sends in flight');
  assert.ok(kills.some(({ pending }) => pending > 0), 'and updates not acknowledged');
  assert.ok(unanswered < presses.length / 4, 'a kill leaves few presses unanswered');
  assert.ok(store.bytes < 64 * 2 ** 20, 'Redis is small');
  assert.ok(rss < 1024, 'zaide is small, even with its sanitizers');
});
