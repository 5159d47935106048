// The people of the articles, as far as their scenes reach today: Miya at five in the morning, Mike
// and the Google verification, Hiyoung of the wallets, Harden and an angry customer, Ashe with many
// at once.
import assert from 'node:assert/strict';
import { scene, words } from './harness.mjs';
import { example, firstWords } from './knowledge.mjs';

// A time zone in which it is five in the morning now. (Etc/GMT-7 is seven hours east.)
function zoneAtFive() {
  const east = (5 - new Date().getUTCHours() + 24) % 24;
  return east === 0 ? 'Etc/GMT' : east <= 14 ? `Etc/GMT-${east}` : `Etc/GMT+${24 - east}`;
}

scene('Miya: a rebate at five in the morning, nobody is on shift', {
  idle: true, env: { BRAND_SUPPORT_HOURS: '09:00–24:00' },
}, async (stage) => {
  const day = ['--shift', '09:00-24:00', '--tz', zoneAtFive(), '--languages', 'vi,en'];
  const miya = await stage.addAgent('miya', '--alias', 'Miya', '--role', 'admin', ...day);
  await stage.start();

  const lan = stage.customer('Lan', { language_code: 'vi' });
  lan.say(example('vi', 'referral', 'commission_rebate'));
  await lan.hears('', { text: firstWords('vi', 'referral', 'commission_rebate') });

  lan.say('Hoa hồng tháng này của em thiếu 3 người bạn, nhờ kiểm tra giúp mã KX7 với ạ');
  await lan.hears(/UID của anh\/chị là gì ạ/);
  lan.say('cho em gặp nhân viên');
  const honest = await lan.hears(/#\d+/);
  assert.match(honest.text, /chưa có ai trực/, 'the truth about the wait');
  assert.match(honest.text, /09:00–24:00/, 'and when people are there');
  const topic = await stage.topic('Lan');
  const card = await stage.posted({ topic, text: 'case #' });
  assert.match(card.text, /Lan · telegram · vi/);

  miya.say(topic, '/tag vip');
  await stage.posted({ topic, text: 'Tags now: vip' });
  await miya.claim(topic);
  await lan.hears(/Miya/);
  miya.say(topic, 'Chào Lan, chị kiểm tra mã KX7 ngay đây.');
  await lan.hears(/^Chào Lan, chị kiểm tra mã KX7 ngay đây\.$/);
});

scene('Mike: binding Google verification step by step, then a person', {
  agents: { mike: ['--alias', 'Mike', '--languages', 'vi,en'] },
}, async (stage) => {
  const { mike } = stage.people;
  const an = stage.customer('An', { language_code: 'vi' });
  an.say(example('vi', 'security', 'why_twofa_for_withdrawal'));
  await an.hears('', { text: firstWords('vi', 'security', 'why_twofa_for_withdrawal') });
  an.say(example('vi', 'security', 'twofa_bind'));
  let step = await an.hears('', { text: firstWords('vi', 'security', 'twofa_bind') });
  for (const place of ['2/7', '3/7']) {
    await an.press(step, 'Bước tiếp');
    step = await an.hears(`${place}$`);
  }
  an.say(example('vi', 'security', 'twofa_code_invalid'));
  const help = await an.hears('', { text: firstWords('vi', 'security', 'twofa_code_invalid') });

  await an.press(help, { data: 'human' });
  await an.hears(/#\d+/);
  const topic = await stage.topic('An');
  await stage.posted({ topic, text: 'asked for a person' });
  await mike.claim(topic);
  await an.hears(/Mike/);
  for (const step of ['Bước 1: mở Cài đặt, Ngày và giờ.', 'Bước 2: bật Tự động.']) {
    mike.say(topic, step);
    await an.hears(`^${step}$`);
  }
  mike.say(topic, { photo: true, caption: 'Như hình này ạ' });
  await an.hears('^Như hình này ạ$', { kind: 'photo' });
  an.say('được rồi, cảm ơn anh');
  await stage.posted({ topic, text: 'được rồi' });
  mike.say(topic, '/close');
  const asked = await an.hears(/#\d+/);
  await an.press(asked, { data: asked.reply_markup.inline_keyboard[0][0].callback_data });
  const rate = await an.hears(/1.*5/);
  await an.press(rate, '5');
  await stage.posted({ topic, text: 'Rated 5 of 5' });
});

scene('Hiyoung: a deposit over the wrong chain goes to the wallet team', {
  agents: { hiyoung: ['--team', 'wallet', '--languages', 'zh,en'], mia: ['--team', 'support'] },
}, async (stage) => {
  const { hiyoung } = stage.people;
  const early = stage.customer('Early');
  early.say('the red lamp on my trading desk keeps blinking at me');
  await early.hears(/[Yy]our case is #/);

  const chen = stage.customer('Chen', { language_code: 'zh-hans' });
  chen.say(example('zh', 'deposit', 'wrong_chain_deposit'));
  await chen.hears('', { text: firstWords('zh', 'deposit', 'wrong_chain_deposit') });
  const txid = '7d2f3b1c9e8a4f605d7c2b1a0f9e8d7c6b5a49382716f5e4d3c2b1a098765432';
  chen.say(`USDT，转出走的是TRC20，页面写的是ERC20，TXID ${txid}`);
  await chen.hears(/记下了/);
  assert.equal(await stage.zaide.stop(), 0);
  await stage.start();
  chen.say('数量 200 USDT，UID 88123456');
  const asked = await chen.hears(/UID：88123456/);
  await chen.press(asked, { data: 'human' });
  const [, no] = /#(\d+)/.exec((await chen.hears(/#\d+/)).text);
  const topic = await stage.topic('Chen');
  const card = await stage.posted({ topic, text: `case #${no}` });
  assert.match(card.text, /Chen · telegram · zh/);
  assert.match(card.text, /wrong_chain_deposit/);
  assert.match(card.text, /priority 1/);
  for (const fact of ['Sent over: TRC20', 'Deposit page: ERC20', 'Amount: 200 USDT',
    `tronscan.org/#/transaction/${txid}`]) assert.ok(words(card).includes(fact), fact);
  const [first] = JSON.parse(await stage.must('cases', '--json'));
  assert.equal(first.case, Number(no), 'money at stake comes first, whoever came earlier');

  await hiyoung.claim(topic);
  await chen.hears(/hiyoung/);
  hiyoung.say(topic, '请把 TXID 发给我');
  await chen.hears(/^请把 TXID 发给我$/);
  chen.say(`TXID ${txid}`);
  await stage.posted({ topic, text: `TXID ${txid}` });
  hiyoung.say(topic, '/pending wallet 3d');
  const dated = await chen.hears(/wallet/);
  assert.match(dated.text, /20\d\d/, 'the customer hears a date');
  chen.say('有消息了吗');
  await stage.posted({ topic, text: '有消息了吗' });
  hiyoung.say(topic, '今天会处理好');
  await chen.hears(/^今天会处理好$/);
});

scene('Harden: withdrawn to the wrong address, and furious', {
  agents: { harden: ['--alias', 'Harden'], lena: ['--role', 'lead', '--alias', 'Lena'] },
}, async (stage) => {
  const { harden } = stage.people;
  const rob = stage.customer('Rob');
  rob.say(example('en', 'withdrawal', 'wrong_address_withdrawal'));
  const beginning = firstWords('en', 'withdrawal', 'wrong_address_withdrawal');
  const calm = await rob.hears('', { text: beginning });
  assert.doesNotMatch(words(calm), /!/, 'calm where money is at stake');
  await rob.press(calm, 'Completed, it has a TXID');
  await rob.hears(/nobody can call it back/);
  const anger = ['THIS IS A SCAM', 'your app filled in the address of another exchange',
    'give me my money back NOW', 'HELLO???', 'i will tell everybody'];
  for (const text of anger) rob.say(text);
  const topic = await stage.topic('Rob');
  await stage.posted({ topic, text: anger.at(-1) });
  const seen = stage.posts(topic).map(words).join('\n');
  assert.deepEqual(anger.map((text) => seen.indexOf(text)).filter((at) => at < 0), []);
  await rob.hears(/#\d+/);
  assert.ok(rob.heard().length <= 5, 'no answer of a machine to each cry');

  await harden.claim(topic);
  await rob.hears(/^Harden is with you now/);
  harden.say(topic, 'I am on it, Rob. Which platform does the address belong to?');
  await rob.hears(/^I am on it, Rob/);
  harden.say(topic, '/close');
  const asked = await rob.hears(/Is everything solved\?/);
  await rob.press(asked, 'Not yet');
  await rob.hears(/opened it again/);
  await stage.posted({ topic, text: 'not solved, came back' });
  await harden.claim(topic);
  harden.say(topic, '/close');
  const again = await rob.hears(/Is everything solved\?/);
  assert.notEqual(again.message_id, asked.message_id);
  await rob.press(again, 'Yes, solved');
  await rob.press(await rob.hears(/from 1/), '1');
  await stage.posted({ topic, matching: 'Lena[\\s\\S]*rating of 1' });
});

scene('Ashe: many at once; what is known is answered, the others wait in line', {
  agents: { ashe: ['--alias', 'Ashe'] },
}, async (stage) => {
  const { ashe } = stage.people;
  const asking = ['zh', 'en', 'vi', 'zh', 'en', 'vi', 'en', 'en'].map((language, i) => {
    const person = stage.customer(`Q${i}`, { language_code: language });
    person.say(example(language, 'referral', 'invite_link_broken'));
    return [person, language];
  });
  const waiting = ['Uma', 'Vic', 'Wen'].map((name) => stage.customer(name));
  for (const person of waiting)
    person.say(`${person.name} wonders about the blinking red lamp on the desk`);
  for (const [person, language] of asking)
    await person.hears('', { text: firstWords(language, 'referral', 'invite_link_broken') });
  for (const person of waiting) await person.hears(/[Yy]our case is #\d+/);
  for (const [person] of asking) assert.ok(person.heard().length <= 2);

  for (const person of waiting) {
    const topic = await stage.topic(person.name);
    await stage.posted({ topic, text: `${person.name} wonders` });
    await ashe.claim(topic);
    await person.hears(/^Ashe is with you now/);
    ashe.say(topic, `Dear ${person.name}, I am here.`);
    await person.hears(`^Dear ${person.name}, I am here\\.$`);
  }
  const others = (person) => waiting.filter((one) => one !== person);
  for (const person of waiting)
    for (const other of others(person))
      assert.ok(!person.heard().some((post) => words(post).includes(other.name)), 'no mix-up');
});
