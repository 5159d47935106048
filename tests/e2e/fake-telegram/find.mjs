// Finds what a control command names; a wrong name is the test's mistake and throws.

/** A bot by token, id, username, or the only one there is. */
export function botOf(world, ref) {
  const bots = [...world.bots.values()];
  if (ref === undefined && bots.length === 1) return bots[0];
  if (ref === undefined) throw new Error('say which bot: there is not exactly one');
  const id = Number(ref?.id ?? ref);
  const found = bots.find((bot) => bot.id === id || bot.token === ref || bot.username === ref);
  if (!found) throw new Error(`no such bot: ${ref}`);
  return found;
}

/** A user by id or by the object addUser returned. */
export function userOf(world, ref) {
  const user = world.users.get(ref?.id ?? Number(ref));
  if (!user) throw new Error(`no such user: ${ref?.id ?? ref}`);
  return user;
}

/** The group `chat`, or the private chat of `user` and `bot`. */
export function chatOf(world, { chat, bot, user }) {
  if (chat === undefined) return world.privateChat(botOf(world, bot), userOf(world, user));
  const found = world.groups.get(chat?.id ?? Number(chat));
  if (!found) throw new Error(`no such group: ${chat?.id ?? chat}`);
  return found;
}

export function messageOf(chat, id) {
  const message = chat.messages.get(id);
  if (!message) throw new Error(`no message ${id} in chat ${chat.id}`);
  return message;
}

/** A live topic, or undefined for General. */
export function topicOf(chat, id) {
  if (!id) return undefined;
  const topic = chat.topic(id);
  if (!topic) throw new Error(`no topic ${id} in chat ${chat.id}`);
  return topic;
}
