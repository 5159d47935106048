// Set-up: settings, the start and what stands in its way, a second zaide, SIGHUP.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { TOKEN, scene, until, words } from './harness.mjs';
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
    [{ TELEGRAM_WEBHOOK: 'yes' }, /TELEGRAM_WEBHOOK takes one of: off, on, not "yes"/],
    [{ TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_WEBHOOK: 'on' }, /on needs PUBLIC_URL=https:\/\//],
    [{ TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_WEBHOOK: 'on', PUBLIC_URL: 'http://x.example' },
      /PUBLIC_URL: Telegram calls https:\/\/ only/],
    ...['', 'hunter2', 'hunter2hunter2 hunter2'].map((secret) => [
      { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_WEBHOOK: 'on', PUBLIC_URL: 'https://x.example',
        TELEGRAM_WEBHOOK_SECRET: secret },
      /on needs TELEGRAM_WEBHOOK_SECRET: 16 to 256 of A-Z a-z 0-9 _ -.*openssl rand/]),
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
  await refuses(home, {}, 2,
    /\.env:3: no setting is named TELEGRAM_BOT_TOKN; did you mean TELEGRAM_BOT_TOKEN\?/);
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
  for (const name of ['run', 'doctor', 'ask', 'classify', 'extract', 'knowledge', 'cases', 'claim', 'release',
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
  assert.match(err, /^zaide: (no sudo here: as root run|made for Debian 12; install).* gcc.*\n$/);
});

homely('the port is taken, the data folder cannot be used, no knowledge', async (home) => {
  const taken = await listen();
  await refuses(home, { HTTP_LISTEN: `127.0.0.1:${taken.port}` }, 1,
    /HTTP_LISTEN: cannot listen on 127\.0\.0\.1:\d+: .*stop what listens there, or choose another/);
  await taken.close();
  const file = path.join(home.dir, 'file');
  writeFileSync(file, '');
  const longest = path.join(home.dir, 'x'.repeat(90));
  await refuses(home, { DATA_DIR: file }, 1, /DATA_DIR: \S+file\/lock: .*a folder.*set DATA_DIR/);
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
  await until(async () => (await zaide.health()).status === 200, 'its health');
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
  stage.home.processes.add(second); // ended with the stage
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
  assert.ok(took < 30_000, `it took over within ${took} ms`);

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
  assert.match(err, /^zaide: Redis did not answer within 15 s: .*refused; see zaide doctor$/m);
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
  const lost = text.replace(old, 'A third one?').replace(/^ {2}(set|claimed_from): .*\n/gm, '');
  const missing = ['language.set', 'staff.claimed_from'].map((key) =>
    `\\S*/en/phrases\\.yaml: ${key} is missing`);
  await reload(lost, new RegExp(`the old knowledge stays: ${missing.join('.*')}`));
  const env = { KNOWLEDGE_DIR: knowledge };
  const { code, err } = await command(stage.home, env, 'knowledge', 'check');
  assert.equal(code, 1);
  assert.match(err, new RegExp(`^${missing.join('\n')}\n$`));
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
  await ann.hears(`Newly: ${answer}`);
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

homely('zaide knowledge check: ours has no faults; each that it looks for is found', async (home) => {
  const knowledge = path.join(home.dir, 'knowledge');
  cpSync(KNOWLEDGE, knowledge, { recursive: true });
  const check = () => command(home, { KNOWLEDGE_DIR: knowledge }, 'knowledge', 'check');
  const { code, out, err } = await check();
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^no faults; \d+ of \d+ files have been reviewed by no second native speaker\n$/);

  const change = (file, from, to) => {
    const text = readFileSync(path.join(knowledge, file), 'utf8');
    assert.ok(text.includes(from), `${file}: ${from}`);
    writeFileSync(path.join(knowledge, file), text.replace(from, to));
  };
  change('vi/phrases.yaml', '\n  tagged: ', '\n  taged: ');
  change('zh/replies.yaml', '\n  thanks: |', '\n  thank_you: |');
  change('en/replies.yaml', 'I\'m sorry about this.', 'Please Calm\tdown.');
  const others = readdirSync(knowledge).sort()
    .filter((it) => it !== 'zh' && existsSync(path.join(knowledge, it, 'phrases.yaml')))
    .sort((a, b) => (b === 'en') - (a === 'en'));
  const found = await check();
  assert.equal(found.code, 1);
  const lines = found.err.trim().split('\n').map((line) => line.replace(`${knowledge}/`, ''));
  assert.deepEqual(lines.map((line) => line.replace(/:\d+:/, ':')), [
    'vi/phrases.yaml: staff.tagged is missing',
    'vi/phrases.yaml: staff.taged is never said: is it misspelt?',
    'zh/replies.yaml: thanks is missing',
    ...others.map((language) => `${language}/replies.yaml: thank_you is missing`),
    'en/replies.yaml: we never say "calm down"',
  ]);
  change('en/replies.yaml', "I'm {alias}", "I'm {agent}");
  const refused = await check();
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^\S*\/en\/replies\.yaml:4: \{agent\} is not known: only \{alias\}/);
});
