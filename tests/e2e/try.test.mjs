import assert from 'node:assert/strict';
import { scene } from './harness.mjs';
scene('first', { agents: { mia: ['--alias', 'Miya'] } }, async (s) => {
  const ann = s.customer('Ann');
  ann.say('the red lamp on my trading desk keeps blinking at me');
  await ann.hears(/I'm a bot/);
  await ann.hears(/you are next\. Your case is #/);
  const topic = await s.topic('Ann');
  await s.posted({ topic, text: 'red lamp' });
  await s.people.mia.claim(topic);
  await ann.hears(/Miya is with you now/);
  s.people.mia.say(topic, 'Hello Ann');
  await ann.hears(/^Hello Ann$/);
  console.log(s.zaide.log);
  console.log(s.fake.calls({}).map(c=>c.method+' '+JSON.stringify(c.params).slice(0,150)+' '+(c.ok?'':c.description)).join('\n'));
  for (const m of s.posts()) console.log(m.message_thread_id, m.from.first_name, m.text ?? JSON.stringify(m).slice(0,200));
});
