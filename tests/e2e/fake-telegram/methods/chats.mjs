// Who and where: the bot itself, chats, members, commands and descriptions, files, small signs.
import { bad, forbidden } from '../errors.mjs';
import { field } from '../args.mjs';
import { MAX_DOWNLOAD } from '../files.mjs';
import { botJson, chatFullJson, memberJson } from '../render.mjs';

const CALLBACK_MS = 150_000;
const MAX_ANSWER = 200;

export const getMe = (ctx) => botJson(ctx.bot);

export function getChat(ctx) {
  const chat = ctx.world.chatFor(ctx.bot, ctx.args.str('chat_id'), 'read');
  return chatFullJson(chat, ctx.bot, ctx.world);
}

export function getChatMember(ctx) {
  const { args, bot, world } = ctx;
  const id = args.int('user_id');
  if (id <= 0) throw bad('Invalid user_id specified');
  const chat = world.chatFor(bot, args.str('chat_id'), id === bot.id ? 'read' : 'members');
  const user = world.users.get(id) ?? world.bots.get(id);
  if (!user) throw bad('user not found');
  return memberJson(chat, user);
}

export function getChatAdministrators(ctx) {
  const { args, bot, world } = ctx;
  const chat = world.chatFor(bot, args.str('chat_id'), 'members');
  if (chat.type === 'private') throw bad('there are no administrators in the private chat');
  return [...chat.members.keys()]
    .filter((id) => chat.isAdmin(id) && (id === bot.id || !world.bots.has(id)))
    .map((id) => memberJson(chat, world.users.get(id) ?? bot));
}

export function getChatMemberCount(ctx) {
  const chat = ctx.world.chatFor(ctx.bot, ctx.args.str('chat_id'), 'members');
  if (chat.type === 'private') return 2;
  return [...chat.members.keys()].filter((id) => chat.has(id)).length;
}

export function leaveChat(ctx) {
  const { bot, world } = ctx;
  const chat = world.chatFor(bot, ctx.args.str('chat_id'), 'read');
  if (chat.type === 'private') throw bad('chat member status can\'t be changed in private chats');
  const before = memberJson(chat, bot);
  chat.setMember(bot.id, 'left');
  world.memberChanged(chat, bot, bot, before);
  return true;
}

const SCOPES = new Set([
  'default', 'all_private_chats', 'all_group_chats', 'all_chat_administrators', 'chat',
  'chat_administrators', 'chat_member',
]);

function profileKey(ctx) {
  const { args, bot, world } = ctx;
  const scope = args.json('scope', 'BotCommandScope') ?? { type: 'default' };
  if (scope === null || typeof scope !== 'object')
    throw bad("Can't parse BotCommandScope: BotCommandScope must be an Object");
  const type = field.text(scope, 'type', true);
  if (!SCOPES.has(type)) throw bad("Can't parse BotCommandScope: Unsupported type specified");
  const key = [type];
  if (type.startsWith('chat'))
    key.push(world.chatFor(bot, field.text(scope, 'chat_id', true), 'members').id);
  if (type === 'chat_member') key.push(field.int(scope, 'user_id', true));
  return [...key, language(args)].join('|');
}

function language(args) {
  const code = args.str('language_code');
  if (code !== '' && !/^[a-z]{2}$/.test(code)) throw bad('Invalid language code specified');
  return code;
}

export function setMyCommands(ctx) {
  ctx.args.required('commands');
  const list = ctx.args.json('commands', 'commands');
  if (!Array.isArray(list)) throw bad('Expected an Array of BotCommand');
  if (list.length > 100) throw bad('BOT_COMMANDS_TOO_MUCH');
  const key = profileKey(ctx);
  const commands = list.map((item) => {
    if (item === null || typeof item !== 'object')
      throw bad("Can't parse BotCommand: expected an Object");
    const command = field.text(item, 'command', true).trim().replace(/^\//, '');
    const description = field.text(item, 'description', true).trim();
    if (command === '') throw bad('Command must be non-empty');
    if ([...command].length > 32) throw bad('Command length must not exceed 32');
    if (description === '') throw bad('Command description must be non-empty');
    if ([...description].length > 256) throw bad('Command description length must not exceed 256');
    if (!/^[a-z0-9_]+$/.test(command)) throw bad('BOT_COMMAND_INVALID');
    return { command, description };
  });
  ctx.bot.profile.commands.set(key, commands);
  return true;
}

export const getMyCommands = (ctx) => ctx.bot.profile.commands.get(profileKey(ctx)) ?? [];

export function deleteMyCommands(ctx) {
  ctx.bot.profile.commands.delete(profileKey(ctx));
  return true;
}

function profileText(name, limit) {
  const keyOf = (args) => `${name}|${language(args)}`;
  return {
    set({ args, bot }) {
      const text = args.str(name).trim();
      if (text.length > limit) throw bad(`${name.replace('_', ' ')} is too long`);
      bot.profile.texts.set(keyOf(args), text);
      return true;
    },
    get: ({ args, bot }) => ({ [name]: bot.profile.texts.get(keyOf(args)) ?? '' }),
  };
}

const description = profileText('description', 512);
const shortDescription = profileText('short_description', 120);
export const setMyDescription = description.set;
export const getMyDescription = description.get;
export const setMyShortDescription = shortDescription.set;
export const getMyShortDescription = shortDescription.get;

const ACTIONS = new Set(
  `typing upload_photo record_video upload_video record_voice upload_voice upload_document
  choose_sticker find_location record_video_note upload_video_note record_audio
  upload_audio`.split(/\s+/),
);

export function sendChatAction(ctx) {
  const { args, bot, world } = ctx;
  if (!ACTIONS.has(args.str('action'))) throw bad('Wrong parameter action in request');
  const chat = world.chatFor(bot, args.str('chat_id'), 'write');
  if (chat.blocked) throw forbidden('bot was blocked by the user');
  const thread = args.int('message_thread_id');
  if (thread > 0 && !chat.topic(thread)) throw bad('TOPIC_ID_INVALID');
  return true;
}

export function answerCallbackQuery(ctx) {
  const { args, bot, world } = ctx;
  const query = world.callbacks.get(args.str('callback_query_id'));
  if (!query || query.bot !== bot || world.clock.now() > query.at + CALLBACK_MS)
    throw bad('query is too old and response timeout expired or query ID is invalid');
  const text = args.str('text');
  if (text.length > MAX_ANSWER) throw bad('MESSAGE_TOO_LONG');
  const answer = {
    text, show_alert: args.bool('show_alert'), url: args.str('url'),
    cache_time: args.int('cache_time'),
  };
  query.answers.push(answer);
  query.settle(answer);
  ctx.journal.changed();
  return true;
}

export function getFile(ctx) {
  const { args, bot, world } = ctx;
  const id = args.str('file_id');
  if (id === '') throw bad('file_id not specified');
  const found = world.files.find(bot, id);
  if (!found) throw bad('invalid file_id');
  if (found.foreign) throw bad('wrong file_id or the file is temporarily unavailable');
  const { file } = found;
  if (file.size > MAX_DOWNLOAD) throw bad('file is too big');
  return {
    file_id: id, file_unique_id: file.unique, file_size: file.size,
    file_path: world.files.publish(bot, file),
  };
}
