// The results that are more than a JSON value.

/** A result that is written as it is: numbers and bytes that JavaScript would change survive. */
export class Raw {
  constructor(bytes) {
    this.bytes = bytes;
  }
}

/** A result that comes with a description. */
export class Described {
  constructor(result, description) {
    Object.assign(this, { result, description });
  }
}
