// parse_mode: HTML, MarkdownV2 and the old Markdown, with TDLib's refusals word for word. Each
// parser takes the marked-up text and returns { text, entities }; a refusal counts UTF-8 bytes.
import { toUSVString } from 'node:util';
import { bad } from './errors.mjs';

const bytes = (text, units) => Buffer.byteLength(text.slice(0, units));

const TAGS = {
  b: 'bold', strong: 'bold', i: 'italic', em: 'italic', u: 'underline', ins: 'underline',
  s: 'strikethrough', strike: 'strikethrough', del: 'strikethrough', 'tg-spoiler': 'spoiler',
  span: 'spoiler', 'tg-emoji': 'custom_emoji', a: 'text_link', pre: 'pre', code: 'code',
  blockquote: 'blockquote',
};
const NAMED = { lt: '<', gt: '>', amp: '&', quot: '"' };

export function parseHtml(source) {
  const entities = [];
  const open = [];
  let text = '';
  let i = 0;
  while (i < source.length) {
    if (source[i] === '&') {
      const [char, length] = htmlEntity(source, i);
      text += char;
      i += length;
    } else if (source[i] !== '<') {
      text += source[i++];
    } else if (source[i + 1] === '/') {
      i = closeTag(source, i, open, entities, text);
    } else {
      const tag = readTag(source, i);
      open.push({ ...tag, offset: text.length });
      i = tag.end;
    }
  }
  if (open.length > 0)
    throw bad(`Can't find end tag corresponding to start tag "${open.at(-1).name}"`);
  if (toUSVString(text) !== text)
    throw bad(
      'Text contains invalid Unicode characters after decoding HTML entities, ' +
        'check for unmatched surrogate code units',
    );
  return { text, entities };
}

function htmlEntity(source, at) {
  const match = /^&(?:#(\d+)|#x([0-9a-f]+)|(lt|gt|amp|quot));?/i.exec(source.slice(at, at + 12));
  if (!match) return ['&', 1];
  if (match[3]) return [NAMED[match[3].toLowerCase()], match[0].length];
  const code = match[1] ? parseInt(match[1], 10) : parseInt(match[2], 16);
  if (code === 0 || code > 0x10ffff) return ['&', 1];
  return [String.fromCodePoint(code), match[0].length];
}

const isSpace = (char) => char === ' ' || char === '\t' || char === '\n' || char === '\r';

function readTag(source, at) {
  const where = () => `at byte offset ${bytes(source, at)}`;
  let i = at + 1;
  while (i < source.length && !isSpace(source[i]) && source[i] !== '>') i++;
  if (i >= source.length) throw bad(`Unclosed start tag ${where()}`);
  const name = source.slice(at + 1, i).toLowerCase();
  if (!Object.hasOwn(TAGS, name)) throw bad(`Unsupported start tag "${name}" ${where()}`);
  const close = source.indexOf('>', i);
  if (close < 0) throw bad(`Unclosed start tag "${name}" ${where()}`);
  const attributes = {};
  const pattern = /([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9.-]+)))?/g;
  for (const match of source.slice(i, close).matchAll(pattern))
    attributes[match[1]] = match[2] ?? match[3] ?? match[4] ?? '';
  if (name === 'span' && attributes.class !== 'tg-spoiler')
    throw bad(`Tag "span" must have class "tg-spoiler" ${where()}`);
  return { name, attributes, end: close + 1 };
}

function closeTag(source, at, open, entities, text) {
  const where = () => `at byte offset ${bytes(source, at)}`;
  if (open.length === 0) throw bad(`Unexpected end tag ${where()}`);
  const close = source.indexOf('>', at);
  if (close < 0) throw bad(`Unclosed end tag ${where()}`);
  const name = source.slice(at + 2, close).trim().toLowerCase();
  const tag = open.pop();
  if (name !== '' && name !== tag.name)
    throw bad(`Unmatched end tag ${where()}, expected "</${tag.name}>", found "</${name}>"`);
  const length = text.length - tag.offset;
  if (length === 0) return close + 1;
  const entity = { offset: tag.offset, length, type: TAGS[tag.name] };
  if (tag.name === 'a') entity.url = tag.attributes.href || text.slice(tag.offset);
  if (tag.name === 'tg-emoji') entity.custom_emoji_id = tag.attributes['emoji-id'] ?? '';
  if (tag.name === 'blockquote' && 'expandable' in tag.attributes)
    entity.type = 'expandable_blockquote';
  const language = /^language-(.+)/.exec(tag.attributes.class ?? '')?.[1];
  if (tag.name === 'code' && language) entity.language = language;
  const last = entities.at(-1);
  const nested = last?.offset === entity.offset && last.length === length;
  if (tag.name === 'pre' && nested && last.type === 'code' && last.language) last.type = 'pre';
  else entities.push(entity);
  return close + 1;
}

const RESERVED = new Set('_*[]()~`>#+-=|{}.!');
const NAMES = {
  bold: 'Bold', italic: 'Italic', underline: 'Underline', strikethrough: 'Strikethrough',
  spoiler: 'Spoiler', code: 'Code', pre: 'Pre', text_link: 'TextUrl', blockquote: 'BlockQuote',
};
// Longest first: `__` is underline, `_` italic.
const MARKS = [
  ['```', 'pre'], ['||', 'spoiler'], ['__', 'underline'], ['*', 'bold'], ['_', 'italic'],
  ['~', 'strikethrough'], ['`', 'code'],
];

export function parseMarkdownV2(source) {
  const entities = [];
  const open = [];
  let text = '';
  let i = 0;
  const finish = (entity) => {
    entity.length = text.length - entity.offset;
    const { offset, length, type, url, language } = entity;
    if (length > 0)
      entities.push({ offset, length, type, ...(url && { url }), ...(language && { language }) });
  };
  const endQuote = () => {
    if (open.at(-1)?.type !== 'blockquote') throw unended(source, open.at(-1));
    finish(open.pop());
  };
  while (i < source.length) {
    const top = open.at(-1);
    const verbatim = top?.type === 'code' || top?.type === 'pre';
    const char = source[i];
    if (char === '\\' && i + 1 < source.length && source.charCodeAt(i + 1) <= 126) {
      text += source[i + 1];
      i += 2;
    } else if (verbatim ? char !== '`' : char !== '\n' && !RESERVED.has(char)) {
      text += char;
      i++;
    } else if (char === '\n') {
      const quoting = open.some((entity) => entity.type === 'blockquote');
      if (quoting && source[i + 1] !== '>') endQuote();
      text += '\n';
      i++;
    } else if (char === '>' && (i === 0 || source[i - 1] === '\n')) {
      if (!open.some((entity) => entity.type === 'blockquote'))
        open.push({ type: 'blockquote', offset: text.length, at: i });
      i++;
    } else if (char === '[' && !verbatim) {
      open.push({ type: 'text_link', offset: text.length, at: i++ });
    } else if (char === ']' && top?.type === 'text_link') {
      i = endLink(source, i, top, text);
      finish(open.pop());
    } else {
      i = mark(source, i, open, finish, text.length);
    }
  }
  if (open.at(-1)?.type === 'blockquote') finish(open.pop());
  if (open.length > 0) throw unended(source, open.at(-1));
  return { text, entities };
}

function unended(source, entity) {
  const name = entity.type === 'pre' && entity.language ? 'PreCode' : NAMES[entity.type];
  return bad(`Can't find end of ${name} entity at byte offset ${bytes(source, entity.at)}`);
}

function mark(source, at, open, finish, offset) {
  const top = open.at(-1);
  const own = MARKS.find(([, type]) => type === top?.type);
  const closing = own && source.startsWith(own[0], at);
  const found = MARKS.find(([sign]) => source.startsWith(sign, at));
  // An italic that is open ends at `_`, but `__` inside it opens an underline.
  if (closing && !(top.type === 'italic' && source.startsWith('__', at))) {
    finish(open.pop());
    return at + own[0].length;
  }
  if (!found)
    throw bad(`Character '${source[at]}' is reserved and must be escaped with the preceding '\\'`);
  const [sign, type] = found;
  const entity = { type, offset, at };
  let next = at + sign.length;
  if (type === 'pre') {
    const language = /^[^\s`]+(?=\s)/.exec(source.slice(next))?.[0];
    if (language) entity.language = language;
    next += language?.length ?? 0;
    next += /^(?:\r\n|\n\r|\n|\r)?/.exec(source.slice(next, next + 2))[0].length;
  }
  open.push(entity);
  return next;
}

function endLink(source, at, entity, text) {
  if (source[at + 1] !== '(') {
    entity.url = text.slice(entity.offset);
    return at + 1;
  }
  let url = '';
  let i = at + 2;
  for (; i < source.length && source[i] !== ')'; i++) {
    if (source[i] === '\\' && i + 1 < source.length) i++;
    url += source[i];
  }
  if (i >= source.length)
    throw bad(`Can't find end of a URL at byte offset ${bytes(source, at + 2)}`);
  entity.url = url;
  return i + 1;
}

const OLD_TYPES = { _: 'italic', '*': 'bold', '`': 'code', '[': 'text_link' };

export function parseMarkdown(source) {
  const entities = [];
  let text = '';
  for (let i = 0; i < source.length; i++) {
    const char = source[i];
    if (char === '\\' && '_*`['.includes(source[i + 1] ?? '-')) {
      text += source[++i];
    } else if (!Object.hasOwn(OLD_TYPES, char)) {
      text += char;
    } else {
      const pre = source.startsWith('```', i);
      const end = pre ? '```' : char === '[' ? ']' : char;
      const from = i + (pre ? 3 : 1);
      const to = source.indexOf(end, from);
      if (to < 0)
        throw bad(`Can't find end of the entity starting at byte offset ${bytes(source, i)}`);
      const inner = pre ? source.slice(from, to).replace(/^\r?\n/, '') : source.slice(from, to);
      const type = pre ? 'pre' : OLD_TYPES[char];
      const entity = { offset: text.length, length: inner.length, type };
      i = to + end.length - 1;
      if (char === '[') {
        const link = /^\(([^)]*)\)?/.exec(source.slice(i + 1));
        entity.url = link ? link[1] : inner;
        i += link ? link[0].length : 0;
      }
      text += inner;
      if (inner !== '') entities.push(entity);
    }
  }
  return { text, entities };
}
