// The fake refuses what Telegram refuses, in Telegram's words.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { tinyPng } from './fake-telegram/files.mjs';
import { TOKEN, client, rig } from './fake-telegram/rig.mjs';

const DAY = 86_400_000;
let scene;
before(async () => { scene = await rig({ clock: { frozen: true } }); });
after(() => scene.fake.close());

/**
 * Runs rows of [title, method, params, refusal]. Params may be a function of the scene; a refusal
 * is a 400 Bad Request unless it starts with its own code.
 */
function refuses(rows) {
  for (const [title, method, params, refusal] of rows)
    test(`${method}: ${title}`, async () => {
      const wish = typeof params === 'function' ? await params(scene) : params;
      const expected = /^\d/.test(refusal) ? refusal : `400 Bad Request: ${refusal}`;
      assert.equal(await scene.no(method, wish), expected);
    });
}

const button = (data) => ({ reply_markup: { inline_keyboard: [[{ text: 'A', ...data }]] } });
const toAnn = (more) => ({ chat_id: 1001, text: 'hello', ...more });
const bold = (offset, length) => ({ offset, length, type: 'bold' });

describe('tokens, methods, bodies', () => {
  test('an unknown token is unauthorized, a malformed one is not found', async () => {
    const { fake } = scene;
    assert.equal(await client(fake.url, '7000002:AAother').no('getMe'), '401 Unauthorized');
    assert.equal(await client(fake.url, 'nonsense').no('getMe'), '404 Not Found');
    assert.equal(await client(fake.url, TOKEN).no('getMoo'), '404 Not Found: method not found');
  });
  test('the HTTP status is the error code', async () => {
    const { status, error_code } = await scene.call('sendMessage', {});
    assert.deepEqual([status, error_code], [400, 400]);
  });
  test('names are case-insensitive; GET, urlencoded and multipart are read', async () => {
    const { fake } = scene;
    const base = `${fake.url}/bot${TOKEN}`;
    const fields = new URLSearchParams({ chat_id: 1001, text: 'two ü' });
    const form = new FormData();
    form.set('chat_id', '1001');
    form.set('text', 'three ü');
    const answers = await Promise.all([
      fetch(`${base}/sendmessage?chat_id=1001&text=one%20%C3%BC+x`),
      fetch(`${base}/SENDMESSAGE`, { method: 'POST', body: fields }),
      fetch(`${base}/sendMessage`, { method: 'POST', body: form }),
    ]);
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    assert.deepEqual(bodies.map(({ result }) => result.text), ['one ü x', 'two ü', 'three ü']);
  });
  test('a body that is no JSON object is refused', async () => {
    assert.equal(await scene.no('sendMessage', '[1]'), '400 Bad Request: JSON object expected');
    const half = await scene.no('sendMessage', '{"text":');
    assert.match(half, /^400 Bad Request: can't parse parameter value/);
  });
  test('bytes that are no UTF-8 are refused', async () => {
    const body = Buffer.concat([Buffer.from('chat_id=1001&text=a'), Buffer.from([0xff, 0xfe])]);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const url = `${scene.fake.url}/bot${TOKEN}/sendMessage`;
    const { description } = await (await fetch(url, { method: 'POST', headers, body })).json();
    assert.equal(description, 'Bad Request: strings must be encoded in UTF-8');
  });
  test('answers are escaped beyond ASCII, as the real ones', async () => {
    const query = 'chat_id=1001&text=%E5%9C%A8%F0%9F%91%8D';
    const answer = await fetch(`${scene.fake.url}/bot${TOKEN}/sendMessage?${query}`);
    assert.match(await answer.text(), /"text":"\\u5728\\ud83d\\udc4d"/);
  });
});

describe('texts', () => {
  refuses([
    ['empty', 'sendMessage', toAnn({ text: '' }), 'message text is empty'],
    ['absent', 'sendMessage', { chat_id: 1001 }, 'message text is empty'],
    ['blank', 'sendMessage', toAnn({ text: ' \n ' }), 'text must be non-empty'],
    ['4097 units', 'sendMessage', toAnn({ text: 'x'.repeat(4097) }), 'message is too long'],
    ['2049 surrogate pairs', 'sendMessage', toAnn({ text: '👍'.repeat(2049) }),
      'message is too long'],
    ['over 32 KB', 'sendMessage', toAnn({ text: '在'.repeat(11000) }), 'text is too long'],
    ['lone surrogate', 'sendMessage', toAnn({ text: '\ud800' }),
      'strings must be encoded in UTF-8'],
    ['unknown parse_mode', 'sendMessage', toAnn({ parse_mode: 'XML' }), 'unsupported parse_mode'],
    ['HTML: unknown tag', 'sendMessage', toAnn({ text: '在<x>', parse_mode: 'HTML' }),
      'can\'t parse entities: Unsupported start tag "x" at byte offset 3'],
    ['HTML: never closed', 'sendMessage', toAnn({ text: '<b>a', parse_mode: 'HTML' }),
      'can\'t parse entities: Can\'t find end tag corresponding to start tag "b"'],
    ['HTML: crossed', 'sendMessage', toAnn({ text: '<b><i>a</b></i>', parse_mode: 'HTML' }),
      'can\'t parse entities: Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
    ['HTML: lonely end', 'sendMessage', toAnn({ text: 'a</b>', parse_mode: 'HTML' }),
      "can't parse entities: Unexpected end tag at byte offset 1"],
    ['MarkdownV2: reserved', 'sendMessage', toAnn({ text: 'a.b', parse_mode: 'MarkdownV2' }),
      "can't parse entities: Character '.' is reserved " +
        "and must be escaped with the preceding '\\'"],
    ['MarkdownV2: never closed', 'sendMessage', toAnn({ text: 'a*b', parse_mode: 'MarkdownV2' }),
      "can't parse entities: Can't find end of Bold entity at byte offset 1"],
    ['Markdown: never closed', 'sendMessage', toAnn({ text: 'a_b', parse_mode: 'Markdown' }),
      "can't parse entities: Can't find end of the entity starting at byte offset 1"],
    ['entity after the end', 'sendMessage', toAnn({ entities: [bold(6, 1)] }),
      'entity begins after the end of the text at UTF-16 offset 6'],
    ['entity beyond the end', 'sendMessage', toAnn({ entities: [bold(3, 9)] }),
      'entity beginning at UTF-16 offset 3 ends after the end of the text at UTF-16 offset 12'],
    ['entity from the middle of a pair', 'sendMessage',
      toAnn({ text: '👉a', entities: [bold(1, 1)] }),
      'entity begins in a middle of a UTF-16 symbol at byte offset 4'],
    ['entity to the middle of a pair', 'sendMessage', toAnn({ text: '👉a', entities: [bold(0, 1)] }),
      'entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4'],
    ['negative offset', 'sendMessage', toAnn({ entities: [bold(-1, 1)] }),
      'receive an entity with incorrect offset -1'],
    ['unknown entity', 'sendMessage',
      toAnn({ entities: [{ type: 'blink', offset: 0, length: 1 }] }),
      "can't parse MessageEntity: Unsupported type specified"],
    ['long caption', 'sendPhoto', async ({ ok }) => {
      const photo = idOf(await uploadPhoto());
      await ok('sendPhoto', { chat_id: 1001, photo, caption: 'x'.repeat(1024) });
      return { chat_id: 1001, photo, caption: 'x'.repeat(1025) };
    }, 'message caption is too long'],
  ]);

  test('4096 units pass, counted after the entities are parsed and the ends trimmed', async () => {
    const { ok } = scene;
    const pairs = await ok('sendMessage', toAnn({ text: ` ${'👍'.repeat(2048)} ` }));
    assert.equal(pairs.text.length, 4096);
    const html = `<b>${'x'.repeat(4096)}</b>`;
    const sent = await ok('sendMessage', toAnn({ text: html, parse_mode: 'HTML' }));
    assert.deepEqual(sent.entities, [bold(0, 4096)]);
  });

  test('carriage returns go, control characters become spaces, entities move along', async () => {
    const wish = toAnn({ text: ' a\r\nb\u0001c ', entities: [bold(4, 1)] });
    const sent = await scene.ok('sendMessage', wish);
    assert.equal(sent.text, 'a\nb c');
    assert.deepEqual(sent.entities, [{ offset: 2, length: 1, type: 'bold' }]);
  });
});

async function uploadPhoto(bytes = tinyPng(), field = 'photo', method = 'sendPhoto') {
  const form = new FormData();
  form.set('chat_id', '1001');
  form.set(field, new Blob([bytes]), 'picture.png');
  const url = `${scene.fake.url}/bot${TOKEN}/${method}`;
  return (await fetch(url, { method: 'POST', body: form })).json();
}
const idOf = ({ result }) => result.photo.at(-1).file_id;

describe('keyboards', () => {
  refuses([
    ['65 bytes of data', 'sendMessage', toAnn(button({ callback_data: 'x'.repeat(65) })),
      'BUTTON_DATA_INVALID'],
    ['22 characters of 3 bytes', 'sendMessage', toAnn(button({ callback_data: '在'.repeat(22) })),
      'BUTTON_DATA_INVALID'],
    ['empty data', 'sendMessage', toAnn(button({ callback_data: '' })),
      "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"],
    ['no text', 'sendMessage',
      toAnn({ reply_markup: { inline_keyboard: [[{ callback_data: 'x' }]] } }),
      'can\'t parse inline keyboard button: Can\'t find field "text"'],
    ['rows missing', 'sendMessage', toAnn({ reply_markup: { inline_keyboard: [{ text: 'A' }] } }),
      'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'],
    ['no JSON', 'sendMessage', toAnn({ reply_markup: '{' }),
      "can't parse reply keyboard markup JSON object"],
    ['bad link', 'sendMessage', toAnn(button({ url: 'localhost' })),
      "inline keyboard button URL 'localhost' is invalid: Wrong HTTP URL"],
  ]);
  test('64 bytes of data pass', async () => {
    const sent = await scene.ok('sendMessage', toAnn(button({ callback_data: 'x'.repeat(64) })));
    assert.equal(sent.reply_markup.inline_keyboard[0][0].callback_data.length, 64);
  });
});

describe('people and chats', () => {
  refuses([
    ['no chat', 'sendMessage', { text: 'a' }, 'chat_id is empty'],
    ['unknown chat', 'sendMessage', { chat_id: 999999, text: 'a' }, 'chat not found'],
    ['never pressed start', 'sendMessage', { chat_id: 2001, text: 'a' },
      "403 Forbidden: bot can't initiate conversation with a user"],
    ['blocked', 'sendMessage', ({ fake }) => {
      const user = fake.addUser();
      fake.start({ user });
      fake.block({ user });
      return { chat_id: user.id, text: 'a' };
    }, '403 Forbidden: bot was blocked by the user'],
    ['deactivated', 'sendMessage', ({ fake }) => {
      const user = fake.addUser();
      fake.start({ user });
      fake.deactivate({ user });
      return { chat_id: user.id, text: 'a' };
    }, '403 Forbidden: user is deactivated'],
    ['kicked', 'sendMessage', ({ fake }) => {
      const chat = fake.addGroup({ bots: [TOKEN] });
      fake.kick({ chat, bot: TOKEN });
      return { chat_id: chat.id, text: 'a' };
    }, '403 Forbidden: bot was kicked from the supergroup chat'],
    ['not a member', 'sendMessage', ({ fake }) => ({ chat_id: fake.addGroup({}).id, text: 'a' }),
      '403 Forbidden: bot is not a member of the supergroup chat'],
    ['silenced in the group', 'sendMessage', ({ fake }) => {
      const chat = fake.addGroup({ bots: [TOKEN], permissions: { can_send_messages: false } });
      return { chat_id: chat.id, text: 'a' };
    }, 'not enough rights to send text messages to the chat'],
    ['reply to nothing', 'sendMessage', toAnn({ reply_parameters: { message_id: 99999 } }),
      'message to be replied not found'],
    ['quote of nothing', 'sendMessage',
      toAnn({ reply_parameters: { message_id: 1, quote: 'moo' } }),
      'QUOTE_TEXT_INVALID'],
    ['administrators of a private chat', 'getChatAdministrators', { chat_id: 1001 },
      'there are no administrators in the private chat'],
    ['unknown member', 'getChatMember', ({ staff }) => ({ chat_id: staff.id, user_id: 4242 }),
      'user not found'],
  ]);

  test('a migrated group names its new id', async () => {
    const { fake, call } = scene;
    const old = fake.addGroup({ type: 'group', bots: [TOKEN] });
    const chat = fake.migrate({ chat: old });
    const answer = await call('sendMessage', { chat_id: old.id, text: 'a' });
    assert.equal(answer.description, 'Bad Request: group chat was upgraded to a supergroup chat');
    assert.deepEqual(answer.parameters, { migrate_to_chat_id: chat.id });
    assert.ok((await call('sendMessage', { chat_id: chat.id, text: 'a' })).ok);
  });
});

describe('topics', () => {
  const plain = ({ fake }, rights) =>
    fake.addGroup({ forum: true, bots: [rights ? { bot: TOKEN, rights } : TOKEN] });
  const gone = async ({ fake, ok, staff }) => {
    const topic = await ok('createForumTopic', { chat_id: staff.id, name: 'Gone' });
    fake.deleteTopic({ chat: staff, topic: topic.message_thread_id });
    const { message_thread_id } = topic;
    return { chat_id: staff.id, message_thread_id, text: 'a', name: 'New' };
  };
  const open = async ({ ok, staff }) => {
    const topic = await ok('createForumTopic', { chat_id: staff.id, name: 'Open' });
    return { chat_id: staff.id, message_thread_id: topic.message_thread_id };
  };
  const foreign = (scene, rights) => {
    const chat = plain(scene, rights);
    const { message_thread_id } = scene.fake.openTopic({ chat, user: chat.owner, name: 'Hers' });
    return { chat_id: chat.id, message_thread_id, name: 'Mine', text: 'a' };
  };
  refuses([
    ['no forum', 'createForumTopic', ({ fake }) => {
      const { id } = fake.addGroup({ bots: [{ bot: TOKEN, rights: true }] });
      return { chat_id: id, name: 'T' };
    },
      'the chat is not a forum'],
    ['no forum: private', 'createForumTopic', { chat_id: 1001, name: 'T' },
      'the chat is not a forum'],
    ['topics switched off', 'createForumTopic', (scene) => {
      const chat = plain(scene, true);
      scene.fake.setForum({ chat, on: false });
      return { chat_id: chat.id, name: 'T' };
    }, 'the chat is not a forum'],
    ['no administrator', 'createForumTopic', (scene) => ({ chat_id: plain(scene).id, name: 'T' }),
      'not enough rights to create a topic'],
    ['right missing', 'createForumTopic',
      (scene) => ({ chat_id: plain(scene, ['can_pin_messages']).id, name: 'T' }),
      'not enough rights to create a topic'],
    ['no name', 'createForumTopic', ({ staff }) => ({ chat_id: staff.id, name: '  ' }),
      'title must be non-empty'],
    ['write to a deleted one', 'sendMessage', gone, 'message thread not found'],
    ['write to General by its id', 'sendMessage',
      ({ staff }) => ({ chat_id: staff.id, message_thread_id: 1, text: 'a' }),
      'message thread not found'],
    ['rename a deleted one', 'editForumTopic', gone, 'TOPIC_ID_INVALID'],
    ['close a deleted one', 'closeForumTopic', gone, 'TOPIC_ID_INVALID'],
    ['type in a deleted one', 'sendChatAction',
      async (scene) => ({ ...(await gone(scene)), action: 'typing' }),
      'TOPIC_ID_INVALID'],
    ['no id', 'editForumTopic', ({ staff }) => ({ chat_id: staff.id, name: 'A' }),
      'invalid message thread identifier specified'],
    ['same name', 'editForumTopic', async (scene) => ({ ...(await open(scene)), name: 'Open' }),
      'TOPIC_NOT_MODIFIED'],
    ['open an open one', 'reopenForumTopic', open, 'TOPIC_NOT_MODIFIED'],
    ['rename another\'s', 'editForumTopic', (scene) => foreign(scene),
      'not enough rights to edit the topic'],
    ['close another\'s', 'closeForumTopic', (scene) => foreign(scene),
      'not enough rights to close or open the topic'],
    ['delete another\'s', 'deleteForumTopic', (scene) => foreign(scene, ['can_manage_topics']),
      'not enough rights to delete the topic'],
    ['write to a closed one', 'sendMessage', (scene) => {
      const wish = foreign(scene);
      scene.fake.closeTopic({ chat: wish.chat_id, topic: wish.message_thread_id });
      return wish;
    }, 'TOPIC_CLOSED'],
    ['pin without the right', 'pinChatMessage', async ({ fake, ok }) => {
      const chat = fake.addGroup({ bots: [TOKEN] });
      const { message_id } = await ok('sendMessage', { chat_id: chat.id, text: 'a' });
      return { chat_id: chat.id, message_id };
    }, 'not enough rights to manage pinned messages in the chat'],
    ['pin nothing', 'pinChatMessage', ({ staff }) => ({ chat_id: staff.id, message_id: 9999 }),
      'message to pin not found'],
    ['unpin nothing', 'unpinChatMessage', (scene) => ({ chat_id: plain(scene, true).id }),
      'message to unpin not found'],
  ]);

  test('who manages topics writes in a closed one, and reopens it', async () => {
    const { ok } = scene;
    const topic = await open(scene);
    await ok('closeForumTopic', topic);
    const sent = await ok('sendMessage', { ...topic, text: 'a' });
    assert.equal(sent.message_thread_id, topic.message_thread_id);
    assert.equal(await ok('reopenForumTopic', topic), true);
  });

  test('a name is cut at 128 characters, and that is noted', async () => {
    const { fake, ok, staff } = scene;
    const { name } = await ok('createForumTopic', { chat_id: staff.id, name: 'x'.repeat(129) });
    assert.equal(name.length, 128);
    assert.equal(fake.violations().at(-1).what, 'topic name longer than 128 characters');
  });
});

describe('edits, deletions, copies, reactions, answers', () => {
  const where = ({ message_id }) => ({ chat_id: 1001, message_id });
  const sent = async ({ ok }) => where(await ok('sendMessage', { chat_id: 1001, text: 'same' }));
  const photo = async () => where((await uploadPhoto()).result);
  refuses([
    ['edit nothing', 'editMessageText', { chat_id: 1001, message_id: 99999, text: 'a' },
      'message to edit not found'],
    ['edit to the same', 'editMessageText',
      async (scene) => ({ ...(await sent(scene)), text: 'same' }),
      'message is not modified: specified new message content and reply markup are ' +
        'exactly the same as a current content and reply markup of the message'],
    ['edit another\'s', 'editMessageText', { chat_id: 1001, message_id: 1, text: 'a' },
      "message can't be edited"],
    ['text of a photo', 'editMessageText', async () => ({ ...(await photo()), text: 'a' }),
      'there is no text in the message to edit'],
    ['caption of a text', 'editMessageCaption',
      async (scene) => ({ ...(await sent(scene)), caption: 'a' }),
      'there is no caption in the message to edit'],
    ['delete nothing', 'deleteMessage', { chat_id: 1001, message_id: 99999 },
      'message to delete not found'],
    ['delete without id', 'deleteMessage', { chat_id: 1001 },
      'message identifier is not specified'],
    ['delete another\'s without the right', 'deleteMessage', ({ fake, mia }) => {
      const chat = fake.addGroup({ members: [mia], bots: [TOKEN] });
      const { message_id } = fake.say({ chat, user: mia, text: 'hers' });
      return { chat_id: chat.id, message_id };
    }, "message can't be deleted"],
    ['delete a topic\'s first message', 'deleteMessage', async ({ ok, staff }) => {
      const topic = await ok('createForumTopic', { chat_id: staff.id, name: 'T' });
      return { chat_id: staff.id, message_id: topic.message_thread_id };
    }, "message can't be deleted"],
    ['delete after 48 hours', 'deleteMessage', async (scene) => {
      const old = await sent(scene);
      scene.fake.advance({ ms: 2 * DAY });
      return old;
    }, "message can't be deleted for everyone"],
    ['delete after 48 hours in a group', 'deleteMessage', async ({ fake, ok, staff }) => {
      const { message_id } = await ok('sendMessage', { chat_id: staff.id, text: 'a' });
      fake.advance({ ms: 2 * DAY });
      return { chat_id: staff.id, message_id };
    }, "message can't be deleted"],
    ['copy nothing', 'copyMessage', { chat_id: 1001, from_chat_id: 1001, message_id: 99999 },
      'message to copy not found'],
    ['copy a service message', 'copyMessage', async ({ ok, staff }) => {
      const topic = await ok('createForumTopic', { chat_id: staff.id, name: 'T' });
      return { chat_id: 1001, from_chat_id: staff.id, message_id: topic.message_thread_id };
    }, "the message can't be copied"],
    ['forward nothing', 'forwardMessage', { chat_id: 1001, from_chat_id: 1001, message_id: 99999 },
      'message to forward not found'],
    ['copies out of order', 'copyMessages',
      { chat_id: 1001, from_chat_id: 1001, message_ids: [3, 2] },
      'message identifiers must be in a strictly increasing order'],
    ['copies of nothing', 'copyMessages',
      { chat_id: 1001, from_chat_id: 1001, message_ids: [99999] },
      'there are no messages to forward'],
    ['react to nothing', 'setMessageReaction', { chat_id: 1001, message_id: 99999, reaction: [] },
      'message to react not found'],
    ['strange reaction', 'setMessageReaction',
      { chat_id: 1001, message_id: 1, reaction: [{ type: 'emoji', emoji: '🧿' }] },
      'REACTION_INVALID'],
    ['two reactions', 'setMessageReaction', {
      chat_id: 1001, message_id: 1,
      reaction: ['👍', '🔥'].map((emoji) => ({ type: 'emoji', emoji })),
    },
      'REACTIONS_TOO_MANY'],
    ['unknown action', 'sendChatAction', { chat_id: 1001, action: 'sleeping' },
      'wrong parameter action in request'],
    ['unknown query', 'answerCallbackQuery', { callback_query_id: '1' },
      'query is too old and response timeout expired or query ID is invalid'],
    ['strange command', 'setMyCommands', { commands: [{ command: 'Claim', description: 'x' }] },
      'BOT_COMMAND_INVALID'],
    ['strange scope', 'setMyCommands', { commands: [], scope: { type: 'all' } },
      "can't parse BotCommandScope: Unsupported type specified"],
    ['strange language', 'setMyCommands', { commands: [], language_code: 'eng' },
      'invalid language code specified'],
  ]);

  test('a callback query is too old after 150 s, an answer too long after 200 units', async () => {
    const { fake, ann, ok, no } = scene;
    const { message_id } = await ok('sendMessage', toAnn(button({ callback_data: 'x' })));
    const query = await fake.press({ user: ann, message_id, data: 'x', wait: false });
    const long = await no('answerCallbackQuery', { ...query, text: 'x'.repeat(201) });
    assert.equal(long, '400 Bad Request: MESSAGE_TOO_LONG');
    fake.advance({ ms: 151_000 });
    assert.match(await no('answerCallbackQuery', query), /query is too old/);
  });
});

describe('files', () => {
  refuses([
    ['no photo', 'sendPhoto', { chat_id: 1001 }, 'there is no photo in the request'],
    ['no file id', 'sendPhoto', { chat_id: 1001, photo: 'nonsense' },
      'wrong file identifier/HTTP URL specified'],
    ['a link', 'sendPhoto', { chat_id: 1001, photo: 'https://example.org/a.png' },
      'failed to get HTTP URL content'],
    ['an id of another kind', 'sendDocument',
      async () => ({ chat_id: 1001, document: idOf(await uploadPhoto()) }),
      "can't use file of type Photo as Document"],
    ['getFile of nonsense', 'getFile', { file_id: 'nonsense' }, 'invalid file_id'],
    ['getFile over 20 MB', 'getFile', async ({ fake, ann, ok }) => {
      fake.say({ user: ann, document: { size: 20 * 1024 * 1024 + 1 } });
      const [update] = await ok('getUpdates', { offset: -1 });
      return { file_id: update.message.document.file_id };
    }, 'file is too big'],
    ['empty album', 'sendMediaGroup', { chat_id: 1001, media: [] },
      'there are no messages to send'],
    ['11 parts', 'sendMediaGroup', async () => {
      const part = { type: 'photo', media: idOf(await uploadPhoto()) };
      return { chat_id: 1001, media: Array(11).fill(part) };
    },
      'too many messages to send as an album'],
    ['mixed album', 'sendMediaGroup',
      { chat_id: 1001, media: ['photo', 'document'].map((type) => ({ type, media: 'x' })) },
      "document can't be mixed with other media types"],
    ['animation in an album', 'sendMediaGroup',
      { chat_id: 1001, media: [{ type: 'animation', media: 'x' }] },
      'can\'t parse InputMedia: type "animation" can\'t be used in sendMediaGroup'],
  ]);

  test('uploads must be what they are sent as', async () => {
    const refusals = await Promise.all([
      uploadPhoto(Buffer.from('no picture')),
      uploadPhoto(tinyPng(9000, 2000)),
      uploadPhoto(Buffer.alloc(0), 'document', 'sendDocument'),
    ]);
    assert.deepEqual(refusals.map(({ description }) => description), [
      'Bad Request: IMAGE_PROCESS_FAILED',
      'Bad Request: PHOTO_INVALID_DIMENSIONS',
      'Bad Request: file must be non-empty',
    ]);
  });

  test('a file id works within one bot only', async () => {
    const { fake, ann } = scene;
    const token = '7000009:AAOtherTokenOtherTokenOtherToken00';
    fake.addBot({ token, username: 'other_bot' });
    fake.start({ user: ann, bot: token });
    const file_id = idOf(await uploadPhoto());
    const other = client(fake.url, token);
    assert.equal(
      await other.no('sendPhoto', { chat_id: 1001, photo: file_id }),
      '400 Bad Request: wrong file identifier/HTTP URL specified',
    );
    assert.equal(
      await other.no('getFile', { file_id }),
      '400 Bad Request: wrong file_id or the file is temporarily unavailable',
    );
  });
});

describe('ephemeral messages', () => {
  const to = (receiver_user_id) => ({ ephemeral_message_parameters: { receiver_user_id } });
  test('one member is shown it, and it has no id', async () => {
    const { fake, ok, staff, mia } = scene;
    const sent = await ok('sendMessage', { chat_id: staff.id, text: 'psst', ...to(mia.id) });
    assert.equal(sent.message_id, 0);
    assert.equal(sent.receiver_user.id, mia.id);
    assert.ok(sent.ephemeral_message_id > 0);
    assert.ok(!fake.messages({ chat: staff }).some(({ text }) => text === 'psst'));
    assert.equal(fake.truth().findLast(({ event }) => event === 'whisper').to, mia.id);
  });
  refuses([
    ['in a private chat', 'sendMessage', toAnn(to(1001)),
      'ephemeral messages can be sent only in groups'],
    ['to a stranger', 'sendMessage', ({ staff }) => ({ chat_id: staff.id, text: 'x', ...to(1001) }),
      'receiver of the ephemeral message not found'],
    ['below a message that is gone', 'sendMessage',
      ({ staff, mia }) => ({
        chat_id: staff.id, text: 'x', ...to(mia.id),
        reply_parameters: { message_id: 999_999, allow_sending_without_reply: true },
      }),
      'message to be replied not found'],
    ['by a bot that is no administrator', 'sendMessage',
      ({ fake, mia }) => {
        const chat = fake.addGroup({ members: [mia], bots: [TOKEN] });
        return { chat_id: chat.id, text: 'x', ...to(mia.id) };
      },
      'not enough rights to send ephemeral messages in the chat'],
  ]);
});
