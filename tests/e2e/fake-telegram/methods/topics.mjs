// Forum topics.
import { bad } from '../errors.mjs';
import { DEFAULT_COLOUR, dropTopic, openTopic, topicNotice } from '../forum.mjs';

const MAX_NAME = 128;

function forumFor(ctx) {
  const chat = ctx.world.chatFor(ctx.bot, ctx.args.str('chat_id'), 'write');
  if (!chat.forum) throw bad('The chat is not a forum');
  return chat;
}

// TDLib cuts a long name without a word; the documented limit is 128, so it is noted.
function readName(ctx, name) {
  const clean = name.replace(/\s+/g, ' ').trim();
  if (clean.length <= MAX_NAME) return clean;
  ctx.journal.violation('topic name longer than 128 characters', { method: ctx.method });
  return clean.slice(0, MAX_NAME).trim();
}

export function createForumTopic(ctx) {
  const { args, bot, world } = ctx;
  const chat = forumFor(ctx);
  ctx.limits.spend(bot, chat, ctx.method);
  if (!chat.can(bot.id, 'can_manage_topics')) throw bad('Not enough rights to create a topic');
  const name = readName(ctx, args.str('name'));
  if (name === '') throw bad('Title must be non-empty');
  const colour = args.int('icon_color', DEFAULT_COLOUR);
  if (colour < 0 || colour > 0xffffff) throw bad('Invalid icon color specified');
  const topic = openTopic(world, chat, bot, name, { icon_color: colour, call: ctx.call });
  return { message_thread_id: topic.id, name, icon_color: colour };
}

// The topic of a call that changes one: refused unless the bot manages topics or opened it.
function topicFor(ctx, complaint) {
  const chat = forumFor(ctx);
  const id = ctx.args.int('message_thread_id');
  if (id <= 0) throw bad('Invalid message thread identifier specified');
  const topic = chat.topic(id);
  const right = complaint.includes('delete') ? 'can_delete_messages' : 'can_manage_topics';
  if (topic && topic.creator !== ctx.bot.id && !chat.can(ctx.bot.id, right)) throw bad(complaint);
  if (!topic) throw bad('TOPIC_ID_INVALID');
  return { chat, topic };
}

export function editForumTopic(ctx) {
  const { chat, topic } = topicFor(ctx, 'Not enough rights to edit the topic');
  const wanted = ctx.args.str('name');
  const name = readName(ctx, wanted);
  if (wanted !== '' && name === '') throw bad('Title must be non-empty');
  if (wanted === '' && !ctx.args.has('icon_custom_emoji_id')) return true;
  if (name === topic.name) throw bad('TOPIC_NOT_MODIFIED');
  if (name !== '') topic.name = name;
  const json = { forum_topic_edited: name ? { name } : {} };
  topicNotice(ctx.world, chat, topic, ctx.bot, json, ctx.call);
  return true;
}

function toggle(ctx, { chat, topic }, closed) {
  if (topic.closed === closed) throw bad('TOPIC_NOT_MODIFIED');
  topic.closed = closed;
  const json = closed ? { forum_topic_closed: {} } : { forum_topic_reopened: {} };
  topicNotice(ctx.world, chat, topic, ctx.bot, json, ctx.call);
  return true;
}

const NO_TOGGLE = 'Not enough rights to close or open the topic';

export const closeForumTopic = (ctx) => toggle(ctx, topicFor(ctx, NO_TOGGLE), true);
export const reopenForumTopic = (ctx) => toggle(ctx, topicFor(ctx, NO_TOGGLE), false);

function generalFor(ctx, complaint) {
  const chat = forumFor(ctx);
  if (!chat.can(ctx.bot.id, 'can_manage_topics')) throw bad(complaint);
  return { chat, topic: chat.general };
}

export const closeGeneralForumTopic = (ctx) => toggle(ctx, generalFor(ctx, NO_TOGGLE), true);
export const reopenGeneralForumTopic = (ctx) => toggle(ctx, generalFor(ctx, NO_TOGGLE), false);

export function editGeneralForumTopic(ctx) {
  const { chat, topic } = generalFor(ctx, 'Not enough rights to edit the topic');
  const name = readName(ctx, ctx.args.str('name'));
  if (name === '') throw bad('Title must be non-empty');
  if (name === topic.name) throw bad('TOPIC_NOT_MODIFIED');
  topic.name = name;
  topicNotice(ctx.world, chat, topic, ctx.bot, { forum_topic_edited: { name } }, ctx.call);
  return true;
}

export function deleteForumTopic(ctx) {
  const { chat, topic } = topicFor(ctx, 'Not enough rights to delete the topic');
  dropTopic(ctx.world, chat, topic, ctx.call);
  return true;
}

export function unpinAllForumTopicMessages(ctx) {
  const { chat, topic } = topicFor(ctx, 'Not enough rights to manage pinned messages in the chat');
  chat.pinned = chat.pinned.filter((id) => chat.messages.get(id)?.thread !== topic.id);
  return true;
}
