/**
 * Reads pickles as data: lists, dicts, tuples, numbers, text, and objects that a closed table of constructors makes of
 * what the pickle names. Nothing is ever looked up or run by a name in the file.
 * Source of the opcodes: Lib/pickletools.py of CPython; those C++ writes: torch/csrc/jit/serialization/pickler.cpp.
 */
import { ArchiveError, type ArchiveLimits } from "./limits.ts";

/** A Python tuple. */
export class PickledTuple {
  readonly elements: readonly unknown[];

  constructor(elements: readonly unknown[]) {
    this.elements = elements;
  }
}

/** A float, which JavaScript could not tell from an int. */
export class PickledFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Something named by GLOBAL, before it is called. */
export class PickledGlobal {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** An object under construction: a class of the archive and the state it got. */
export class PickledObject {
  readonly className: string;
  state: unknown = null;

  constructor(className: string) {
    this.className = className;
  }
}

/** A member of an Enum of the archive, by its value. */
export class PickledEnum {
  readonly className: string;
  readonly value: unknown;

  constructor(className: string, value: unknown) {
    this.className = className;
    this.value = value;
  }
}

/** What gives meaning to the names in a pickle. */
export interface PickleNames {
  /** Calls a named constructor. Throws for names that are not in the table. */
  reduce(name: string, args: readonly unknown[]): unknown;
  /** True if objects of this class may be made. */
  isClass(name: string): boolean;
  /** The value behind a persistent id. */
  persistent(id: unknown): unknown;
}

const mark = Symbol("mark");

/** Reads the one value of a pickle. `what` names it in errors. */
export function readPickle(
  bytes: Uint8Array,
  what: string,
  names: PickleNames,
  limits: ArchiveLimits,
): unknown {
  return new PickleReader(bytes, what, names, limits).read();
}

class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  readonly #names: PickleNames;
  readonly #limits: ArchiveLimits;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array, what: string, names: PickleNames, limits: ArchiveLimits) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
    this.#names = names;
    this.#limits = limits;
  }

  read(): unknown {
    if (this.#bytes[0] !== 0x80) throw this.#error("it does not begin with a PROTO opcode");
    for (;;) {
      const start = this.#at;
      const opcode = this.#byte();
      if (opcode === 0x2e) {
        const value = this.#pop();
        if (this.#stack.length > 0) throw this.#error("values are left over at its end");
        return value;
      }
      const run = opcodes[opcode];
      if (run === undefined) {
        this.#at = start;
        throw this.#error(
          `opcode 0x${opcode.toString(16).padStart(2, "0")} is not one that TorchScript archives use`,
        );
      }
      run(this);
    }
  }

  #error(message: string): ArchiveError {
    return new ArchiveError(`the pickle ${this.#what} cannot be read: ${message} (at byte ${this.#at})`);
  }

  // The opcodes below are a table outside of the class, which needs these as methods.

  fail(message: string): ArchiveError {
    return this.#error(message);
  }

  #need(count: number): number {
    const start = this.#at;
    if (count > this.#bytes.length - start) throw this.#error("it is cut off");
    this.#at += count;
    return start;
  }

  #byte(): number {
    return this.#bytes[this.#need(1)];
  }

  byte(): number {
    return this.#byte();
  }

  uint16(): number {
    return this.#view.getUint16(this.#need(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#need(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#need(4), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#need(8), false);
  }

  /** A little-endian two's complement number of any length up to 8 bytes. */
  long(length: number): number | bigint {
    if (length > 8) throw this.#error("it holds an integer of more than 64 bits");
    const start = this.#need(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[start + i]);
    const signed = BigInt.asIntN(length * 8, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  text(length: number): string {
    const start = this.#need(length);
    return new TextDecoder().decode(this.#bytes.subarray(start, start + length));
  }

  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0 || end - this.#at > 1000) throw this.#error("a name in it does not end");
    const text = this.text(end - this.#at);
    this.#at++;
    return text;
  }

  push(value: unknown): void {
    if (++this.#values > this.#limits.pickleValues)
      throw this.#error(`it holds more than the limit of ${this.#limits.pickleValues} values`);
    this.#stack.push(value);
  }

  #pop(): unknown {
    if (this.#stack.length === 0 || this.#stack[this.#stack.length - 1] === mark)
      throw this.#error("it takes a value where there is none");
    return this.#stack.pop();
  }

  pop(): unknown {
    return this.#pop();
  }

  top(): unknown {
    const value = this.#pop();
    this.#stack.push(value);
    return value;
  }

  popMarked(): unknown[] {
    const at = this.#stack.lastIndexOf(mark);
    if (at < 0) throw this.#error("it closes a group that it did not open");
    return this.#stack.splice(at).slice(1);
  }

  pushMark(): void {
    this.push(mark);
  }

  memoize(index: number): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) throw this.#error(`it recalls value ${index}, which it did not store`);
    this.push(this.#memo.get(index));
  }

  get names(): PickleNames {
    return this.#names;
  }

  appendTo(target: unknown, values: readonly unknown[]): void {
    if (!Array.isArray(target)) throw this.#error("it appends to something that is no list");
    for (const value of values) target.push(value);
  }

  setIn(target: unknown, values: readonly unknown[]): void {
    if (!(target instanceof Map) || values.length % 2 !== 0)
      throw this.#error("it sets items of something that is no dict");
    for (let i = 0; i < values.length; i += 2) target.set(values[i], values[i + 1]);
  }
}

const tuple =
  (count: number) =>
  (reader: PickleReader): void => {
    const elements = Array.from({ length: count }, () => reader.pop()).reverse();
    reader.push(new PickledTuple(elements));
  };

const argumentsOf = (reader: PickleReader): readonly unknown[] => {
  const value = reader.pop();
  if (!(value instanceof PickledTuple))
    throw reader.fail("it calls something with arguments that are no tuple");
  return value.elements;
};

const globalOf = (reader: PickleReader): PickledGlobal => {
  const value = reader.pop();
  if (!(value instanceof PickledGlobal)) throw reader.fail("it calls something that is no name");
  return value;
};

const opcodes: Readonly<Record<number, (reader: PickleReader) => void>> = {
  // PROTO
  128: (reader) => {
    const protocol = reader.byte();
    if (protocol < 2 || protocol > 4) throw reader.fail(`protocol ${protocol} is not supported`);
  },
  // NONE, NEWTRUE, NEWFALSE
  78: (reader) => reader.push(null),
  136: (reader) => reader.push(true),
  137: (reader) => reader.push(false),
  // BININT1, BININT2, BININT, LONG1, BINFLOAT
  75: (reader) => reader.push(reader.byte()),
  77: (reader) => reader.push(reader.uint16()),
  74: (reader) => reader.push(reader.int32()),
  138: (reader) => reader.push(reader.long(reader.byte())),
  71: (reader) => reader.push(new PickledFloat(reader.double())),
  // BINUNICODE, SHORT_BINUNICODE
  88: (reader) => reader.push(reader.text(reader.uint32())),
  140: (reader) => reader.push(reader.text(reader.byte())),
  // MARK, TUPLE, EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3
  40: (reader) => reader.pushMark(),
  116: (reader) => reader.push(new PickledTuple(reader.popMarked())),
  41: tuple(0),
  133: tuple(1),
  134: tuple(2),
  135: tuple(3),
  // EMPTY_LIST, LIST, APPEND, APPENDS
  93: (reader) => reader.push([]),
  108: (reader) => reader.push(reader.popMarked()),
  97: (reader) => {
    const value = reader.pop();
    reader.appendTo(reader.top(), [value]);
  },
  101: (reader) => {
    const values = reader.popMarked();
    reader.appendTo(reader.top(), values);
  },
  // EMPTY_DICT, DICT, SETITEM, SETITEMS
  125: (reader) => reader.push(new Map()),
  100: (reader) => {
    const values = reader.popMarked();
    const made = new Map();
    reader.setIn(made, values);
    reader.push(made);
  },
  115: (reader) => {
    const value = reader.pop();
    const key = reader.pop();
    reader.setIn(reader.top(), [key, value]);
  },
  117: (reader) => {
    const values = reader.popMarked();
    reader.setIn(reader.top(), values);
  },
  // BINPUT, LONG_BINPUT, BINGET, LONG_BINGET
  113: (reader) => reader.memoize(reader.byte()),
  114: (reader) => reader.memoize(reader.uint32()),
  104: (reader) => reader.recall(reader.byte()),
  106: (reader) => reader.recall(reader.uint32()),
  // GLOBAL
  99: (reader) => {
    const module = reader.line();
    reader.push(new PickledGlobal(`${module}.${reader.line()}`));
  },
  // NEWOBJ
  129: (reader) => {
    const args = argumentsOf(reader);
    const { name } = globalOf(reader);
    if (!reader.names.isClass(name))
      throw reader.fail(
        name.startsWith("__torch__.torch.classes.")
          ? `it makes an object of "${name}", a class of PyTorch's C++ as quantized modules have; these are not supported`
          : `it makes an object of "${name}", which is no class of the archive`,
      );
    if (args.length > 0) throw reader.fail(`it gives arguments to the class "${name}"`);
    reader.push(new PickledObject(name));
  },
  // BUILD
  98: (reader) => {
    const state = reader.pop();
    const object = reader.top();
    // State dicts carry Python attributes such as _metadata, which have no meaning here.
    if (object instanceof Map) return;
    if (!(object instanceof PickledObject))
      throw reader.fail("it sets the state of something that is no object");
    object.state = state;
  },
  // REDUCE
  82: (reader) => {
    const args = argumentsOf(reader);
    reader.push(reader.names.reduce(globalOf(reader).name, args));
  },
  // BINPERSID
  81: (reader) => reader.push(reader.names.persistent(reader.pop())),
};
