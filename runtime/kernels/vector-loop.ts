/**
 * Loops over float32 arrays, four elements at a time: WebAssembly has the vector instructions that JavaScript lacks. A loop is a
 * module with a page of memory for each array, through which arrays pass in blocks that stay in the processor's cache.
 */
import type { Assignment, Formula, Instruction } from "./formula.ts";

type Code = readonly number[];

/** A number as WebAssembly writes unsigned ones. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(Math.floor(value / 128))];
}

const simd = (instruction: number): Code => [0xfd, ...leb(instruction)];

/** The vector instructions by their numbers in the WebAssembly specification. */
const instructions: Readonly<Record<Instruction, Code>> = {
  add: simd(228),
  sub: simd(229),
  mul: simd(230),
  div: simd(231),
  sqrt: simd(227),
  max: simd(233),
  isLess: simd(67),
  isAtMost: simd(69),
  unless: simd(79),
};

const [int32, float32, vector] = [0x7f, 0x7d, 0x7b];
const page = 65536;

/** How many elements pass at a time. */
export const blockLength = page / Float32Array.BYTES_PER_ELEMENT;

const list = (items: readonly Code[]): Code => [...leb(items.length), ...items.flat()];
const section = (id: number, content: Code): Code => [id, ...leb(content.length), ...content];
const named = (name: string): Code => list([...name].map((letter) => [letter.charCodeAt(0)]));
const get = (local: number): Code => [0x20, ...leb(local)];

/** `(bytes, ...numbers) => { for (let at = 0; at < bytes; at += 16) { … } }` */
function loopCode(numbers: number, assignments: readonly Assignment[]): Code {
  const [bytes, at] = [0, numbers + 1];
  const vectorOf = (number: number): number => at + 1 + number;
  const codeOf = (formula: Formula): Code => {
    switch (formula.kind) {
      case "element":
        return [...get(at), ...simd(0), 4, ...leb(formula.array * page)];
      case "number":
        return get(vectorOf(formula.index));
      default:
        return [...formula.inputs.flatMap(codeOf), ...instructions[formula.name]];
    }
  };
  const spread = Array.from({ length: numbers }, (_, i) => [
    ...get(1 + i),
    ...simd(19),
    ...[0x21, ...leb(vectorOf(i))],
  ]).flat();
  const stores = assignments.flatMap(({ array, value }) => [
    ...[...get(at), ...codeOf(value)],
    ...[...simd(11), 4, ...leb(array * page)],
  ]);
  const locals = list([
    [1, int32],
    [...leb(numbers), vector],
  ]);
  const again = [...get(at), 0x41, 16, 0x6a, 0x22, ...leb(at), ...get(bytes), 0x49, 0x0d, 0];
  const body = [...locals, ...spread, 0x03, 0x40, ...stores, ...again, 0x0b, 0x0b];
  return [...leb(body.length), ...body];
}

function moduleBytes(
  arrays: number,
  numbers: number,
  assignments: readonly Assignment[],
): Uint8Array<ArrayBuffer> {
  const parameters = list([[int32], ...Array.from({ length: numbers }, () => [float32])]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([[0x60, ...parameters, 0]])),
    ...section(3, list([[0]])),
    ...section(5, list([[0, ...leb(arrays)]])),
    ...section(
      7,
      list([
        [...named("memory"), 2, 0],
        [...named("run"), 0, 0],
      ]),
    ),
    ...section(10, list([loopCode(numbers, assignments)])),
  ]);
}

/** What of WebAssembly is used here: Node has it, the types of Node leave it to those of browsers. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: { readonly run: Compiled["run"]; readonly memory: { readonly buffer: ArrayBuffer } };
  };
}

/** A loop ready to run: over so many bytes of each of the pages. */
interface Compiled {
  readonly run: (bytes: number, ...numbers: readonly number[]) => void;
  readonly pages: Float32Array;
}

const elementsIn = (formula: Formula): readonly number[] =>
  formula.kind === "call"
    ? formula.inputs.flatMap(elementsIn)
    : formula.kind === "element"
      ? [formula.array]
      : [];

/** A loop over arrays of one length, of which some are read and some are overwritten. */
export class VectorLoop {
  readonly #arrays: number;
  readonly #numbers: number;
  readonly #assignments: readonly Assignment[];
  readonly #read: readonly number[];
  readonly #written: readonly number[];
  #made: Compiled | null = null;

  constructor(arrays: number, numbers: number, assignments: readonly Assignment[]) {
    this.#arrays = arrays;
    this.#numbers = numbers;
    this.#assignments = assignments;
    this.#read = [...new Set(assignments.flatMap(({ value }) => elementsIn(value)))];
    this.#written = [...new Set(assignments.map(({ array }) => array))];
  }

  /** An array that is only read may have one element, which then stands for as many as there are. */
  run(arrays: readonly Float32Array[], numbers: readonly number[] = []): void {
    this.#made ??= this.#compile();
    const { run, pages } = this.#made;
    const [length, read, written] = [arrays[this.#written[0]].length, this.#read, this.#written];
    const isOne = (array: number): boolean => arrays[array].length === 1 && length !== 1;
    for (const array of read)
      if (isOne(array)) pages.fill(arrays[array][0], array * blockLength, (array + 1) * blockLength);
    for (let start = 0; start < length; start += blockLength) {
      const end = Math.min(start + blockLength, length);
      for (const array of read)
        if (!isOne(array)) pages.set(part(arrays[array], start, end), array * blockLength);
      run((end - start) * Float32Array.BYTES_PER_ELEMENT, ...numbers);
      for (const array of written) {
        const from = array * blockLength;
        arrays[array].set(pages.subarray(from, from + end - start), start);
      }
    }
  }

  #compile(): Compiled {
    const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi })
      .WebAssembly;
    const bytes = moduleBytes(this.#arrays, this.#numbers, this.#assignments);
    const { run, memory } = new Instance(new Module(bytes)).exports;
    return { run, pages: new Float32Array(memory.buffer) };
  }
}

const part = (array: Float32Array, start: number, end: number): Float32Array =>
  start === 0 && end === array.length ? array : array.subarray(start, end);
