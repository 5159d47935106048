// Texts and their entities: what TDLib's fix_formatted_text does with them, and the lengths the
// server allows. Offsets and lengths are UTF-16 units, as JavaScript's own are.
import { toUSVString } from 'node:util';
import { bad, within } from './errors.mjs';
import { field } from './args.mjs';
import { findEntities } from './entities.mjs';
import { parseHtml, parseMarkdown, parseMarkdownV2 } from './markup.mjs';

export const MAX_TEXT = 4096;
export const MAX_CAPTION = 1024;
const MAX_BYTES = 1 << 15;

// Entities the server takes from a caller; the found ones (mention, url ...) it finds itself.
const GIVEN = new Set(
  `bold italic underline strikethrough spoiler code pre text_link text_mention custom_emoji
  blockquote expandable_blockquote`.split(/\s+/),
);
const FOUND = new Set(
  'mention hashtag cashtag bot_command url email phone_number bank_card_number'.split(' '),
);

/**
 * First half of the server's work, done before it looks at the chat: applies parse_mode or reads
 * the entities. Returns { text, entities }.
 */
export function parseText(text, parseMode, inputEntities) {
  if (text.length * 3 > MAX_BYTES && Buffer.byteLength(text) > MAX_BYTES)
    throw bad('Text is too long');
  const mode = parseMode.toLowerCase();
  if (text !== '' && mode !== '' && mode !== 'none') {
    const parser = { html: parseHtml, markdownv2: parseMarkdownV2, markdown: parseMarkdown }[mode];
    if (!parser) throw bad('Unsupported parse_mode');
    return within("Can't parse entities", () => parser(text));
  }
  const entities = [];
  if (Array.isArray(inputEntities))
    for (const input of inputEntities) {
      const entity = within("Can't parse MessageEntity", () => readEntity(input));
      if (entity) entities.push(entity);
    }
  return { text, entities };
}

function readEntity(input) {
  if (input === null || typeof input !== 'object' || Array.isArray(input))
    throw bad('expected an Object');
  const entity = {
    offset: field.int(input, 'offset', true),
    length: field.int(input, 'length', true),
    type: field.text(input, 'type', true),
  };
  if (FOUND.has(entity.type)) return null;
  if (entity.type === '') throw bad('Type is not specified');
  if (!GIVEN.has(entity.type)) throw bad('Unsupported type specified');
  if (entity.type === 'pre' && input.language) entity.language = field.text(input, 'language');
  if (entity.type === 'text_link') entity.url = field.text(input, 'url', true);
  if (entity.type === 'custom_emoji')
    entity.custom_emoji_id = field.text(input, 'custom_emoji_id', true);
  if (entity.type === 'text_mention') {
    if (!input.user || typeof input.user !== 'object') throw bad('Can\'t find field "user"');
    entity.user = { id: field.int(input.user, 'id', true), is_bot: false, first_name: '' };
  }
  return entity;
}

/**
 * Second half: cleans, checks entity bounds, trims, adds the entities the server finds by itself.
 * Returns { text, entities }; both empty when the text is and `allowEmpty` says it may be.
 */
export function fixText({ text, entities }, allowEmpty) {
  if (toUSVString(text) !== text) throw bad('Strings must be encoded in UTF-8');
  for (const { offset, length } of entities) {
    if (offset < 0 || offset > 1_000_000)
      throw bad(`Receive an entity with incorrect offset ${offset}`);
    if (length < 0 || length > 1_000_000)
      throw bad(`Receive an entity with incorrect length ${length}`);
  }
  const given = entities
    .filter((e) => e.length > 0)
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
  checkBounds(text, given);
  const cleaned = trim(clean(text, given), given);
  if (cleaned === '') {
    if (allowEmpty) return { text: '', entities: [] };
    throw bad('Text must be non-empty');
  }
  const kept = given.filter((e) => e.length > 0);
  return { text: cleaned, entities: withFound(cleaned, kept) };
}

const isLow = (code) => code >= 0xdc00 && code <= 0xdfff;

function checkBounds(text, entities) {
  // The end, in bytes, of the pair that `units` falls into.
  const middle = (units) =>
    `in a middle of a UTF-16 symbol at byte offset ${Buffer.byteLength(text.slice(0, units + 1))}`;
  for (const { offset, length } of entities) {
    const end = offset + length;
    const entity = `Entity beginning at UTF-16 offset ${offset}`;
    if (offset > text.length)
      throw bad(`Entity begins after the end of the text at UTF-16 offset ${offset}`);
    if (isLow(text.charCodeAt(offset))) throw bad(`Entity begins ${middle(offset)}`);
    if (end > text.length)
      throw bad(`${entity} ends after the end of the text at UTF-16 offset ${end}`);
    if (isLow(text.charCodeAt(end))) throw bad(`${entity} ends ${middle(end)}`);
  }
}

// Control characters become spaces; carriage returns, bidi and line separators and a few combining
// lines vanish, and the entities move with the text.
const CONTROL = /[\x00-\x08\x09\x0b\x0c\x0e-\x1f]/g;
const VANISHING = /[\r\u2028-\u202e\u0333\u033f\u030a]/g;

function clean(text, entities) {
  const spaced = text.replace(CONTROL, ' ');
  if (spaced.search(VANISHING) < 0) return spaced;
  const gone = [...spaced.matchAll(VANISHING)].map((match) => match.index);
  const before = (offset) => gone.filter((index) => index < offset).length;
  for (const entity of entities) {
    const end = entity.offset + entity.length;
    entity.length = end - before(end) - (entity.offset - before(entity.offset));
    entity.offset -= before(entity.offset);
  }
  return spaced.replace(VANISHING, '');
}

function trim(text, entities) {
  const right = text.replace(/[ \n]+$/, '');
  const first = entities.length > 0 ? entities[0].offset : right.length;
  const left = Math.min(/^[ \n]*/.exec(right)[0].length, first);
  for (const entity of entities) {
    entity.length = Math.min(entity.offset + entity.length, right.length) - entity.offset;
    entity.offset -= left;
  }
  return right.slice(left);
}

function withFound(text, given) {
  const found = findEntities(text).filter((f) =>
    given.every(
      (g) =>
        f.offset + f.length <= g.offset ||
        f.offset >= g.offset + g.length ||
        (!['code', 'pre', 'text_link', 'text_mention'].includes(g.type) &&
          f.offset >= g.offset &&
          f.offset + f.length <= g.offset + g.length),
    ),
  );
  if (found.length === 0) return given;
  return [...given, ...found].sort((a, b) => a.offset - b.offset || b.length - a.length);
}
