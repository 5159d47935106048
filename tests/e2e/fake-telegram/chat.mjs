// One chat: its messages, members, rights and topics. A private chat belongs to one bot and one
// user; a group belongs to the world.
import { Deque } from './deque.mjs';

export const ADMIN_RIGHTS = [
  'can_manage_chat', 'can_change_info', 'can_delete_messages', 'can_invite_users',
  'can_restrict_members', 'can_pin_messages', 'can_manage_topics', 'can_promote_members',
  'can_manage_video_chats', 'can_post_stories', 'can_edit_stories', 'can_delete_stories',
];
export const SEND_RIGHTS = {
  text: 'can_send_messages', photo: 'can_send_photos', document: 'can_send_documents',
  voice: 'can_send_voice_notes', video: 'can_send_videos', video_note: 'can_send_video_notes',
  audio: 'can_send_audios', poll: 'can_send_polls', animation: 'can_send_other_messages',
  sticker: 'can_send_other_messages', dice: 'can_send_other_messages',
};
const OPEN_PERMISSIONS = [
  ...new Set(Object.values(SEND_RIGHTS)), 'can_add_web_page_previews', 'can_react_to_messages',
  'can_invite_users',
];
const SHUT_PERMISSIONS = [
  'can_edit_tag', 'can_change_info', 'can_pin_messages', 'can_manage_topics',
];

export class Chat {
  messages = new Map();
  pinned = [];
  members = new Map(); // user id -> { status, rights }
  topics = new Map(); // thread id -> topic; deleted ones stay, so that their ids are never new
  general = { name: 'General', closed: false, hidden: false };
  #order = new Deque();
  #nextMessageId;

  /** `type`: private | group | supergroup. `keep`: how many messages are remembered. */
  constructor({ id, type, title, username, forum = false, permissions = {}, keep, user, bot }) {
    Object.assign(this, { id, type, title, username, forum, keep, user, bot });
    this.permissions = {
      ...Object.fromEntries(OPEN_PERMISSIONS.map((name) => [name, true])),
      ...Object.fromEntries(SHUT_PERMISSIONS.map((name) => [name, false])),
      ...permissions,
    };
    // Message 1 of a supergroup tells of its making; so no topic ever has the id 1, General's.
    this.#nextMessageId = type === 'supergroup' ? 2 : 1;
    this.started = false; // private: the user has pressed start
    this.blocked = false; // private: the user has blocked the bot
    this.migratedTo = 0;
  }

  /** A bot's private chats share one counter, as on Telegram; each supergroup has its own. */
  nextMessageId() {
    return this.type === 'private' ? this.bot.nextMessageId++ : this.#nextMessageId++;
  }

  store(message) {
    this.messages.set(message.id, message);
    this.#order.push(message.id);
    while (this.#order.length > this.keep) this.messages.delete(this.#order.shift());
  }

  /** All remembered messages, oldest first. */
  *history() {
    for (const id of this.#order) {
      const message = this.messages.get(id);
      if (message) yield message;
    }
  }

  remove(message) {
    message.deleted = true;
    this.messages.delete(message.id);
    this.pinned = this.pinned.filter((id) => id !== message.id);
  }

  status(userId) {
    return this.members.get(userId)?.status ?? 'left';
  }

  has(userId) {
    return !['left', 'kicked'].includes(this.status(userId));
  }

  isAdmin(userId) {
    return ['creator', 'administrator'].includes(this.status(userId));
  }

  /** Whether a member may do what `right` names: an administrator's right, or everybody's. */
  can(userId, right) {
    const member = this.members.get(userId);
    if (!member) return false;
    if (member.status === 'creator') return true;
    if (member.status === 'administrator' && ADMIN_RIGHTS.includes(right))
      return member.rights[right] === true;
    if (member.status === 'administrator') return true;
    if (member.status === 'restricted') return member.rights[right] === true;
    return member.status === 'member' && this.permissions[right] === true;
  }

  /** Sets a member's status; missing rights of an administrator are off. */
  setMember(userId, status, rights = {}) {
    this.members.set(userId, { status, rights });
  }

  /** The live topic of that id, or undefined. */
  topic(id) {
    const topic = this.forum ? this.topics.get(id) : undefined;
    return topic?.deleted ? undefined : topic;
  }
}
