// The sends with files: by upload, by attach://name, or by the file id this bot was given.
import { bad, within } from '../errors.mjs';
import { messageJson } from '../render.mjs';
import { deliver, deliverOne } from './common.mjs';
import { MEASURES, TYPE_NAMES, captionReader, mediaReader, readInputMedia } from './content.mjs';

const STICKER = { type: 'regular', width: 512, height: 512, is_animated: false, is_video: false };

function sendMedia(ctx, kind) {
  const { args } = ctx;
  const properties = Object.fromEntries(MEASURES[kind].map((name) => [name, args.int(name, 0, 0)]));
  if (kind === 'sticker')
    Object.assign(properties, STICKER, { emoji: args.str('emoji') || undefined });
  if (kind === 'audio')
    for (const name of ['title', 'performer']) properties[name] = args.str(name) || undefined;
  const media = mediaReader(ctx, kind, args.str(kind).trim(), args.files[kind], properties);
  if (!media) throw bad(`There is no ${kind.replace('_', ' ')} in the request`);
  const captioned = kind !== 'sticker' && kind !== 'video_note';
  const caption = captioned
    ? captionReader(args.str('caption'), args.str('parse_mode'), args.entities('caption_entities'))
    : () => ({ text: '', entities: [] });
  const above = args.bool('show_caption_above_media');
  const spoiler = args.bool('has_spoiler');
  return deliverOne(ctx, kind, () => ({ kind, ...caption(), media: media(), above, spoiler }));
}

export const sendPhoto = (ctx) => sendMedia(ctx, 'photo');
export const sendDocument = (ctx) => sendMedia(ctx, 'document');
export const sendVoice = (ctx) => sendMedia(ctx, 'voice');
export const sendVideo = (ctx) => sendMedia(ctx, 'video');
export const sendVideoNote = (ctx) => sendMedia(ctx, 'video_note');
export const sendAnimation = (ctx) => sendMedia(ctx, 'animation');
export const sendAudio = (ctx) => sendMedia(ctx, 'audio');
export const sendSticker = (ctx) => sendMedia(ctx, 'sticker');

export function sendMediaGroup(ctx) {
  ctx.args.required('media');
  const list = ctx.args.json('media', 'media');
  if (!Array.isArray(list)) throw bad('Expected an Array of InputMedia');
  const items = list.map((item) =>
    within("Can't parse InputMedia", () => readInputMedia(ctx, item, true)),
  );
  if (items.length === 0) throw bad('There are no messages to send');
  if (items.length > 10) throw bad('Too many messages to send as an album');
  const kinds = items.map(({ kind }) => kind);
  for (const kind of ['document', 'audio'])
    if (kinds.includes(kind) && kinds.some((other) => other !== kind))
      throw bad(`${TYPE_NAMES[kind]} can't be mixed with other media types`);
  if (items.length === 1)
    ctx.journal.violation('an album must have 2 to 10 parts', { method: ctx.method });
  const album = ctx.world.nextAlbum();
  const make = () => items.map(({ finish }) => ({ ...finish(), album }));
  return deliver(ctx, kinds, make, { withMarkup: false }).map((message) =>
    messageJson(message, ctx.bot, ctx.world),
  );
}
