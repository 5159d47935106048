// A queue with O(1) push and shift, and a bounded log built on it.

export class Deque {
  #items = [];
  #head = 0;

  get length() {
    return this.#items.length - this.#head;
  }

  push(item) {
    this.#items.push(item);
  }

  /** The item at `index` from the front, or undefined. */
  at(index) {
    return this.#items[this.#head + index];
  }

  shift() {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  *[Symbol.iterator]() {
    for (let i = this.#head; i < this.#items.length; i++) yield this.#items[i];
  }

  toArray() {
    return this.#items.slice(this.#head);
  }
}

/** Keeps the newest `limit` entries and counts those that fell out. */
export class BoundedLog extends Deque {
  dropped = 0;

  constructor(limit) {
    super();
    this.limit = limit;
  }

  push(item) {
    if (this.limit <= 0) {
      this.dropped++;
      return;
    }
    super.push(item);
    if (this.length > this.limit) {
      this.shift();
      this.dropped++;
    }
  }
}
