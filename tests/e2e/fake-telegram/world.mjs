// Everybody and everything there is: users, bots, chats, files; and the one way in which messages
// come to be (post), with the updates the bots get for them.
import { Chat } from './chat.mjs';
import { bad, forbidden } from './errors.mjs';
import { Files } from './files.mjs';
import { memberJson, messageJson, chatJson, userJson } from './render.mjs';
import { Updates } from './updates.mjs';

export class World {
  users = new Map();
  bots = new Map(); // id -> bot
  botsByToken = new Map();
  groups = new Map();
  callbacks = new Map(); // query id -> { bot, at, answer, settle }
  #names = new Map(); // username, lower case -> chat or bot
  #nextId = 100_000;
  #nextAlbum = 13_000_000_000_000_000n;
  #nextWhisper = 29_000_000;

  constructor({ clock, journal, options, onReply }) {
    Object.assign(this, { clock, journal, options, onReply });
    this.files = new Files(clock);
  }

  nextId() {
    return ++this.#nextId;
  }

  nextAlbum() {
    return String(++this.#nextAlbum);
  }

  addBot(options) {
    const { token, username = 'test_bot', first_name = 'Test bot', reads_all = false } = options;
    const id = Number(token.split(':')[0]);
    const bot = {
      id, token, is_bot: true, username, first_name, readsAll: reads_all, nextMessageId: 1,
      privates: new Map(), profile: { commands: new Map(), texts: new Map() }, nextSetWebhook: 0,
    };
    bot.updates = new Updates({
      bot, clock: this.clock, journal: this.journal,
      firstId: options.first_update_id ?? 524_000_001,
      onReply: (args) => this.onReply(bot, args),
    });
    this.bots.set(id, bot);
    this.botsByToken.set(token, bot);
    this.#names.set(username.toLowerCase(), bot);
    return bot;
  }

  addUser({ id = this.nextId(), first_name = `User ${id}`, ...rest } = {}) {
    const user = { ...rest, id, is_bot: false, first_name };
    this.users.set(id, user);
    return user;
  }

  addGroup({ id, type, title = 'Group', username, forum = false, permissions }) {
    const chat = new Chat({
      id: id ?? (type === 'group' ? -this.nextId() : -1_000_000_000_000 - this.nextId()),
      type, title, username, forum, permissions, keep: this.options.keepGroupMessages,
    });
    this.groups.set(chat.id, chat);
    if (username) this.#names.set(username.toLowerCase(), chat);
    return chat;
  }

  /** The private chat of a bot and a user; made when it is first needed. */
  privateChat(bot, user) {
    let chat = bot.privates.get(user.id);
    if (!chat) {
      const keep = this.options.keepPrivateMessages;
      chat = new Chat({ id: user.id, type: 'private', user, bot, keep });
      bot.privates.set(user.id, chat);
    }
    return chat;
  }

  named(username) {
    return this.#names.get(username.toLowerCase());
  }

  /**
   * The chat a bot means by `chat_id`, or the server's refusal. `access`: 'read' | 'write' |
   * 'edit' | 'members' (check_chat_access of the real server).
   */
  chatFor(bot, chatId, access) {
    if (chatId === '') throw bad('chat_id is empty');
    const chat = this.#lookUp(bot, chatId);
    if (!chat) throw bad('chat not found');
    const inGroup = chat.type === 'group' && access === 'members';
    const changes = access === 'write' || access === 'edit' || inGroup;
    if (chat.type === 'private') {
      if (chat.user.deactivated && changes) throw forbidden('user is deactivated');
      return chat;
    }
    const kind = chat.type;
    if (chat.migratedTo && (access === 'write' || access === 'members'))
      throw bad('group chat was upgraded to a supergroup chat', {
        migrate_to_chat_id: chat.migratedTo,
      });
    const status = chat.status(bot.id);
    if (status === 'kicked' && (kind === 'supergroup' || changes))
      throw forbidden(`bot was kicked from the ${kind} chat`);
    const closed = kind === 'supergroup' && !chat.username;
    if (!chat.has(bot.id) && (closed || changes))
      throw forbidden(`bot is not a member of the ${kind} chat`);
    return chat;
  }

  #lookUp(bot, chatId) {
    if (chatId[0] === '@') {
      const found = this.named(chatId.slice(1));
      return found instanceof Chat && found.type === 'supergroup' ? found : undefined;
    }
    const digits = /^-?\d+/.exec(chatId.trim());
    const id = digits ? Number(digits[0]) : 0;
    if (id < 0) return this.groups.get(id);
    const user = this.users.get(id);
    if (user) return this.privateChat(bot, user);
    if (this.bots.has(id)) throw forbidden("bot can't send messages to bots");
    return undefined;
  }

  /**
   * Brings a message into a chat: numbers it, remembers it, tells the bots that see it. `draft`:
   * { chat, from, content, thread, reply, quote, markup, album, origin, protected, silent }, and
   * `call`, the number of the call it comes from, and `before`, called with the numbered message.
   */
  post(draft) {
    const { chat } = draft;
    const { call, before, ...rest } = draft;
    const message = { thread: 0, ...rest, id: chat.nextMessageId(), date: this.clock.seconds() };
    // Outside a topic, a reply in a supergroup carries the first message of its chain as "thread".
    const replies = rest.reply?.chat === chat && rest.content.kind !== 'service';
    if (chat.type === 'supergroup' && !message.thread && replies)
      message.chain = rest.reply.chain ?? rest.reply.id;
    before?.(message);
    chat.store(message);
    this.#record('message', message, call);
    this.#tell('message', message);
    return message;
  }

  /** A group's message that one member alone is shown; it has no message id, and nobody keeps it. */
  whisper({ call, ...draft }) {
    const message = {
      thread: 0, ...draft, id: 0, ephemeral: ++this.#nextWhisper, date: this.clock.seconds(),
    };
    this.#record('whisper', message, call);
    return message;
  }

  /** The content or the markup of `message` has been changed by its author. */
  edited(message, call) {
    message.editDate = this.clock.seconds();
    this.#record('edit', message, call);
    if (!this.bots.has(message.from.id)) this.#tell('edited_message', message);
  }

  remove(message, call) {
    message.chat.remove(message);
    this.#record('delete', message, call);
  }

  #record(event, message, call) {
    const { chat, content, from } = message;
    message.seq = this.journal.fact({
      event, chat: chat.id, ...(chat.type === 'private' && { bot: chat.bot.id }),
      thread: message.thread, message_id: message.id, from: from.id, out: this.bots.has(from.id),
      kind: content.kind, text: content.text ?? '', ...(message.album && { album: message.album }),
      ...(call && { call }), ...(message.receiver && { to: message.receiver.id }),
    }).seq;
  }

  #tell(type, message) {
    const { chat } = message;
    if (chat.type === 'private') {
      if (message.from.id !== chat.bot.id) this.#push(chat.bot, type, message);
      return;
    }
    for (const bot of this.bots.values())
      if (chat.has(bot.id) && sees(bot, message)) this.#push(bot, type, message);
  }

  #push(bot, type, message) {
    bot.updates.push(type, messageJson(message, bot, this), `m${message.chat.id}`);
  }

  /**
   * Replaces one member's reactions to a message. A user's are told to the bot of a private chat
   * and to the administrators among a group's bots.
   */
  react(message, who, list) {
    message.reactions ??= new Map();
    const { chat, id } = message;
    const old = message.reactions.get(who.id) ?? [];
    if (list.length > 0) message.reactions.set(who.id, list);
    else message.reactions.delete(who.id);
    this.journal.changed();
    if (who.is_bot) return;
    const json = {
      chat: chatJson(chat), message_id: id, user: userJson(who), date: this.clock.seconds(),
      old_reaction: old, new_reaction: list,
    };
    for (const bot of chat.type === 'private' ? [chat.bot] : this.bots.values())
      if (chat.type === 'private' || chat.isAdmin(bot.id))
        bot.updates.push('message_reaction', json, `r${chat.id}`);
  }

  /** A member's status has changed: the bots that may know are told. */
  memberChanged(chat, subject, by, before) {
    const json = {
      chat: chatJson(chat), from: userJson(by), date: this.clock.seconds(),
      old_chat_member: before, new_chat_member: memberJson(chat, subject),
    };
    if (subject.is_bot) subject.updates.push('my_chat_member', json, `y${chat.id}`);
    for (const bot of this.bots.values())
      if (bot !== subject && chat.isAdmin(bot.id))
        bot.updates.push('chat_member', json, `c${subject.id}`);
  }

  close() {
    for (const bot of this.bots.values()) bot.updates.close();
  }
}

// Privacy mode: a bot that is no administrator gets commands, mentions and replies to itself; never
// another bot's words; of its own only service messages.
function sees(bot, { chat, from, senderChat, content, reply }) {
  const service = content.kind === 'service';
  if (from.is_bot && !senderChat) return from.id === bot.id && service;
  if (service || bot.readsAll || chat.isAdmin(bot.id)) return true;
  if (reply?.from.id === bot.id) return true;
  const text = content.text ?? '';
  return (content.entities ?? []).some(({ type, offset, length }) => {
    const word = text.slice(offset, offset + length).toLowerCase();
    const name = `@${bot.username.toLowerCase()}`;
    if (type === 'bot_command') return !word.includes('@') || word.endsWith(name);
    return type === 'mention' && word === name;
  });
}
