// Two real clients, grammY and node-telegram-bot-api, work on the fake as they do on Telegram.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Bot, GrammyError, InlineKeyboard, InputFile, webhookCallback } from 'grammy';
import * as ntba from 'node-telegram-bot-api';
import { tinyPng } from './fake-telegram/files.mjs';
import { TOKEN, rig } from './fake-telegram/rig.mjs';

// node-telegram-bot-api relies on the global, which Node.js 18 does not set by itself.
globalThis.crypto ??= webcrypto;

/** A grammY bot that answers as the tests below expect. */
function grammyBot(url) {
  const bot = new Bot(TOKEN, { client: { apiRoot: url } });
  bot.command('start', (ctx) => ctx.reply(`Welcome ${ctx.match}`.trim()));
  bot.command('menu', (ctx) =>
    ctx.reply('Pick one', {
      reply_markup: new InlineKeyboard().text('Yes', 'yes').text('No', 'no'),
    }),
  );
  bot.callbackQuery('yes', async (ctx) => {
    await ctx.editMessageText('You said yes');
    await ctx.answerCallbackQuery({ text: 'Noted', show_alert: true });
  });
  bot.on('message:photo', async (ctx) => {
    const file = await ctx.getFile();
    const bytes = await (await fetch(`${url}/file/bot${TOKEN}/${file.file_path}`)).arrayBuffer();
    await ctx.reply(`${bytes.byteLength} bytes`);
  });
  bot.on('edited_message:text', (ctx) => ctx.reply(`now ${ctx.editedMessage.text}`));
  bot.on('message_reaction', (ctx) =>
    ctx.api.sendMessage(ctx.chat.id, `saw ${ctx.reactions().emojiAdded[0]}`),
  );
  bot.on('message:text', (ctx) =>
    ctx.reply(ctx.msg.text.toUpperCase(), { reply_parameters: { message_id: ctx.msg.message_id } }),
  );
  return bot;
}

describe('grammY by long polling', () => {
  let scene, bot, running;
  before(async () => {
    scene = await rig();
    bot = grammyBot(scene.fake.url);
    const allowed_updates = ['message', 'edited_message', 'callback_query', 'message_reaction'];
    running = bot.start({ allowed_updates });
  });
  after(async () => {
    scene.fake.advance({ ms: 10_000 });
    try {
      await bot.stop();
      await running;
    } finally {
      await scene.fake.close();
    }
  });

  const heard = (wish) =>
    scene.fake.waitForMessage({ user: scene.ann, after: scene.fake.seq, ...wish });

  test('commands with a payload, and plain words in reply', async () => {
    const { fake, ann } = scene;
    await fake.waitFor(() => fake.queue().polled, 5000, 'the first long poll');
    const welcome = heard({ text: 'Welcome' });
    fake.start({ user: ann, payload: 'from_site' });
    assert.equal((await welcome).text, 'Welcome from_site');
    const echo = heard({ text: 'HELLO' });
    const { message_id } = fake.say({ user: ann, text: 'hello' });
    assert.equal((await echo).reply_to_message.message_id, message_id);
  });

  test('a keyboard, its button, the edit and the answer', async () => {
    const { fake, ann } = scene;
    const menu = heard({ text: 'Pick one' });
    fake.say({ user: ann, text: '/menu' });
    const { message_id, reply_markup } = await menu;
    assert.deepEqual(
      reply_markup.inline_keyboard[0].map(({ text }) => text),
      ['Yes', 'No'],
    );
    const answer = await fake.press({ user: ann, message_id, button: 'Yes' });
    assert.deepEqual(answer, { text: 'Noted', show_alert: true, url: '', cache_time: 0 });
    const edited = fake.message({ user: ann, message_id });
    assert.equal(edited.text, 'You said yes');
    assert.equal(edited.reply_markup, undefined);
  });

  test('a photo is downloaded; an edit and a reaction arrive', async () => {
    const { fake, ann } = scene;
    const bytes = tinyPng();
    const size = heard({ text: 'bytes' });
    fake.say({ user: ann, photo: { bytes }, caption: 'receipt' });
    assert.equal((await size).text, `${bytes.length} bytes`);
    const now = heard({ text: 'now' });
    const { message_id } = fake.say({ user: ann, text: 'frist' });
    fake.edit({ user: ann, message_id, text: 'first' });
    assert.equal((await now).text, 'now first');
    const saw = heard({ text: 'saw' });
    fake.react({ user: ann, message_id, emoji: '🔥' });
    assert.equal((await saw).text, 'saw 🔥');
  });

  test('uploads, albums and copies', async () => {
    const { fake, ann } = scene;
    const photo = new InputFile(tinyPng(1000, 500), 'chart.png');
    const sent = await bot.api.sendPhoto(ann.id, photo, {
      caption: '<b>Chart</b>',
      parse_mode: 'HTML',
    });
    assert.deepEqual(
      sent.photo.map(({ width }) => width),
      [90, 320, 800, 1000],
    );
    assert.deepEqual(sent.caption_entities, [{ offset: 0, length: 5, type: 'bold' }]);
    const album = await bot.api.sendMediaGroup(ann.id, [
      { type: 'photo', media: sent.photo[0].file_id, caption: 'one' },
      { type: 'photo', media: new InputFile(tinyPng(), 'two.png') },
    ]);
    assert.equal(new Set(album.map(({ media_group_id }) => media_group_id)).size, 1);
    const copies = await bot.api.copyMessages(
      ann.id,
      ann.id,
      album.map(({ message_id }) => message_id),
    );
    assert.equal(copies.length, 2);
    const copied = copies.map(({ message_id }) => fake.message({ user: ann, message_id }));
    assert.notEqual(copied[0].media_group_id, album[0].media_group_id);
    assert.equal(copied[0].media_group_id, copied[1].media_group_id);
    assert.equal(copied[0].forward_origin, undefined);
  });

  test('topics: open, write, rename, pin, close, delete', async () => {
    const { fake, staff } = scene;
    const topic = await bot.api.createForumTopic(staff.id, 'Case 812');
    const where = { message_thread_id: topic.message_thread_id };
    const sent = await bot.api.sendMessage(staff.id, 'A new case', where);
    assert.equal(sent.is_topic_message, true);
    assert.equal(sent.reply_to_message.forum_topic_created.name, 'Case 812');
    await bot.api.editForumTopic(staff.id, topic.message_thread_id, { name: 'Case 812: Mia' });
    await bot.api.pinChatMessage(staff.id, sent.message_id);
    await bot.api.closeForumTopic(staff.id, topic.message_thread_id);
    const shown = fake.topics({ chat: staff }).find(({ id }) => id === topic.message_thread_id);
    assert.deepEqual([shown.name, shown.closed], ['Case 812: Mia', true]);
    assert.equal(fake.message({ chat: staff, message_id: sent.message_id }).pinned, true);
    const chat = await bot.api.getChat(staff.id);
    assert.deepEqual([chat.is_forum, chat.pinned_message.message_id], [true, sent.message_id]);
    await bot.api.deleteForumTopic(staff.id, topic.message_thread_id);
    assert.equal(fake.messages({ chat: staff, topic: topic.message_thread_id }).length, 0);
  });

  test('refusals arrive as its own error object, with parameters', async () => {
    const { fake, staff } = scene;
    const user = fake.addUser();
    const welcome = fake.waitForMessage({ user, text: 'Welcome' });
    fake.start({ user });
    await welcome;
    fake.block({ user });
    const refused = (call) =>
      call.then(
        () => assert.fail('not refused'),
        (error) => error,
      );
    const blocked = await refused(bot.api.sendMessage(user.id, 'x'));
    assert.ok(blocked instanceof GrammyError);
    assert.deepEqual(
      [blocked.error_code, blocked.description],
      [403, 'Forbidden: bot was blocked by the user'],
    );
    fake.addFault({ method: 'sendMessage', chat: staff.id, status: 429, retry_after: 7 });
    const flooded = await refused(bot.api.sendMessage(staff.id, 'x'));
    assert.deepEqual([flooded.error_code, flooded.parameters.retry_after], [429, 7]);
  });

  test('commands and descriptions are kept per scope and language', async () => {
    await bot.api.setMyCommands([{ command: 'help', description: 'Hilfe' }], {
      language_code: 'de',
    });
    assert.deepEqual(await bot.api.getMyCommands({ language_code: 'de' }), [
      { command: 'help', description: 'Hilfe' },
    ]);
    assert.deepEqual(await bot.api.getMyCommands(), []);
    await bot.api.setMyDescription('I am here');
    assert.equal((await bot.api.getMyDescription()).description, 'I am here');
    assert.deepEqual(Object.keys(scene.fake.profile().commands), ['default|de']);
  });
});

describe('grammY by webhook', () => {
  let scene, bot, server, url;
  const secret = 'S3cret_-';
  before(async () => {
    scene = await rig();
    bot = grammyBot(scene.fake.url);
    server = http.createServer(webhookCallback(bot, 'http', { secretToken: secret }));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${server.address().port}/hook`;
  });
  after(async () => {
    await scene.fake.close();
    server.close();
    server.closeAllConnections();
  });

  test('updates are pushed with the secret, and polling is refused meanwhile', async () => {
    const { fake, ann, no } = scene;
    const welcome = fake.waitForMessage({ user: ann, text: 'Welcome' });
    await bot.api.setWebhook(url, { secret_token: secret });
    assert.equal((await welcome).text, 'Welcome');
    await fake.waitFor(() => fake.queue().pending === 0);
    assert.equal((await bot.api.getWebhookInfo()).url, url);
    assert.equal(
      await no('getUpdates'),
      "409 Conflict: can't use getUpdates method while webhook is active; " +
        'use deleteWebhook to delete the webhook first',
    );
  });

  test('a wrong secret is refused by the bot, reported, and the update comes again', async () => {
    const { fake, ann } = scene;
    fake.advance({ ms: 1001 });
    await bot.api.setWebhook(url, { secret_token: 'other' });
    fake.say({ user: ann, text: 'late' });
    await fake.waitFor(() => fake.queue().webhook_error);
    assert.equal(
      (await bot.api.getWebhookInfo()).last_error_message,
      'Wrong response from the webhook: 401 Unauthorized',
    );
    const late = fake.waitForMessage({ user: ann, text: 'LATE' });
    fake.advance({ ms: 1001 });
    await bot.api.setWebhook(url, { secret_token: secret });
    assert.equal((await late).text, 'LATE');
  });

  test('deleteWebhook hands what is left back to getUpdates', async () => {
    const { fake, ann, ok } = scene;
    fake.advance({ ms: 1001 });
    await bot.api.setWebhook('http://127.0.0.1:9/nobody');
    fake.say({ user: ann, text: 'one' });
    fake.say({ user: ann, text: 'two' });
    await bot.api.deleteWebhook();
    const updates = await ok('getUpdates');
    assert.deepEqual(
      updates.map(({ message }) => message.text),
      ['one', 'two'],
    );
  });
});

describe('node-telegram-bot-api', () => {
  let scene, bot, api, running;
  before(async () => {
    scene = await rig();
    bot = new ntba.Bot(TOKEN, { apiRoot: scene.fake.url, maxRetries: 0 });
    api = new ntba.Api(TOKEN, { apiRoot: scene.fake.url, maxRetries: 0 });
    bot.command('start', (ctx) => ctx.reply('Hi'));
    bot.hears(/echo (.+)/, (ctx) => ctx.reply(ctx.match[1]));
    bot.on('callback_query', (ctx) =>
      ctx.answerCallbackQuery({ text: `tapped ${ctx.callbackQuery.data}` }),
    );
    running = bot.startPolling();
  });
  after(async () => {
    bot.stop();
    await running.finally(() => scene.fake.close());
  });

  test('polls, matches and answers a button', async () => {
    const { fake, ann } = scene;
    const echo = fake.waitForMessage({ user: ann, text: 'good day', after: fake.seq });
    fake.say({ user: ann, text: 'echo good day' });
    await echo;
    const reply_markup = new ntba.InlineKeyboardBuilder().text('Up', 'up').build();
    const { message_id } = await api.sendMessage({ chat_id: ann.id, text: 'Vote', reply_markup });
    assert.equal((await fake.press({ user: ann, message_id, data: 'up' })).text, 'tapped up');
  });

  test('uploads a document and an album in multipart, downloads by getFile', async () => {
    const { fake, ann } = scene;
    const file = (text, name) =>
      new ntba.InputFile(new TextEncoder().encode(text), { filename: name });
    const { document } = await api.sendDocument({
      chat_id: ann.id,
      document: file('rows', 'täglich.csv'),
      caption: 'Report',
    });
    assert.deepEqual([document.file_name, document.file_size], ['täglich.csv', 4]);
    const { file_path } = await api.getFile({ file_id: document.file_id });
    const bytes = await (await fetch(`${fake.url}/file/bot${TOKEN}/${file_path}`)).text();
    assert.equal(bytes, 'rows');
    const album = await api.sendMediaGroup({
      chat_id: ann.id,
      media: ['a', 'b'].map((name) => ({ type: 'document', media: file(name, `${name}.txt`) })),
    });
    assert.deepEqual(
      album.map((message) => message.document.file_name),
      ['a.txt', 'b.txt'],
    );
  });

  test('edits, reacts, deletes, forwards', async () => {
    const { fake, ann } = scene;
    const { message_id } = await api.sendMessage({ chat_id: ann.id, text: 'draft' });
    const where = { chat_id: ann.id, message_id };
    assert.equal((await api.editMessageText({ ...where, text: 'final' })).text, 'final');
    await api.setMessageReaction({ ...where, reaction: [{ type: 'emoji', emoji: '👍' }] });
    assert.deepEqual(fake.message({ user: ann, message_id }).reactions, [
      { user: scene.me.id, emoji: '👍' },
    ]);
    const forwarded = await api.forwardMessage({
      chat_id: ann.id,
      from_chat_id: ann.id,
      message_id,
    });
    assert.equal(forwarded.forward_origin.sender_user.id, scene.me.id);
    assert.equal(await api.deleteMessage(where), true);
    assert.ok(!fake.messages({ user: ann }).some((message) => message.message_id === message_id));
  });

  test('its own error object carries code, description and retry_after', async () => {
    const { fake, ann } = scene;
    fake.setLimits({ limits: { private: { perSecond: 1, burst: 2 }, graceMs: 0 } });
    const send = () => api.sendMessage({ chat_id: ann.id, text: 'x' });
    await send();
    await send();
    const error = await send().then(
      () => assert.fail('not refused'),
      (e) => e,
    );
    fake.setLimits({ limits: 'off' });
    assert.ok(error instanceof ntba.TelegramApiError);
    assert.deepEqual(
      [error.errorCode, error.retryAfter, error.description],
      [429, 1, 'Too Many Requests: retry after 1'],
    );
  });
});
