// What an administrator may do to a member: mute, ban, and take it back. Errors as TDLib words them.
import { bad } from '../errors.mjs';
import { memberJson } from '../render.mjs';

const FOREVER_S = 366 * 24 * 3600; // Telegram: more than that, or less than 30 seconds, is for ever
const LEAST_S = 30;

function memberFor(ctx, verb) {
  const { args, bot, world } = ctx;
  const id = args.int('user_id');
  if (id <= 0) throw bad('invalid user_id specified');
  const chat = world.chatFor(bot, args.str('chat_id'), 'members');
  if (chat.type === 'private') throw bad("can't ban members in private chats");
  if (verb === 'restrict' && chat.type !== 'supergroup')
    throw bad('method is available only for supergroups');
  const user = world.users.get(id) ?? world.bots.get(id);
  if (!user) throw bad('PARTICIPANT_ID_INVALID');
  if (user === bot) throw bad("can't restrict self");
  if (chat.status(id) === 'creator') throw bad("can't remove chat owner");
  if (chat.isAdmin(id)) throw bad('user is an administrator of the chat');
  if (!chat.can(bot.id, 'can_restrict_members'))
    throw bad('not enough rights to restrict/unrestrict chat member');
  return { chat, user };
}

function change(ctx, { chat, user }, status, rights) {
  const before = memberJson(chat, user);
  chat.setMember(user.id, status, rights);
  ctx.world.memberChanged(chat, user, ctx.bot, before);
  return true;
}

function untilOf(ctx) {
  const until = ctx.args.int('until_date');
  const left = until - ctx.world.clock.seconds();
  return left < LEAST_S || left > FOREVER_S ? 0 : until;
}

export function restrictChatMember(ctx) {
  const permissions = ctx.args.json('permissions', 'ChatPermissions');
  if (permissions === null || typeof permissions !== 'object')
    throw bad("Can't parse permissions: ChatPermissions must be an Object");
  for (const [name, value] of Object.entries(permissions))
    if (!/^can_[a-z_]+$/.test(name) || typeof value !== 'boolean')
      throw bad(`Can't parse permissions: field "${name}" must be of type Boolean`);
  const found = memberFor(ctx, 'restrict');
  const { chat, user } = found;
  const until = untilOf(ctx);
  if (!chat.has(user.id)) throw bad('USER_NOT_PARTICIPANT');
  const isFree = Object.entries(chat.permissions)
    .every(([name, open]) => !open || permissions[name] === true);
  return isFree ? change(ctx, found, 'member')
    : change(ctx, found, 'restricted', { ...permissions, until_date: until });
}

export function banChatMember(ctx) {
  return change(ctx, memberFor(ctx, 'ban'), 'kicked', { until_date: untilOf(ctx) });
}

export function unbanChatMember(ctx) {
  const found = memberFor(ctx, 'unban');
  const isBanned = found.chat.status(found.user.id) === 'kicked';
  if (!isBanned && ctx.args.bool('only_if_banned')) return true;
  return change(ctx, found, 'left');
}
