// What the knowledge says, read with the least of YAML: the tests ask and expect what stands there.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { KNOWLEDGE } from './zaide.mjs';

// The entries of a list of an item, each on one line.
function entries(language, area, id, list) {
  const text = readFileSync(path.join(KNOWLEDGE, language, `${area}.yaml`), 'utf8');
  const item = text.split(/^ {2}(?=\w+:$)/m).find((part) => part.startsWith(`${id}:\n`));
  const [, part] = item.split(`    ${list}:\n`);
  const [lines] = part.split(/^ {0,4}\S/m);
  return lines.split(/^ {6}- /m).slice(1).map((entry) =>
    entry.replace(/^(text: )?(>-\n)?/, '').replace(/\s+/g, ' ').trim().replace(/^"(.*)"$/, '$1'));
}

/** The beginning of an item's answer, as a customer reads it. */
export const firstWords = (language, area, id) =>
  entries(language, area, id, 'answer')[0].slice(0, 30).trim();

/** How people ask for an item. */
export const example = (language, area, id, n = 0) => entries(language, area, id, 'examples')[n];
