// What happened: every call, every breach of a limit, and the ground truth: one line for each
// message, edit and deletion that took effect, in order. Tests wait here for what they expect.
import { BoundedLog } from './deque.mjs';

export class Journal {
  violations = [];
  #seq = 0;
  #callNo = 0;
  #waiting = new Set();
  #scheduled = false;

  constructor({ clock, keepCalls, keepTruth }) {
    this.clock = clock;
    this.calls = new BoundedLog(keepCalls);
    this.truth = new BoundedLog(keepTruth);
  }

  nextCall() {
    return ++this.#callNo;
  }

  call(entry) {
    this.calls.push(entry);
    this.changed();
  }

  /**
   * `what`: a short reason, as tests compare it; `details`: method, chat, times ... It comes after
   * so many `calls`: its own one is journaled when it is answered.
   */
  violation(what, details) {
    this.violations.push({ at: this.clock.now(), calls: this.calls.length, what, ...details });
    this.changed();
  }

  fact(entry) {
    const line = { seq: ++this.#seq, at: this.clock.now(), ...entry };
    this.truth.push(line);
    this.changed();
    return line;
  }

  /** The number of the newest fact. */
  get seq() {
    return this.#seq;
  }

  /** Something in the world moved: those who wait look again, once per turn of the event loop. */
  changed() {
    if (this.#waiting.size === 0 || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      for (const look of [...this.#waiting]) look();
    });
  }

  /**
   * Resolves with the first truthy value of `predicate`, asked now and at every change; rejects
   * after `timeoutMs` of real time with `what` was awaited.
   */
  waitFor(predicate, timeoutMs = 5000, what = 'the awaited state') {
    return new Promise((resolve, reject) => {
      const done = (settle, value) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        settle(value);
      };
      const look = () => {
        try {
          const value = predicate();
          if (value) done(resolve, value);
        } catch (error) {
          done(reject, error);
        }
      };
      const timer = setTimeout(
        () => done(reject, new Error(`${what} did not come within ${timeoutMs} ms`)), timeoutMs,
      );
      this.#waiting.add(look);
      look();
    });
  }
}
