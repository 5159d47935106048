// The peers: the FAQ bot as each library's own guide would have it. node bots.mjs NAME URL FILE [SOCKET]
// FILE: { question: answer }. Who asks anything else becomes a case: a topic in the staff forum,
// a card in it, a note to the customer. All run many updates at once, as zaide does.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { STAFF, TOKEN } from './fake.mjs';

const [, , name, url, file, socket] = process.argv;
const answers = new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8'))));
const NOTE = "Thank you. I've passed this to a person, who will answer here.";
const title = (user) => `${user.first_name} · ${user.language_code}`;
const card = (user, text) => `${user.first_name} · ${user.id} · ${user.language_code}\n\n${text}`;

const topics = new Map(); // thread -> customer
const isStaff = (message) => message.chat.id === STAFF;
const customerOf = (message) => topics.get(message.message_thread_id);

function fail(error) {
  console.error(error);
  process.exit(1);
}

const bots = {
  async grammy() {
    const { Bot } = await import('grammy');
    const { run } = await import('@grammyjs/runner');
    const bot = new Bot(TOKEN, { client: { apiRoot: url } });
    bot.on('message:text', async (ctx) => {
      const { text } = ctx.message;
      if (isStaff(ctx.message)) return ctx.api.sendMessage(customerOf(ctx.message), text);
      const answer = answers.get(text);
      if (answer) return ctx.reply(answer);
      const topic = await ctx.api.createForumTopic(STAFF, title(ctx.from));
      const { message_thread_id } = topic;
      topics.set(message_thread_id, ctx.from.id);
      await ctx.api.sendMessage(STAFF, card(ctx.from, text), { message_thread_id });
      return ctx.reply(NOTE);
    });
    bot.catch(fail);
    run(bot);
  },

  // The same, and what it says is in Redis before it is said: the update's id, the conversation,
  // its two lines and the message to be sent, in one MULTI; then the message is taken out.
  async 'grammy+ioredis'() {
    const { Bot } = await import('grammy');
    const { run } = await import('@grammyjs/runner');
    const { Redis } = await import('ioredis');
    const redis = new Redis({ path: socket, enableAutoPipelining: true });
    const keep = (ctx, says) => {
      const { from, message, update } = ctx;
      const out = says.map((text) => JSON.stringify({ to: from.id, text }));
      const lines = [message.text, ...says].map((text) => JSON.stringify({ ms: Date.now(), text }));
      const turn = redis.multi()
        .sadd(`seen:${update.update_id >> 14}`, update.update_id)
        .hset(`c:${from.id}`, 'lang', from.language_code, 'last', message.message_id)
        .rpush(`t:${from.id}`, ...lines);
      for (const text of out) turn.xadd('out', '*', 'j', text);
      return turn.exec().then((results) => results.slice(3).map(([, id]) => id));
    };
    const bot = new Bot(TOKEN, { client: { apiRoot: url } });
    bot.on('message:text', async (ctx) => {
      const { text } = ctx.message;
      if (isStaff(ctx.message)) return ctx.api.sendMessage(customerOf(ctx.message), text);
      const answer = answers.get(text);
      const ids = await keep(ctx, answer ? [answer] : [card(ctx.from, text), NOTE]);
      if (answer) {
        await ctx.reply(answer);
      } else {
        const { message_thread_id } = await ctx.api.createForumTopic(STAFF, title(ctx.from));
        topics.set(message_thread_id, ctx.from.id);
        await redis.hset(`c:${ctx.from.id}`, 'topic', message_thread_id);
        await ctx.api.sendMessage(STAFF, card(ctx.from, text), { message_thread_id });
        await ctx.reply(NOTE);
      }
      await redis.xdel('out', ...ids);
    });
    bot.catch(fail);
    run(bot);
  },

  async telegraf() {
    const { Telegraf } = await import('telegraf');
    const { message } = await import('telegraf/filters');
    const agent = new http.Agent({ keepAlive: true }); // its own is for https only
    const bot = new Telegraf(TOKEN, { telegram: { apiRoot: url, agent } });
    bot.on(message('text'), async (ctx) => {
      const { text } = ctx.message;
      if (isStaff(ctx.message)) return ctx.telegram.sendMessage(customerOf(ctx.message), text);
      const answer = answers.get(text);
      if (answer) return ctx.reply(answer);
      const { message_thread_id } = await ctx.telegram.createForumTopic(STAFF, title(ctx.from));
      topics.set(message_thread_id, ctx.from.id);
      await ctx.telegram.sendMessage(STAFF, card(ctx.from, text), { message_thread_id });
      return ctx.reply(NOTE);
    });
    bot.catch(fail);
    bot.launch().catch(fail);
  },

  async 'node-telegram-bot-api'() {
    const { Bot } = await import('node-telegram-bot-api');
    const bot = new Bot(TOKEN, { apiRoot: url });
    const serve = async (ctx) => {
      const { from, text } = ctx.message;
      if (isStaff(ctx.message)) return ctx.api.sendMessage({ chat_id: customerOf(ctx.message), text });
      const answer = answers.get(text);
      if (answer) return ctx.reply(answer);
      const topic = await ctx.api.createForumTopic({ chat_id: STAFF, name: title(from) });
      const { message_thread_id } = topic;
      topics.set(message_thread_id, from.id);
      await ctx.api.sendMessage({ chat_id: STAFF, message_thread_id, text: card(from, text) });
      return ctx.reply(NOTE);
    };
    bot.on('message', (ctx) => {
      serve(ctx).catch(fail); // awaited, it would take one update at a time
    });
    bot.startPolling().catch(fail);
  },
};

await bots[name]();
