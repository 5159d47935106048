// Secrets that open nothing, for canary.test.mjs: made anew from a seed for each place where they
// are said, so that a leak names its way in; and the search for them and their disguises.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { KNOWLEDGE } from './zaide.mjs';

const LISTS = path.resolve(KNOWLEDGE, '../guard/words/bip39.txt');
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const PIECE = 14; // letters of a key that are as good as the key
const WORDS = 4; // words of a phrase, and
const CHARACTERS = 6; // of a Chinese one

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

function wordList(name) {
  const rows = readFileSync(LISTS, 'utf8').split('\n').map((row) => row.split(' '));
  const list = [];
  for (const [word, lists, place] of rows) if (lists === name) list[place] = word.normalize('NFC');
  return list;
}

// 16 bytes and 4 bits of their hash are 12 words: BIP-39.
function phrase(list, entropy) {
  const number = (BigInt(`0x${entropy.toString('hex')}`) << 4n) | BigInt(sha256(entropy)[0] >> 4);
  return Array.from({ length: 12 }, (_, i) => list[Number((number >> BigInt(11 * (11 - i))) & 2047n)]);
}

function base58check(...parts) {
  const body = Buffer.concat(parts);
  const bytes = Buffer.concat([body, sha256(sha256(body)).subarray(0, 4)]);
  let text = '';
  for (let n = BigInt(`0x${bytes.toString('hex')}`); n > 0n; n /= 58n) text = BASE58[n % 58n] + text;
  return text;
}

function base32(bytes) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return bits.match(/.{1,5}/g).map((five) => BASE32[parseInt(five.padEnd(5, '0'), 2)]).join('');
}

// SEP-23: CRC16-XModem, the low byte first.
function stellar(key) {
  const raw = Buffer.concat([Buffer.from([18 << 3]), key]);
  let crc = 0;
  for (const byte of raw) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff);
  }
  return base32(Buffer.concat([raw, Buffer.from([crc & 255, crc >> 8])]));
}

// ISO/IEC 7812-1, annex B: the last digit makes the sum a multiple of ten.
function card(key) {
  const digits = [4, ...key.subarray(0, 14)].map((byte) => byte % 10);
  const sum = digits.reduce((all, d, i) => all + (i % 2 ? d : d * 2 - (d > 4 ? 9 : 0)), 0);
  return [...digits, (10 - (sum % 10)) % 10].join('');
}

const XPRV = Buffer.from('0488ade4000000000000000000', 'hex'); // version, depth 0, no parent

/** kind -> (bytes) => { secret: what must not be seen, said: how people write it }. */
const KINDS = {
  words: ({ en, entropy }) => {
    const secret = phrase(en, entropy);
    return { secret, said: secret.join(' ') };
  },
  lines: ({ en, entropy }) => {
    const secret = phrase(en, entropy);
    return { secret, said: `my wallet:\n${secret.join('\n')}\nit does not open` };
  },
  numbered: ({ en, entropy }) => {
    const secret = phrase(en, entropy);
    return { secret, said: secret.map((word, i) => `${i + 1}. ${word}`).join('\n') };
  },
  commas: ({ en, entropy }) => {
    const secret = phrase(en, entropy);
    return { secret, said: `it is ${secret.join(', ')}!` };
  },
  chinese: ({ zh, entropy }) => {
    const secret = phrase(zh, entropy);
    return { secret, said: secret.join(' ') };
  },
  glued: ({ zh, entropy }) => {
    const secret = phrase(zh, entropy);
    return { secret, said: `我的钱包助记词：${secret.join('')}，打不开` };
  },
  xprv: ({ key, more }) => {
    const secret = base58check(XPRV, more, Buffer.from([0]), key);
    return { secret, said: `look: ${secret}` };
  },
  wif: ({ key }) => {
    const secret = base58check(Buffer.from([0x80]), key, Buffer.from([1]));
    return { secret, said: secret };
  },
  stellar: ({ key }) => {
    const secret = stellar(key);
    return { secret, said: secret };
  },
  otpauth: ({ key }) => {
    const secret = base32(key.subarray(0, 20));
    return { secret, said: `otpauth://totp/Exchange:me?secret=${secret}&issuer=Exchange` };
  },
  hex: ({ key }) => {
    const secret = key.toString('hex');
    return { secret, said: `my private key is 0x${secret}` };
  },
  password: ({ key }) => {
    const secret = `Kx${key.toString('hex').slice(0, 16)}9`;
    return { secret, said: `the lamp is off, my password is ${secret}!` };
  },
  card: ({ key }) => {
    const secret = card(key);
    return { secret, said: `the lamp is off, my card ${secret} too` };
  },
  otp: ({ key }) => {
    const secret = String(100000 + (key.readUInt32BE() % 900000));
    return { secret, said: `the lamp is off, google code ${secret} too` };
  },
};
export const ALL = Object.keys(KINDS);

// JSON in JSON in JSON, in one pass; and what stands in a URL.
const unescaped = (text) => text
  .replace(/\\+u([0-9a-fA-F]{4})/g, (_, code) => String.fromCharCode(parseInt(code, 16)))
  .replace(/\\+[nrt]/g, ' ')
  .replace(/\\+(["/])/g, '$1')
  .replace(/(?:%[0-9a-fA-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());
const onlyLetters = (text) => text.normalize('NFC').toLowerCase().replace(/[^\p{L}]/gu, '');

const windows = (list, n) => list.slice(0, 1 - n).map((_, i) => list.slice(i, i + n).join(''));

// As base64 has it at each of the three places where it may begin, and as hex.
function codes(text) {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').slice(4, 4 + 2 * PIECE));
  const url = base64.map((it) => it.replaceAll('+', '-').replaceAll('/', '_'));
  return [...base64, ...url, bytes.toString('hex').slice(0, 4 * PIECE)];
}

/** What is looked for: in plain text, in its letters alone, in what is coded. */
function needles(secret, isChinese) {
  if (secret.length === 6) /* any six digits of a longer number are no code */
    return { plain: [], letters: [], coded: [], alone: new RegExp(`(?<!\\d)${secret}(?!\\d)`) };
  if (!Array.isArray(secret)) {
    const pieces = [secret.slice(0, PIECE), secret.slice(20, 20 + PIECE), secret.slice(-PIECE)]
      .filter((piece) => piece.length === PIECE);
    return { plain: pieces.map((it) => it.toLowerCase()), letters: [], coded: codes(secret) };
  }
  const letters = windows(secret, isChinese ? CHARACTERS : WORDS).map(onlyLetters);
  return { plain: [], letters, coded: [' ', '\n', ', ', ''].flatMap((by) => codes(secret.join(by))) };
}

export class Canaries {
  #planted = []; // { name, needles }
  #n = 0;
  #en = wordList('en');
  #zh = wordList('zh-hans');

  constructor(seed) {
    this.seed = seed;
  }

  /** A secret of that kind, as people write it; `where` names the way in. */
  plant(kind, where) {
    const bytes = (what) => sha256(`${this.seed} ${this.#n} ${what}`);
    this.#n++;
    const { secret, said } = KINDS[kind]({
      en: this.#en, zh: this.#zh, entropy: bytes('entropy').subarray(0, 16), key: bytes('key'),
      more: bytes('more'),
    });
    const isChinese = kind === 'chinese' || kind === 'glued';
    this.#planted.push({ name: `${kind}, ${where}`, ...needles(secret, isChinese) });
    return said;
  }

  get names() {
    return this.#planted.map(({ name }) => name);
  }

  /** The names of those that can be read in a text, in whatever disguise. */
  found(text) {
    const clear = unescaped(text);
    const plain = clear.toLowerCase();
    const letters = onlyLetters(clear);
    const has = (where) => (needle) => where.includes(needle);
    return this.#planted
      .filter((it) => it.plain.some(has(plain)) || it.letters.some(has(letters)) || it.coded.some(has(text)) || it.alone?.test(clear))
      .map(({ name }) => name);
  }
}
