// zaide extract as a script sees it: lines in, a JSON object a line out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { BINARY, Home, command, environment } from './zaide.mjs';

/** What `zaide extract` says to these lines: a string each. */
function extract(home, lines, ...words) {
  const input = `${lines.join('\n')}\n`;
  const options = { cwd: home.dir, input, env: environment(home, {}) };
  const { status, stdout, stderr } = spawnSync(BINARY, ['extract', ...words], options);
  assert.deepEqual([status, String(stderr)], [0, '']);
  const out = String(stdout).trimEnd().split('\n');
  assert.equal(out.length, lines.length);
  return out;
}

const TRX = 'TJRyWwFs9wTFGZg3JbrVriFbNfCug5tDeC';
const HASH = '0607f62530b68cfcc91c57a1702841dd399a899d0eecda8e31ecca3f52f01df2';

test('zaide extract: one line of JSON for each line', () => {
  const home = new Home();
  try {
    const said = {
      'nothing to see here': '{}',
      '': '{}',
      [`地址${TRX}没到账`]: `{"address":[{"text":"${TRX}","valid":true,"chains":["TRX"]}]}`,
      [`${TRX.slice(0, -1)}D`]:
        `{"address":[{"text":"${TRX.slice(0, -1)}D","valid":false,"chains":["TRX"]}]}`,
      [`https://mempool.space/tx/${HASH}。`]:
        `{"txid":[{"text":"${HASH}","valid":true,"chains":["BTC"]}],` +
        `"link":[{"text":"https://mempool.space/tx/${HASH}","valid":true,"chains":["BTC"]}]}`,
      'I sent 1,000.50 USDT over TRC20 to 1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo':
        '{"address":[{"text":"1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo","valid":true,"chains":["BTC","BCH"]}],' +
        '"coin":[{"text":"USDT","valid":true,"chains":[]}],' +
        '"network":[{"text":"TRC20","valid":true,"chains":["TRX"]}],' +
        '"amount":[{"text":"1000.50","valid":true,"chains":[],"unit":"USDT","said":"1,000.50 USDT"}]}',
      '1.000 usdt':
        '{"coin":[{"text":"USDT","valid":true,"chains":[],"said":"usdt"}],' +
        '"amount":[{"text":"1.000","valid":false,"chains":[],"unit":"USDT","ambiguous":true,' +
        '"other":"1000","said":"1.000 usdt"}]}',
      'uid 12345678 "memo": 77, a@b.com':
        '{"memo":[{"text":"77","valid":true,"chains":[]}],"uid":[{"text":"12345678","valid":true,"chains":[]}],' +
        '"email":[{"text":"a@b.com","valid":true,"chains":[]}]}',
      '验证码 771204': '{"secret":{"kind":"otp"}}',
      'uid 12345678 legal winner thank year wave sausage worth useful legal winner thank yellow':
        '{"secret":{"kind":"seed"},"uid":[{"text":"12345678","valid":true,"chains":[]}]}',
      [HASH]: '{"secret":{"kind":"hex"}}',
    };
    assert.deepEqual(extract(home, Object.keys(said)), Object.values(said));
  } finally {
    home.remove();
  }
});

test('zaide extract: what was asked decides', () => {
  const home = new Home();
  try {
    const digits = (field, more = '') => `{"${field}":[{"text":"12345678","valid":true,"chains":[]${more}}]}`;
    assert.deepEqual(extract(home, ['12345678'], '--asked', 'uid'), [digits('uid')]);
    assert.deepEqual(extract(home, ['12345678'], '--asked', 'wrong_chain.memo_sent'), [digits('memo')]);
    assert.deepEqual(extract(home, ['12345678'], '--asked', 'amount'), [digits('amount')]);
    assert.deepEqual(extract(home, ['12345678']), [digits('uid', ',"ambiguous":true')]);
    const [txid] = extract(home, [`0x${HASH}`], '--asked', 'txid');
    assert.equal(txid, `{"txid":[{"text":"0x${HASH}","valid":true,"chains":["EVM","APT","DOT","KSM","VET"]}]}`);
    const [thousand] = extract(home, ['1,000'], '--asked', 'amount', '--lang', 'en');
    assert.equal(thousand, '{"amount":[{"text":"1000","valid":true,"chains":[],"said":"1,000"}]}');
  } finally {
    home.remove();
  }
});

test('zaide extract: wrong usage, and knowledge that is not there', async () => {
  const home = new Home();
  try {
    for (const words of [['uid'], ['--asked'], ['--what', 'uid']]) {
      const { code, out, err } = await command(home, {}, 'extract', ...words);
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, /^usage: zaide extract \[--asked FIELD\] \[--lang XX\] < LINES\n/);
    }
    const { code, err } = await command(home, { KNOWLEDGE_DIR: '/nowhere' }, 'extract');
    assert.equal(code, 1);
    assert.match(err, /\/nowhere has no \.yaml files: set KNOWLEDGE_DIR/);
  } finally {
    home.remove();
  }
});
