// The one clock of the fake. It runs with real time, or stands still (`frozen`); `advance` moves it
// forward at once and fires every alarm that has become due, so no test has to wait.

export class Clock {
  #start = performance.now();
  #base;
  #frozen;
  #alarms = new Set();

  constructor({ start = Date.now(), frozen = false } = {}) {
    this.#base = start;
    this.#frozen = frozen;
  }

  /** Milliseconds since 1970. */
  now() {
    const passed = this.#frozen ? 0 : performance.now() - this.#start;
    return Math.floor(this.#base + passed);
  }

  /** Whole seconds since 1970, as Telegram dates are. */
  seconds() {
    return Math.floor(this.now() / 1000);
  }

  advance(ms) {
    this.#base += ms;
    const now = this.now();
    for (const alarm of [...this.#alarms]) if (alarm.due <= now) alarm.fire();
    return now;
  }

  /**
   * Calls `fn` once, `ms` from now: by real time even on a frozen clock, or earlier by `advance`.
   * Returns { cancel }.
   */
  at(ms, fn) {
    const alarm = { due: this.now() + ms };
    const stop = () => {
      clearTimeout(alarm.timer);
      this.#alarms.delete(alarm);
    };
    alarm.fire = () => {
      stop();
      fn();
    };
    alarm.timer = setTimeout(alarm.fire, ms);
    alarm.timer.unref();
    this.#alarms.add(alarm);
    return { cancel: stop };
  }

  /** Drops all alarms: nothing fires after the server is closed. */
  close() {
    for (const alarm of this.#alarms) clearTimeout(alarm.timer);
    this.#alarms.clear();
  }
}
