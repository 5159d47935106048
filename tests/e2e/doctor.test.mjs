// zaide doctor: every finding with its fix and exit status 1; 0 when all is well.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TOKEN, scene } from './harness.mjs';
import { scriptRedis, startRedis } from './servers.mjs';
import { Home, PATIENCE_MS, command } from './zaide.mjs';

const BRAND = {
  BRAND_NAME: 'Nika', BRAND_HOSTS: 'nika.example,example.com', BRAND_CARE_LINE: '0800 111 222',
  BRAND_INVITE_RULES: fileURLToPath(new URL('../data/invite_rules.yaml', import.meta.url)),
  BRAND_SUPPORT_HOURS: '09:00–24:00',
  BRAND_VERIFY_URL: 'https://nika.example/verify', BRAND_FEES_URL: 'https://nika.example/fees',
  BRAND_STATUS_URL: 'https://nika.example/status', BRAND_CONVERT_URL: 'https://nika.example/x',
  BRAND_RECOVERY_URL: 'https://nika.example/recovery', BRAND_HANDLES: '@nika_cs',
  BRAND_ID_SECRET: '0123456789abcdef0123456789abcdef', BRAND_SIGN_IN_URL: 'https://nika.example/in',
};
const RIGHTS = ['can_manage_topics', 'can_pin_messages', 'can_delete_messages'];

// { code, ok: [what is well], fix: [what is not] }
function findings({ code, out, err }) {
  assert.doesNotMatch(err, /zaide: |AddressSanitizer|runtime error/);
  const lines = out.split('\n').slice(0, -1);
  for (const line of lines) assert.match(line, /^(ok  |FIX )  \S/, 'one line a check');
  const of = (mark) =>
    lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(6));
  return { code, ok: of('ok'), fix: of('FIX') };
}

const find = async (stage, env = {}) =>
  findings(await command(stage.home, { ...stage.env, ...env }, 'doctor'));

/** Exactly one fault, and its words. */
async function onlyFault(stage, env, pattern) {
  const { code, fix } = await find(stage, env);
  assert.equal(code, 1);
  assert.equal(fix.length, 1, fix.join('\n'));
  assert.match(fix[0], pattern);
}

const call = (stage, method) => fetch(`${stage.fake.url}/bot${TOKEN}/${method}`);

// All is well but for what the test changes; no update waits.
const staged = (name, options, body) =>
  scene(name, { idle: true, ...options, env: { ...BRAND, ...options.env } }, async (stage, t) => {
    await stage.must('agents', 'add', 'mia', '--id', 'telegram:5');
    await call(stage, `getUpdates?offset=${stage.fake.queue({}).next_update_id}`);
    await body(stage, t);
  });

const isPolled = (stage) =>
  stage.fake.waitFor(() => stage.fake.queue({}).polled, PATIENCE_MS, 'a poller');

/** Doctor listens for 5 s whether somebody else polls: the fake's clock need not be waited for. */
async function findQuickly(stage, env) {
  const found = find(stage, env);
  await isPolled(stage);
  stage.fake.advance({ ms: 5000 });
  return found;
}

staged('doctor: all is well', {}, async (stage) => {
  const { code, ok, fix } = await findQuickly(stage);
  assert.deepEqual([code, fix], [0, []]);
  const all = ok.join('\n');
  assert.match(all, /BRAND_ settings are set/);
  assert.match(all, /sign-in links of the exchange are checked/);
  assert.ok(!all.includes(BRAND.BRAND_ID_SECRET));
  assert.match(all, /embedded server answers/);
  assert.match(all, /@zaide_test_bot/);
  assert.match(all, /no webhook is set/);
  assert.match(all, /no other program polls/);
  assert.match(all, new RegExp(`staff chat ${stage.staff.id} Staff: topics on`));
  assert.match(all, /note: privacy mode is on.*@BotFather, \/setprivacy/);
  assert.ok(!all.includes(TOKEN.split(':')[1]));
  const changed = stage.fake.calls({}).filter(({ method }) => !/^get/.test(method));
  assert.deepEqual(changed, [], 'doctor changes nothing');
});

test('doctor: nothing is set up', async () => {
  const home = new Home();
  try {
    const { code, fix } = findings(await command(home, {}, 'doctor'));
    assert.equal(code, 1);
    assert.equal(fix.length, 3);
    assert.match(fix[0], /BRAND_NAME, BRAND_HOSTS.*BRAND_SUPPORT_HOURS/);
    assert.match(fix[1], /no agents.*zaide agents add NAME --role admin --id telegram:123/);
    assert.match(fix[2], /\/newbot to @BotFather.*TELEGRAM_BOT_TOKEN.*chmod 600 \.env/);
  } finally {
    home.remove();
  }
});

staged('doctor: the brand, the token, the API', {}, async (stage) => {
  stage.fake.addFault({ method: 'getUpdates', status: 502, times: Infinity });
  const brand = await find(stage, { BRAND_FEES_URL: '', BRAND_STATUS_URL: undefined });
  assert.match(brand.fix[0], /left out of answers: BRAND_STATUS_URL, BRAND_FEES_URL$/);
  assert.match(brand.fix[1], /getUpdates fails: Bad Gateway; try again/);
  assert.deepEqual([brand.code, brand.fix.length], [1, 2]);

  for (const [name, pattern] of [
    ['BRAND_ID_SECRET', /nobody can prove a UID: share BRAND_ID_SECRET .*adapters\/README\.md/],
    ['BRAND_SIGN_IN_URL', /sign-in links are checked, but .* BRAND_SIGN_IN_URL=https/]])
    assert.match((await find(stage, { [name]: '' })).fix[1], pattern);
  const short = await find(stage, { BRAND_ID_SECRET: 'too-short-a-secret' });
  assert.match(short.fix[0], /BRAND_ID_SECRET: a secret has at least 32 characters/);
  assert.ok(!short.fix[0].includes('too-short'));

  for (const token of ['AAFakeHalf', `${TOKEN}x/`, `${TOKEN.slice(0, 20)}`]) {
    const { code, fix } = await find(stage, { TELEGRAM_BOT_TOKEN: token });
    assert.equal(code, 1);
    assert.match(fix.join(), /TELEGRAM_BOT_TOKEN is no token.*@BotFather.*API Token/);
    assert.ok(!fix.join().includes('AAFake'), 'nothing of it is shown');
  }
  const other = TOKEN.replace('Fake', 'Farce');
  const refused = await find(stage, { TELEGRAM_BOT_TOKEN: other });
  assert.deepEqual([refused.code, refused.fix.length], [1, 1]);
  assert.match(refused.fix[0], /^token refused: .*@BotFather.*API Token.*TELEGRAM_BOT_TOKEN/);
  await onlyFault(stage, { TELEGRAM_API_URL: 'http://127.0.0.1:1' },
    /^cannot reach the Bot API at http:\/\/127\.0\.0\.1:1: .*firewall and TELEGRAM_API_URL/);
});

staged('doctor: a webhook is set, another program polls', {}, async (stage) => {
  let over = false;
  const poller = (async () => {
    while (!over) await call(stage, 'getUpdates?timeout=50');
  })();
  await isPolled(stage);
  const other = await find(stage);
  assert.deepEqual([other.code, other.fix.length], [1, 1]);
  assert.match(other.fix[0], /another program polls with this token.*stop it, or .*\/newbot/);
  over = true;

  await call(stage, 'setWebhook?url=http://127.0.0.1:9/x');
  await poller;
  const { fix } = await find(stage);
  assert.equal(fix.length, 1);
  assert.match(fix[0], /a webhook is set, so polling gets nothing: .*<TOKEN>\/deleteWebhook/);
});

staged('doctor beside a running zaide leaves it alone', {}, async (stage) => {
  const zaide = await stage.start();
  await isPolled(stage);
  const { code, ok, fix } = await find(stage);
  assert.deepEqual([code, fix], [0, []]);
  assert.match(ok.join('\n'), /a running zaide polls with this token/);
  assert.doesNotMatch(zaide.log, /another program polls/);
  assert.deepEqual(stage.fake.calls({ method: 'getUpdates', ok: false }), []);
});

staged('doctor: the staff chat', { staff: 'unbound' }, async (stage) => {
  stage.fake.addFault({ method: 'getWebhookInfo', status: 502, times: Infinity });
  const look = async (staff, ...patterns) => {
    const { code, fix } = await find(stage, { TELEGRAM_STAFF_CHAT: staff });
    assert.match(fix[0], /getWebhookInfo fails: Bad Gateway/);
    assert.equal(code, 1);
    assert.equal(fix.length, patterns.length + 1, fix.join('\n'));
    patterns.forEach((pattern, i) => assert.match(fix[i + 1], pattern));
  };
  const staff = String(stage.staff.id);
  const chat = stage.staff;
  await look('-1009999999', /^staff chat -1009999999: Telegram does not know it.*\/staff CODE/);
  await look(String(stage.customer('Ann').id), /Telegram does not know it|is no group/);
  stage.fake.setForum({ chat, on: false });
  await look(staff, /^staff chat \S+ Staff: it has no topics: .*turn on Topics/);
  stage.fake.setForum({ chat, on: true });
  stage.fake.demote({ chat, bot: TOKEN });
  await look(staff, /the bot is not admin there: .*Administrators.*Manage Topics/);
  for (const [missing, name] of [
    ['can_manage_topics', 'Manage Topics'], ['can_pin_messages', 'Pin Messages'],
    ['can_delete_messages', 'Delete Messages'],
  ]) {
    const rights = RIGHTS.filter((right) => right !== missing);
    stage.fake.promote({ chat, bot: TOKEN, rights });
    await look(staff, new RegExp(`the bot lacks a right: .*Administrators, the bot, ${name}$`));
  }
  stage.fake.promote({ chat, bot: TOKEN, rights: ['can_invite_users'] });
  await look(`${staff},-1009999999`, /Manage Topics$/, /Pin/, /Delete/, /-1009999999: Telegram/);
  stage.fake.promote({ chat, bot: TOKEN, rights: RIGHTS });
  await look(staff);
});

staged('doctor: a room bound by /staff is looked at like one that is set', {
  staff: 'unbound',
}, async (stage) => {
  const unbound = await findQuickly(stage);
  assert.match(unbound.ok.join('\n'), /note: no staff room.*Topics.*\/staff CODE/);
  const redis = await startRedis();
  try {
    const env = { REDIS_URL: redis.url };
    await command(stage.home, { ...stage.env, ...env }, 'agents', 'add', 'mia', '--id', 'telegram:5');
    const room = `room:telegram:${stage.bot.id}:${stage.staff.id}`;
    await redis.call('HSET', 'zaide:{g}:rooms', room, 'bound');
    const bound = await findQuickly(stage, env);
    assert.deepEqual(bound.fix, []);
    assert.match(bound.ok.join('\n'), new RegExp(`staff chat ${stage.staff.id} Staff: topics on`));
  } finally {
    await redis.stop();
  }
});

staged('doctor: Redis', {
  staff: 'none', env: { TELEGRAM_BOT_TOKEN: undefined },
}, async (stage) => {
  const look = async (url, pattern) => {
    const { code, fix } = await find(stage, { REDIS_URL: url });
    assert.equal(code, 1);
    assert.match(fix[0], pattern);
    assert.doesNotMatch(fix.join('\n'), /hunter2/, 'the password is not shown');
  };
  const primary = await startRedis();
  const replica = await startRedis('--replicaof', `127.0.0.1 ${primary.port}`);
  const cache = await startRedis('--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru');
  const locked = await startRedis('--requirepass', 'swordfish');
  const old = await scriptRedis('redis_version:6.2.14\r\nrole:master\r\n');
  const silent = await scriptRedis(null);
  try {
    await Promise.all([
      look('redis://:hunter2@127.0.0.1:1', /^Redis: Redis at 127\.0\.0\.1:1: Connection refused/),
      look(`unix://${stage.home.dir}/none.sock`, /^Redis: Redis at \S+none\.sock: No such file/),
      look(replica.url, new RegExp(`replica and takes no writes.*127\\.0\\.0\\.1:${primary.port}`)),
      look(cache.url, /forgets data.*noeviction/),
      look(locked.url.replace('//', '//:hunter2@'), /AUTH was refused.*REDIS_URL/),
      look(locked.url, /NOAUTH/),
      look(silent.url, /^Redis: .* the server does not answer/),
      look(old.url, /^Redis: Redis 6\.2\.14 is too old: update it to 7\.0/),
    ]);
    const { fix, ok } = await find(stage, { REDIS_URL: primary.url });
    assert.match(ok.join('\n'), /Redis answers/);
    assert.match(fix[0], /no agents are registered/);
  } finally {
    for (const redis of [replica, primary, cache, locked]) await redis.stop();
    await old.close();
    await silent.close();
  }
});

test('doctor: wrong settings are a usage error', async () => {
  const home = new Home();
  try {
    const { code, fix } = findings(await command(home, { CLAIM_IDLE: 'soon' }, 'doctor'));
    assert.equal(code, 2);
    assert.match(fix[0], /CLAIM_IDLE takes a time like .* not "soon"/);
    const { code: unknown } = await command(home, {}, 'doctor', 'please');
    assert.equal(unknown, 2);
  } finally {
    home.remove();
  }
});

const WEBHOOK = {
  TELEGRAM_WEBHOOK: 'on', TELEGRAM_WEBHOOK_SECRET: 'a_secret-of-the-webhook-1',
  PUBLIC_URL: 'https://desk.nika.example',
};

staged('doctor: a webhook that is not set yet, goes elsewhere, or is not reached', {
  env: WEBHOOK,
}, async (stage) => {
  await onlyFault(stage, {}, /^no webhook is set yet: start zaide run/);
  await call(stage, 'setWebhook?url=http://127.0.0.1:9/other');
  await onlyFault(stage, {}, /goes to http:\/\/127\.0\.0\.1:9\/other, PUBLIC_URL says https:/);
  const PUBLIC_URL = 'http://127.0.0.1:9';
  stage.fake.advance({ ms: 1000 }); // one setWebhook a second
  await call(stage, `setWebhook?url=${PUBLIC_URL}/hook/telegram`);
  const { ok, fix } = await find(stage, { PUBLIC_URL });
  assert.deepEqual(fix, []);
  assert.ok(ok.some((line) => /^Telegram calls http.*; 0 updates wait$/.test(line)), ok.join('\n'));
  stage.customer('Ann').say('hello');
  const hasFailed = () => stage.fake.queue({}).webhook_error;
  await stage.fake.waitFor(hasFailed, PATIENCE_MS, 'a delivery that fails');
  await onlyFault(stage, { PUBLIC_URL }, /^1 updates wait, Telegram says: .*9\/hook\/telegram open/);
});
