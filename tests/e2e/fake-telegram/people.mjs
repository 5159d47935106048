// What people do: customers in private chats, agents in a group's topics.
import { SEND_RIGHTS } from './chat.mjs';
import { botOf, chatOf, messageOf, topicOf, userOf } from './find.mjs';
import { pictureSize, tinyPng } from './files.mjs';
import { findEntities } from './entities.mjs';
import { botJson, chatJson, messageJson, userJson } from './render.mjs';
import { MAX_TEXT } from './text.mjs';

const MEDIA = [
  'photo', 'document', 'voice', 'video', 'video_note', 'audio', 'animation', 'sticker',
];
const PLAIN = ['location', 'contact', 'venue', 'dice', 'poll'];
const CALLBACKS_KEPT = 100_000;

/** { token, username, first_name, reads_all, first_update_id } -> the bot as getMe shows it. */
export function addBot({ world }, options) {
  return botJson(world.addBot(options));
}

/** { id, first_name, last_name, username, language_code }, all optional -> the user. */
export function addUser({ world }, options) {
  return userJson(world.addUser(options));
}

/** The user presses start, by a link t.me/<bot>?start=<payload> when there is a payload. */
export function start(fake, { payload, ...who }) {
  if (payload && !/^[A-Za-z0-9_-]{1,64}$/.test(payload)) throw new Error('no such payload can be');
  return say(fake, { ...who, text: payload ? `/start ${payload}` : '/start' });
}

function postable(chat, user, thread, kind) {
  if (chat.type === 'private') {
    if (chat.blocked) throw new Error(`user ${user.id} must unblock the bot first`);
    return;
  }
  if (!chat.can(user.id, SEND_RIGHTS[kind] ?? 'can_send_messages'))
    throw new Error(`user ${user.id} may not write in chat ${chat.id}`);
  const topic = thread ? topicOf(chat, thread) : chat.general;
  if (chat.forum && topic.closed && !chat.can(user.id, 'can_manage_topics'))
    throw new Error(`topic ${thread} is closed`);
}

const MEASURES = {
  document: { name: 'file.bin' }, voice: { duration: 3 }, audio: { duration: 3 },
  video: { width: 640, height: 360, duration: 3 }, video_note: { length: 240, duration: 3 },
  animation: { width: 320, height: 180, duration: 3 },
  sticker: {
    type: 'regular', width: 512, height: 512, is_animated: false, is_video: false, emoji: '👍',
  },
};

// Media as tests name it: { base64 | bytes, size, name, mime, ... }, or true for a small file.
function mediaOf(world, kind, wish) {
  const { base64, ...properties } = wish === true ? {} : wish;
  if (base64 !== undefined) properties.bytes = Buffer.from(base64, 'base64');
  if (kind === 'photo') {
    const bytes = properties.bytes ?? tinyPng(properties.width, properties.height);
    const size = pictureSize(bytes) ?? { width: 640, height: 480 };
    return world.files.addPhoto(bytes, size, properties.size);
  }
  const bytes = properties.bytes ?? Buffer.from(`the bytes of a ${kind}`);
  return world.files.add({ kind, ...MEASURES[kind], ...properties, bytes });
}

function contentOf(world, wish) {
  const { text, caption, entities } = wish;
  const media = MEDIA.find((kind) => wish[kind] !== undefined);
  const words = (media ? caption : text) ?? '';
  const base = { text: words, entities: entities ?? findEntities(words) };
  if (media) return { kind: media, ...base, media: mediaOf(world, media, wish[media]) };
  const plain = PLAIN.find((kind) => wish[kind] !== undefined);
  if (plain) return { kind: plain, json: { [plain]: wish[plain], ...wish[plain].venue } };
  if (words === '') throw new Error(`say what: text, or one of ${[...MEDIA, ...PLAIN]}`);
  if (words.length > MAX_TEXT) throw new Error(`a client sends at most ${MAX_TEXT} units at once`);
  return { kind: 'text', ...base };
}

/**
 * A user writes: to the bot, or with `chat` (and `topic`) in a group. { user, bot | chat, topic,
 * text | photo | document | voice | video | video_note | audio | animation | sticker | location |
 * contact | venue | dice | poll, caption, entities, reply_to, quote, album, anonymous }.
 */
export function say({ world, clock }, options) {
  const user = userOf(world, options.user);
  const chat = chatOf(world, options);
  const reply = options.reply_to ? messageOf(chat, options.reply_to) : undefined;
  const thread = options.topic ?? reply?.thread ?? 0;
  const content = contentOf(world, options);
  postable(chat, user, thread, content.kind);
  if (chat.type === 'private') chat.started = true;
  chat.heardAt = clock.now();
  const quote = options.quote && { text: options.quote, position: 0, is_manual: true };
  const from = options.anonymous ? ANONYMOUS : user;
  const senderChat = options.anonymous ? chat : undefined;
  const { album } = options;
  const message = world.post({ chat, from, senderChat, thread, reply, quote, content, album });
  return messageJson(message, null, world);
}

// How Telegram shows an anonymous administrator.
const ANONYMOUS = {
  id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot',
};

/** Several media at once: { user, bot | chat, topic, items: [{ photo | video ..., caption }] }. */
export function album(fake, { items, ...where }) {
  const id = fake.world.nextAlbum();
  return items.map((item) => say(fake, { ...where, ...item, album: id }));
}

/** A user changes own words: { user, bot | chat, message_id, text | caption }. */
export function edit({ world }, { message_id, text, caption, ...where }) {
  const message = messageOf(chatOf(world, where), message_id);
  if (message.from !== userOf(world, where.user)) throw new Error('not the own message');
  const words = text ?? caption;
  message.content = { ...message.content, text: words, entities: findEntities(words) };
  world.edited(message);
  return messageJson(message, null, world);
}

/** A user deletes a message; no bot ever learns of it. */
export function erase({ world }, { message_id, ...where }) {
  world.remove(messageOf(chatOf(world, where), message_id));
}

/** A user reacts: { user, bot | chat, message_id, emoji }; without emoji the reaction goes. */
export function react({ world }, { message_id, emoji, ...where }) {
  const message = messageOf(chatOf(world, where), message_id);
  world.react(message, userOf(world, where.user), emoji ? [{ type: 'emoji', emoji }] : []);
}

function buttonOf(message, { button, data }) {
  const buttons = (message.markup?.inline_keyboard ?? []).flat();
  const named = (b) => (data === undefined ? b.text === button : b.callback_data === data);
  const found = buttons.find(named);
  if (!found?.callback_data)
    throw new Error(`no such button; there is ${JSON.stringify(buttons.map(({ text }) => text))}`);
  return found;
}

/**
 * A user presses an inline button: { user, bot | chat, message_id, button (its text) | data }.
 * Resolves with the answerCallbackQuery given, { text, show_alert, url, cache_time }; with
 * `wait: false` at once with { callback_query_id }.
 */
export async function press({ world, clock, journal }, options) {
  const { message_id, wait = true, timeout_ms } = options;
  const user = userOf(world, options.user);
  const chat = chatOf(world, options);
  const message = messageOf(chat, message_id);
  const { callback_data: data } = buttonOf(message, options);
  const bot = message.from;
  const query = { bot, at: clock.now(), answers: [] };
  const id = `${BigInt(user.id) << 32n | BigInt(world.nextId())}`;
  query.answered = new Promise((resolve) => { query.settle = resolve; });
  world.callbacks.set(id, query);
  if (world.callbacks.size > CALLBACKS_KEPT)
    world.callbacks.delete(world.callbacks.keys().next().value);
  chat.heardAt = clock.now();
  const json = {
    id, from: userJson(user), message: messageJson(message, bot, world),
    chat_instance: String(BigInt(chat.id) * 7919n), data,
  };
  bot.updates.push('callback_query', json, `b${user.id}`, 150);
  if (!wait) return { callback_query_id: id };
  return journal.waitFor(() => query.answers[0], timeout_ms, `the answer to "${data}"`);
}

function setBlocked({ world, clock }, { user: ref, bot: botRef }, blocked) {
  const bot = botOf(world, botRef);
  const user = userOf(world, ref);
  const chat = world.privateChat(bot, user);
  const statuses = blocked ? ['member', 'kicked'] : ['kicked', 'member'];
  const [before, after] = statuses.map((status) => ({
    user: userJson(bot), status, ...(status === 'kicked' && { until_date: 0 }),
  }));
  chat.blocked = blocked;
  bot.updates.push('my_chat_member', {
    chat: chatJson(chat), from: userJson(user), date: clock.seconds(), old_chat_member: before,
    new_chat_member: after,
  }, `y${chat.id}`);
}

/** A user blocks the bot, and lets it in again: { user, bot }. */
export const block = (fake, options) => setBlocked(fake, options, true);
export const unblock = (fake, options) => setBlocked(fake, options, false);

/** The user deletes the account: { user }. */
export function deactivate({ world }, { user }) {
  userOf(world, user).deactivated = true;
}

/**
 * Many words at once, for load: `users` users, the first with the id `first_user`, say `text` with
 * {user} and {n} replaced, `each` times, in rounds. New users are made and have pressed start.
 * Resolves when all is queued: { messages }.
 */
export async function flood(fake, options) {
  const { bot, first_user = 1_000_001, users, each = 1, text = 'question {n} of {user}' } = options;
  const { world } = fake;
  for (let n = 1; n <= each; n++)
    for (let id = first_user; id < first_user + users; id++) {
      if (!world.users.has(id)) world.addUser({ id });
      say(fake, { user: id, bot, text: text.replace('{n}', n).replace('{user}', id) });
      // Lets the server answer in between: a flood must not stop the world.
      if ((id - first_user) % 500 === 499) await new Promise(setImmediate);
    }
  return { messages: users * each };
}

/**
 * Puts an update into the bot's queue verbatim: `raw` (text) or `raw_base64` (any bytes), either
 * what follows the update id (`"message":{...}`) or a whole object from its brace on.
 */
export function injectRaw({ world }, { bot, raw, raw_base64, queue }) {
  const bytes = raw_base64 === undefined ? Buffer.from(raw) : Buffer.from(raw_base64, 'base64');
  return { update_id: botOf(world, bot).updates.inject(bytes, queue) };
}
