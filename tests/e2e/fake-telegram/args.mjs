// Reads a call's parameters the way the real server does: everything arrives as text (a query, a
// form, or a JSON body whose values count as their own text), numbers are read leniently, and a
// structure may come as an object or as the JSON text of one.
import { bad } from './errors.mjs';

export class Args {
  /** `fields`: name -> text or parsed JSON value; `files`: field name -> { name, type, bytes }. */
  constructor(fields, files) {
    this.fields = fields;
    this.files = files;
  }

  has(name) {
    return Object.hasOwn(this.fields, name);
  }

  /** The value as text; '' when it is absent. */
  str(name) {
    if (!this.has(name)) return '';
    const value = this.fields[name];
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  required(name) {
    const value = this.str(name);
    if (value === '') throw bad(`Parameter "${name}" is required`);
    return value;
  }

  int(name, fallback = 0, min = -Infinity, max = Infinity) {
    const text = this.str(name);
    const value = text === '' ? fallback : toInt(text);
    return Math.min(Math.max(value, min), max);
  }

  bool(name) {
    return ['true', 'yes', '1'].includes(this.str(name).trim().toLowerCase());
  }

  /** A structure, or undefined when it is absent; `what` is how the error names it. */
  json(name, what) {
    if (this.str(name) === '') return undefined;
    const value = this.fields[name];
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value);
    } catch {
      throw bad(`Can't parse ${what} JSON object`);
    }
  }

  /** Entities that are not JSON are ignored, as the real server does. */
  entities(name) {
    try {
      return this.json(name, name);
    } catch {
      return undefined;
    }
  }

  /** What the call log shows: files by name and size. */
  shown() {
    const shown = { ...this.fields };
    for (const [name, file] of Object.entries(this.files))
      shown[name] = { file: file.name, type: file.type, size: file.bytes.length };
    return shown;
  }
}

/** Leading digits, 0 when there are none: td::to_integer. */
export function toInt(text) {
  const digits = /^-?\d+/.exec(text.trim());
  return digits ? Number(digits[0]) : 0;
}

// Typed members of a JSON object, with the server's words when they are missing or of another type.
function member(object, name, required, ok, type) {
  const value = object[name];
  if (value === undefined || value === null) {
    if (required) throw bad(`Can't find field "${name}"`);
    return undefined;
  }
  if (!ok(value)) throw bad(`Field "${name}" must be of type ${type}`);
  return value;
}

const isNumber = (v) => typeof v === 'number' || (typeof v === 'string' && /^-?\d+$/.test(v));
const isText = (v) => typeof v === 'string' || typeof v === 'number';

export const field = {
  text: (o, name, required = false) => {
    const value = member(o, name, required, isText, 'String');
    return value === undefined ? '' : String(value);
  },
  int: (o, name, required = false) => {
    const value = member(o, name, required, isNumber, 'Number');
    return value === undefined ? 0 : Number(value);
  },
  bool: (o, name) => member(o, name, false, (v) => typeof v === 'boolean', 'Boolean') ?? false,
};
