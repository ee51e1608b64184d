/**
 * Loops over float32 arrays in vectors: WebAssembly has the instructions that JavaScript lacks. A loop is a module, and has a page of
 * memory for each array, through which arrays pass in blocks that stay in the processor's cache. It computes four elements at a time in float32,
 * or two in float64 where float32 would not be exact enough between one array and the next.
 */
import { roundingShift } from "./exponential.ts";
import type { Assignment, Formula, Instruction } from "./formula.ts";

type Code = readonly number[];

/** A number as WebAssembly writes unsigned ones. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(Math.floor(value / 128))];
}

const simd = (instruction: number): Code => [0xfd, ...leb(instruction)];
const bytesOf = (value: Float32Array | Float64Array | BigInt64Array): number[] => [
  ...new Uint8Array(value.buffer),
];
const vectorConstant = (bytes: readonly number[]): Code => [...simd(12), ...bytes];

/** How a loop computes: the instructions by their numbers in the WebAssembly specification. */
interface Arithmetic {
  /** The bytes of the elements of a vector in memory. */
  readonly step: number;
  /** The type of a number that a loop is given. */
  readonly number: number;
  readonly spread: Code;
  readonly load: (offset: number) => Code;
  readonly store: (offset: number) => Code;
  readonly constant: (value: number) => Code;
  readonly instructions: Readonly<Partial<Record<Instruction, Code>>>;
}

const [int32, float32, float64, vector] = [0x7f, 0x7d, 0x7c, 0x7b];

const arithmetics = {
  single: {
    step: 16,
    number: float32,
    spread: simd(19),
    load: (offset) => [...simd(0), 4, ...leb(offset)],
    store: (offset) => [...simd(11), 4, ...leb(offset)],
    constant: (value) => vectorConstant(bytesOf(new Float32Array(4).fill(value))),
    instructions: {
      add: simd(228),
      sub: simd(229),
      mul: simd(230),
      div: simd(231),
      sqrt: simd(227),
      min: simd(232),
      max: simd(233),
      pmin: simd(234),
      pmax: simd(235),
      isLess: simd(67),
      isAtMost: simd(69),
      unless: simd(79),
    },
  },
  double: {
    step: 8,
    number: float64,
    spread: simd(20),
    load: (offset) => [...simd(93), 3, ...leb(offset), ...simd(95)],
    store: (offset) => [...simd(94), ...simd(91), 3, ...leb(offset), 0],
    constant: (value) => vectorConstant(bytesOf(new Float64Array(2).fill(value))),
    instructions: {
      add: simd(240),
      sub: simd(241),
      mul: simd(242),
      div: simd(243),
      sqrt: simd(239),
      min: simd(244),
      max: simd(245),
      pmin: simd(246),
      pmax: simd(247),
      isLess: simd(73),
      isAtMost: simd(75),
      unless: simd(79),
      // The number, and what exponents are counted from, moved to where a double has its exponent.
      powerOfTwo: [
        ...vectorConstant(bytesOf(new Float64Array(2).fill(roundingShift))),
        ...simd(240),
        ...vectorConstant(bytesOf(new BigInt64Array(2).fill(1023n))),
        ...simd(206),
        ...[0x41, 52],
        ...simd(203),
      ],
    },
  },
} satisfies Readonly<Record<string, Arithmetic>>;

/** What a loop computes in between one array and the next. */
export type Precision = keyof typeof arithmetics;

/** A walk over the arrays. Those of one loop have the same precision if the loop is given numbers. */
export interface Pass {
  readonly assignments: readonly Assignment[];
  readonly precision: Precision;
}

const page = 65536;

/** How many elements pass at a time. */
export const blockLength = page / Float32Array.BYTES_PER_ELEMENT;

const list = (items: readonly Code[]): Code => [...leb(items.length), ...items.flat()];
const section = (id: number, content: Code): Code => [id, ...leb(content.length), ...content];
const named = (name: string): Code => list([...name].map((letter) => [letter.charCodeAt(0)]));
const get = (local: number): Code => [0x20, ...leb(local)];
const set = (local: number): Code => [0x21, ...leb(local)];
const tee = (local: number): Code => [0x22, ...leb(local)];

/** The calls that a formula uses more than once. */
function sharedIn(formula: Formula): ReadonlySet<Formula> {
  const [seen, shared] = [new Set<Formula>(), new Set<Formula>()];
  const visit = (part: Formula): void => {
    if (part.kind !== "call") return;
    if (seen.has(part)) {
      shared.add(part);
      return;
    }
    seen.add(part);
    part.inputs.forEach(visit);
  };
  visit(formula);
  return shared;
}

/** `(bytes, ...numbers) => { for (let at = 0; at < bytes; at += step) { … } … }`, a loop for each pass. */
function functionCode(numbers: number, passes: readonly Pass[]): Code {
  const at = numbers + 1;
  let locals = at + 1;
  const loops = passes.map(({ assignments, precision }) => {
    const arithmetic = arithmetics[precision];
    const first = locals;
    locals += numbers;
    const spread = Array.from({ length: numbers }, (_, i) => [
      ...get(1 + i),
      ...arithmetic.spread,
      ...set(first + i),
    ]).flat();
    const context: LoopContext = { at, firstNumber: first, arithmetic, newLocal: () => locals++ };
    const stores = assignments.flatMap(({ array, value }) => [
      ...get(at),
      ...valueCode(value, context),
      ...arithmetic.store(array * page),
    ]);
    const again = [...get(at), 0x41, arithmetic.step, 0x6a, ...tee(at), ...get(0), 0x49, 0x0d, 0];
    return [...spread, 0x41, 0, ...set(at), 0x03, 0x40, ...stores, ...again, 0x0b];
  });
  const declared = list([
    [1, int32],
    [...leb(locals - at - 1), vector],
  ]);
  const body = [...declared, ...loops.flat(), 0x0b];
  return [...leb(body.length), ...body];
}

/** Where a loop has what formulas ask for. */
interface LoopContext {
  /** The local variable that counts the bytes. */
  readonly at: number;
  /** The first of those that hold the loop's numbers. */
  readonly firstNumber: number;
  readonly arithmetic: Arithmetic;
  readonly newLocal: () => number;
}

function valueCode(formula: Formula, { at, firstNumber, arithmetic, newLocal }: LoopContext): Code {
  const shared = sharedIn(formula);
  const kept = new Map<Formula, number>();
  const codeOf = (part: Formula): Code => {
    switch (part.kind) {
      case "element":
        return [...get(at), ...arithmetic.load(part.array * page)];
      case "number":
        return get(firstNumber + part.index);
      case "constant":
        return arithmetic.constant(part.value);
      default: {
        const local = kept.get(part);
        if (local !== undefined) return get(local);
        const code = [...part.inputs.flatMap(codeOf), ...instructionOf(part.name, arithmetic)];
        if (!shared.has(part)) return code;
        const made = newLocal();
        kept.set(part, made);
        return [...code, ...tee(made)];
      }
    }
  };
  return codeOf(formula);
}

function instructionOf(name: Instruction, { instructions }: Arithmetic): Code {
  const code = instructions[name];
  if (code === undefined) throw new TypeError(`there is no vector instruction for ${name}`);
  return code;
}

function moduleBytes(arrays: number, numbers: number, passes: readonly Pass[]): Uint8Array<ArrayBuffer> {
  const parameters = list([
    [int32],
    ...Array.from({ length: numbers }, () => [arithmetics[passes[0].precision].number]),
  ]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([[0x60, ...parameters, 0]])),
    ...section(2, list([[...named("loops"), ...named("memory"), 2, 0, ...leb(arrays)]])),
    ...section(3, list([[0]])),
    ...section(7, list([[...named("run"), 0, 0]])),
    ...section(10, list([functionCode(numbers, passes)])),
  ]);
}

/** What of WebAssembly is used here: Node has it, the types of Node leave it to those of browsers. */
interface WebAssemblyApi {
  readonly Memory: new (size: { readonly initial: number }) => LoopMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly loops: { readonly memory: LoopMemory } },
  ) => { readonly exports: { readonly run: Run } };
}

interface LoopMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): void;
}

/** A loop ready to run: over so many bytes of each of its pages. */
type Run = (bytes: number, ...numbers: readonly number[]) => void;

const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;

/** One memory for all loops, as each runs to its end before another one begins. */
let memory: LoopMemory | null = null;
let pages = new Float32Array(0);

/** The memory with at least so many pages. */
function memoryWith(count: number): LoopMemory {
  memory ??= new webAssembly.Memory({ initial: count });
  const missing = count - memory.buffer.byteLength / page;
  if (missing > 0) memory.grow(missing);
  pages = new Float32Array(memory.buffer);
  return memory;
}

/** The arrays that a formula reads, each part of it looked at once. */
function arraysIn(formula: Formula): ReadonlySet<number> {
  const [seen, arrays] = [new Set<Formula>(), new Set<number>()];
  const visit = (part: Formula): void => {
    if (seen.has(part)) return;
    seen.add(part);
    if (part.kind === "element") arrays.add(part.array);
    if (part.kind === "call") part.inputs.forEach(visit);
  };
  visit(formula);
  return arrays;
}

/** A loop over arrays of one length, of which some are read and some are overwritten. */
export class VectorLoop {
  readonly #arrays: number;
  readonly #numbers: number;
  readonly #passes: readonly Pass[];
  readonly #read: readonly number[];
  readonly #written: readonly number[];
  #made: Run | null = null;

  /**
   * @param arrays how many arrays pass by; more than `run` is given have room for what is between the passes
   * @param outer the arrays that are read and those that are written outside; by default all that formulas mention
   */
  constructor(
    arrays: number,
    numbers: number,
    passes: readonly Pass[],
    outer: { readonly read?: readonly number[]; readonly written?: readonly number[] } = {},
  ) {
    const assignments = passes.flatMap((pass) => pass.assignments);
    this.#passes = passes;
    this.#arrays = arrays;
    this.#numbers = numbers;
    this.#read = outer.read ?? [...new Set(assignments.flatMap(({ value }) => [...arraysIn(value)]))];
    this.#written = outer.written ?? [...new Set(assignments.map(({ array }) => array))];
  }

  /** An array that is only read may have one element, which then stands for as many as there are. */
  run(arrays: readonly Float32Array[], numbers: readonly number[] = []): void {
    this.#made ??= this.#compile();
    const [length, read, written] = [arrays[this.#written[0]].length, this.#read, this.#written];
    for (let start = 0; start < length; start += blockLength) {
      const count = Math.min(blockLength, length - start);
      for (const array of read) copyIn(arrays[array], start, count, array * blockLength, length);
      this.#made(count * Float32Array.BYTES_PER_ELEMENT, ...numbers);
      for (const array of written) copyOut(arrays[array], start, count, array * blockLength);
    }
  }

  #compile(): Run {
    const { Module, Instance } = webAssembly;
    const bytes = moduleBytes(this.#arrays, this.#numbers, this.#passes);
    return new Instance(new Module(bytes), { loops: { memory: memoryWith(this.#arrays) } }).exports.run;
  }
}

/** Fewer elements are copied one by one, which takes less time than a call that copies. */
const leastForCalls = 32;

function copyIn(array: Float32Array, start: number, count: number, to: number, length: number): void {
  if (array.length === 1 && length !== 1) pages.fill(array[0], to, to + count);
  else if (count >= leastForCalls)
    pages.set(start === 0 && count === array.length ? array : array.subarray(start, start + count), to);
  else for (let i = 0; i < count; i++) pages[to + i] = array[start + i];
}

function copyOut(array: Float32Array, start: number, count: number, from: number): void {
  if (count >= leastForCalls) array.set(pages.subarray(from, from + count), start);
  else for (let i = 0; i < count; i++) array[start + i] = pages[from + i];
}
