// The judge of kills.test.mjs. It knows nothing of zaide's code: it reads what happened on the fake
// Telegram (its ground truth) and what Redis holds, replays each conversation by the rules that
// people were promised, and names every breach.
const KEYS = 'zaide:{*}:';
const NOTED_MS = 3 * 60_000; // "I've added that" is said again after this

// What the bot says, in English.
const GREETING = /^I'm a bot, and there are people behind me\.$/;
const LED = /^(I'm a bot[^\n]*|.* · telegram · [^]*? · case #\d+ · priority \d)\n\n([^]+)$/; // in one post
const PLACE = /^(?:A person will answer|Thank you for waiting)[^]*[Yy]our case is #(\d+)/;
const NOTED = /^I've added that to your case #/;
const CLAIMED = /^(\w+) is with you now\.$/;
const RETURNED = /^I'm sorry about the wait\. Your case #(\d+) is back/;
const FINISHED = /^(\w+) has finished with your case #(\d+)\. Is everything solved\?$/;
const RATE = /^Thank you\. How was our help/;
const THANKS = /^Thank you, that helps us/;
const REOPENED = /^I'm sorry it isn't solved yet/;
const HISTORY = /^Before this the customer wrote:/;
const WAITING = 1; // of a case's states in Redis
const DOUBT = /^Delivered, perhaps twice\./;

/** The one breach of Telegram's limits that may be a kill's doing: see checkWaits. */
export const EARLY = 'called before retry_after had passed';

// --- Redis ---

async function each(redis, pattern, read) {
  const keys = await redis.call('KEYS', KEYS + pattern);
  return Promise.all(keys.sort().map(async (key) => [key, await read(key)]));
}

const pairs = (flat) => flat.flatMap((name, i) => (i % 2 ? [] : [[name, flat[i + 1]]]));
const hash = (redis) => async (key) => pairs(await redis.call('HGETALL', key));
const after = (key, part) => key.slice(key.indexOf(part) + part.length);

/** How many entries and tells wait to be worked on. */
export function backlog(redis) {
  const count = `local n = 0
    for _, pattern in ipairs(ARGV) do
      for _, key in ipairs(redis.call('KEYS', pattern)) do n = n + redis.call('XLEN', key) end
    end
    return n`;
  return redis.call('EVAL', count, 0, `${KEYS}out:*`, `${KEYS}tell`);
}

/**
 * The sends begun and not over, while no zaide sends: [{ attempt, conversation, surface, line,
 * text, opens }]. `attempt` names it among all there ever are: an entry and how often it was
 * begun; `opens`: it has no topic yet, so one may just be opened for it.
 */
export async function inFlight(redis) {
  const found = [];
  for (const [key, marks] of await each(redis, 'fly:*', hash(redis)))
    for (const [id, mark] of marks) {
      const [, times] = /^(\d+) \d+ [1-9]\d*$/.exec(mark) ?? [];
      if (!times) continue;
      const out = key.replace('}:fly:', '}:out:');
      const [entry] = await redis.call('XRANGE', out, `${id}-0`, `${id}-0`);
      if (!entry) continue;
      const { conversation, room, line, content } = JSON.parse(entry[1][1]);
      const { text = '' } = content;
      const record = `${key.slice(0, key.indexOf('fly:'))}c:${conversation}`;
      const opens = room && !(await redis.call('HGET', record, `home.${room}`));
      found.push({
        attempt: `${key} ${id} ${times}`, conversation, surface: room ?? 'customer', line,
        text: text.trim(), opens,
      });
    }
  return found;
}

/** What Redis holds: transcripts, sums of the counters, cases, what is left over, bytes used. */
export async function readStore(redis) {
  const list = (key) => redis.call('LRANGE', key, 0, -1);
  const transcripts = new Map();
  for (const [key, lines] of await each(redis, 't:*', list))
    transcripts.set(after(key, '}:t:'), lines.map((line) => JSON.parse(line)));
  const counts = {};
  for (const [, fields] of await each(redis, 'n:*', hash(redis)))
    for (const [name, n] of fields) counts[name] = (counts[name] ?? 0) + Number(n);
  const left = [];
  const length = (key) => redis.call('XLEN', key);
  for (const pattern of ['out:*', 'tell', 'dead'])
    for (const [key, n] of await each(redis, pattern, length)) if (n) left.push(`${n} in ${key}`);
  for (const [key, marks] of await each(redis, 'fly:*', hash(redis)))
    for (const [id, mark] of marks) if (/^\d+$/.test(id)) left.push(`"${mark}" in ${key}, ${id}`);
  const cases = (await each(redis, 'cases', hash(redis))).flatMap(([, found]) => found);
  return {
    transcripts, counts, left,
    open: cases.map(([no]) => no).sort(),
    waiting: cases.filter(([, line]) => JSON.parse(line).state === WAITING).map(([no]) => no).sort(),
    bytes: Number(/used_memory:(\d+)/.exec(await redis.call('INFO', 'memory'))[1]),
  };
}

// --- one conversation ---

/** Replays a transcript: what is due next, who owns the case, what each surface has to show. */
class Replay {
  state = 'BOT';
  owner = '';
  no = '';
  closed = ''; // the last case, and how far its rating is: 'asked', 'rate', 'rated'
  rating = '';
  announced = 0;
  isGreeted = false;
  hasHistory = false;
  due = []; // what the bot has to say before anybody else: [what, pattern, then]
  owners = []; // of each claim
  said = []; // by the customer
  byStaff = [];
  heard = []; // { line, what, fits }: for the customer
  shown = []; // the same, for the topic
  sums = { opened: 0, claimed: 0, returned: 0, closed: 0, reopened: 0, rated: 0, answered: 0 };

  /** `names` of agents by id; `answers`: question -> how its answer begins; `presses`: buttons. */
  constructor(id, { names, answers, presses, fault }) {
    Object.assign(this, { id, names, answers, presses: [...presses] });
    this.fault = (what) => fault(`${id}: ${what}`);
  }

  run(lines) {
    let n = 0;
    for (const line of lines.filter(({ mark }) => !mark)) {
      const { by, note = false, content: { text = '' } } = line;
      Object.assign(this, { line: line.n, ms: line.ms });
      if (line.n !== ++n) this.fault(`line ${line.n} stands where ${n} should`);
      n = line.n;
      if (by !== 'bot') this.#nothingDue(`line ${n}`);
      if (by === 'bot') this.#bot(text);
      else if (by === 'customer') this.#customer(text);
      else this.#agent(this.names.get(by) ?? by, text, note);
      if (by === 'bot' || (by !== 'customer' && !note))
        this.heard.push({ line: n, what: `line ${n}`, fits: (sent) => sent === text.trim() });
    }
    this.#nothingDue('the end');
    for (const button of this.presses) this.fault(`"${button}" was pressed and nothing came of it`);
    return this;
  }

  // The customer's next press is what the bot answers here.
  #pressed(pattern) {
    const button = this.presses.shift() ?? 'nothing';
    if (!pattern.test(button)) this.fault(`line ${this.line} answers ${pattern}, not "${button}"`);
    return button;
  }

  #nothingDue(before) {
    for (const [what] of this.due.splice(0))
      this.fault(`before ${before} the bot did not say ${what}`);
  }

  #show(what, pattern, line = 0) {
    const fits = (text) => (pattern instanceof RegExp ? pattern.test(text) : pattern === text);
    this.shown.push({ line, what, fits });
  }

  // A case opens when the customer hears its place; `words` of this turn are shown below the card.
  #open(words) {
    const { line } = this;
    this.due.push(['the place', PLACE, ([, no]) => {
      Object.assign(this, { state: 'WAITING', no, announced: this.ms });
      this.sums.opened++;
      this.#showCard();
      if (this.hasHistory) this.#show('the history', HISTORY);
      this.hasHistory = false;
      if (words) this.#show(words, words, line);
    }]);
  }

  #showCard() {
    this.#show(`card #${this.no}`, new RegExp(`case #${this.no} · priority`));
  }

  #customer(text) {
    this.said.push(text);
    if (this.state !== 'BOT') {
      this.#show(text, text, this.line);
      return;
    }
    const greet = () => { this.isGreeted = true; };
    if (!this.isGreeted) this.due.push(['the greeting', GREETING, greet]);
    const answer = this.answers.get(text);
    if (answer === undefined) {
      this.#open(text);
      return;
    }
    this.hasHistory = true;
    const begins = { exec: (said) => said.includes(answer) };
    this.due.push([`the answer to "${text}"`, begins, () => { this.sums.answered++; }]);
  }

  // What the bot says because of a button, and when it may.
  #moves = [
    [CLAIMED, () => this.state === 'WAITING', ([, name]) => this.#claim(name)],
    [RATE, () => this.#isRating('asked'), () => {
      this.#pressed(/^Yes, solved$/);
      this.rating = 'rate';
    }],
    [THANKS, () => this.#isRating('rate'), () => this.#rated()],
    [REOPENED, () => this.#isRating('asked'), () => this.#reopen()],
    [NOTED, () => this.state === 'WAITING' && this.ms - this.announced > NOTED_MS, () => {
      this.announced = this.ms;
    }],
  ];

  #isRating(how) {
    return this.state === 'BOT' && this.rating === how;
  }

  #bot(text) {
    const where = `line ${this.line} in ${this.state}${this.owner && ` of ${this.owner}`}`;
    const [what, pattern, then] = this.due.shift() ?? [];
    if (what) {
      const found = pattern.exec(text);
      if (found) then(found);
      else this.fault(`${where} is not ${what}: "${text}"`);
      return;
    }
    const [trigger, mayBe, move] = this.#moves.find(([it]) => it.test(text)) ?? [];
    if (trigger && mayBe()) move(trigger.exec(text));
    else this.fault(`${where} has no cause: "${text}", after "${this.said.at(-1)}"`);
  }

  #claim(name) {
    Object.assign(this, { state: 'CLAIMED', owner: name });
    this.owners.push(name);
    this.sums.claimed++;
    this.#show(`the claim by ${name}`, `${name} has this case.`);
  }

  #rated() {
    const stars = this.#pressed(/^[1-5]$/);
    this.rating = 'rated';
    this.sums.rated++;
    this.#show('the rating', new RegExp(`^Rated ${stars} of 5 \\(case #${this.closed}\\)`));
  }

  #reopen() {
    this.#pressed(/^Not yet$/);
    this.sums.reopened++;
    this.rating = '';
    this.#open('');
  }

  #agent(name, text, isNote) {
    this.byStaff.push(text);
    const { owner, no } = this;
    const isOwner = this.state === 'CLAIMED' && name === owner;
    const [command] = /^\/\w+/.exec(text) ?? [];
    const went = isNote ? 'kept back' : 'let out';
    if (isNote === (isOwner && !command))
      this.fault(`line ${this.line} by ${name} was ${went}, the owner is ${owner}`);
    if (command === '/claim' && this.state === 'WAITING') {
      const claimed = new RegExp(`^${name} is with you now`);
      this.due.push([`the claim by ${name}`, claimed, () => this.#claim(name)]);
    } else if (command === '/claim') {
      const refused = isOwner ? /^It is yours already/ : new RegExp(`^${owner} has this case\\. A`);
      this.#show('the refused claim', refused);
    } else if (command === '/release' && isOwner) {
      this.due.push(['that it is back in line', RETURNED, () => {
        Object.assign(this, { state: 'WAITING', owner: '' });
        this.sums.returned++;
        this.#show('the release', new RegExp(`^${name} gave this case back`));
        this.#showCard();
      }]);
    } else if (command === '/close' && isOwner) {
      this.due.push(['that it is closed', FINISHED, () => {
        Object.assign(this, { state: 'BOT', owner: '', closed: no, rating: 'asked' });
        this.sums.closed++;
        this.#show('the closing', `${name} closed case #${no}.`);
      }]);
    } else if (!isOwner) {
      this.#show('that it is a note', new RegExp(`^Kept as a note: ${owner} has this case`));
    }
  }
}

// --- surfaces ---

/**
 * Lays what was sent (posts, each a list of texts) along what had to be sent ({ line, what,
 * fits }): all of it, in this order, and nothing else but repeats, which are returned. Whoever
 * begins to repeat goes on from there, in order, and leaves nothing out.
 */
function align(posts, wanted, fault) {
  const repeats = [];
  const fits = (i, text) => wanted[i]?.fits(text);
  let next = 0; // nobody has seen it yet
  let at = 0;
  for (const texts of posts) {
    const due = wanted[at]?.what ?? 'nothing';
    while (at >= 0 && !fits(at, texts[0])) at--;
    for (const text of texts) {
      if (!fits(at, text)) { // the rest would only say the same
        fault(`out of order or without cause: "${text}"; due: ${due}`);
        return repeats;
      }
      if (at < next) repeats.push({ ...wanted[at], at, text });
      at++;
    }
    next = Math.max(next, at);
  }
  for (const { what } of wanted.slice(next)) fault(`never sent: ${what}`);
  for (const { what } of wanted.slice(at, next)) fault(`not sent again, in its turn: ${what}`);
  return repeats;
}

/** A greeting and what it goes with, a card and the words below it. */
const parts = (text) => LED.exec(text)?.slice(1) ?? [text];

function compare(what, a, b, fault) {
  const at = a.findIndex((item, i) => item !== b[i]);
  if (at >= 0) fault(`${what}: at ${at} "${a[at]}" against "${b[at]}"`);
  else if (a.length !== b.length) fault(`${what}: ${a.length} against ${b.length}`);
}

/** By chat or topic, in order: what people wrote, what the bot sent. */
function placesOf(facts) {
  const places = new Map();
  for (const { event, chat, thread, kind, text, out } of facts) {
    if (event !== 'message' || kind === 'service') continue;
    const key = `${chat}/${thread}`;
    if (!places.has(key)) places.set(key, { chat, written: [], sent: [] });
    places.get(key)[out ? 'sent' : 'written'].push(text);
  }
  return places;
}

/** customer -> ids of the topics that bear the name. */
function topicsOf(topics, customers, fault) {
  const found = new Map(customers.map((id) => [id, []]));
  for (const { id, name } of topics.filter((topic) => topic.id)) {
    const customer = Number(/ Customer(\d+) · /.exec(name)?.[1]);
    if (found.has(customer)) found.get(customer).push(id);
    else fault(`the topic "${name}" is nobody's`);
  }
  return found;
}

/**
 * What happened: { facts (the fake's truth), topics, calls, violations, bot and staff (ids), names
 * (of agents by "telegram:id"), answers (question -> beginning of its answer), races, presses,
 * kills, store }. In order: `races`: [{ customer, queries: [{ name, id }] }]; `presses` of
 * customers: [{ customer, button, id }]; `kills`: [{ at, until, inFlight }], `until`: nobody sent
 * again before.
 * Returns { faults, repeats, unanswered (how many presses), sums }.
 */
export function check(run) {
  const { facts, topics, calls, violations, bot, staff, names, answers } = run;
  const { races, presses, kills, store } = run;
  const faults = [], repeats = [];
  const fault = (what) => faults.push(what);
  const account = `telegram:${bot}`;
  const room = `room:${account}:${staff}`;
  const places = placesOf(facts);
  const at = (chat, thread = 0) => places.get(`${chat}/${thread}`) ?? { written: [], sent: [] };
  const lay = (conversation, surface, sent, wanted) => {
    const told = (what) => fault(`${conversation} on ${surface}: ${what}`);
    for (const it of align(sent, wanted, told)) repeats.push({ conversation, surface, ...it });
  };

  const customers = [...places.values()].map(({ chat }) => chat).filter((chat) => chat > 0);
  const homes = topicsOf(topics, customers, fault);
  const replays = new Map();
  for (const id of customers) {
    const conversation = `${account}:${id}`;
    const lines = store.transcripts.get(conversation) ?? [];
    const mine = presses.filter(({ customer }) => customer === id).map(({ button }) => button);
    const replay = new Replay(conversation, { names, answers, presses: mine, fault }).run(lines);
    const { written, sent } = at(id);
    replays.set(id, replay);
    compare(`${conversation}: written and kept`, written, replay.said, fault);
    lay(conversation, 'customer', sent.map(parts), replay.heard);

    const home = homes.get(id).map((thread) => at(staff, thread));
    const posts = home.flatMap((topic) => topic.sent).filter((text) => !DOUBT.test(text));
    const isBurst = (text) => written.some((words) => text.startsWith(words));
    const pieces = posts.map((text) => (isBurst(text) ? text.split('\n') : parts(text)));
    lay(conversation, room, pieces, replay.shown);
    const byStaff = home.flatMap((topic) => topic.written);
    compare(`${conversation}: staff's words written and kept`, byStaff, replay.byStaff, fault);

    const used = home.filter((topic) => topic.sent.length > 0).length;
    if (used > 1) fault(`${conversation}: ${used} topics`);
    for (let empty = home.length - used; empty > 0; empty--)
      repeats.push({ conversation, surface: room, what: 'a topic', isTopic: true });
  }
  const board = (store.transcripts.get(room) ?? []).filter(({ by }) => by === 'bot');
  const wanted = board.map(({ n, content: { text } }) =>
    ({ line: n, what: text, fits: (sent) => sent === text.trim() }));
  lay(room, 'customer', at(staff).sent.map((text) => [text]), wanted);

  checkRepeats(repeats, kills, store, fault);
  checkWaits(violations, calls, kills, fault);
  const unanswered = checkPresses(races, presses, replays, calls, fault);
  const sums = checkSums(replays, store, fault);
  return { faults, repeats, unanswered, sums };
}

// A repeat is forgiven when a kill met that very send, once for each such kill, and each of what
// was repeated has a mark of its own.
function checkRepeats(repeats, kills, store, fault) {
  const met = new Map();
  const lane = ({ conversation, surface }) => `${conversation} ${surface}`;
  const key = (send) => `${lane(send)} ${send.isTopic ? '' : send.line || send.text}`;
  for (const { inFlight: sends } of kills) {
    const topics = sends.filter(({ opens }) => opens).map((send) => ({ ...send, isTopic: true }));
    const names = [...sends, ...topics].map(key);
    for (const name of new Set(names)) met.set(name, (met.get(name) ?? 0) + 1);
  }
  const marks = new Map(); // lane -> the lines of its marks
  for (const [conversation, lines] of store.transcripts)
    for (const { mark, surface, line } of lines) {
      if (mark !== 'maybe twice') continue;
      const name = lane({ conversation, surface });
      marks.set(name, [...(marks.get(name) ?? []), line]);
    }
  const once = new Map(); // what was repeated, however often; a topic is no entry of its own
  for (const repeat of repeats) {
    const left = met.get(key(repeat)) ?? 0;
    met.set(key(repeat), left - 1);
    if (left <= 0) fault(`${lane(repeat)}: no kill met what was sent again: ${repeat.what}`);
    if (!repeat.isTopic) once.set(`${lane(repeat)} ${repeat.at}`, repeat);
    else if (!marks.has(lane(repeat))) fault(`${lane(repeat)}: a topic twice and no mark`);
  }
  for (const repeat of once.values()) {
    const lines = marks.get(lane(repeat)) ?? [];
    const at = lines.indexOf(repeat.line);
    if (at < 0) fault(`${lane(repeat)}: sent again and not marked: ${repeat.what}`);
    else lines.splice(at, 1);
  }
}

// Who is told to wait does, unless a kill came before that could be read or kept. What a dead
// process had asked is answered, too.
function checkWaits(violations, calls, kills, fault) {
  for (const { what, at, chat, calls: before } of violations.filter((it) => it.what === EARLY)) {
    const told = calls.slice(0, before).findLast((call) => call.error_code === 429 &&
      String(call.params.chat_id) === String(chat));
    if (!kills.some((kill) => kill.at < at && kill.until >= told?.at))
      fault(`chat ${chat}, told ${at - told?.at} ms before: ${what}`);
  }
}

// Of agents who press at once one is told yes, and that one has it; customers are never told that
// they come too late. How many presses were not answered, which a kill may do.
function checkPresses(races, presses, replays, calls, fault) {
  const told = new Map();
  for (const { method, ok, params } of calls)
    if (method === 'answerCallbackQuery' && ok) {
      const { callback_query_id: id, text = '' } = params;
      told.set(id, [...(told.get(id) ?? []), text]);
    }
  let unanswered = 0;
  const check = ({ customer, name, id }, isTrue) => {
    const answers = told.get(id) ?? [];
    unanswered += answers.length === 0;
    if (answers.length > 1) fault(`press ${id} was answered ${answers.length} times`);
    for (const text of answers)
      if (!isTrue(text)) fault(`customer ${customer}: ${name} was told "${text}"`);
  };
  const rounds = new Map();
  for (const { customer, queries } of races) {
    const round = rounds.get(customer) ?? 0;
    const owner = replays.get(customer).owners[round];
    rounds.set(customer, round + 1);
    for (const { name, id } of queries)
      check({ customer, name: `${name}, when ${owner} got the case,`, id }, (text) =>
        (text === '' ? name === owner : text.startsWith(`${owner} has this case`)));
  }
  for (const [id, { owners }] of replays)
    if (owners.length !== (rounds.get(id) ?? 0))
      fault(`customer ${id}: ${rounds.get(id) ?? 0} races, ${owners.length} claims`);
  for (const { customer, button, id } of presses)
    check({ customer, name: `who pressed "${button}"`, id }, (text) => text === '');
  return unanswered;
}

function checkSums(replays, store, fault) {
  const all = [...replays.values()];
  const sums = { in: all.reduce((n, { said }) => n + said.length, 0) };
  for (const name of Object.keys(all[0].sums))
    sums[name] = all.reduce((n, replay) => n + replay.sums[name], 0);
  const counters = {
    in: 'in', opened: 'cases.opened', claimed: 'cases.claimed', returned: 'cases.returned',
    closed: 'cases.closed', reopened: 'cases.reopened', rated: 'rating.n', answered: 'faq.answered',
  };
  for (const [name, n] of Object.entries(sums)) {
    const counted = store.counts[counters[name]] ?? 0;
    if (n !== counted) fault(`${counted} ${name} were counted, there were ${n}`);
  }
  const numbers = (wanted) => all.filter(wanted).map(({ no }) => no).sort();
  compare('open cases', store.open, numbers(({ state }) => state !== 'BOT'), fault);
  compare('the queue', store.waiting, numbers(({ state }) => state === 'WAITING'), fault);
  for (const what of store.left) fault(`left over: ${what}`);
  return sums;
}
