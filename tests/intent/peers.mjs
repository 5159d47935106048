// A peer in a process of its own: node tests/intent/peers.mjs NAME FILE. The file has {learn: [{text, label, lang}],
// ask: [{text, lang}]}; printed are {seconds, mb, found: [{found, confidence, us}]}, all as JSON.
import { readFileSync } from 'node:fs';

const peers = {
  /** A neural net over stems, a language at a time; None is a label like any other. */
  async 'nlp.js'(learn) {
    const { NlpManager } = (await import('node-nlp')).default;
    const languages = [...new Set(learn.map((row) => row.lang))];
    const manager = new NlpManager({ languages, autoSave: false, autoLoad: false, nlu: { log: false }, ner: { threshold: 1 } });
    for (const { text, label, lang } of learn) manager.addDocument(lang, text, label === 'oos' ? 'None' : label);
    await manager.train();
    return async ({ text, lang }) => {
      const { intent, score } = await manager.process(lang, text);
      return { found: intent === 'None' ? 'none' : intent, confidence: intent === 'None' ? 1 - score : score };
    };
  },
  /** Fuzzy search among the language's examples; the nearest one's label. */
  async 'fuse.js'(learn) {
    const Fuse = (await import('fuse.js')).default;
    const fuses = {};
    for (const lang of new Set(learn.map((row) => row.lang)))
      fuses[lang] = new Fuse(learn.filter((row) => row.lang === lang), { keys: ['text'], includeScore: true });
    return async ({ text, lang }) => {
      const [best] = fuses[lang].search(text, { limit: 1 });
      return best ? { found: best.item.label === 'oos' ? 'none' : best.item.label, confidence: 1 - best.score } : { found: 'none', confidence: 0 };
    };
  },
};

const [name, file] = process.argv.slice(2);
const { learn, ask } = JSON.parse(readFileSync(file, 'utf8'));
const begun = performance.now();
const answer = await peers[name](learn);
const seconds = (performance.now() - begun) / 1000;
for (const row of ask.slice(0, 50)) await answer(row); // warm
const found = [];
for (const row of ask) {
  const asked = performance.now();
  const said = await answer(row);
  found.push({ ...said, us: (performance.now() - asked) * 1000 });
}
process.stdout.write(JSON.stringify({ seconds, mb: process.memoryUsage().rss / 2 ** 20, found }), () => process.exit(0));
