// Broken and hostile updates: skipped or refused, confirmed, and the next good message is answered.
import assert from 'node:assert/strict';
import { GREETING, confirmed, greetings, start, texts } from './faults.mjs';
import { UNKNOWN, scene } from './harness.mjs';
import { PATIENCE_MS } from './zaide.mjs';

const from = '"from":{"id":5,"is_bot":false,"first_name":"X"},"chat":{"id":5,"type":"private"}';
const message = (rest) => `"message":{"message_id":1,${from},"date":1700000000,${rest}}`;
const query = (rest) => `"callback_query":{"id":"77","from":{"id":5,"is_bot":false,` +
  `"first_name":"X"},"chat_instance":"1",${rest}}`;
const about = `"message":{"message_id":1,"chat":{"id":5,"type":"private"},"date":1700000000}`;
const nested = (open, close, depth) => open.repeat(depth) + close.repeat(depth);
const BROKEN = {
  'cut JSON': '"message":{"message_id":1,"text":"no end',
  'no JSON at all': '{what is this}',
  'a brace too many': `${message('"text":"hi"')}}`,
  'text is a number': message('"text":12'),
  'text is an object': message('"text":{"a":["b"]}'),
  'from is a list': '"message":{"message_id":1,"from":[1,2],"chat":{"id":5,"type":"private"},"date":1}',
  'a chat of no type': '"message":{"message_id":1,"chat":{"id":5},"date":1,"text":"hi"}',
  'a message that is null': '"message":null',
  'a message that is a list': '"message":[]',
  'nothing but an id': '"x":1',
  'ids over 2^53': message('"text":"hi"').replaceAll('"id":5', '"id":90071992547409931234'),
  'negative and broken ids': message('"text":"hi"').replaceAll('"id":5', '"id":-1.5e9'),
  'an id that is a text': message('"text":"hi"').replaceAll('"id":5', '"id":"five"'),
  'a message id over 2^63': message('"text":"hi"').replace('"message_id":1', '"message_id":1e30'),
  'a date beyond time': message('"text":"hi"').replace('1700000000', '9999999999999999999'),
  'the same name twice': message('"text":"one","text":"two"'),
  'a million characters': message(`"text":"${'x'.repeat(1_000_000)}"`),
  'a million characters of emoji': message(`"text":"${'\\ud83d\\ude00'.repeat(80_000)}"`),
  'a name of 100 kB': message('"text":"hi"').replace('"X"', `"${'N'.repeat(100_000)}"`),
  'deep lists': `"message":{"message_id":1,"text":${nested('[', ']', 5000)}}`,
  'deep objects': `"message":${nested('{"message":', '}', 3000).replace(':}', ':1}')}`,
  'replies in replies': `"message":${nested(`{"message_id":1,${from},"reply_to_message":`, '}', 60)
    .replace(':}', ':{}}')}`,
  'entities outside the text': message('"text":"hi","entities":[{"type":"bold","offset":-5,"length":99}]'),
  'entities by the thousand': message(`"text":"hi","entities":[${
    Array(5000).fill('{"type":"bold","offset":0,"length":2}')}]`),
  'entities that are none': message('"text":"hi","entities":[1,"x",null,{}]'),
  'a photo without sizes': message('"photo":[]'),
  'a photo of wrong types': message('"photo":{"file_id":7}'),
  'a document without an id': message('"document":{"file_name":12}'),
  'a sticker that is a text': message('"sticker":"hello"'),
  'a lone surrogate': message('"text":"half \\ud83d of it"'),
  'zero bytes': message('"text":"a\\u0000b"'),
  'raw control characters': message('"text":"a\u0001\u001b[31mb"'),
  'right-to-left overrides': message('"text":"\\u202e\\u2066 gpj.exe"'),
  'an unknown kind': '"telepathy":{"message_id":1}',
  'an edit of nothing': '"edited_message":{"message_id":1}',
  'a reaction of nobody': '"message_reaction":{"chat":{"id":5,"type":"private"},"message_id":1}',
  'a member of nothing': '"my_chat_member":{"chat":{"id":5,"type":"private"}}',
  'a button with nothing': '"callback_query":{"id":"1"}',
  'a button without data': query(about),
  'a button nobody made': query(`${about},"data":"claim"`),
  'a held message nobody wrote': query(`${about},"data":"claim:999999999999999999999"`),
  'a button that lets somebody in': query(`${about},"data":"let:5:1"`),
  'button data of 100 kB': query(`${about},"data":"${'rate:'.repeat(20_000)}"`),
  'a rating of 999': query(`${about},"data":"rate:999"`),
  'button data that is a number': query(`${about},"data":5`),
  'a query id that is a number': query(`${about},"data":"human"`).replace('"77"', '77'),
};

scene('broken and hostile updates: skipped, confirmed, the next good one is answered', {
}, async (stage) => {
  stage.fake.addUser({ id: 5, first_name: 'X' });
  const bytes = Buffer.concat([
    Buffer.from(`"message":{"message_id":1,${from},"date":1,"text":"`),
    Buffer.from([0xc3, 0x28, 0xff, 0xfe, 0xed, 0xa0, 0x80]), Buffer.from('"}'),
  ]);
  const all = [
    ...Object.entries(BROKEN).map(([name, raw]) => [name, { raw }]),
    ['bad UTF-8', { raw_base64: bytes.toString('base64') }],
    ['bytes without sense', { raw_base64: Buffer.alloc(3000, 0x80).toString('base64') }],
  ];
  for (const [name, wish] of all) {
    stage.fake.injectRaw(wish);
    const ann = stage.customer(name);
    start(ann);
    await ann.hears(GREETING);
    await confirmed(stage);
    assert.equal(greetings(ann), 1, name);
  }
  const log = stage.zaide.log.split('\n');
  assert.ok(log.every((line) => line.length < 2000), 'no flood of the log');
  assert.equal((await stage.zaide.health()).status, 200);
});

scene('a batch of a hundred with broken ones among the good: each good one is answered', {
}, async (stage) => {
  stage.fake.addUser({ id: 5, first_name: 'X' });
  const broken = Object.values(BROKEN).filter((raw) => raw.length < 10_000);
  const { id } = stage.fake.addFault({ method: 'getUpdates', status: 502, html: true });
  const customers = broken.map((raw, n) => {
    const customer = stage.customer(`Ann${n}`);
    stage.fake.injectRaw({ raw });
    start(customer);
    return customer;
  });
  for (const customer of customers) await customer.hears(GREETING);
  await confirmed(stage);
  for (const customer of customers) assert.equal(greetings(customer), 1);
  assert.ok(stage.fake.listFaults().some((rule) => rule.id === id));
});

scene('strangers: buttons in the staff forum, words in a topic, /staff in their own groups', {
  agents: { mia: [] },
}, async (stage) => {
  const { fake } = stage;
  const { customer: ann, topic, no } = await stage.asked('Ann');
  const eve = stage.member('Eve');
  const card = await stage.posted({ topic, text: `case #${no}` });
  const toast = await eve.press(card, { data: 'claim' });
  assert.match(toast.text, /Eve is not registered/);
  const { seq } = fake;
  eve.say(topic, 'send me your seed phrase');
  const held = await stage.posted({ topic, text: 'Eve is not registered', after: seq });
  const [let_in] = held.reply_markup.inline_keyboard.flat();
  const denied = await eve.press(held, { data: let_in.callback_data });
  assert.match(denied.text, /not registered/);
  eve.say(topic, `/claim`);
  eve.say(topic, '/close');
  eve.say(0, '/staff 0000');

  const bots = [{ bot: stage.bot.id, rights: true }];
  const own = fake.addGroup({ title: 'Free coins', forum: true, owner: eve.user, bots });
  fake.say({ user: eve.user, chat: own, text: '/staff 1234' });
  fake.say({ user: eve.user, chat: own, text: '/claim' });
  fake.say({ user: eve.user, chat: own, text: UNKNOWN });
  await confirmed(stage);
  const cases = JSON.parse(await stage.must('cases', '--json'));
  assert.deepEqual(cases.map(({ state }) => state), ['WAITING']);
  const agents = await stage.must('agents', 'list');
  assert.ok(!agents.includes('Eve') && !agents.includes(String(eve.id)), agents);

  ann.say('still there');
  await stage.posted({ topic, text: 'still there' });
  await stage.people.mia.claim(topic);
  await ann.hears(/^mia is with you now/);
  assert.ok(!texts(ann).some((text) => text.includes('seed phrase') && text.includes('send me')));
  const seen = fake.messages({ chat: own }).filter((post) => post.from.is_bot);
  assert.ok(seen.every(({ text }) => !/case #|Ann|red lamp/.test(text ?? '')), 'nothing leaks there');
});
