// Forms on a real Redis: what two customers have in common is found there, also by a daemon that
// has just begun.
import assert from 'node:assert/strict';
import { scene } from './harness.mjs';
import { example } from './knowledge.mjs';

const HASH = '9edaf0f7d9c6629c31bbf0471fc07d696c73b566b93783f7e25d8d5d2b62fa4f';

scene('The same transaction: the second card names the first case', {
  agents: { mia: ['--alias', 'Mia', '--languages', 'en'] },
}, async (stage) => {
  const deposit = async (name, txid) => {
    const customer = stage.customer(name, { language_code: 'en' });
    customer.say(example('en', 'deposit', 'wrong_chain_deposit'));
    await customer.hears('', { text: 'please' });
    customer.say(`USDT, sent over BEP20, the deposit page says TRC20, tx hash ${txid}`);
    const asked = await customer.hears(/TXID: 0x9\w+…/);
    await customer.press(asked, { data: 'human' });
    const told = await customer.hears(/#\d+/);
    const card = await stage.posted({ topic: await stage.topic(name), text: 'case #' });
    return { no: told.text.match(/#(\d+)/)[1], card: card.text };
  };
  const first = await deposit('Ann', `0x${HASH}`);
  assert.doesNotMatch(first.card, /The same transaction/);
  assert.equal(await stage.zaide.stop(), 0);
  await stage.start();
  const redis = await stage.home.redis();
  const hours = await redis.call('KEYS', 'zaide:{*}:n:*');
  const asked = await Promise.all(hours.map((key) => redis.call('HGET', key, 'faq.wrong_chain_deposit')));
  assert.equal(asked.reduce((sum, n) => sum + Number(n ?? 0), 0), 1, 'who asks is counted once');
  const second = await deposit('Bob', `0x${HASH.toUpperCase()}`);
  assert.match(second.card, new RegExp(`The same transaction is in case #${first.no}\\.`));
});
