/**
 * Writes pickles of protocol 2 with the opcodes that TorchScript's C++ reader knows.
 * Source: torch/csrc/jit/serialization/pickler.cpp.
 */

const opcode = {
  proto: 0x80,
  stop: 0x2e,
  none: 0x4e,
  true: 0x88,
  false: 0x89,
  int8: 0x4b,
  int16: 0x4d,
  int32: 0x4a,
  long: 0x8a,
  double: 0x47,
  text: 0x58,
  mark: 0x28,
  tuple: 0x74,
  emptyTuple: 0x29,
  emptyList: 0x5d,
  appends: 0x65,
  emptyDict: 0x7d,
  setItems: 0x75,
  global: 0x63,
  newObject: 0x81,
  build: 0x62,
  reduce: 0x52,
  persistent: 0x51,
  put: 0x72,
  get: 0x6a,
} as const;

export class PickleWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #memo = new Map<unknown, number>();

  constructor() {
    this.#byte(opcode.proto);
    this.#byte(2);
  }

  /** The pickle of what was written, which must have been one value. */
  finish(): Uint8Array {
    this.#byte(opcode.stop);
    return this.#bytes.slice(0, this.#length);
  }

  /** Makes room and says where it is. What is written there must be looked up afterwards: the memory may have moved. */
  #need(count: number): number {
    const start = this.#length;
    if (start + count > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, start + count));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length += count;
    return start;
  }

  #byte(value: number): void {
    const at = this.#need(1);
    this.#bytes[at] = value;
  }

  #append(bytes: Uint8Array): void {
    const at = this.#need(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #uint32(value: number): void {
    const at = this.#need(4);
    this.#view.setUint32(at, value, true);
  }

  none(): void {
    this.#byte(opcode.none);
  }

  bool(value: boolean): void {
    this.#byte(value ? opcode.true : opcode.false);
  }

  int(value: number | bigint): void {
    const number = Number(value);
    if (number >= 0 && number < 256) {
      this.#byte(opcode.int8);
      this.#byte(number);
    } else if (number >= 0 && number < 65536) {
      this.#byte(opcode.int16);
      const at = this.#need(2);
      this.#view.setUint16(at, number, true);
    } else if (number >= -2147483648 && number < 2147483648) {
      this.#byte(opcode.int32);
      const at = this.#need(4);
      this.#view.setInt32(at, number, true);
    } else {
      this.#byte(opcode.long);
      this.#byte(8);
      const at = this.#need(8);
      this.#view.setBigInt64(at, BigInt(value), true);
    }
  }

  float(value: number): void {
    this.#byte(opcode.double);
    const at = this.#need(8);
    this.#view.setFloat64(at, value, false);
  }

  text(value: string): void {
    const encoded = new TextEncoder().encode(value);
    this.#byte(opcode.text);
    this.#uint32(encoded.length);
    this.#append(encoded);
  }

  tuple(writeParts: () => void): void {
    this.#byte(opcode.mark);
    writeParts();
    this.#byte(opcode.tuple);
  }

  list(writeParts: () => void): void {
    this.#byte(opcode.emptyList);
    this.#byte(opcode.mark);
    writeParts();
    this.#byte(opcode.appends);
  }

  /** `writeEntries` writes keys and values in turn. */
  dict(writeEntries: () => void): void {
    this.#byte(opcode.emptyDict);
    this.#byte(opcode.mark);
    writeEntries();
    this.#byte(opcode.setItems);
  }

  global(module: string, name: string): void {
    this.#byte(opcode.global);
    const line = new TextEncoder().encode(`${module}\n${name}\n`);
    this.#append(line);
  }

  /** The call of a named constructor. */
  call(module: string, name: string, writeArguments: () => void): void {
    this.global(module, name);
    this.tuple(writeArguments);
    this.#byte(opcode.reduce);
  }

  /** An object of a class; `writeState` writes the dict of its fields, or what stands for them. */
  object(module: string, name: string, writeState: () => void): void {
    this.global(module, name);
    this.#byte(opcode.emptyTuple);
    this.#byte(opcode.newObject);
    writeState();
    this.#byte(opcode.build);
  }

  persistent(writeId: () => void): void {
    this.tuple(writeId);
    this.#byte(opcode.persistent);
  }

  /** Writes what `key` stands for the first time, and refers to it later. */
  once(key: unknown, write: () => void): void {
    const known = this.#memo.get(key);
    if (known !== undefined) {
      this.#byte(opcode.get);
      this.#uint32(known);
      return;
    }
    write();
    this.#byte(opcode.put);
    this.#uint32(this.#memo.size);
    this.#memo.set(key, this.#memo.size);
  }
}
