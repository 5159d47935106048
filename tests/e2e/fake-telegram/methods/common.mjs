// What most methods share: finding the chat, the topic and the message that is meant, the right to
// post, and posting. `ctx`: { world, limits, journal, bot, args, method, call, onClose }.
import { bad, forbidden } from '../errors.mjs';
import { field } from '../args.mjs';
import { SEND_RIGHTS } from '../chat.mjs';
import { checkMarkup, readMarkup } from '../keyboards.mjs';
import { messageJson } from '../render.mjs';

const PLURALS = {
  text: 'text messages', photo: 'photos', document: 'documents', voice: 'voice notes',
  video: 'videos', video_note: 'video notes', audio: 'music', sticker: 'stickers', poll: 'polls',
  animation: 'animations', dice: 'dice', location: 'locations', contact: 'contacts',
  venue: 'venues',
};

/** The message of that id which the bot can see, or "<what> not found". */
export function messageFor(ctx, chat, id, what) {
  const message = chat.messages.get(id);
  const readable = chat.type === 'private' || chat.has(ctx.bot.id);
  if (!message || !readable) throw bad(`${what} not found`);
  return message;
}

/** reply_parameters, or the older reply_to_message_id: { id, chat, lenient, quote } or null. */
function readReply(args) {
  const value = args.json('reply_parameters', 'reply parameters');
  if (value === undefined) {
    const id = args.int('reply_to_message_id');
    return id > 0 ? { id, chat: '', lenient: args.bool('allow_sending_without_reply') } : null;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw bad('Object expected as reply parameters');
  const id = field.int(value, 'message_id');
  if (id <= 0) return null;
  return {
    id, chat: field.text(value, 'chat_id'), quote: field.text(value, 'quote'),
    lenient: field.bool(value, 'allow_sending_without_reply'),
  };
}

function resolveReply(ctx, chat, wish) {
  if (!wish) return undefined;
  const where = wish.chat ? ctx.world.chatFor(ctx.bot, wish.chat, 'read') : chat;
  const found = where.messages.get(wish.id);
  if (!found && !wish.lenient) throw bad('message to be replied not found');
  return found;
}

function quoteOf(reply, text) {
  if (!reply || !text) return undefined;
  const position = (reply.content.text ?? '').indexOf(text);
  if (position < 0) throw bad('QUOTE_TEXT_INVALID');
  return { text, position, is_manual: true };
}

/** The topic a call names: its id, 0 for none (General). */
function resolveThread(ctx, chat, reply) {
  const id = ctx.args.int('message_thread_id');
  if (id > 0 && !chat.topic(id)) throw bad('message thread not found');
  return id > 0 ? id : reply?.chat === chat ? reply.thread : 0;
}

/** ephemeral_message_parameters: who alone is to see it; or undefined. */
function readReceiver(args) {
  const value = args.json('ephemeral_message_parameters', 'ephemeral message parameters');
  if (value === undefined) return undefined;
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw bad('Object expected as ephemeral message parameters');
  return field.int(value, 'receiver_user_id', true);
}

/**
 * An administrator may whisper to any member who is no bot; others only in answer to a press or to a
 * whisper just before, which no bot of ours does.
 */
function receiverOf(ctx, chat, id) {
  if (id === undefined) return undefined;
  if (chat.type === 'private') throw bad('ephemeral messages can be sent only in groups');
  if (!chat.isAdmin(ctx.bot.id))
    throw bad('not enough rights to send ephemeral messages in the chat');
  const user = ctx.world.users.get(id);
  if (!user || !chat.has(id)) throw bad('receiver of the ephemeral message not found');
  return user;
}

/** Refuses what the bot may not post there. */
export function mayPost(bot, chat, thread, kind) {
  if (chat.type === 'private') {
    if (chat.blocked) throw forbidden('bot was blocked by the user');
    if (!chat.started) throw forbidden("bot can't initiate conversation with a user");
    return;
  }
  if (!chat.can(bot.id, SEND_RIGHTS[kind] ?? 'can_send_messages'))
    throw bad(`Not enough rights to send ${PLURALS[kind] ?? 'text messages'} to the chat`);
  if (!chat.forum) return;
  const topic = thread ? chat.topic(thread) : chat.general;
  if (topic.closed && topic.creator !== bot.id && !chat.can(bot.id, 'can_manage_topics'))
    throw bad('TOPIC_CLOSED');
}

/**
 * Sends: checks everything in the real server's order, then posts `makeContents(chat)`, an array
 * with one content, or several for an album. Returns the messages.
 */
export function deliver(ctx, kinds, makeContents, { withMarkup = true, extra = {} } = {}) {
  const { args, bot, world } = ctx;
  const to = readReceiver(args);
  const wish = readReply(args);
  if (wish && to !== undefined) wish.lenient = false; // as the API has it for ephemeral messages
  const markup = withMarkup ? readMarkup(args) : undefined;
  const chat = world.chatFor(bot, args.str('chat_id'), 'write');
  ctx.limits.spend(bot, chat, ctx.method, kinds.length);
  const reply = resolveReply(ctx, chat, wish);
  const thread = resolveThread(ctx, chat, reply);
  for (const kind of kinds) mayPost(bot, chat, thread, kind);
  const receiver = receiverOf(ctx, chat, to);
  const contents = makeContents(chat);
  checkMarkup(markup);
  const draft = {
    chat, from: bot, thread, reply, markup, call: ctx.call, quote: quoteOf(reply, wish?.quote),
    silent: args.bool('disable_notification'), protected: args.bool('protect_content'), ...extra,
  };
  return contents.map(({ album, origin, ...content }) =>
    receiver
      ? world.whisper({ ...draft, receiver, content })
      : world.post({ ...draft, album, origin, content }),
  );
}

/** Sends one message and returns it as the API shows it. */
export function deliverOne(ctx, kind, makeContent, options) {
  const [message] = deliver(ctx, [kind], (chat) => [makeContent(chat)], options);
  return messageJson(message, ctx.bot, ctx.world);
}

/** The ids of a call that takes up to 100 of them. */
export function readIds(args) {
  if (args.str('message_ids') === '') throw bad('Message identifiers are not specified');
  const ids = args.json('message_ids', 'message_ids');
  if (!Array.isArray(ids)) throw bad('Expected an Array of message identifiers');
  if (ids.length > 100) throw bad('Too many message identifiers specified');
  if (ids.length === 0) throw bad('Message identifiers are not specified');
  return ids.map((id) => {
    if (typeof id !== 'number' && typeof id !== 'string')
      throw bad('Message identifier must be a Number');
    if (!/^-?\d+$/.test(String(id))) throw bad("Can't parse message identifier as Number");
    if (Number(id) <= 0) throw bad('Invalid message identifier specified');
    return Number(id);
  });
}
