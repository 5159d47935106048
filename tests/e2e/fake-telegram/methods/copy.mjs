// copyMessage(s) and forwardMessage(s).
import { bad } from '../errors.mjs';
import { messageJson, userJson } from '../render.mjs';
import { deliver, messageFor, readIds } from './common.mjs';
import { captionReader } from './content.mjs';

const CAPTIONED = new Set(['photo', 'document', 'voice', 'video', 'audio', 'animation']);

function source(ctx, what) {
  const id = ctx.args.int('message_id');
  const chat = ctx.world.chatFor(ctx.bot, ctx.args.required('from_chat_id'), 'read');
  return messageFor(ctx, chat, id, what);
}

const origin = (message) => ({
  origin: { type: 'user', sender_user: userJson(message.from), date: message.date },
});

export function copyMessage(ctx) {
  const { args } = ctx;
  const caption = args.has('caption')
    ? captionReader(args.str('caption'), args.str('parse_mode'), args.entities('caption_entities'))
    : null;
  const message = source(ctx, 'message to copy');
  const { content } = message;
  if (content.kind === 'service' || message.protected) throw bad("the message can't be copied");
  const [copy] = deliver(ctx, [content.kind], () => [
    { ...content, ...(caption && CAPTIONED.has(content.kind) && caption()) },
  ]);
  return { message_id: copy.id };
}

export function forwardMessage(ctx) {
  const message = source(ctx, 'message to forward');
  if (message.content.kind === 'service' || message.protected)
    throw bad("the message can't be forwarded");
  const make = () => [{ ...message.content, ...origin(message) }];
  const [copy] = deliver(ctx, [message.content.kind], make, { withMarkup: false });
  return messageJson(copy, ctx.bot, ctx.world);
}

function several(ctx, extra) {
  const ids = readIds(ctx.args);
  const from = ctx.world.chatFor(ctx.bot, ctx.args.required('from_chat_id'), 'read');
  if (ids.some((id, i) => i > 0 && id <= ids[i - 1]))
    throw bad('Message identifiers must be in a strictly increasing order');
  const found = ids
    .map((id) => from.messages.get(id))
    .filter((message) => message && !message.protected && message.content.kind !== 'service');
  if (found.length === 0) throw bad('There are no messages to forward');
  const albums = new Map();
  const newAlbum = (album) => {
    if (album && !albums.has(album)) albums.set(album, ctx.world.nextAlbum());
    return albums.get(album);
  };
  const make = () =>
    found.map((message) => ({
      ...message.content, album: newAlbum(message.album), ...extra(message),
    }));
  const kinds = found.map((message) => message.content.kind);
  const copies = deliver(ctx, kinds, make, { withMarkup: false });
  return copies.map((message) => ({ message_id: message.id }));
}

export function copyMessages(ctx) {
  const bare = ctx.args.bool('remove_caption');
  return several(ctx, ({ content }) =>
    bare && CAPTIONED.has(content.kind) ? { text: '', entities: [] } : {},
  );
}

export const forwardMessages = (ctx) => several(ctx, origin);
