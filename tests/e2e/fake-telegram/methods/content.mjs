// Reads what a message is made of: text, caption, media. Each reader looks at the parameters at
// once and returns a function that finishes the content after the chat has been found: the real
// server's order, and so the order of its refusals.
import { ApiError, bad } from '../errors.mjs';
import { field } from '../args.mjs';
import { MAX_PHOTO, MAX_UPLOAD, pictureSize } from '../files.mjs';
import { MAX_CAPTION, MAX_TEXT, fixText, parseText } from '../text.mjs';

function linkPreview(args) {
  const value = args.json('link_preview_options', 'link preview options');
  if (value === undefined)
    return args.bool('disable_web_page_preview') ? { is_disabled: true } : undefined;
  if (value === null || typeof value !== 'object')
    throw bad('Object expected as link preview options');
  field.bool(value, 'is_disabled');
  return value;
}

/** The text content of sendMessage and editMessageText; the function finishes it later. */
export function textReader(args) {
  const link_preview_options = linkPreview(args);
  const text = args.str('text');
  if (text === '') throw bad('Message text is empty');
  const parsed = parseText(text, args.str('parse_mode'), args.entities('entities'));
  return () => {
    const fixed = fixText(parsed, false);
    if (fixed.text.length > MAX_TEXT) throw bad('message is too long');
    return { kind: 'text', ...fixed, link_preview_options };
  };
}

/** A caption: read now, checked by the returned function once the chat has been found. */
export function captionReader(text, parseMode, entities) {
  const parsed = parseText(text, parseMode, entities);
  return () => {
    const caption = fixText(parsed, true);
    if (caption.text.length > MAX_CAPTION) throw bad('message caption is too long');
    return caption;
  };
}

export const TYPE_NAMES = {
  photo: 'Photo', document: 'Document', voice: 'VoiceNote', video: 'Video', audio: 'Audio',
  video_note: 'VideoNote', animation: 'Animation', sticker: 'Sticker',
};
// The numbers a kind of file is sent with.
export const MEASURES = {
  photo: [], document: [], voice: ['duration'], sticker: [],
  video: ['width', 'height', 'duration'], animation: ['width', 'height', 'duration'],
  audio: ['duration'], video_note: ['duration', 'length'],
};

function fromUpload(ctx, kind, upload, properties) {
  const { bytes } = upload;
  if (bytes.length === 0) throw bad('File must be non-empty');
  if (kind !== 'photo') {
    if (bytes.length > MAX_UPLOAD) throw new ApiError(413, 'Request Entity Too Large');
    const mime = upload.type === 'application/octet-stream' ? {} : { mime: upload.type };
    return ctx.world.files.add({ kind, bytes, name: upload.name, ...mime, ...properties });
  }
  if (bytes.length > MAX_PHOTO) throw bad('File is too big');
  const size = pictureSize(bytes);
  if (!size) throw bad('IMAGE_PROCESS_FAILED');
  const [short, long] = [size.width, size.height].sort((a, b) => a - b);
  if (short + long > 10_000 || long > short * 20) throw bad('PHOTO_INVALID_DIMENSIONS');
  return ctx.world.files.addPhoto(bytes, size);
}

function fromId(ctx, kind, id) {
  if (/^https?:\/\//i.test(id)) throw bad('Failed to get HTTP URL content');
  const found = ctx.world.files.find(ctx.bot, id);
  if (!found?.file) throw bad('Wrong file identifier/HTTP URL specified');
  const { file } = found;
  if (file.kind !== kind)
    throw bad(`Can't use file of type ${TYPE_NAMES[file.kind]} as ${TYPE_NAMES[kind]}`);
  return file.photo ?? file;
}

/**
 * What a field, an upload or an attach:// name means: a function that gives the media, or null.
 * `properties` go to an uploaded file.
 */
export function mediaReader(ctx, kind, value, upload, properties = {}) {
  const attached = /^attach:\/\/(.+)/.exec(value);
  const given = upload ?? (attached && ctx.args.files[attached[1]]);
  if (given) return () => fromUpload(ctx, kind, given, properties);
  return value === '' || attached ? null : () => fromId(ctx, kind, value);
}

const ALBUM_KINDS = ['photo', 'video', 'audio', 'document'];

/** One InputMedia: { kind, finish }. */
export function readInputMedia(ctx, item, forAlbum) {
  if (item === null || typeof item !== 'object' || Array.isArray(item))
    throw bad('expected an Object');
  const caption = captionReader(
    field.text(item, 'caption'), field.text(item, 'parse_mode'), item.caption_entities,
  );
  const type = field.text(item, 'type', true);
  if (forAlbum && type === 'animation') throw bad(`type "${type}" can't be used in sendMediaGroup`);
  if (!ALBUM_KINDS.includes(type) && type !== 'animation')
    throw bad(`type "${type}" is unsupported`);
  const sizes = Object.fromEntries(MEASURES[type].map((name) => [name, field.int(item, name)]));
  const media = mediaReader(ctx, type, field.text(item, 'media'), undefined, sizes);
  if (!media) throw bad('media not found');
  return { kind: type, finish: () => ({ kind: type, ...caption(), media: media() }) };
}
