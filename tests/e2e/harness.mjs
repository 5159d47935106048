// The stage of the end-to-end tests: a fake Telegram in this process, a staff forum, one zaide on
// an embedded Redis, and people. `scene` makes a test of it and checks afterwards what must be true
// of every run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFakeTelegram } from './fake-telegram/index.mjs';
import { Home, PATIENCE_MS, Zaide, command, until } from './zaide.mjs';

export { until } from './zaide.mjs';

/** What the bot knows nothing about. */
export const UNKNOWN = 'the red lamp on my trading desk keeps blinking at me';
export const words = ({ text, caption }) => text ?? caption ?? '';
export const TOKEN = '7000001:AAFakeTokenFakeTokenFakeTokenFake0';
const RIGHTS = ['can_manage_topics', 'can_pin_messages', 'can_delete_messages'];
const STORY_LINES = 60;
const TEST_MS = 5 * 60_000;

/**
 * A test on a stage of its own. Options:
 *   limits     of the fake ('normal'); fake: its other options
 *   env        settings of zaide, besides those of the stage
 *   agents     { name: options of `zaide agents add` besides --id }
 *   staff      'set' by TELEGRAM_STAFF_CHAT | 'unbound': the group is there | 'none'
 *   rights     of the bot in the staff forum
 *   idle       zaide is not started
 *   mayBreak   violations that belong to the test (a list of their `what`)
 */
export function scene(name, options, body) {
  test(name, { timeout: options.timeout ?? TEST_MS }, async (t) => {
    const stage = new Stage(options);
    try {
      await stage.open();
      await body(stage, t);
      await stage.checkAll();
    } catch (error) {
      console.error(`--- "${name}": what was said, and zaide's log\n${stage.story()}---`);
      for (const { log } of stage.all) console.error(`${log}---`);
      throw error;
    } finally {
      await stage.close();
    }
  });
}

export class Stage {
  all = []; // every process there was
  #nextUser = 1000;

  constructor(options) {
    this.options = { staff: 'set', limits: 'normal', agents: {}, rights: RIGHTS, ...options };
    this.home = new Home();
  }

  async open() {
    const { limits, staff, rights, agents, idle, fake } = this.options;
    this.fake = await startFakeTelegram({ limits, ...fake });
    this.bot = this.fake.addBot({ token: TOKEN, username: 'zaide_test_bot' });
    if (staff !== 'none') {
      this.owner = this.fake.addUser({ id: 900, first_name: 'Olga' });
      const bots = [{ bot: TOKEN, rights }];
      this.staff = this.fake.addGroup({ title: 'Staff', forum: true, owner: this.owner, bots });
    }
    this.env = {
      TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: this.fake.url,
      ...(staff === 'set' && { TELEGRAM_STAFF_CHAT: String(this.staff.id) }), ...this.options.env,
    };
    if (idle) return;
    await this.start();
    for (const [name, words] of Object.entries(agents)) await this.addAgent(name, ...words);
  }

  /** Starts a zaide (the one before must be gone, or both share the folder); it polls. */
  async start({ env = {}, ready = true } = {}) {
    const zaide = await this.launch({ ...this.env, ...env });
    if (ready) await zaide.logs(/polling and sending/);
    return zaide;
  }

  async launch(env = this.env) {
    const starting = Zaide.start(this.home, env);
    for (const zaide of this.home.processes) if (!this.all.includes(zaide)) this.all.push(zaide);
    this.zaide = this.all.at(-1);
    return starting;
  }

  /** Runs a command of zaide beside the daemon: { code, out, err }. */
  run(...words) {
    return command(this.home, this.env, ...words);
  }

  /** The same, and it must succeed; resolves with what it printed. */
  async must(...words) {
    const { code, out, err } = await this.run(...words);
    assert.equal(code, 0, `zaide ${words.join(' ')}: ${err}`);
    return out;
  }

  // --- people ---

  /** A customer of the bot; `named` as addUser takes it. */
  customer(first_name, named = {}) {
    const id = ++this.#nextUser;
    return new Person(this, this.fake.addUser({ id, first_name, language_code: 'en', ...named }));
  }

  /** A registered agent who is a member of the staff forum. */
  async addAgent(name, ...words) {
    const agent = this.member(name[0].toUpperCase() + name.slice(1));
    await this.must('agents', 'add', name, '--id', `telegram:${agent.id}`, ...words);
    this.people ??= {};
    this.people[name] = agent;
    if (this.zaide && !this.zaide.status) await this.#knowsAgents();
    return agent;
  }

  /** The daemon reads the registry every second: until it has as many agents as the registry. */
  async #knowsAgents() {
    const redis = await this.home.redis();
    const count = () => redis.call('HLEN', 'zaide:{g}:agents');
    await until(async () => (await this.zaide.metrics()).agents === (await count()), 'the agent');
  }

  /** Somebody in the staff forum whom zaide does not know. */
  member(first_name) {
    const user = this.fake.addUser({ id: ++this.#nextUser + 1000, first_name });
    this.fake.setMember({ chat: this.staff, user, status: 'member' });
    return new Agent(this, user);
  }

  /** The newest topic whose name has `text` in it, with the card in it. */
  async topic(text) {
    const find = () =>
      this.fake.topics({ chat: this.staff })
        .findLast((topic) => !topic.deleted && topic.name.includes(text));
    const topic = await this.fake.waitFor(find, PATIENCE_MS, `a topic of ${text}`);
    return topic.id;
  }

  /** A new customer asks what the bot does not know: { customer, topic, no }; staff has seen it. */
  async asked(name) {
    const customer = this.customer(name);
    customer.say(UNKNOWN);
    const { text } = await customer.hears(/#\d+/);
    const topic = await this.topic(name);
    await this.posted({ topic, text: UNKNOWN });
    return { customer, topic, no: /#(\d+)/.exec(text)[1] };
  }

  /** The same, and `agent` takes the case. */
  async claimed(agent, name = 'Ann') {
    const { customer, topic, no } = await this.asked(name);
    await agent.claim(topic);
    await customer.hears(/ is with you now/);
    return { ann: customer, topic, no };
  }

  /** A post of the bot in the staff forum: { topic, text, matching, after, count }. */
  posted(wish) {
    const where = { chat: this.staff.id, out: true, timeout_ms: PATIENCE_MS };
    return this.fake.waitForFact({ ...where, ...wish });
  }

  /** What the members see in a topic (0: General), oldest first. */
  posts(topic) {
    return this.fake.messages({ chat: this.staff, topic });
  }

  // --- the end ---

  /** The last messages, edits and deletions, a line each. */
  story() {
    const lines = (this.fake?.truth() ?? []).slice(-STORY_LINES).map((fact) => {
      const { at, event, chat, thread, from, kind, text } = fact;
      const where = `${chat}${thread ? `/${thread}` : ''} ${from === this.bot.id ? 'bot' : from}`;
      return `${new Date(at).toISOString().slice(17, -1)} ${event} ${where}: ${kind} ${text}\n`;
    });
    return lines.join('');
  }

  /** What must be true after every test. */
  async checkAll() {
    const { mayBreak = [] } = this.options;
    for (const zaide of this.all)
      if (!zaide.status) assert.equal(await zaide.stop(), 0, 'SIGTERM ends zaide with 0');
    const broken = this.fake.violations().filter(({ what }) => !mayBreak.includes(what));
    assert.deepEqual(broken, [], 'what Telegram would hold against us');
    for (const { log } of this.all) {
      assert.doesNotMatch(log, /AddressSanitizer|runtime error|LeakSanitizer/);
      assert.ok(!log.includes(TOKEN.split(':')[1]), 'the token is in no log');
    }
    for (const fact of this.fake.truth())
      if (fact.out) assert.doesNotMatch(fact.text, /\{[A-Za-z_]+\}/, 'no placeholder is shown');
  }

  async close() {
    this.home.remove();
    await Promise.all(this.all.map(({ ended }) => ended));
    await this.fake?.close();
  }
}

/** Somebody in a private chat with the bot. */
export class Person {
  #heard = 0;

  constructor(stage, user) {
    Object.assign(this, { stage, user, id: user.id, name: user.first_name });
  }

  /** Text, or what fake.say takes. */
  say(wish) {
    const what = typeof wish === 'string' ? { text: wish } : wish;
    return this.stage.fake.say({ user: this.user, ...what });
  }

  edit(message, text) {
    this.stage.fake.edit({ user: this.user, message_id: message.message_id, text });
  }

  /** The next message from the bot that fits, after the last one heard. */
  async hears(matching, wish = {}) {
    const found = await this.stage.fake.waitForMessage({
      user: this.id, matching: matching?.source ?? matching, after: this.#heard,
      timeout_ms: PATIENCE_MS, ...wish,
    });
    this.#heard = found.fact.seq;
    return found;
  }

  /** Presses a button below a message; resolves with the toast. */
  async press(message, button) {
    const { message_id } = message;
    const wish = typeof button === 'string' ? { button } : button;
    const who = { user: this.user, message_id, timeout_ms: PATIENCE_MS };
    return this.stage.fake.press({ ...who, ...wish });
  }

  /** All that the bot has said here, oldest first. */
  heard() {
    return this.stage.fake.messages({ user: this.user }).filter(({ from }) => from.is_bot);
  }
}

/** Somebody in the staff forum. */
export class Agent {
  constructor(stage, user) {
    Object.assign(this, { stage, user, id: user.id, name: user.first_name });
  }

  /** Text, or what fake.say takes, in a topic (0: General). */
  say(topic, wish) {
    const what = typeof wish === 'string' ? { text: wish } : wish;
    const where = { chat: this.stage.staff, ...(topic && { topic }) };
    return this.stage.fake.say({ user: this.user, ...where, ...what });
  }

  edit(message, text) {
    const { message_id } = message;
    this.stage.fake.edit({ user: this.user, chat: this.stage.staff, message_id, text });
  }

  press(message, button) {
    const { message_id } = message;
    const wish = typeof button === 'string' ? { button } : button;
    const who = { user: this.user, chat: this.stage.staff, message_id, timeout_ms: PATIENCE_MS };
    return this.stage.fake.press({ ...who, ...wish });
  }

  /** Takes the case of a topic by its card. */
  async claim(topic) {
    const card = await this.stage.posted({ topic, text: '· case #' });
    await this.press(card, { data: 'claim' });
    return card;
  }
}
