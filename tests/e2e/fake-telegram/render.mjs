// Turns the world's objects into Bot API objects. `view` is the bot that looks, and decides the
// file ids; without one (a member's or a test's look) files carry their unique id.
import { ADMIN_RIGHTS } from './chat.mjs';

export function userJson(user) {
  const { id, is_bot, first_name, last_name, username, language_code } = user;
  return {
    id, is_bot, first_name,
    ...(last_name && { last_name }), ...(username && { username }),
    ...(language_code && { language_code }),
  };
}

export function botJson(bot) {
  return {
    ...userJson(bot),
    can_join_groups: true, can_read_all_group_messages: bot.readsAll, supports_guest_queries: false,
    supports_inline_queries: false, can_connect_to_business: false, has_main_web_app: false,
    has_topics_enabled: false, allows_users_to_create_topics: false, can_manage_bots: false,
    supports_join_request_queries: false,
  };
}

export function chatJson(chat) {
  if (chat.type === 'private') {
    const { id, first_name, last_name, username } = chat.user;
    return {
      id, first_name, ...(last_name && { last_name }), ...(username && { username }),
      type: 'private',
    };
  }
  return {
    id: chat.id, title: chat.title, ...(chat.username && { username: chat.username }),
    ...(chat.forum && { is_forum: true }), type: chat.type,
  };
}

export function chatFullJson(chat, view, world) {
  const pinned = chat.messages.get(chat.pinned.at(-1));
  return {
    ...chatJson(chat),
    ...(chat.type !== 'private' && { permissions: chat.permissions }),
    ...(chat.forum && { join_to_send_messages: true }),
    max_reaction_count: 11,
    accent_color_id: Math.abs(chat.id % 7),
    accepted_gift_types: {
      unlimited_gifts: false, limited_gifts: false, unique_gifts: false,
      premium_subscription: false, gifts_from_channels: false,
    },
    ...(pinned && { pinned_message: messageJson(pinned, view, world, false) }),
  };
}

export function memberJson(chat, user) {
  const member = chat.members.get(user.id);
  const status = member?.status ?? 'left';
  const base = { user: userJson(user), status };
  if (status === 'creator') return { ...base, is_anonymous: false };
  if (status === 'kicked') return { ...base, until_date: 0 };
  if (status === 'restricted')
    return { ...base, is_member: true, until_date: 0, ...chat.permissions, ...member.rights };
  if (status !== 'administrator') return base;
  const rights = ADMIN_RIGHTS.map((right) => [right, member.rights[right] === true]);
  return {
    ...base, can_be_edited: false, ...Object.fromEntries(rights), can_send_welcome_messages: false,
    is_anonymous: member.rights.is_anonymous === true,
  };
}

function fileIds(file, view, world) {
  return {
    file_id: view ? world.files.idFor(view, file) : file.unique,
    file_unique_id: file.unique,
    file_size: file.size,
  };
}

const pick = (object, names) =>
  Object.fromEntries(names.filter((n) => object[n] !== undefined).map((n) => [n, object[n]]));

// Which properties of a file its kind shows.
const SHOWN = {
  document: ['name', 'mime'],
  video: ['width', 'height', 'duration', 'name', 'mime'],
  animation: ['width', 'height', 'duration', 'name', 'mime'],
  audio: ['duration', 'performer', 'title', 'name', 'mime'],
  voice: ['duration', 'mime'],
  video_note: ['length', 'duration'],
  sticker: ['type', 'width', 'height', 'is_animated', 'is_video', 'emoji', 'set_name'],
};

export function mediaJson(media, view, world) {
  if (media.kind === 'photo')
    return media.sizes.map((size) => ({
      ...fileIds(size, view, world), ...pick(size, ['width', 'height']),
    }));
  const { name, mime, ...shown } = pick(media, SHOWN[media.kind]);
  return {
    ...shown, ...(name && { file_name: name }), ...(mime && { mime_type: mime }),
    ...fileIds(media, view, world),
  };
}

function contentJson(content, view, world) {
  if (content.kind === 'text')
    return {
      text: content.text,
      ...(content.entities.length > 0 && { entities: content.entities }),
      ...(content.link_preview_options && { link_preview_options: content.link_preview_options }),
    };
  if (content.media) {
    const media = mediaJson(content.media, view, world);
    return {
      [content.kind]: media,
      ...(content.kind === 'animation' && {
        document: pick(media, ['file_name', 'mime_type', 'file_id', 'file_unique_id', 'file_size']),
      }),
      ...(content.text && { caption: content.text }),
      ...(content.text && content.entities.length > 0 && { caption_entities: content.entities }),
      ...(content.above && { show_caption_above_media: true }),
      ...(content.spoiler && { has_media_spoiler: true }),
    };
  }
  // Everything else is already of the API's shape: contact, location, poll, service messages.
  if (content.pinned)
    return {
      pinned_message: messageJson(content.pinned, view, world, false),
    };
  return content.json;
}

/** The message as a Bot API Message. `withReply`: false inside another message. */
export function messageJson(message, view, world, withReply = true) {
  const { chat } = message;
  const json = { message_id: message.id, from: userJson(message.from) };
  if (message.receiver) json.receiver_user = userJson(message.receiver);
  if (message.ephemeral) json.ephemeral_message_id = message.ephemeral;
  if (message.senderChat) json.sender_chat = chatJson(message.senderChat);
  json.chat = chatJson(chat);
  json.date = message.date;
  if (message.editDate) json.edit_date = message.editDate;
  const thread = message.thread || message.chain;
  if (thread) json.message_thread_id = thread;
  if (message.origin) json.forward_origin = message.origin;
  if (withReply) {
    // A message in a topic that replies to nothing "replies" to the topic's first message.
    const topic = chat.topics.get(message.thread);
    const replied = message.reply ?? (topic && topic.head !== message ? topic.head : undefined);
    if (replied && !replied.deleted)
      json.reply_to_message = messageJson(replied, view, world, false);
    if (message.quote) json.quote = message.quote;
  }
  if (message.album) json.media_group_id = message.album;
  Object.assign(json, contentJson(message.content, view, world));
  if (message.markup?.inline_keyboard) json.reply_markup = message.markup;
  if (message.protected) json.has_protected_content = true;
  if (message.thread && chat.topics.has(message.thread)) json.is_topic_message = true;
  return json;
}
