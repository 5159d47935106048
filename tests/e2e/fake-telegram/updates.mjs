// One bot's queue of updates: kept until confirmed, fetched by getUpdates (long poll) or pushed to
// a webhook. The rules are those of tdlib/telegram-bot-api, Client.cpp.
import { Deque } from './deque.mjs';
import { conflict } from './errors.mjs';
import { Webhook } from './webhook.mjs';

const ALL_TYPES = new Set(
  `message edited_message channel_post edited_channel_post business_connection business_message
  edited_business_message deleted_business_messages guest_message message_reaction
  message_reaction_count inline_query chosen_inline_result callback_query shipping_query
  pre_checkout_query purchased_paid_media poll poll_answer my_chat_member chat_member
  chat_join_request chat_boost removed_chat_boost managed_bot subscription
  stopped_message_generation`.split(/\s+/),
);
const NOT_BY_DEFAULT = ['chat_member', 'message_reaction', 'message_reaction_count'];
const DEFAULT_TYPES = new Set([...ALL_TYPES].filter((type) => !NOT_BY_DEFAULT.includes(type)));

const DAY_S = 86400;
const MAX_ANSWER = 1 << 22;
const CONFLICT_PAUSE_MS = 3000;
const WEBHOOK_ACTIVE =
  "can't use getUpdates method while webhook is active; " +
  'use deleteWebhook to delete the webhook first';
const OTHER_POLLER =
  'terminated by other getUpdates request; make sure that only one bot instance is running';

export class Updates {
  allowed = DEFAULT_TYPES;
  webhook = null;
  #queue = new Deque();
  #poll = null; // the waiting getUpdates
  #wakes = false;
  #nextConflict = 0;
  #last = { offset: null, at: -Infinity };

  /** `onReply(method, args)`: a call that came as the answer of the webhook. */
  constructor({ bot, clock, journal, firstId, onReply }) {
    Object.assign(this, { bot, clock, journal, onReply, nextId: firstId });
  }

  get pending() {
    return this.webhook ? this.webhook.pending : this.#queue.length;
  }

  /**
   * Adds an update of `type`. `queue` names the webhook queue: one update of it is under way at a
   * time. Types the bot has not asked for are dropped, as they are on Telegram.
   */
  push(type, json, queue, seconds = DAY_S) {
    if (!this.allowed.has(type)) return null;
    const text = ascii(JSON.stringify(json));
    return this.#add((id) => `{"update_id":${id},\n"${type}":${text}}`, queue, seconds);
  }

  /**
   * Adds an update verbatim. `raw`: text or bytes, what stands after the update id:
   * `"message":{...}`; or, when it starts with '{', the whole object.
   */
  inject(raw, queue = 'raw') {
    const bytes = Buffer.from(raw);
    if (bytes[0] === 0x7b) return this.#add(() => bytes, queue, DAY_S);
    return this.#add(
      (id) => Buffer.concat([Buffer.from(`{"update_id":${id},\n`), bytes, Buffer.from('}')]),
      queue, DAY_S,
    );
  }

  #add(compose, queue, seconds) {
    const id = this.nextId++;
    const entry = { id, body: compose(id), queue, until: this.clock.now() + seconds * 1000 };
    if (this.webhook) this.webhook.push(entry);
    else this.#queue.push(entry);
    this.journal.changed();
    this.#wake();
    return id;
  }

  // Answers the waiting poll after this turn, so that a burst travels in one answer.
  #wake() {
    if (!this.#poll || this.#wakes) return;
    this.#wakes = true;
    setImmediate(() => {
      this.#wakes = false;
      if (this.#poll && this.#queue.length > 0) this.#answer();
    });
  }

  #answer() {
    const { resolve, alarm, offset, limit } = this.#poll;
    this.#poll = null;
    alarm.cancel();
    this.#forget(offset);
    resolve(this.#batch(limit));
  }

  /** Resolves with the answer's result as raw bytes. `onClose(fn)`: when the client goes away. */
  async get({ offset, limit, timeout, onClose }) {
    if (this.webhook) return this.#refuse(WEBHOOK_ACTIVE);
    const now = this.clock.now();
    const again = offset === this.#last.offset;
    if (again && timeout < 3 && now < this.#last.at + 3000) timeout = 3;
    if (again && now < this.#last.at + 500) limit = 1;
    this.#last = { offset, at: now };
    this.#forget(offset);
    const batch = this.#batch(limit);
    if (batch.length > 2 || timeout === 0) return batch;
    this.#terminate(OTHER_POLLER);
    return new Promise((resolve, reject) => {
      const poll = { resolve, reject, offset, limit };
      poll.alarm = this.clock.at(timeout * 1000, () => this.#poll === poll && this.#answer());
      this.#poll = poll;
      this.journal.changed();
      onClose?.(() => {
        if (this.#poll !== poll) return;
        this.#poll = null;
        poll.alarm.cancel();
        this.journal.changed();
      });
    });
  }

  /** Whether a getUpdates is waiting now. */
  get polled() {
    return this.#poll !== null;
  }

  #terminate(text) {
    const poll = this.#poll;
    if (!poll) return;
    this.#poll = null;
    poll.alarm.cancel();
    this.#refuse(text).catch(poll.reject);
  }

  // The first conflict is told at once, the next ones only after a pause: two pollers cannot spin.
  #refuse(text) {
    const now = this.clock.now();
    return new Promise((_, reject) => {
      if (now >= this.#nextConflict) {
        this.#nextConflict = now + CONFLICT_PAUSE_MS;
        reject(conflict(text));
      } else {
        this.clock.at(CONFLICT_PAUSE_MS, () => reject(conflict(text)));
      }
    });
  }

  // Confirms everything before `offset`; a negative one keeps only the newest. An offset more than
  // ten ahead of the queue counts as none.
  #forget(offset) {
    const queue = this.#queue;
    if (offset < 0) while (queue.length > -offset) queue.shift();
    else if (offset > 0 && offset <= this.nextId + 10)
      while (queue.length > 0 && queue.at(0).id < offset) queue.shift();
    this.journal.changed();
  }

  #batch(limit) {
    const now = this.clock.now();
    const parts = [];
    let size = 0;
    for (const entry of this.#queue) {
      if (parts.length >= limit || size > MAX_ANSWER) break;
      if (entry.until <= now) continue;
      parts.push(entry.body);
      size += entry.body.length + 2;
    }
    const plain = parts.every((part) => typeof part === 'string');
    if (plain) return Buffer.from(`[${parts.join(',\n')}]`);
    const chunks = parts.flatMap((part, i) => [Buffer.from(i ? ',\n' : ''), Buffer.from(part)]);
    return Buffer.concat([Buffer.from('['), ...chunks, Buffer.from(']')]);
  }

  clear() {
    if (this.webhook) this.webhook.clear();
    this.#queue = new Deque();
  }

  /** Takes the bot's wish; an empty or strange list means the default, no list means no change. */
  allow(list) {
    if (!Array.isArray(list) || !list.every((type) => typeof type === 'string')) return;
    const known = list.filter((type) => ALL_TYPES.has(type));
    this.allowed = known.length > 0 ? new Set(known) : DEFAULT_TYPES;
  }

  /** The list getWebhookInfo shows, undefined for the default. */
  get allowedShown() {
    return this.allowed === DEFAULT_TYPES ? undefined : [...this.allowed];
  }

  /** `settings` null removes the webhook; what it has not delivered goes back to the queue. */
  setWebhook(settings) {
    if (settings) this.#terminate('terminated by setWebhook request');
    const entries = this.webhook ? this.webhook.close() : this.#queue.toArray();
    this.webhook = settings && new Webhook(this, settings);
    this.#queue = new Deque();
    for (const entry of entries) (this.webhook ?? this.#queue).push(entry);
    this.journal.changed();
  }

  close() {
    this.#poll?.alarm.cancel();
    this.#poll = null;
    this.webhook?.close();
  }
}

/** The real server escapes everything beyond ASCII; a client's decoder must cope. */
export function ascii(text) {
  const escape = (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(/[\u007f-\uffff]/g, escape);
}
