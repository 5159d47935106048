// What tests look at and wait for: chats as their members see them, calls, violations, the ground
// truth; and the switches of clock, faults and limits.
import { botOf, chatOf, messageOf } from './find.mjs';
import { messageJson } from './render.mjs';

function view(world, message) {
  const { chat, content, markup, reactions } = message;
  return {
    ...messageJson(message, null, world),
    seq: message.seq, kind: content.kind,
    ...(markup && !markup.inline_keyboard && { keyboard: markup }),
    ...(message.silent && { silent: true }),
    ...(chat.pinned.includes(message.id) && { pinned: true }),
    ...(reactions?.size > 0 && {
      reactions: [...reactions].map(([user, [{ emoji }]]) => ({ user, emoji })),
    }),
  };
}

/** The messages its members see: { chat, topic } (topic 0: General only) or { bot, user }. */
export function messages({ world }, { topic, ...where }) {
  const all = [...chatOf(world, where).history()].filter((message) => !message.deleted);
  return all
    .filter((message) => topic === undefined || message.thread === topic)
    .map((message) => view(world, message));
}

/** One message: { bot, user | chat, message_id }. */
export function message({ world }, { message_id, ...where }) {
  return view(world, messageOf(chatOf(world, where), message_id));
}

/** A forum's topics, General first: [{ id, name, closed, deleted, creator }]. */
export function topics({ world }, { chat: ref }) {
  const chat = chatOf(world, { chat: ref });
  return [chat.general, ...chat.topics.values()].map((topic) => {
    const { id = 0, name, closed, deleted = false, creator } = topic;
    return { id, name, closed, deleted, creator };
  });
}

const same = (wish, is) => wish === undefined || String(wish?.id ?? wish) === String(is);

/**
 * The calls made: { method, bot, chat, ok, after } (all optional) ->
 * [{ n, at, bot, method, params, ok, result | error_code, description, ms }].
 */
export function calls({ world, journal }, { method, bot: ref, chat, ok, after = 0 }) {
  const bot = ref === undefined ? undefined : botOf(world, ref).id;
  return [...journal.calls].filter(
    (call) =>
      call.n > after && same(bot, call.bot) && (ok === undefined || ok === call.ok) &&
      (method === undefined || call.method.toLowerCase() === method.toLowerCase()) &&
      same(chat, call.params.chat_id),
  );
}

/** Limits breached: [{ at, what, method, chat ... }]; a test asserts that there are none. */
export const violations = ({ journal }) => journal.violations;

/**
 * The ground truth, one line for each message, edit and deletion that took effect: { after, limit }
 * -> [{ seq, at, event, chat, bot, thread, message_id, from, out (from a bot), kind, text, call }].
 */
export function truth({ journal }, { after = 0, limit = Infinity }) {
  const first = Math.max(0, after - journal.truth.dropped);
  const count = Math.min(limit, Math.max(0, journal.truth.length - first));
  return Array.from({ length: count }, (_, i) => journal.truth.at(first + i));
}

function matches(fact, wish) {
  const { text, matching, topic, event = 'message', out } = wish;
  return (
    fact.event === event && (out === undefined || fact.out === out) && same(wish.bot, fact.bot) &&
    same(wish.from, fact.from) && same(wish.kind, fact.kind) && same(topic, fact.thread) &&
    same(wish.chat ?? wish.user, fact.chat) && (text === undefined || fact.text.includes(text)) &&
    (matching === undefined || new RegExp(matching, 'u').test(fact.text))
  );
}

/**
 * Resolves when `count` (1) matching facts are there, with the last of them: { event: 'message' |
 * 'edit' | 'delete', user | chat, bot, topic, from, out, kind, text (contained), matching (regular
 * expression), after, count, timeout_ms }. A message still there comes as its members see it.
 */
export async function waitForFact({ world, journal }, options) {
  const { after = 0, count = 1, timeout_ms, bot, ...wish } = options;
  if (wish.chat === undefined && bot !== undefined) wish.bot = botOf(world, bot).id;
  let next = after;
  let left = count;
  const look = () => {
    for (; next < journal.seq; next++) {
      const fact = journal.truth.at(next - journal.truth.dropped);
      if (fact && matches(fact, wish) && --left <= 0) return fact;
    }
    return null;
  };
  const what = `a fact like ${JSON.stringify({ ...wish, count })}`;
  const fact = await journal.waitFor(look, timeout_ms, what);
  const chats = fact.chat < 0 ? world.groups : world.bots.get(fact.bot).privates;
  const found = chats.get(fact.chat).messages.get(fact.message_id);
  return found && fact.event !== 'delete' ? { ...view(world, found), fact } : { fact };
}

/** waitForFact for a message a bot sent. */
export const waitForMessage = (fake, wish) => waitForFact(fake, { out: true, ...wish });

/** Resolves with the first call that fits: as `calls`, with timeout_ms. */
export function waitForCall(fake, { timeout_ms, ...wish }) {
  const what = `a call like ${JSON.stringify(wish)}`;
  return fake.journal.waitFor(() => calls(fake, wish)[0], timeout_ms, what);
}

/** What the bot says of itself: { commands: { "scope|language": [...] }, texts: {...} }. */
export function profile({ world }, { bot }) {
  const { commands, texts } = botOf(world, bot).profile;
  return { commands: Object.fromEntries(commands), texts: Object.fromEntries(texts) };
}

/** The bot's queue, and its webhook if it has one. */
export function queue({ world }, { bot }) {
  const { pending, polled, webhook, allowed, nextId } = botOf(world, bot).updates;
  return {
    pending, polled, webhook: webhook?.url ?? '', delivering: webhook?.active ?? 0,
    webhook_error: webhook?.lastError?.message ?? '', allowed: [...allowed], next_update_id: nextId,
  };
}

/** The answers a callback query has got: { callback_query_id }. */
export function answers({ world }, { callback_query_id }) {
  return world.callbacks.get(callback_query_id)?.answers ?? [];
}

/** Moves the clock forward: { ms } -> { now }. */
export const advance = ({ clock }, { ms }) => ({ now: clock.advance(ms) });

/** Adds a scripted fault (faults.mjs) -> { id }. */
export const addFault = ({ faults }, rule) => ({ id: faults.add(rule) });
export const removeFault = ({ faults }, { id }) => faults.remove(id);
export const clearFaults = ({ faults }) => faults.clear();
export const listFaults = ({ faults }) => faults.list();

/** { limits: 'normal' | 'tight' | 'off' | settings }. */
export const setLimits = ({ limits }, options) => limits.set(options.limits);
