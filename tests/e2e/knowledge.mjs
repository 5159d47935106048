// What the knowledge says, read with the least of YAML: the tests compare answers with the files.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { KNOWLEDGE } from './zaide.mjs';

/** The beginning of the first entry of an item's answer, as a customer reads it. */
export function firstWords(language, area, id) {
  const text = readFileSync(path.join(KNOWLEDGE, language, `${area}.yaml`), 'utf8');
  const item = text.split(/^ {2}(?=\w+:$)/m).find((part) => part.startsWith(`${id}:\n`));
  const answer = item.slice(item.indexOf('    answer:\n') + '    answer:\n'.length);
  const [, entry] = answer.split(/^ {6}- /m);
  const words = entry.replace(/^text: /, '').replace(/^>-\n/, '').replace(/^"|"$/g, '');
  return words.replace(/\s+/g, ' ').trim().slice(0, 30).trim();
}
