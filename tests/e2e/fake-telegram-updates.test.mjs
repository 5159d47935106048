// Updates: how they are fetched, confirmed and pushed, and what a bot sees of the world.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { TOKEN, rig } from './fake-telegram/rig.mjs';

const OTHER_POLLER =
  '409 Conflict: terminated by other getUpdates request; ' +
  'make sure that only one bot instance is running';
const texts = (updates) => updates.map(({ message }) => message.text);

describe('getUpdates', () => {
  let scene;
  beforeEach(async () => {
    scene = await rig({ clock: { frozen: true } });
    // What the making of the scene has caused is confirmed; the next poll is a fresh one.
    await scene.ok('getUpdates', { offset: -1 });
    await scene.ok('getUpdates', { offset: scene.fake.queue().next_update_id });
    scene.fake.advance({ ms: 5000 });
  });
  afterEach(() => scene.fake.close());

  const polled = () => scene.fake.waitFor(() => scene.fake.queue().polled, 5000, 'a waiting poll');

  test('the same updates come until a larger offset confirms them', async () => {
    const { fake, ann, ok } = scene;
    for (const text of ['a', 'b', 'c']) fake.say({ user: ann, text });
    const first = await ok('getUpdates');
    assert.deepEqual(texts(first), ['a', 'b', 'c']);
    assert.deepEqual(await ok('getUpdates', { limit: 100 }).then((u) => u[0]), first[0]);
    fake.advance({ ms: 1000 });
    assert.deepEqual(texts(await ok('getUpdates', { offset: first[1].update_id })), ['b', 'c']);
    assert.equal(fake.queue().pending, 2);
    assert.deepEqual(texts(await ok('getUpdates', { offset: -1 })), ['c']);
    assert.equal(fake.queue().pending, 1);
    assert.deepEqual(texts(await ok('getUpdates', { offset: first[2].update_id + 100 })), ['c']);
  });

  test('the same offset again within half a second gives one update', async () => {
    const { fake, ann, ok } = scene;
    for (const text of ['a', 'b']) fake.say({ user: ann, text });
    assert.equal((await ok('getUpdates', { offset: 1 })).length, 2);
    assert.equal((await ok('getUpdates', { offset: 1 })).length, 1);
  });

  test('the same offset again within 3 s waits at least 3 s', async () => {
    const { fake, ok } = scene;
    assert.deepEqual(await ok('getUpdates', { offset: 7 }), []);
    const again = ok('getUpdates', { offset: 7 });
    await polled();
    fake.advance({ ms: 3000 });
    assert.deepEqual(await again, []);
  });

  test('a poll waits for an update; a burst comes in one answer', async () => {
    const { fake, ann, ok } = scene;
    const poll = ok('getUpdates', { timeout: 30 });
    await polled();
    for (const text of ['a', 'b', 'c']) fake.say({ user: ann, text });
    assert.deepEqual(texts(await poll), ['a', 'b', 'c']);
  });

  test('a poll ends empty when its time is over', async () => {
    const poll = scene.ok('getUpdates', { timeout: 30 });
    await polled();
    scene.fake.advance({ ms: 30_000 });
    assert.deepEqual(await poll, []);
  });

  test('a second poller ends the first', async () => {
    const first = scene.no('getUpdates', { timeout: 30, offset: 1 });
    await polled();
    const second = scene.ok('getUpdates', { timeout: 30, offset: 2 });
    assert.equal(await first, OTHER_POLLER);
    scene.fake.say({ user: scene.ann, text: 'x' });
    assert.deepEqual(texts(await second), ['x']);
  });

  test('setWebhook ends a poll', async () => {
    const poll = scene.no('getUpdates', { timeout: 30, offset: 1 });
    await polled();
    await scene.ok('setWebhook', { url: 'http://127.0.0.1:9/' });
    assert.equal(await poll, '409 Conflict: terminated by setWebhook request');
  });

  test('a poller that goes away frees its place', async () => {
    const abort = new AbortController();
    const poll = scene.call('getUpdates', { timeout: 30, offset: 1 }, { signal: abort.signal });
    await polled();
    abort.abort();
    await assert.rejects(poll);
    await scene.fake.waitFor(() => !scene.fake.queue().polled, 5000, 'the end of the poll');
    scene.fake.say({ user: scene.ann, text: 'still here' });
    assert.deepEqual(texts(await scene.ok('getUpdates')), ['still here']);
  });

  test('reactions and members are told only on request, which is remembered', async () => {
    const { fake, ann, bob, staff, ok } = scene;
    const { message_id } = fake.say({ user: ann, text: 'x' });
    fake.react({ user: ann, message_id, emoji: '👍' });
    assert.equal((await ok('getUpdates', { offset: -1 }))[0].message.text, 'x');
    await ok('getUpdates', { offset: -1, allowed_updates: ['message_reaction', 'chat_member'] });
    fake.react({ user: ann, message_id, emoji: '🔥' });
    fake.kick({ chat: staff, user: bob });
    fake.say({ user: ann, text: 'not asked for' });
    fake.advance({ ms: 1000 });
    const [reaction, member] = await ok('getUpdates', { offset: -2 });
    assert.deepEqual(reaction.message_reaction.new_reaction, [{ type: 'emoji', emoji: '🔥' }]);
    assert.deepEqual(reaction.message_reaction.old_reaction, [{ type: 'emoji', emoji: '👍' }]);
    assert.equal(member.chat_member.new_chat_member.status, 'kicked');
  });

  test('updates expire: callback queries after 150 s, messages after a day', async () => {
    const { fake, ann, ok } = scene;
    const reply_markup = { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] };
    const { message_id } = await ok('sendMessage', { chat_id: ann.id, text: 'x', reply_markup });
    await fake.press({ user: ann, message_id, data: 'a', wait: false });
    fake.say({ user: ann, text: 'b' });
    fake.advance({ ms: 151_000 });
    assert.deepEqual(texts(await ok('getUpdates')), ['b']);
    fake.advance({ ms: 86_400_000 });
    assert.deepEqual(await ok('getUpdates', { offset: 5 }), []);
  });

  test('raw updates survive: numbers over 2^53, broken bytes, megabytes, depth', async () => {
    const { fake } = scene;
    const big = '"message":{"message_id":9007199254740993,"chat":{"id":-9223372036854775808}}';
    const { update_id } = fake.injectRaw({ raw: big });
    fake.injectRaw({
      raw_base64: Buffer.concat([
        Buffer.from('"message":{"text":"'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('"}'),
      ]).toString('base64'),
    });
    fake.injectRaw({ raw: `"message":{"text":"${'x'.repeat(1 << 20)}"}` });
    fake.injectRaw({ raw: `"message":${'['.repeat(5000)}${']'.repeat(5000)}` });
    const answer = await fetch(`${fake.url}/bot${TOKEN}/getUpdates?offset=${update_id}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.ok(bytes.includes('9007199254740993') && bytes.includes('-9223372036854775808'));
    assert.ok(bytes.includes(Buffer.from([0xc3, 0x28])));
    assert.ok(bytes.length > 1 << 20 && bytes.includes('['.repeat(5000)));
  });
});

describe('what bots see', () => {
  let scene;
  before(async () => {
    scene = await rig();
  });
  after(() => scene.fake.close());

  test("a topic's messages reply to its first; replies outside topics carry a chain", async () => {
    const { fake, mia, staff, ok } = scene;
    const { message_thread_id: topic } = fake.openTopic({ chat: staff, user: mia, name: 'T' });
    const inTopic = fake.say({ user: mia, chat: staff, topic, text: 'a' });
    assert.deepEqual(
      [inTopic.reply_to_message.message_id, inTopic.is_topic_message],
      [topic, true],
    );
    const general = fake.say({ user: mia, chat: staff, text: 'b' });
    assert.equal(general.message_thread_id, undefined);
    const reply = fake.say({ user: mia, chat: staff, text: 'c', reply_to: general.message_id });
    assert.deepEqual(
      [reply.message_thread_id, reply.is_topic_message],
      [general.message_id, undefined],
    );
    const answer = await ok('sendMessage', {
      chat_id: staff.id,
      text: 'd',
      reply_parameters: { message_id: inTopic.message_id },
    });
    assert.equal(answer.message_thread_id, topic);
  });

  test('its own service messages come back, its words do not', async () => {
    const { staff, ok } = scene;
    const { message_thread_id } = await ok('createForumTopic', { chat_id: staff.id, name: 'Own' });
    await ok('sendMessage', { chat_id: staff.id, message_thread_id, text: 'mine' });
    const mine = (await ok('getUpdates', { offset: -1 }))[0].message;
    assert.equal(mine.forum_topic_created.name, 'Own');
  });

  test('privacy mode: commands, mentions and replies only', async () => {
    const { fake, mia, ok } = scene;
    const chat = fake.addGroup({ members: [mia], bots: [TOKEN] });
    const { message_id } = await ok('sendMessage', { chat_id: chat.id, text: 'hello' });
    const said = [
      'just talk',
      '/help',
      '/help@other_bot',
      'hey @zaide_test_bot',
      'mail me@zaide_test_bot.com',
    ];
    for (const text of said) fake.say({ user: mia, chat, text });
    fake.say({ user: mia, chat, text: 'to you', reply_to: message_id });
    const heard = (await ok('getUpdates')).filter(({ message }) => message?.chat.id === chat.id);
    assert.deepEqual(texts(heard), ['/help', 'hey @zaide_test_bot', 'to you']);
  });

  test('anonymous administrators speak as the group', async () => {
    const { fake, mia, staff, ok } = scene;
    fake.say({ user: mia, chat: staff, text: 'who?', anonymous: true });
    const { message } = (await ok('getUpdates', { offset: -1 }))[0];
    assert.deepEqual(
      [message.from.username, message.sender_chat.id],
      ['GroupAnonymousBot', staff.id],
    );
  });

  test('every kind of content arrives in its own field', async () => {
    const { fake, ann, ok } = scene;
    const point = { latitude: 1.5, longitude: 103.5 };
    const kinds = {
      document: { name: 'a.pdf', mime: 'application/pdf' },
      voice: true,
      video: true,
      video_note: true,
      audio: true,
      animation: true,
      sticker: true,
      location: point,
      contact: { phone_number: '1', first_name: 'C' },
      venue: { location: point, title: 'T', address: 'A' },
      dice: { emoji: '🎲', value: 4 },
    };
    for (const [kind, value] of Object.entries(kinds)) {
      fake.say({ user: ann, [kind]: value });
      const { message } = (await ok('getUpdates', { offset: -1 }))[0];
      assert.ok(message[kind], kind);
      if (!message[kind].file_id) continue;
      const method = `send${kind
        .split('_')
        .map((word) => word[0].toUpperCase() + word.slice(1))
        .join('')}`;
      const sent = await ok(method, { chat_id: ann.id, [kind]: message[kind].file_id });
      assert.equal(sent[kind].file_unique_id, message[kind].file_unique_id);
    }
    const parts = fake.album({
      user: ann,
      items: [{ photo: true, caption: 'one' }, { photo: true }],
    });
    assert.equal(parts[0].media_group_id, parts[1].media_group_id);
  });
});

describe('webhook delivery', () => {
  let scene, server, seen, answer;
  before(async () => {
    scene = await rig();
    server = http.createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      seen.push({ headers: request.headers, update: JSON.parse(Buffer.concat(chunks)) });
      answer(response, seen.at(-1).update);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    await scene.ok('setWebhook', {
      url: `http://127.0.0.1:${server.address().port}/`,
      secret_token: 'abc',
      drop_pending_updates: true,
    });
  });
  after(async () => {
    await scene.fake.close();
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    seen = [];
    answer = (response) => response.end();
  });

  test('one update of a chat at a time, chats in parallel', async () => {
    const { fake, ann } = scene;
    const eve = fake.addUser();
    const held = [];
    answer = (response) => {
      held.push(response);
      fake.journal.changed();
    };
    for (const text of ['a1', 'a2']) fake.say({ user: ann, text });
    fake.say({ user: eve, text: 'e1' });
    await fake.waitFor(() => held.length === 2);
    assert.deepEqual(seen.map(({ update }) => update.message.text).sort(), ['a1', 'e1']);
    assert.equal(seen[0].headers['x-telegram-bot-api-secret-token'], 'abc');
    answer = (response) => response.end();
    for (const response of held) response.end();
    await fake.waitFor(() => fake.queue().pending === 0);
    assert.equal(seen.at(-1).update.message.text, 'a2');
  });

  test('anything but 2xx is repeated, at once and then after a pause', async () => {
    const { fake, ann } = scene;
    answer = (response) => {
      response.writeHead(500).end();
    };
    fake.say({ user: ann, text: 'again' });
    await fake.waitFor(() => seen.length === 2 && fake.queue().delivering === 0);
    answer = (response) => response.end();
    fake.advance({ ms: 2000 });
    await fake.waitFor(() => fake.queue().pending === 0);
    assert.deepEqual(
      seen.map(({ update }) => update.message.text),
      ['again', 'again', 'again'],
    );
    assert.equal(new Set(seen.map(({ update }) => update.update_id)).size, 1);
  });

  test('a method in the answer is carried out', async () => {
    const { fake, ann } = scene;
    answer = (response) =>
      response.end(JSON.stringify({ method: 'sendMessage', chat_id: ann.id, text: 'by answer' }));
    const said = fake.waitForMessage({ user: ann, text: 'by answer' });
    fake.say({ user: ann, text: 'hello' });
    assert.equal((await said).from.id, scene.me.id);
  });

  test('setWebhook checks its parameters and is limited', async () => {
    const { fake, no } = scene;
    const tries = [
      [
        { url: 'http://example.org/' },
        '400 Bad Request: bad webhook: An HTTPS URL must be provided for webhook',
      ],
      [
        { url: 'http://127.0.0.1/', secret_token: 'a b' },
        '400 Bad Request: secret token contains unallowed characters',
      ],
      [
        { url: 'http://127.0.0.1/', secret_token: 'a'.repeat(257) },
        '400 Bad Request: secret token is too long',
      ],
    ];
    for (const [params, refusal] of tries) {
      fake.advance({ ms: 1001 });
      assert.equal(await no('setWebhook', params), refusal);
    }
    assert.equal(await no('setWebhook', tries[0][0]), '429 Too Many Requests: retry after 1');
  });
});
