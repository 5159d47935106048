// Files: bytes, sizes, and the ids under which each bot knows them. A file id works only for the
// bot it was given to; a path for a download only after getFile, and for an hour.
import { createHmac, randomBytes } from 'node:crypto';

export const MAX_DOWNLOAD = 20 * 1024 * 1024;
export const MAX_PHOTO = 10 * 1024 * 1024;
export const MAX_UPLOAD = 50 * 1024 * 1024;
const PATH_MS = 60 * 60 * 1000;

const FOLDERS = {
  photo: 'photos', voice: 'voice', video: 'videos', audio: 'music', sticker: 'stickers',
  video_note: 'video_notes', animation: 'animations', document: 'documents',
};
const TYPES = {
  photo: 'image/jpeg', voice: 'audio/ogg', video: 'video/mp4', audio: 'audio/mpeg',
  animation: 'video/mp4', document: 'application/octet-stream',
};
const EXTENSIONS = {
  photo: 'jpg', voice: 'oga', video: 'mp4', video_note: 'mp4', audio: 'mp3', sticker: 'webp',
  animation: 'mp4', document: 'bin',
};
const TAG = 9;

export class Files {
  #key = randomBytes(16);
  #files = [];
  #paths = new Map(); // "<bot id>/<path>" -> { file, until }

  constructor(clock) {
    this.clock = clock;
  }

  /** Takes { kind, bytes, size, name, mime, ... }; `size` may be larger than the bytes kept. */
  add(properties) {
    const no = this.#files.length + 1;
    const bytes = properties.bytes ?? Buffer.alloc(0);
    const file = {
      no, size: bytes.length, mime: TYPES[properties.kind], ...properties, bytes, ids: new Map(),
      unique: `AQAD${Buffer.from(String(no).padStart(8, '0')).toString('base64url')}`,
    };
    this.#files.push(file);
    return file;
  }

  /** Adds a picture in the sizes Telegram would make of it: { kind: 'photo', sizes }. */
  addPhoto(bytes, { width, height }, size = bytes.length) {
    const photo = { kind: 'photo', sizes: [] };
    for (const edge of [90, 320, 800, 1280]) {
      const scale = Math.min(1, edge / Math.max(width, height));
      const scaled = (length) => Math.max(1, Math.round(length * scale));
      const file = {
        kind: 'photo', bytes, photo, width: scaled(width), height: scaled(height),
        size: scale < 1 ? Math.ceil(size * scale * scale) : size,
      };
      photo.sizes.push(this.add(file));
      if (scale === 1) break;
    }
    return photo;
  }

  /** The id under which `bot` knows the file. */
  idFor(bot, file) {
    let id = file.ids.get(bot.id);
    if (!id) {
      const plain = Buffer.from(`${file.kind}:${file.no}:${bot.id}`);
      id = `BQAC${Buffer.concat([this.#tag(plain), plain]).toString('base64url')}`;
      file.ids.set(bot.id, id);
    }
    return id;
  }

  /** { file }, { foreign: true } for another bot's id, or null for no id at all. */
  find(bot, id) {
    const raw = id.startsWith('BQAC') ? Buffer.from(id.slice(4), 'base64url') : Buffer.alloc(0);
    const plain = raw.subarray(TAG);
    if (raw.length <= TAG || !this.#tag(plain).equals(raw.subarray(0, TAG))) return null;
    const [, no, botId] = plain.toString().split(':');
    return Number(botId) === bot.id ? { file: this.#files[no - 1] } : { foreign: true };
  }

  #tag(plain) {
    return createHmac('sha256', this.#key).update(plain).digest().subarray(0, TAG);
  }

  /** Makes the file downloadable and returns its path. */
  publish(bot, file) {
    const extension = /\.([A-Za-z0-9]{1,8})$/.exec(file.name ?? '')?.[1] ?? EXTENSIONS[file.kind];
    const path = `${FOLDERS[file.kind]}/file_${file.no}.${extension}`;
    this.#paths.set(`${bot.id}/${path}`, { file, until: this.clock.now() + PATH_MS });
    return path;
  }

  atPath(bot, path) {
    const entry = this.#paths.get(`${bot.id}/${path}`);
    return entry && entry.until > this.clock.now() ? entry.file : undefined;
  }
}

/** { width, height } of a PNG, JPEG, GIF or WebP picture, or null when the bytes are none. */
export function pictureSize(bytes) {
  if (bytes.length >= 24 && bytes.toString('latin1', 1, 4) === 'PNG')
    return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (bytes.length >= 10 && bytes.toString('latin1', 0, 3) === 'GIF')
    return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  if (bytes.length >= 12 && bytes.toString('latin1', 8, 12) === 'WEBP')
    return { width: 512, height: 512 };
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    if (bytes[at + 1] >= 0xc0 && bytes[at + 1] <= 0xc3)
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return { width: 800, height: 600 };
}

/** The smallest valid PNG header with the given size: enough to be taken for a picture. */
export function tinyPng(width = 640, height = 480) {
  const png = Buffer.from(
    '89504e470d0a1a0a0000000d494844520000000000000000080600000000000000', 'hex',
  );
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  return png;
}
