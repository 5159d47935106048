// Updates by webhook: the fake delivers as Telegram does, in parallel over chats, and again after
// anything but 2xx.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { UNKNOWN, scene, words } from './harness.mjs';

const SECRET = 'a_secret-of-the-webhook-1';

/** A port that nobody has: zaide must have it again after a restart. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** zaide with its webhook set: the URL. */
async function start(stage) {
  stage.url ??= `http://127.0.0.1:${await freePort()}`;
  Object.assign(stage.env, {
    TELEGRAM_WEBHOOK: 'on', TELEGRAM_WEBHOOK_SECRET: SECRET,
    PUBLIC_URL: `${stage.url}/`, HTTP_LISTEN: stage.url.slice('http://'.length),
  });
  await stage.start();
  const isSet = () => stage.fake.queue({}).webhook === `${stage.url}/hook/telegram`;
  await stage.fake.waitFor(isSet, 60_000, 'setWebhook');
  return `${stage.url}/hook/telegram`;
}

const update = (id, text) => ({
  update_id: id,
  message: {
    message_id: id, date: 1, text, chat: { id: 4242, type: 'private' },
    from: { id: 4242, is_bot: false, first_name: 'Mallory' },
  },
});

function post(url, body, headers = { 'X-Telegram-Bot-Api-Secret-Token': SECRET }) {
  return fetch(url, { method: 'POST', body, headers }).then(({ status }) => status);
}

scene('webhook: a case from the question to the answer', { idle: true }, async (stage) => {
  await start(stage);
  const mia = await stage.addAgent('mia', '--alias', 'Miya');
  const { ann, topic } = await stage.claimed(mia);
  mia.say(topic, 'Hello, I am here');
  await ann.hears(/^Hello, I am here$/);
  assert.equal(stage.fake.calls({ method: 'getUpdates' }).length, 0);
});

scene('webhook: many at once, each answered once, in order', {
  idle: true, limits: { group: { count: 6000, seconds: 60 } }, env: { TELEGRAM_GROUP_PER_MIN: '6000' },
}, async (stage) => {
  await start(stage);
  const crowd = Array.from({ length: 20 }, (_, i) => stage.customer(`P${i}`));
  for (const person of crowd) for (let n = 1; n <= 5; n++) person.say(`${UNKNOWN} ${n}`);
  for (const person of crowd) {
    const topic = await stage.topic(person.name);
    const seen = () => stage.posts(topic).map(words).join('\n').match(/at me \d/g) ?? [];
    await stage.fake.waitFor(() => seen().length >= 5, 120_000, `all of ${person.name}`);
    assert.deepEqual(seen(), [1, 2, 3, 4, 5].map((n) => `at me ${n}`));
  }
});

scene('webhook: only who knows the secret is listened to', { idle: true }, async (stage) => {
  const url = await start(stage);
  const body = JSON.stringify(update(1, 'I am not Telegram'));
  assert.equal(await post(url, body, {}), 401);
  for (const guess of ['', 'x', SECRET.slice(0, -1), `${SECRET}1`, SECRET.toUpperCase()])
    assert.equal(await post(url, body, { 'X-Telegram-Bot-Api-Secret-Token': guess }), 401);
  assert.equal((await fetch(url)).status, 405);
  const redis = await stage.home.redis();
  assert.deepEqual(await redis.call('KEYS', '*4242*'), [], 'nothing was stored');
  const other = stage.zaide.log;
  assert.ok(!other.includes('Mallory') && !other.includes('not Telegram'));
});

scene('webhook: what cannot be read is acknowledged, the rest goes on', {
  idle: true,
}, async (stage) => {
  const url = await start(stage);
  const nasty = [
    '', '{', '[]', 'null', '{"update_id":7}', '{"update_id":"x","message":{}}', '\xff\xfe',
    '['.repeat(5000), JSON.stringify(update(8, 'x'.repeat(100_000))),
    JSON.stringify({ update_id: 2 ** 53 + 2, message: 7 }),
  ];
  for (const body of nasty) assert.equal(await post(url, body), 200, body.slice(0, 40));
  const tooLong = http.request(url, { method: 'POST', headers: { 'Content-Length': 1_100_000 } });
  tooLong.flushHeaders(); // the head is enough: who sends on meets a closed connection
  const [answer] = await once(tooLong, 'response');
  assert.equal(answer.statusCode, 413);
  tooLong.on('error', () => {}).destroy();
  await stage.asked('Ann');
});

scene('webhook: zaide is away, and Redis: nothing is lost', { idle: true }, async (stage) => {
  await start(stage);
  const { customer: ann, topic } = await stage.asked('Ann');
  await stage.zaide.kill();
  ann.say('said while nobody was there');
  await stage.fake.waitFor(() => stage.fake.queue({}).webhook_error, 60_000, 'a failed delivery');
  await stage.start();
  await stage.posted({ topic, text: 'said while nobody was there' });

  process.kill(stage.home.redisPid(), 'SIGKILL');
  ann.say('said while Redis was away');
  await stage.posted({ topic, text: 'said while Redis was away' });
  await stage.fake.waitFor(() => stage.fake.queue({}).pending === 0, 60_000, 'all confirmed');
  const seen = stage.posts(topic).map(words).join('\n').match(/said while \w+ was/g);
  assert.deepEqual(seen, ['said while nobody was', 'said while Redis was']);
});
