// Secrets do not get past the door. Customers and agents write seed phrases and keys in every way
// that a chat offers; afterwards they are looked for wherever zaide writes. And the bot's token
// stands in no log and in no error, whatever the Bot API answers.
//   SEED: other secrets
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ALL, Canaries } from './canaries.mjs';
import { TOKEN, UNKNOWN, scene, until } from './harness.mjs';
import { listen } from './servers.mjs';
import { PATIENCE_MS } from './zaide.mjs';

const SEED = Number(process.env.SEED ?? 1);
const TOLD = {
  seed: /recovery phrase|助记词/, key: /looks like a private key|像.*私钥/,
  otpauth: /secret key of your authenticator|谷歌验证的密钥/,
  password: /looks like a password/, card: /looks like a bank card/, otp: /looks like a one-time code/,
};
const PHRASES = ['words', 'lines', 'numbered', 'commas', 'chinese', 'glued'];
const warning = (kind) => TOLD[PHRASES.includes(kind) ? 'seed' : kind] ?? TOLD.key;

// --- where to look ---

function* filesBelow(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const name = path.join(dir, entry.name);
    if (entry.isDirectory()) yield* filesBelow(name);
    else if (entry.isFile()) yield name;
  }
}

const READ = {
  string: (key) => ['GET', key], hash: (key) => ['HGETALL', key], set: (key) => ['SMEMBERS', key],
  list: (key) => ['LRANGE', key, 0, -1], zset: (key) => ['ZRANGE', key, 0, -1],
  stream: (key) => ['XRANGE', key, '-', '+'],
};

// Every key, also what the AOF's base holds compressed.
async function keyspace(redis) {
  const all = [];
  for (const key of await redis.call('KEYS', '*')) {
    const type = await redis.call('TYPE', key);
    if (type !== 'none') all.push(key, await redis.call(...READ[type](key))); // or gone since
  }
  return all.flat(9).join('\n');
}

/** A post without what Telegram itself adds: whose chat it is, what it replies to. */
function ownPart(post) {
  const { chat: _, reply_to_message: __, pinned_message: ___, ...own } = post;
  return own;
}

/** All that came out of zaide: name -> text. */
async function outlets(stage, printed) {
  const { fake, home, zaide } = stage;
  const found = new Map();
  for (const file of filesBelow(home.dir))
    found.set(path.relative(home.dir, file), readFileSync(file, 'latin1') + readFileSync(file, 'utf8'));
  found.set('Redis', await keyspace(await home.redis()));
  stage.all.forEach(({ log }, i) => found.set(`the log of zaide ${i + 1}`, log));
  for (const page of ['healthz', 'metrics'])
    found.set(`/${page}`, await (await fetch(`${zaide.url}/${page}`)).text());
  for (const words of ['cases', 'cases --json', 'stats', 'stats --json', 'agents list']) {
    const { out, err } = await stage.run(...words.split(' '));
    found.set(`zaide ${words}`, out + err);
  }
  found.set('what commands printed', printed.join('\n'));
  found.set('calls', JSON.stringify(fake.calls({}).map(({ method, params }) => [method, params])));
  found.set('topics', JSON.stringify(fake.topics({ chat: stage.staff })));
  const posts = chatsOf(stage).flatMap((where) => fake.messages(where))
    .filter(({ from }) => from.id === stage.bot.id).map(ownPart);
  found.set('posts', JSON.stringify(posts) + fake.truth().filter(({ out }) => out)
    .map(({ text }) => text).join('\n'));
  found.set('profile', JSON.stringify(fake.profile({})));
  return found;
}

const chatsOf = (stage) => [
  ...stage.groups.map((chat) => ({ chat })), ...stage.customers.map(({ id: user }) => ({ user })),
];

// --- the ways in ---

const firstHalf = (phrase) => phrase.split(' ').slice(0, 6).join(' ');

/** Customers with a secret each, and what each hears. */
class Customers {
  constructor(stage, canaries) {
    Object.assign(this, { stage, canaries });
    stage.customers = [];
    this.said = []; // what the bot has deleted since
  }

  add(name, named) {
    const person = this.stage.customer(name, named);
    this.stage.customers.push(person);
    return person;
  }

  /** The first words of a customer: told what to do, and a case. */
  async first(kind) {
    const person = this.add('Ann');
    person.say(this.canaries.plant(kind, 'first words'));
    await person.hears(warning(kind));
    await person.hears(/#\d+/);
  }

  say(person, wish) {
    this.said.push(wish);
    person.say(wish);
  }

  async told(person, kind, wish) {
    this.say(person, wish);
    await person.hears(warning(kind));
  }

  /** Every part of a message but its text. */
  async parts() {
    const { canaries } = this;
    const person = this.add('Ben');
    const plant = (kind, where) => canaries.plant(kind, where);
    const before = person.say(`${UNKNOWN}, and before that`);
    await person.hears(/#\d+/);
    for (const kind of ['lines', 'wif', 'hex'])
      await this.told(person, kind, { photo: true, caption: plant(kind, 'caption') });
    await this.told(person, 'wif', { document: { name: `${plant('wif', 'file name')}.pdf` } });
    await this.told(person, 'words', {
      document: { name: `${plant('words', 'file name')}.txt` }, caption: 'my backup',
    });
    await this.told(person, 'commas', {
      text: 'this here', reply_to: before.message_id, quote: plant('commas', 'quote'),
    });
    const url = `https://wallet.example/?k=${plant('stellar', 'link')}`;
    const entities = [{ type: 'text_link', offset: 0, length: 4, url }];
    await this.told(person, 'stellar', { text: 'look at it', entities });
    await this.told(person, 'xprv', {
      text: plant('xprv', 'code'), entities: [{ type: 'code', offset: 6, length: 111 }],
    });
    this.say(person, { contact: { phone_number: '+1', first_name: plant('words', 'contact') } });
    this.say(person, {
      poll: { id: '1', question: plant('numbered', 'poll'), options: [], total_voter_count: 0,
        is_closed: false, is_anonymous: true, type: 'regular', allows_multiple_answers: false },
    });
    this.stage.fake.album({ user: person.user, items: [
      { photo: true, caption: plant('chinese', 'album') }, { photo: true },
    ] });
    await person.hears(warning('chinese'));
  }

  /** A harmless message is edited into a secret: with the bot, and with a case open. */
  async edits(kind, isOpen) {
    const person = this.add('Cleo');
    const said = person.say(isOpen ? UNKNOWN : '/help');
    await person.hears(isOpen ? /#\d+/ : /\/human/);
    person.edit(said, this.canaries.plant(kind, `edit, ${isOpen ? 'case' : 'no case'}`));
    await person.hears(warning(kind));
  }

  async names() {
    const named = [
      ['words', (name) => ({ first_name: name })],
      ['wif', (name) => ({ first_name: 'Dan', last_name: name })],
      ['chinese', (name) => ({ first_name: name })],
      ['words', (name) => ({ first_name: firstHalf(name), last_name: name.slice(firstHalf(name).length + 1) })],
      ['wif', (name) => ({ first_name: 'Eve', username: name })],
    ];
    for (const [kind, name] of named) {
      const person = this.add('', name(this.canaries.plant(kind, 'name')));
      person.say(UNKNOWN);
      await person.hears(/#\d+/);
    }
  }

  /** t.me/bot?start=..., pasted by somebody who does not know better. */
  async payload(kind) {
    const person = this.add('Fay');
    this.stage.fake.start({ user: person.user, payload: this.canaries.plant(kind, '/start') });
    await person.hears(warning(kind));
  }
}

/** The owner of a case, and others in the forum. */
async function staffSpeaks(stage, canaries, customers, printed) {
  const { mia, bob } = stage.people;
  const person = customers.add('Gil');
  const plant = (kind, where) => canaries.plant(kind, where);
  const warned = async (topic, act) => {
    const { seq } = stage.fake;
    customers.said.push(act()); // its post is deleted
    await stage.posted({ topic, text: 'looked like a secret and was masked', after: seq });
  };
  person.say(UNKNOWN);
  const [, no] = /#(\d+)/.exec((await person.hears(/#\d+/)).text);
  const topic = await stage.topic('Gil');

  await warned(topic, () => mia.say(topic, plant('lines', 'held')));
  const held = await stage.posted({ topic, text: 'Nobody has claimed' });
  await mia.press(held, 'Claim and send');
  await person.hears(/▇▇▇/);
  for (const kind of ALL) {
    await warned(topic, () => mia.say(topic, plant(kind, 'reply')));
    await person.hears(/▇▇▇/);
  }
  const said = mia.say(topic, 'Hello, which lamp?');
  await person.hears(/^Hello, which lamp\?$/);
  await warned(topic, () => mia.edit(said, plant('words', "agent's edit")));
  await stage.fake.waitForFact({ event: 'edit', user: person.id, text: '▇▇▇', timeout_ms: PATIENCE_MS });
  const asked = mia.say(topic, 'Or that one?'); // what was edited is gone
  await person.hears(/^Or that one\?$/);
  const wishes = {
    note: { text: `// ${plant('commas', 'note')}` }, tag: { text: `/tag ${plant('wif', 'tag')}` },
    command: { text: `/note ${plant('words', '/note')}` },
    transfer: { text: `/transfer @${plant('stellar', 'transfer')}` },
    pending: { text: `/pending ${plant('wif', 'pending')} 3d` },
    caption: { photo: true, caption: plant('glued', "agent's caption") },
    file: { document: { name: `${plant('wif', "agent's file name")}.txt` } },
    answer: { text: 'as here', reply_to: asked.message_id, quote: plant('numbered', "agent's quote") },
    otpauth: { text: `// ${plant('otpauth', 'note')}` },
  };
  for (const wish of Object.values(wishes)) await warned(topic, () => mia.say(topic, wish));
  await warned(topic, () => bob.say(topic, plant('xprv', "another agent's words")));
  const stranger = stage.member(plant('words', "a stranger's name"));
  await warned(topic, () => stranger.say(topic, plant('hex', "a stranger's words")));

  for (const [verb, kind] of [['reply', 'words'], ['note', 'wif'], ['reply', 'hex']]) {
    const { out, err } = await stage.run(verb, no, '--as', 'mia', plant(kind, `zaide ${verb}`));
    printed.push(out, err);
  }
  await person.hears(/▇▇▇/);
  mia.say(0, plant('words', 'General'));
  mia.say(0, `/staff ${plant('wif', '/staff')}`);
  const { seq } = stage.fake;
  mia.say(0, '/help');
  await stage.posted({ topic: 0, text: 'the board of open cases', after: seq });
}

/** A group that is none of zaide's business. */
async function elsewhere(stage, canaries) {
  const { fake, owner } = stage;
  const chat = fake.addGroup({ title: 'Elsewhere', owner, bots: [{ bot: TOKEN }] });
  stage.groups.push(chat);
  fake.say({ user: owner, chat, text: canaries.plant('words', 'another group') });
  fake.say({ user: owner, chat, text: `/staff ${canaries.plant('wif', 'another group, /staff')}` });
  const where = { chat: chat.id, out: true, timeout_ms: PATIENCE_MS };
  await fake.waitForFact({ ...where, text: 'That code is wrong' });
}

const quietForum = { limits: { group: { count: 6000, seconds: 60 } } };
const security = { mia: ['--team', 'security', '--languages', 'en'], bob: ['--languages', 'en'] };

scene(`secrets of customers and agents are nowhere, SEED=${SEED}`, {
  ...quietForum, env: { LOG: 'debug', TELEGRAM_GROUP_PER_MIN: '1200' }, agents: security,
}, async (stage) => {
  const canaries = new Canaries(SEED);
  const customers = new Customers(stage, canaries);
  const printed = [];
  stage.groups = [stage.staff];
  await Promise.all([
    ...ALL.map((kind) => customers.first(kind)), customers.parts(), customers.names(),
    ...['lines', 'wif'].flatMap((kind) => [customers.edits(kind, false), customers.edits(kind, true)]),
    ...['wif', 'stellar'].map((kind) => customers.payload(kind)),
    staffSpeaks(stage, canaries, customers, printed), elsewhere(stage, canaries),
  ]);
  const last = customers.add('Zoe');
  last.say('CONTROL the lamp is off now');
  await last.hears(/#\d+/);
  await stage.posted({ text: 'CONTROL the lamp' });
  const isDry = async () => {
    const { inbox_waiting: inbox, outbox_waiting: outbox } = await stage.zaide.metrics();
    return stage.fake.queue({}).pending === 0 && inbox === 0 && outbox === 0;
  };
  await until(isDry, 'the end of all work');

  const hits = [];
  const texts = await outlets(stage, printed);
  for (const [name, text] of texts) hits.push(...canaries.found(text).map((it) => `${it}: in ${name}`));
  assert.deepEqual(hits, []);

  // The search can see: what was said is found where people said it, the control where zaide writes.
  const said = JSON.stringify([
    chatsOf(stage).map((where) => stage.fake.messages(where)), stage.fake.truth(), customers.said,
  ]);
  const unsaid = canaries.names.filter((name) => !canaries.found(said).includes(name));
  assert.deepEqual(unsaid.filter((name) => !name.includes('zaide ')), [], 'all was said');
  const seen = [...texts].filter(([, text]) => text.includes('CONTROL')).map(([name]) => name);
  assert.ok(seen.some((name) => name.endsWith('.aof')), `the control is in the AOF: ${seen}`);
  for (const name of ['Redis', 'calls', 'posts']) assert.ok(seen.includes(name), `and in ${name}`);
});

// --- the token ---

const SECRET = TOKEN.split(':')[1];

/** Nothing that a process writes has the token in it, or a good part of it. */
function noToken(texts) {
  const parts = [SECRET, SECRET.slice(0, 16), SECRET.slice(-16), encodeURIComponent(TOKEN)];
  for (const [name, text] of texts)
    for (const part of parts) assert.ok(!text.includes(part), `the token is in ${name}`);
}

scene('the token stays out of logs, files and pages, whatever the Bot API answers', {
  ...quietForum, idle: true, env: { LOG: 'debug' },
}, async (stage) => {
  const { fake } = stage;
  stage.groups = [stage.staff];
  stage.customers = [];
  const url = `${fake.url}/bot${TOKEN}/sendMessage`;
  const refused = (status, description) =>
    ({ status, body: JSON.stringify({ ok: false, error_code: status, description }) });
  const faults = {
    getMe: [{ status: 401 }, refused(404, `Not Found: ${url}`)],
    setMyCommands: [refused(400, `Bad Request: ${url}`)],
    getUpdates: [refused(500, `${url} is broken`), { malformed: true }],
    createForumTopic: [refused(400, `Bad Request: ${url}?name=x`)],
    sendMessage: [
      { status: 429, retry_after: 1 }, { status: 500 }, { status: 502, html: true }, { cut: 'after' },
      { cut: 'before' }, { cut: 'half' }, { malformed: true }, { huge: 40_000_000 },
      refused(400, `Bad Request: no such thing as ${url}`), refused(403, `Forbidden: ${url}?x=1`),
      refused(400, `bot ${encodeURIComponent(TOKEN)} or ${TOKEN.replace(':', '%3a')}`),
      { status: 302, body: `<a href="${url}">moved</a>` },
    ],
  };
  for (const [method, answers] of Object.entries(faults))
    for (const answer of answers) fake.addFault({ method, ...answer });
  await stage.start();
  for (let i = 0; i < faults.sendMessage.length; i++) {
    const person = stage.customer(`Ann${i}`);
    stage.customers.push(person);
    person.say(UNKNOWN);
  }
  await until(() => fake.listFaults().every(({ left }) => left === 0), 'all those answers');
  const ben = stage.customer('Ben');
  ben.say(UNKNOWN);
  await ben.hears(/#\d+/);
  assert.match(stage.zaide.log, /no such thing as \S+\[(token|secret)\]/, 'it was logged, and masked');
  noToken(await outlets(stage, []));
  const { out, err } = await stage.run('doctor');
  noToken([['doctor', out + err]]);
});

scene('the token stays out of all that is said when nobody answers at the API\'s address', {
  idle: true, staff: 'none', env: { LOG: 'debug' },
}, async (stage) => {
  const closed = await listen();
  await closed.close();
  const env = { TELEGRAM_API_URL: `http://127.0.0.1:${closed.port}` };
  const zaide = await stage.start({ env, ready: false });
  await zaide.logs(/getMe fails/);
  const health = await until(async () => {
    const text = await (await fetch(`${zaide.url}/healthz`)).text();
    return text.includes('getMe') && text;
  }, 'the trouble');
  const commandLine = readFileSync(`/proc/${zaide.pid}/cmdline`, 'latin1');
  stage.env = { ...stage.env, ...env };
  const doctor = await stage.run('doctor');
  assert.equal(doctor.code, 1);
  assert.match(doctor.out + doctor.err, /cannot|unreach|connect/i);
  assert.equal(await zaide.stop(), 0);
  noToken([
    ['the log', zaide.log], ['/healthz', health], ['ps', commandLine],
    ['doctor', doctor.out + doctor.err],
    ...[...filesBelow(stage.home.dir)].map((name) => [name, readFileSync(name, 'latin1')]),
  ]);
});
