// Groups: who is in them with which rights, their topics, and what goes wrong with them.
import { dropTopic, openTopic as open, topicNotice } from './forum.mjs';
import { botOf, chatOf, topicOf, userOf } from './find.mjs';
import { ADMIN_RIGHTS } from './chat.mjs';
import { chatJson, memberJson } from './render.mjs';

const ALL_RIGHTS = Object.fromEntries(ADMIN_RIGHTS.map((right) => [right, true]));

// Rights as tests write them: true for all, a list, or an object.
function rightsOf(wish = true) {
  if (wish === true) return ALL_RIGHTS;
  if (Array.isArray(wish)) return Object.fromEntries(wish.map((right) => [right, true]));
  return wish;
}

const ownerOf = (world, chat) =>
  userOf(world, [...chat.members].find(([, member]) => member.status === 'creator')[0]);

const subjectOf = (world, { user, bot }) =>
  user === undefined ? botOf(world, bot) : userOf(world, user);

/**
 * Makes a group. { title, type: 'supergroup' | 'group', forum, username, permissions, owner,
 * members: [user], admins: [user | { user, rights }], bots: [bot | { bot, rights }] }; a bot given
 * with rights (true, a list, an object) is an administrator. Returns the chat.
 */
export function addGroup({ world }, options) {
  const { owner, members = [], admins = [], bots = [], ...rest } = options;
  const chat = world.addGroup({ type: 'supergroup', ...rest });
  const creator = owner ? userOf(world, owner) : world.addUser({ first_name: 'Owner' });
  chat.setMember(creator.id, 'creator');
  for (const user of members) chat.setMember(userOf(world, user).id, 'member');
  for (const admin of admins)
    chat.setMember(userOf(world, admin.user ?? admin).id, 'administrator', rightsOf(admin.rights));
  for (const entry of bots) {
    const bot = botOf(world, entry.bot ?? entry);
    const before = memberJson(chat, bot);
    if (entry.rights) chat.setMember(bot.id, 'administrator', rightsOf(entry.rights));
    else chat.setMember(bot.id, 'member');
    world.memberChanged(chat, bot, creator, before);
  }
  return { ...chatJson(chat), owner: creator.id };
}

/**
 * Sets a member's place: { chat, user | bot, status, rights, by }; status is member, administrator,
 * restricted, left or kicked. The bots are told as Telegram tells them.
 */
export function setMember({ world }, { chat: ref, status, rights, by, ...who }) {
  const chat = chatOf(world, { chat: ref });
  const subject = subjectOf(world, who);
  const before = memberJson(chat, subject);
  const given = status === 'administrator' ? rightsOf(rights) : rights;
  chat.setMember(subject.id, status, given);
  world.memberChanged(chat, subject, by ? userOf(world, by) : ownerOf(world, chat), before);
  return memberJson(chat, subject);
}

/** A member's place, as a bot would be shown it: { chat, user }. */
export const getMember = ({ world }, { chat, user }) =>
  memberJson(chatOf(world, { chat }), userOf(world, user));

export const promote = (fake, options) => setMember(fake, { ...options, status: 'administrator' });
export const demote = (fake, options) => setMember(fake, { ...options, status: 'member' });
export const kick = (fake, options) => setMember(fake, { ...options, status: 'kicked' });

/** Changes what plain members may do: { chat, permissions: { can_send_messages: false ... } }. */
export function setPermissions({ world }, { chat, permissions }) {
  Object.assign(chatOf(world, { chat }).permissions, permissions);
}

/** Switches topics on or off: { chat, on }. */
export function setForum({ world }, { chat, on }) {
  chatOf(world, { chat }).forum = on;
}

/** A member opens a topic: { chat, user, name } -> { message_thread_id, name }. */
export function openTopic({ world }, { chat: ref, user, name }) {
  const chat = chatOf(world, { chat: ref });
  const topic = open(world, chat, userOf(world, user), name);
  return { message_thread_id: topic.id, name };
}

function changeTopic({ world }, { chat: ref, topic: id, user }, change) {
  const chat = chatOf(world, { chat: ref });
  const topic = topicOf(chat, id) ?? chat.general;
  const by = user ? userOf(world, user) : ownerOf(world, chat);
  topicNotice(world, chat, topic, by, change(topic));
}

/** The owner, or `user`, changes a topic: { chat, topic, user, name }. */
export const closeTopic = (fake, options) =>
  changeTopic(fake, options, (topic) => {
    topic.closed = true;
    return { forum_topic_closed: {} };
  });
export const reopenTopic = (fake, options) =>
  changeTopic(fake, options, (topic) => {
    topic.closed = false;
    return { forum_topic_reopened: {} };
  });
export const renameTopic = (fake, options) =>
  changeTopic(fake, options, (topic) => {
    topic.name = options.name;
    return { forum_topic_edited: { name: options.name } };
  });

/** A member deletes a topic with everything in it; no bot is told. */
export function deleteTopic({ world }, { chat: ref, topic }) {
  const chat = chatOf(world, { chat: ref });
  dropTopic(world, chat, topicOf(chat, topic));
}

/**
 * A basic group becomes a supergroup: { chat, tells: true } -> the new chat. Both tell of it, and the
 * old one answers with migrate_to_chat_id from then on. `tells` false: the updates were lost.
 */
export function migrate({ world }, { chat: ref, tells = true }) {
  const old = chatOf(world, { chat: ref });
  if (old.type !== 'group') throw new Error('only a basic group can be migrated');
  const chat = world.addGroup({ type: 'supergroup', title: old.title });
  const from = ownerOf(world, old);
  for (const [id, member] of old.members) chat.members.set(id, member);
  const notice = (json) => ({ from, content: { kind: 'service', json } });
  if (tells) world.post({ chat: old, ...notice({ migrate_to_chat_id: chat.id }) });
  old.migratedTo = chat.id;
  if (tells) world.post({ chat, ...notice({ migrate_from_chat_id: old.id }) });
  return chatJson(chat);
}
