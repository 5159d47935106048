// Set-up: settings, the start and what stands in its way, the staff room, menus, a second zaide,
// SIGHUP.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { TOKEN, UNKNOWN, scene, until, words } from './harness.mjs';
import { example, firstWords } from './knowledge.mjs';
import { listen, startRedis } from './servers.mjs';
import { BINARY, Home, KNOWLEDGE, PATIENCE_MS, Zaide, command, environment } from './zaide.mjs';

const ROOT = path.resolve(KNOWLEDGE, '../..');

/** A test with a folder of its own. */
function homely(name, body) {
  test(name, { timeout: 2 * PATIENCE_MS }, async () => {
    const home = new Home();
    try {
      await body(home);
    } finally {
      home.remove();
    }
  });
}

/** `zaide run` ends at once: with one line of its own, which fits `pattern`. */
async function refuses(home, env, status, pattern) {
  const { code, out, err } = await command(home, env, 'run');
  const own = `${out}${err}`.split('\n').filter((line) => line.startsWith('zaide: '));
  assert.match(own[0] ?? err, pattern);
  assert.equal(own.length, 1, err);
  assert.equal(code, status, own[0]);
  return own[0];
}

// --- settings ---

homely('wrong settings are named, with what is allowed: exit 2', async (home) => {
  const wrong = [
    [{ CLAIM_IDLE: 'soon' }, /CLAIM_IDLE takes a time like .*15s.* from 1s to 1d, not "soon"/],
    [{ CLAIM_IDLE: '2d' }, /CLAIM_IDLE takes .* not "2d"/],
    [{ CLAIM_BY_REPLY: 'yes' }, /CLAIM_BY_REPLY takes one of: ask, on, not "yes"/],
    [{ LANGUAGES: 'zh,xx' }, /LANGUAGES takes .*zh, en, vi, ja, ko, ms, not "zh,xx"/],
    [{ PUBLIC_URL: 'nika.example' }, /PUBLIC_URL takes an address that begins with https:\/\//],
    [{ TELEGRAM_WEBHOOK: 'on' }, /TELEGRAM_WEBHOOK takes one of: off, not "on"/],
    [{ TIMEZONE: 'Mars/Olympus' }, /TIMEZONE=Mars\/Olympus is not known: .*Asia\/Ho_Chi_Minh/],
    [{ LOG: 'loud' }, /LOG: "loud" is no level; use error, warn, info or debug/],
    [{ FAQ_PRECISION: '5' }, /FAQ_PRECISION takes a whole number, from 50 to 100, not "5"/],
    [{ HTTP_LISTEN: '8080' }, /HTTP_LISTEN: "8080" is not host:port, as in 127\.0\.0\.1:8080/],
    [{ HTTP_LISTEN: '127.0.0.1:http' }, /HTTP_LISTEN: .* is not host:port/],
    [{ REDIS_URL: 'http://x' }, /REDIS_URL must start with redis:\/\/ or unix:\/\//],
    [{ REDIS_URL: 'redis://hunter2@x' }, /REDIS_URL: a user without a password; write redis:/],
    [{ TELEGRAM_BOT_TOKEN: 'hunter2hunter2' }, /TELEGRAM_BOT_TOKEN is no token: .*@BotFather/],
    [{ TELEGRAM_BOT_TOKEN: `${TOKEN},${TOKEN}` }, /holds several tokens; .*one bot/],
    [{ TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_STAFF_CHAT: '-1001,@staff' },
      /TELEGRAM_STAFF_CHAT: "@staff" is no chat id, as -100.*\/staff CODE/],
    [{ TELEGRAM_API_URL: `7${TOKEN}` }, /TELEGRAM_API_URL takes an address .* not "\[token\]"/],
  ];
  for (const [env, pattern] of wrong) {
    const said = await refuses(home, env, 2, pattern);
    assert.doesNotMatch(said, /hunter2|AAFake/, 'no secret is shown');
  }
  const { code, err } = await command(home, { STAFF_LANGUAGE: 'x' }, 'cases');
  assert.equal(code, 2, 'commands say it, too');
  assert.match(err, /^zaide: .*STAFF_LANGUAGE takes one of: /);
});

homely('.env: unknown names, and others who can read a token', async (home) => {
  const file = path.join(home.dir, '.env');
  const write = (text, mode = 0o600) => {
    writeFileSync(file, text);
    chmodSync(file, mode);
  };
  write('# mine\n\nTELEGRAM_BOT_TOKN=x\n');
  await refuses(home, {}, 2, /\.env:3: no setting is named TELEGRAM_BOT_TOKN; did you mean TELEGRAM_BOT_TOKEN\?/);
  write('CASE_IDLE=1x\n');
  await refuses(home, {}, 2, /\.env:1: CASE_IDLE takes a time .* not "1x"/);
  write('it is broken\n');
  await refuses(home, {}, 2, /\.env:1: expected NAME=value/);

  write(`CASE_IDLE=12h\nTELEGRAM_BOT_TOKEN=${TOKEN}\n`, 0o640);
  const said = await refuses(home, {}, 2, /TELEGRAM_BOT_TOKEN is secret.*: chmod 600 \.env$/);
  assert.ok(!said.includes('AAFake'));
  mkdirSync(path.join(home.dir, 'scripts'));
  copyFileSync(path.join(ROOT, 'scripts/run'), path.join(home.dir, 'scripts/run'));
  const script = spawn('scripts/run', { cwd: home.dir });
  let err = '';
  script.stderr.setEncoding('utf8').on('data', (text) => { err += text; });
  const [code] = await once(script, 'close');
  assert.deepEqual([code, err.split('\n').length], [1, 2], err);
  assert.match(err, /chmod 600 \.env/);

  chmodSync(file, 0o600);
  const { code: allowed } = await command(home, {}, 'ask', 'hello');
  assert.equal(allowed, 0);
  write('CASE_IDLE=12h\n', 0o644);
  assert.equal((await command(home, {}, 'ask', 'hello')).code, 0, 'no secret, no matter');
});

homely('.env.example is what the settings say; --help names all of them', async (home) => {
  const { code, out } = await command(home, {}, 'settings');
  assert.equal(code, 0);
  assert.equal(out, readFileSync(path.join(ROOT, '.env.example'), 'utf8'));
  const names = out.match(/^# [A-Z_]+(?==)/gm).map((line) => line.slice(2));
  assert.ok(names.length > 25);
  const help = await command(home, {}, '--help');
  assert.equal(help.code, 0);
  for (const name of names) assert.match(help.out, new RegExp(`^ *${name}\\b`, 'm'));
  for (const name of ['run', 'doctor', 'ask', 'classify', 'knowledge', 'cases', 'claim', 'release',
    'reply', 'note', 'close', 'agents', 'stats', 'settings'])
    assert.match(help.out, new RegExp(`^ *zaide ${name}\\b`, 'm'));
  const unknown = await command(home, {}, 'dance');
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /no command dance: see zaide --help/);
});

// --- the start ---

homely('scripts/deps without root and sudo: one line with what to install', async (home) => {
  const stand = (name, text) => {
    writeFileSync(path.join(home.dir, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  };
  stand('dpkg-query', 'exit 1');
  stand('id', 'echo 1000');
  const env = { PATH: home.dir };
  const deps = spawn('/bin/bash', [path.join(ROOT, 'scripts/deps'), 'run'], { env });
  let err = '';
  deps.stderr.setEncoding('utf8').on('data', (text) => { err += text; });
  const [code] = await once(deps, 'close');
  assert.equal(code, 1);
  assert.match(err, /^zaide: (no sudo here: as root run|made for Debian 12; install).*libuv1-dev.*\n$/);
});

homely('the port is taken, the data folder cannot be used, no knowledge', async (home) => {
  const taken = await listen();
  await refuses(home, { HTTP_LISTEN: `127.0.0.1:${taken.port}` }, 1,
    /HTTP_LISTEN: cannot listen on 127\.0\.0\.1:\d+: .*stop what listens there, or choose another/);
  await taken.close();
  const file = path.join(home.dir, 'file');
  writeFileSync(file, '');
  const longest = path.join(home.dir, 'x'.repeat(90));
  await refuses(home, { DATA_DIR: file }, 1, /DATA_DIR: \S+file\/lock: Not a dir.*a folder.*set DATA_DIR/);
  await refuses(home, { DATA_DIR: path.join(home.dir, 'none/var') }, 1,
    /DATA_DIR: \S+none\/var cannot be made: .*make its parent, or set DATA_DIR/);
  await refuses(home, { DATA_DIR: longest }, 1, /DATA_DIR: .*choose a shorter DATA_DIR/);
  await refuses(home, { KNOWLEDGE_DIR: path.join(home.dir, 'none') }, 1, /set KNOWLEDGE_DIR/);
  const { code } = await command(home, {}, 'run', 'fast');
  assert.equal(code, 2, 'it takes no arguments');
});

homely('stdin is no terminal: no console, and its end does not end zaide', async (home) => {
  const zaide = await Zaide.start(home); // on /dev/null
  await zaide.logs(/no platform is configured: set TELEGRAM_BOT_TOKEN/);
  assert.equal((await zaide.health()).status, 200);
  assert.doesNotMatch(zaide.log, /Type as a customer/);
  assert.equal(await zaide.stop(), 0);

  const piped = spawn(BINARY, ['run'], { cwd: home.dir, env: environment(home) });
  home.processes.add({ killNow: () => piped.kill('SIGKILL') });
  const ended = once(piped, 'close');
  let log = '';
  piped.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
  piped.stdin.end('I need a person\n');
  await once(piped.stdin, 'close');
  const [, url] = await until(() => /(http:\S+)\/healthz/.exec(log), 'the start');
  const health = await (await fetch(`${url}/healthz`)).json();
  assert.equal(health.waiting, 0, 'nobody reads what is piped in');
  piped.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});

// --- the staff room ---

const codeOf = async (stage) => (await stage.zaide.logs(/post there within 10 minutes: \/staff (\d+)/))[1];

/** What stands in {g}codes: { code, until }; null when there is none. */
async function keptCode(stage) {
  const kept = await (await stage.home.redis()).call('HGET', 'zaide:{g}:codes', 'staff');
  const [code, until] = (kept ?? '').split(' ');
  return kept && { code, until: Number(until) };
}

const general = (stage, text, after = 0) => stage.posted({ topic: 0, text, after });

scene('/staff binds the group: its creator is the admin, once only', {
  staff: 'unbound',
}, async (stage) => {
  const { fake, owner } = stage;
  const code = await codeOf(stage);
  const { until: end } = await keptCode(stage);
  assert.ok(end > Date.now() + 500_000 && end < Date.now() + 601_000, 'good for ten minutes');
  fake.say({ user: owner, chat: stage.staff, text: `/staff ${code}` });
  await general(stage, 'This is a staff room now');
  await general(stage, 'Checked: I can open and close topics');
  await general(stage, `telegram:${owner.id} is the admin here (as creator of this group)`);
  const agents = await stage.must('agents', 'list');
  assert.match(agents, new RegExp(`^admin .*telegram:${owner.id}`, 'm'));
  assert.equal(await keptCode(stage), null, 'the code is spent');

  const other = fake.addGroup({
    title: 'Others', forum: true, bots: [{ bot: TOKEN, rights: true }],
  });
  fake.say({ user: other.owner, chat: other, text: `/staff ${code}` });
  await fake.waitForFact({ chat: other.id, out: true, text: 'That code is wrong or too old' });
  const boss = { say: (topic, text) => fake.say({ user: owner, chat: stage.staff, topic, text }) };
  const { customer, topic } = await stage.asked('Ann');
  boss.say(topic, '/claim');
  await customer.hears(/is with you now/);
  boss.say(topic, 'I am the first agent');
  await customer.hears(/^I am the first agent$/);
  const elsewhere = fake.truth().filter((fact) => fact.out && fact.chat === other.id);
  assert.equal(elsewhere.length, 1, 'nothing but the refusal was said there');
});

scene('a wrong code is refused and spends the right one; an old one is refused', {
  staff: 'unbound',
}, async (stage) => {
  const { fake, owner, staff } = stage;
  const post = (text) => fake.say({ user: owner, chat: staff, text });
  const code = await codeOf(stage);
  post('/staff 1');
  const no = await general(stage, 'That code is wrong or too old');
  post(`/staff ${code}`);
  const again = await general(stage, 'That code is wrong or too old', no.fact.seq);

  // The same as a code of eleven minutes ago. The new agent shows that it has been read.
  const redis = await stage.home.redis();
  await redis.call('HSET', 'zaide:{g}:codes', 'staff', `4821 ${Date.now() - 60_000}`);
  await stage.addAgent('mia');
  post('/staff 4821');
  await general(stage, 'That code is wrong or too old', again.fact.seq);
  await redis.call('HSET', 'zaide:{g}:codes', 'staff', `4822 ${Date.now() + 60_000}`);
  await stage.addAgent('bob');
  post('/staff@zaide_test_bot 4822');
  await general(stage, 'This is a staff room now');
});

scene('what is missing in the room is named, and again when it is mended', {
  staff: 'unbound', rights: ['can_invite_users'],
}, async (stage) => {
  const { fake, owner, staff } = stage;
  fake.setForum({ chat: staff, on: false });
  fake.demote({ chat: staff, bot: TOKEN });
  fake.say({ user: owner, chat: staff, text: `/staff ${await codeOf(stage)}` });
  const missing = await general(stage, 'Something is missing here');
  assert.match(missing.text, /Topics are off/);
  assert.match(missing.text, /I am not an administrator/);
  await general(stage, 'is the admin here');
  fake.promote({ chat: staff, bot: TOKEN, rights: ['can_delete_messages'] });
  const less = await general(stage, 'I lack the right', missing.fact.seq);
  assert.match(less.text, /Topics are off/);
  assert.match(less.text, /"Manage topics"/);
  assert.match(less.text, /"Pin messages"/);
  assert.doesNotMatch(less.text, /"Delete|not an administrator/);
  fake.promote({ chat: staff, bot: TOKEN, rights: true });
  const topics = await general(stage, 'Something is missing here', less.fact.seq);
  assert.match(topics.text, /^Something is missing here:\n– Topics are off[^\n]*$/);
  fake.setForum({ chat: staff, on: true });
  await general(stage, 'Checked: I can open', topics.fact.seq);
  await stage.asked('Ann');
});

scene('a group becomes another one when topics are switched on: the staff room follows', {
  staff: 'none',
}, async (stage) => {
  const { fake } = stage;
  const owner = fake.addUser({ id: 900, first_name: 'Olga' });
  const bots = [{ bot: TOKEN, rights: true }];
  const group = fake.addGroup({ title: 'Staff', type: 'group', owner, bots });
  fake.say({ user: owner, chat: group, text: `/staff ${await codeOf(stage)}` });
  const where = { chat: group.id, out: true, timeout_ms: PATIENCE_MS };
  await fake.waitForFact({ ...where, text: 'Topics are off' });
  stage.staff = fake.migrate({ chat: group });
  fake.setForum({ chat: stage.staff, on: true });
  await general(stage, 'Checked: I can open and close topics');
  await stage.asked('Ann');
});

scene('TELEGRAM_STAFF_CHAT is set: no code, the creator is admin; menus and descriptions', {
  env: { BRAND_NAME: 'Nika' },
}, async (stage) => {
  const { fake, owner, staff } = stage;
  await general(stage, 'Checked: I can open and close topics');
  await general(stage, `telegram:${owner.id} is the admin here`);
  const profile = await until(() => {
    const now = fake.profile({});
    return now.commands[`chat|${staff.id}|`] && now;
  }, 'the menus');
  const menu = (where) => profile.commands[where].map(({ command: name }) => name).join(' ');
  for (const language of ['zh', 'en', 'vi', 'ja', 'ko', 'ms', ''])
    assert.equal(menu(`all_private_chats|${language}`), 'start help language human');
  assert.equal(menu(`chat|${staff.id}|`),
    'claim release transfer pending close note tag delete help');
  const { texts, commands } = profile;
  assert.match(texts['description|'], /^Questions about deposits, withdrawals/);
  assert.match(texts['description|zh'], /^\p{Script=Han}/u);
  assert.match(texts['description|vi'], /ạ/);
  assert.match(texts['short_description|en'], /Nika$/);
  assert.match(commands['all_private_chats|zh'][3].description, /\p{Script=Han}/u);
  assert.deepEqual(fake.queue({}).allowed, [
    'message', 'edited_message', 'callback_query', 'message_reaction', 'chat_member',
    'my_chat_member',
  ]);
  assert.doesNotMatch(stage.zaide.log, /\/staff \d/);
});

scene('no staff chat: the customer hears the truth, zaide cases shows the case', {
  staff: 'none',
}, async (stage) => {
  await codeOf(stage);
  const ann = stage.customer('Ann');
  ann.say(example('en', 'security', 'twofa_bind'));
  await ann.hears('', { text: firstWords('en', 'security', 'twofa_bind') });
  ann.say(UNKNOWN);
  const { text } = await ann.hears(/#\d+/);
  assert.match(text, /No one on our team is on shift right now, so it will take longer/);
  const listed = await stage.must('cases');
  assert.match(listed, /^#\d+ +WAITING .*Ann/m);
  assert.match(listed, /No agents are registered: zaide agents add/);
});

// --- a second zaide, and what changes while it runs ---

/** What is not known to be sent: of it one might be sent again when zaide is killed. */
async function unsent(redis) {
  const streams = await redis.call('KEYS', 'zaide:*:out:*');
  const lengths = await Promise.all(streams.map((stream) => redis.call('XLEN', stream)));
  return lengths.reduce((sum, n) => sum + n, 0);
}

scene('two zaides, one Redis: one polls and sends; when it is killed the other takes over', {
  idle: true,
}, async (stage, t) => {
  const redis = await startRedis();
  const home = new Home();
  t.after(() => redis.stop());
  t.after(() => home.remove());
  stage.env.REDIS_URL = redis.url;
  const mia = await stage.addAgent('mia');
  const away = command(home, { REDIS_URL: 'redis://127.0.0.1:1' }, 'cases');
  const first = await stage.start();
  const second = await Zaide.start(home, stage.env);
  stage.all.push(second);
  const standing = async () => (await second.health()).platforms.telegram === 'standing by';
  await until(standing, 'the second one');

  const { ann, topic } = await stage.claimed(mia);
  assert.doesNotMatch(second.log, /polling and sending/);
  for (let i = 1; i <= 5; i++) ann.say(`before the end ${i}`);
  await stage.posted({ topic, text: 'before the end' });
  await until(async () => (await unsent(redis)) === 0, 'the end of all sends');
  ann.say('as it ends');
  const killed = performance.now();
  await first.kill();
  ann.say('while nobody is there');
  mia.say(topic, 'one moment');
  await second.logs(/polling and sending/);
  const took = performance.now() - killed;
  assert.ok(took < 20_000, `it took over within ${took} ms`);

  await ann.hears(/^one moment$/);
  await stage.posted({ topic, text: 'while nobody is there' });
  const seen = stage.posts(topic).map(words).join('\n');
  const lines = seen.match(/before the end \d|as it ends|while nobody is there/g);
  const expected = [1, 2, 3, 4, 5].map((i) => `before the end ${i}`);
  assert.deepEqual(lines, [...expected, 'as it ends', 'while nobody is there']);
  assert.equal(ann.heard().filter((post) => words(post) === 'one moment').length, 1);
  assert.deepEqual(stage.fake.calls({ method: 'getUpdates', ok: false }), [], 'never two at once');

  const { code, err } = await away;
  assert.equal(code, 1, 'a command without its Redis');
  assert.match(err, /^zaide: Redis did not answer within 15 s: .*Connection refused.*zaide doctor/m);
});

scene('two zaides on one folder: the one that ends leaves its place and the Redis to the other', {
}, async (stage) => {
  const first = stage.zaide;
  const second = await stage.start({ ready: false });
  const redis = stage.home.redisPid();
  assert.equal(await first.stop(), 0);
  await second.logs(/polling and sending/, { timeoutMs: 8000 });
  assert.equal(stage.home.redisPid(), redis);
  const ann = stage.customer('Ann');
  ann.say('/help');
  await ann.hears(/Just write what happened/);
  assert.equal(await second.stop(), 0);
  assert.equal(stage.home.redisPid(), 0);
});

scene('SIGHUP reads the knowledge again; a broken file is refused and the old one stays', {
  idle: true,
}, async (stage) => {
  const knowledge = path.join(stage.home.dir, 'knowledge');
  cpSync(KNOWLEDGE, knowledge, { recursive: true });
  const phrases = path.join(knowledge, 'en/phrases.yaml');
  const text = readFileSync(phrases, 'utf8');
  const old = 'Which language do you prefer?';
  assert.ok(text.includes(old));
  const reload = async (content, pattern) => {
    const after = stage.zaide.log.length;
    writeFileSync(phrases, content);
    stage.zaide.signal('SIGHUP');
    return (await stage.zaide.logs(pattern, { after }))[0];
  };
  await stage.start({ env: { KNOWLEDGE_DIR: knowledge } });
  const ann = stage.customer('Ann');
  ann.say('/language');
  await ann.hears('', { text: old });
  await reload(text.replace(old, 'Which one, please?'), /knowledge read again/);
  ann.say('/language');
  await ann.hears(/^Which one, please\?/);
  await reload('greet:\n  hello: [broken\n', /the old knowledge stays: .*phrases\.yaml/);
  ann.say('/language');
  await ann.hears(/^Which one, please\?/);

  const faq = path.join(knowledge, 'en/security.yaml');
  const answer = firstWords('en', 'security', 'twofa_bind');
  const known = readFileSync(faq, 'utf8');
  assert.ok(known.includes(answer));
  writeFileSync(faq, known.replace(answer, `Newly: ${answer}`));
  writeFileSync(path.join(stage.home.dir, '.env'), 'LOG=info,faq=debug\n');
  await reload(text, /knowledge read again/);
  ann.say(example('en', 'security', 'twofa_bind'));
  await ann.hears(`^Newly: ${answer}`);
  await stage.zaide.logs(/ debug faq: /);
  writeFileSync(path.join(stage.home.dir, '.env'), 'LOG=loud\n');
  await reload(text, /the old settings stay: .*LOG: "loud" is no level/);

  // A room's menu is written in the new words, too.
  await reload(text.replace('claim: Take this case', 'claim: It is mine'), /knowledge read again/);
  stage.fake.promote({ chat: stage.staff, bot: TOKEN, rights: true });
  await until(() => {
    const menu = stage.fake.profile({}).commands[`chat|${stage.staff.id}|`];
    return menu?.[0].description === 'It is mine';
  }, 'the new menu');
});
