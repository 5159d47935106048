// Rate limits: per private chat, per group over all its topics, and bulk over all private chats. A
// refused sender must wait; a counted call made before that is a violation, and tests assert that
// there are none. The numbers are those of Telegram's Bot FAQ; the true ones are not published.
import { Deque } from './deque.mjs';
import { tooMany } from './errors.mjs';

export const NORMAL = {
  private: { perSecond: 1, burst: 3 },
  group: { count: 20, seconds: 60 },
  bulk: { perSecond: 30, countReplies: false },
  graceMs: 100,
};
export const OFF = { private: null, group: null, bulk: null, graceMs: 100 };

// What a bot sends within this time of a user's word is a reply to it, not bulk.
const REPLY_MS = 60_000;
const EARLY = 'called before retry_after had passed';

export class Limits {
  constructor({ clock, journal, settings }) {
    Object.assign(this, { clock, journal });
    this.set(settings);
  }

  /** 'off', 'normal', 'tight' (no burst), or an object that replaces parts of 'normal'. */
  set(settings = 'normal') {
    if (settings === 'off') this.settings = OFF;
    else if (settings === 'tight')
      this.settings = { ...NORMAL, private: { perSecond: 1, burst: 1 }, graceMs: 0 };
    else this.settings = { ...NORMAL, ...(settings === 'normal' ? {} : settings) };
  }

  /** Counts `weight` messages of `method` towards the chat; throws the 429 when too many. */
  spend(bot, chat, method, weight = 1) {
    const now = this.clock.now();
    const quota = quotaOf(bot, chat.id);
    const whole = quotaOf(bot, 'bulk');
    this.#obeys(whole, now, { method, bot: bot.id });
    this.#obeys(quota, now, { method, bot: bot.id, chat: chat.id });
    const { group, bulk } = this.settings;
    if (chat.type !== 'private') {
      if (group) this.#window(quota, group, weight, now);
      return;
    }
    if (this.settings.private) this.#bucket(quota, this.settings.private, weight, now);
    const isReply = now - (chat.heardAt ?? -Infinity) < REPLY_MS;
    if (bulk && (bulk.countReplies || !isReply))
      this.#bucket(whole, { burst: bulk.perSecond, ...bulk }, weight, now);
  }

  /** Refuses the chat, or the whole bot when `chatId` is null, for some seconds: a scripted 429. */
  block(bot, chatId, seconds) {
    this.#shut(quotaOf(bot, chatId ?? 'bulk'), this.clock.now(), seconds);
  }

  // Calls that were under way when the first 429 was told are no violation: hence the grace.
  #obeys(quota, now, details) {
    if (now >= quota.until) return;
    const early = Math.ceil(quota.until - now);
    if (performance.now() - quota.toldAt >= this.settings.graceMs)
      this.journal.violation(EARLY, { ...details, early_ms: early });
    throw tooMany(Math.ceil(early / 1000));
  }

  #shut(quota, now, seconds) {
    const whole = Math.max(1, Math.ceil(seconds));
    quota.until = now + whole * 1000;
    quota.toldAt = performance.now();
    return tooMany(whole);
  }

  #window(quota, { count, seconds }, weight, now) {
    const { stamps } = quota;
    while (stamps.length > 0 && stamps.at(0) <= now - seconds * 1000) stamps.shift();
    const over = stamps.length + weight - count;
    if (over > 0 && stamps.length > 0) {
      const free = stamps.at(Math.min(over, stamps.length) - 1) + seconds * 1000;
      throw this.#shut(quota, now, (free - now) / 1000);
    }
    for (let i = 0; i < weight; i++) stamps.push(now);
  }

  #bucket(quota, { perSecond, burst }, weight, now) {
    const filled = (quota.tokens ?? burst) + ((now - quota.filledAt) / 1000) * perSecond;
    quota.tokens = Math.min(burst, filled);
    quota.filledAt = now;
    // An album larger than the burst passes when the bucket is full, and empties it below zero.
    const need = Math.min(weight, burst);
    if (quota.tokens < need) throw this.#shut(quota, now, (need - quota.tokens) / perSecond);
    quota.tokens -= weight;
  }
}

function quotaOf(bot, key) {
  bot.quotas ??= new Map();
  let quota = bot.quotas.get(key);
  if (!quota) {
    quota = { until: 0, toldAt: 0, filledAt: 0, tokens: undefined, stamps: new Deque() };
    bot.quotas.set(key, quota);
  }
  return quota;
}
