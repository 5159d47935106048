// Was everybody told, and once, though zaide was killed meanwhile?
import assert from 'node:assert/strict';
import { until, words } from './harness.mjs';

/** How many of his messages say that. */
export const count = (person, pattern) => person.heard().map(words).filter((t) => pattern.test(t)).length;

/** What was said to him, as the store has it: the words, and the marks of sends that are in doubt. */
async function transcript(stage, { id }) {
  const redis = await stage.home.redis();
  const keys = await redis.call('KEYS', `zaide:{*}:t:telegram:*:${id}`);
  const lines = await redis.call('LRANGE', keys[0], '0', '-1');
  return lines.map((line) => JSON.parse(line));
}

/** Everybody has heard it. It was said once; only what was on its way at the kill may arrive twice,
 * and that is marked. */
export async function allHeard(stage, people, pattern, what) {
  await until(() => people.every((person) => count(person, pattern) > 0), what);
  for (const person of people) {
    const isMarked = async () => { // once it is known what became of the second send
      const lines = await transcript(stage, person);
      const said = lines.filter(({ content }) => content && pattern.test(content.text ?? ''));
      assert.equal(said.length, 1, `${what}: said once to ${person.name}`);
      const doubts = lines.filter(({ mark, line }) => mark && line === said[0].n).length;
      return count(person, pattern) <= 1 + doubts;
    };
    await until(isMarked, `${what}: what came twice to ${person.name} is marked`);
  }
}
