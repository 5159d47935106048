// What happens to the topics of a forum, whoever does it. A topic's id is that of its first
// message; General is the topic without an id.

export const DEFAULT_COLOUR = 7322096;

/** Opens a topic for `from`; used by bots and by members alike. */
export function openTopic(world, chat, from, name, { icon_color = DEFAULT_COLOUR, call } = {}) {
  const topic = { name, icon_color, closed: false, deleted: false, creator: from.id };
  const content = { kind: 'service', json: { forum_topic_created: { name, icon_color } } };
  const before = (message) => {
    message.thread = message.id;
    Object.assign(topic, { id: message.id, head: message });
    chat.topics.set(message.id, topic);
  };
  world.post({ chat, from, content, call, before });
  return topic;
}

/** Tells a topic's members what happened to it. */
export function topicNotice(world, chat, topic, from, json, call) {
  world.post({ chat, from, thread: topic.id ?? 0, content: { kind: 'service', json }, call });
}

/** Deletes a topic with all its messages. No bot is told, as on Telegram. */
export function dropTopic(world, chat, topic, call) {
  topic.deleted = true;
  for (const message of [...chat.history()])
    if (message.thread === topic.id) world.remove(message, call);
}
