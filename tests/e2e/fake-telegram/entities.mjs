// The entities Telegram finds in a text by itself.

// What may follow a domain; punctuation at the end belongs to the sentence.
const PATH = String.raw`[^\s<>"]*[^\s<>".,;:!?)\]}']`;
const DOMAIN =
  String.raw`(?<![\p{L}\p{N}_@.-])(?:[a-z0-9-]+\.)+` +
  String.raw`(?:com|org|net|io|me|dev|app|info|xyz|co|cn|ru)(?![\p{L}\p{N}_-])`;

const PATTERNS = [
  [
    'bot_command',
    /(?<![\p{L}\p{N}_/<>])\/[A-Za-z0-9_]{1,64}(?:@[A-Za-z]\w{2,31})?(?![\p{L}\p{N}_/<>])/gu,
  ],
  ['email', /[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}/g],
  ['mention', /(?<![\p{L}\p{N}_@])@[A-Za-z][A-Za-z0-9_]{2,31}(?![\p{L}\p{N}_])/gu],
  ['url', new RegExp(`(?:https?|ftp)://${PATH}|${DOMAIN}(?:/${PATH})?`, 'giu')],
  ['hashtag', /(?<![\p{L}\p{N}_#])#[\p{L}\p{N}_]*\p{L}[\p{L}\p{N}_]*/gu],
  ['cashtag', /(?<![\p{L}\p{N}_$])\$[A-Z]{1,8}(?![\p{L}\p{N}_$])/gu],
];
const WORTH_A_LOOK = /[/@#$.]/;

/** The entities of `text`, by offset, none inside another. */
export function findEntities(text) {
  if (!WORTH_A_LOOK.test(text)) return [];
  const found = [];
  for (const [type, pattern] of PATTERNS)
    for (const match of text.matchAll(pattern)) {
      const entity = { offset: match.index, length: match[0].length, type };
      const clear = found.every(
        (f) => f.offset + f.length <= entity.offset || f.offset >= entity.offset + entity.length,
      );
      if (clear) found.push(entity);
    }
  return found.sort((a, b) => a.offset - b.offset);
}
