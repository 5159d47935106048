// What an announcement is made of arrives whole: picture, caption with its bold words, buttons, a document; in each reader's language, in
// people's chats and in a group, when it is changed, too. The fake Telegram refuses what Telegram would.
import assert from 'node:assert/strict';
import { TOKEN, scene, until, words } from './harness.mjs';

const managers = { mia: ['--role', 'manager'], bob: ['--role', 'manager'] };
const STATUS = 'https://exchange.example/status';
const EN = `Maintenance tonight 🛠 ${'All of it is told here. '.repeat(20)}${STATUS}`; // as long as fits beside the rest
const ZH = '今晚维护 🛠 https://exchange.example/status';

const draft = ({ en, zh, chats }) =>
  `{text: {en: "${en}", zh: "${zh}"}, fallback: en, urgent: yes, buttons: [{label: {en: Details, zh: 详情}, url: "${STATUS}"}]` +
  `${chats ? `, chats: ["${chats} zh"]` : ''}}`;

/** [label, url or data] of each button. */
const buttons = ({ reply_markup: keyboard }) =>
  (keyboard?.inline_keyboard ?? []).flat().map(({ text, url, callback_data }) => [text, url ?? callback_data]);

/** The one post of the bot there that begins so. */
const post = (stage, where, text) => {
  const begins = (one) => one.from.is_bot && words(one).startsWith(text);
  return until(() => stage.fake.messages(where).find(begins), `"${text}"`).then((found) => {
    assert.equal(stage.fake.messages(where).filter(begins).length, 1, 'once');
    return found;
  });
};

/** Until it is at that stage (and its recipients are so many). */
async function reaches(stage, no, wanted, count) {
  const redis = await stage.home.redis();
  await until(async () => {
    const { stage: at, accounts } = JSON.parse((await redis.call('HGET', 'zaide:{g}:jobs', String(no))) ?? '{}');
    return at === wanted && (count === undefined || accounts[0]?.n === count);
  }, wanted);
}

/** It goes to so many: nobody else is asked whether it may. */
async function send(stage, no, count) {
  await reaches(stage, no, 'draft', count);
  await stage.must('announce', 'approve', String(no), '--count', String(count), '--as', 'bob');
  await stage.must('announce', 'start', String(no), '--as', 'bob');
}

async function meet(stage, ...names) {
  const people = names.map(([name, language_code]) => stage.customer(name, { language_code }));
  for (const person of people) {
    person.say('/start');
    await person.hears('');
  }
  return people;
}

scene('a picture with its caption and buttons, sent, changed and taken back', {
  agents: managers, env: { BRAND_HOSTS: 'exchange.example' },
}, async (stage) => {
  const { mia } = stage.people;
  const [ann, wei] = await meet(stage, ['Ann', 'en'], ['Wei', 'zh']);
  const group = stage.fake.addGroup({ title: 'Traders', bots: [TOKEN] });
  const readers = [
    { where: { user: ann.user }, is: 'en', labels: ['Details', 'No more news'] },
    { where: { user: wei.user }, is: 'zh', labels: ['详情', '不再接收公告'] },
    { where: { chat: group }, is: 'zh', labels: ['详情'] },
  ];
  const check = async (texts, picture) => {
    for (const { where, is, labels } of readers) {
      const got = await post(stage, where, texts[is].slice(0, 10));
      assert.equal(got.caption, texts[is], 'the whole caption');
      assert.equal(got.photo.at(-1).file_unique_id, picture, 'the same picture');
      assert.deepEqual(buttons(got).map(([label]) => label), labels);
      assert.equal(buttons(got)[0][1], STATUS);
    }
  };

  const texts = { en: EN, zh: ZH };
  const { photo } = mia.say(0, { photo: true, caption: `/announce ${draft({ ...texts, chats: group.id })}` });
  const picture = photo.at(-1).file_unique_id;
  await send(stage, 1, readers.length);
  await check(texts, picture);
  await reaches(stage, 1, 'done');

  const changed = { en: 'It is over now, thank you ✅', zh: '维护已经结束了，谢谢您 ✅' };
  mia.say(await stage.topic('1'), `/text ${draft(changed)}`);
  await stage.posted({ text: 'Somebody else has to approve' });
  await stage.must('announce', 'change', '1', '--as', 'bob');
  await check(changed, picture);
  await reaches(stage, 1, 'done');

  await stage.must('announce', 'retract', '1', '--as', 'mia');
  await reaches(stage, 1, 'retracted');
  for (const { where } of readers) assert.ok(!stage.fake.messages(where).some((one) => one.photo && one.from.is_bot));
});

scene('bold words and a document arrive as they were posted', { agents: managers }, async (stage) => {
  const { mia } = stage.people;
  const [ann] = await meet(stage, ['Ann', 'en']);
  const caption = '/announce The new rules, please read 📄';
  const entities = [{ type: 'bold', offset: '/announce The '.length, length: 'new rules'.length }];
  const { document } = mia.say(0, { document: { name: 'rules.pdf' }, caption, entities });
  await send(stage, 1, 1);
  const got = await post(stage, { user: ann.user }, 'The new rules');
  assert.equal(got.caption, 'The new rules, please read 📄');
  assert.deepEqual(got.caption_entities, [{ type: 'bold', offset: 'The '.length, length: 'new rules'.length }]);
  assert.equal(got.document.file_unique_id, document.file_unique_id);
  assert.deepEqual(buttons(got).map(([label]) => label), ['No more news']);
  await reaches(stage, 1, 'done');
});
