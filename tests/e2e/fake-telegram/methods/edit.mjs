// Edits, deletions, pins, reactions.
import { bad, within } from '../errors.mjs';
import { field } from '../args.mjs';
import { checkMarkup, readMarkup } from '../keyboards.mjs';
import { messageJson } from '../render.mjs';
import { messageFor, readIds } from './common.mjs';
import { captionReader, readInputMedia, textReader } from './content.mjs';

const TWO_DAYS_S = 2 * 86400;
const NOT_MODIFIED =
  'message is not modified: specified new message content and reply markup are exactly the same ' +
  'as a current content and reply markup of the message';

function edit(ctx, { fits, complaint, finish }) {
  const { args, bot, world } = ctx;
  const markup = readMarkup(args);
  const id = args.int('message_id');
  if (args.str('chat_id') === '' && id === 0) throw bad('Message identifier is not specified');
  const chat = world.chatFor(bot, args.str('chat_id'), 'edit');
  ctx.limits.spend(bot, chat, ctx.method);
  const message = messageFor(ctx, chat, id, 'message to edit');
  if (message.from !== bot || message.content.kind === 'service' || message.origin)
    throw bad("message can't be edited");
  if (!fits(message.content)) throw bad(complaint);
  const content = { ...message.content, ...finish() };
  checkMarkup(markup);
  const inline = markup?.inline_keyboard && { inline_keyboard: markup.inline_keyboard };
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  if (same(shape(content), shape(message.content)) && same(inline, message.markup))
    throw bad(NOT_MODIFIED);
  message.content = content;
  message.markup = inline;
  world.edited(message, ctx.call);
  return messageJson(message, bot, world);
}

const shape = ({ kind, text, entities, media, above, link_preview_options }) => ({
  kind, text, entities, media: (media?.sizes?.at(-1) ?? media)?.no, above, link_preview_options,
});

export function editMessageText(ctx) {
  const finish = textReader(ctx.args);
  const fits = (content) => content.kind === 'text';
  return edit(ctx, { finish, fits, complaint: 'there is no text in the message to edit' });
}

const hasCaption = (content) =>
  Boolean(content.media) && content.kind !== 'sticker' && content.kind !== 'video_note';

export function editMessageCaption(ctx) {
  const { args } = ctx;
  const finish = captionReader(
    args.str('caption'), args.str('parse_mode'), args.entities('caption_entities'),
  );
  const complaint = 'there is no caption in the message to edit';
  return edit(ctx, { finish, fits: hasCaption, complaint });
}

export function editMessageReplyMarkup(ctx) {
  return edit(ctx, { finish: () => ({}), fits: () => true });
}

export function editMessageMedia(ctx) {
  ctx.args.required('media');
  const value = ctx.args.json('media', 'input media');
  const { finish } = within("Can't parse InputMedia", () => readInputMedia(ctx, value, false));
  const complaint = 'there is no media in the message to edit';
  return edit(ctx, { finish, fits: hasCaption, complaint });
}

function mayDelete(ctx, message) {
  const { chat } = message;
  const old = ctx.world.clock.seconds() >= message.date + TWO_DAYS_S;
  if (chat.type === 'private') return old ? "message can't be deleted for everyone" : '';
  const own = message.from === ctx.bot && message.content.kind !== 'service';
  const opensTopic = message.id === message.thread;
  const allowed = own || chat.can(ctx.bot.id, 'can_delete_messages');
  return old || opensTopic || !allowed ? "message can't be deleted" : '';
}

export function deleteMessage(ctx) {
  const { args } = ctx;
  if (args.str('chat_id') === '') throw bad('Chat identifier is not specified');
  if (args.int('message_id') <= 0) throw bad('Message identifier is not specified');
  const chat = ctx.world.chatFor(ctx.bot, args.str('chat_id'), 'write');
  const message = messageFor(ctx, chat, args.int('message_id'), 'message to delete');
  const complaint = mayDelete(ctx, message);
  if (complaint) throw bad(complaint);
  ctx.world.remove(message, ctx.call);
  return true;
}

export function deleteMessages(ctx) {
  const ids = readIds(ctx.args);
  const chat = ctx.world.chatFor(ctx.bot, ctx.args.str('chat_id'), 'write');
  const found = ids.map((id) => chat.messages.get(id)).filter(Boolean);
  for (const message of found) {
    const complaint = mayDelete(ctx, message);
    if (complaint) throw bad(complaint);
  }
  for (const message of found) ctx.world.remove(message, ctx.call);
  return true;
}

function pinRight(ctx, chat) {
  if (chat.type !== 'private' && !chat.can(ctx.bot.id, 'can_pin_messages'))
    throw bad('Not enough rights to manage pinned messages in the chat');
}

export function pinChatMessage(ctx) {
  const { args, bot, world } = ctx;
  const chat = world.chatFor(bot, args.str('chat_id'), 'write');
  const message = messageFor(ctx, chat, args.int('message_id'), 'message to pin');
  pinRight(ctx, chat);
  if (message.content.kind === 'service') throw bad("a service message can't be pinned");
  if (chat.pinned.includes(message.id)) return true;
  chat.pinned.push(message.id);
  const content = { kind: 'service', pinned: message };
  world.post({ chat, from: bot, thread: message.thread, reply: message, content, call: ctx.call });
  return true;
}

export function unpinChatMessage(ctx) {
  const { args } = ctx;
  const chat = ctx.world.chatFor(ctx.bot, args.str('chat_id'), 'write');
  const id = args.int('message_id') || chat.pinned.at(-1);
  if (!id) throw bad('Message to unpin not found');
  messageFor(ctx, chat, id, 'message to unpin');
  pinRight(ctx, chat);
  chat.pinned = chat.pinned.filter((pinned) => pinned !== id);
  return true;
}

export function unpinAllChatMessages(ctx) {
  const chat = ctx.world.chatFor(ctx.bot, ctx.args.str('chat_id'), 'write');
  pinRight(ctx, chat);
  chat.pinned = [];
  return true;
}

// The emoji a message may get: ReactionTypeEmoji of the Bot API.
const EMOJI = new Set(
  `❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔
  🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊
  🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡`.split(/\s+/),
);

export function setMessageReaction(ctx) {
  const { args, bot } = ctx;
  const list = args.json('reaction', 'reaction types') ?? [];
  if (!Array.isArray(list)) throw bad('Expected an Array of ReactionType');
  for (const item of list) {
    if (item === null || typeof item !== 'object')
      throw bad("Can't parse ReactionType: expected an Object");
    if (!['emoji', 'custom_emoji'].includes(field.text(item, 'type')))
      throw bad("Can't parse ReactionType: invalid reaction type specified");
  }
  const chat = ctx.world.chatFor(bot, args.str('chat_id'), 'read');
  const message = messageFor(ctx, chat, args.int('message_id'), 'message to react');
  if (list.length > 1) throw bad('REACTIONS_TOO_MANY');
  if (list.some(({ type, emoji }) => type !== 'emoji' || !EMOJI.has(emoji)))
    throw bad('REACTION_INVALID');
  ctx.world.react(message, bot, list.map(({ emoji }) => ({ type: 'emoji', emoji })));
  return true;
}
