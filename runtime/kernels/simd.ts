/**
 * Operations on long float32 arrays, four elements at a time: WebAssembly has the vector instructions that
 * JavaScript lacks. The module is three pages of memory, one for each operand and one for the result, through which arrays
 * pass in blocks that stay in the processor's cache, and a loop for each operation.
 */

/** An operation on vectors of four. `relu` takes one operand. */
export type SimdOperation = "add" | "sub" | "mul" | "div" | "relu" | "passPositive";

type Code = readonly number[];

/** The vector instructions used here, by their numbers in the WebAssembly specification. */
const simd = (instruction: number): Code => [0xfd, ...leb(instruction)];
const zeros: Code = [...simd(12), ...new Array<number>(16).fill(0)];
const [lessThan, atMost, andNot] = [simd(67), simd(69), simd(79)];

/** What is done to the vectors that `x` and `y` load. */
const operations: Readonly<Record<SimdOperation, (x: Code, y: Code) => Code>> = {
  add: (x, y) => [...x, ...y, ...simd(228)],
  sub: (x, y) => [...x, ...y, ...simd(229)],
  mul: (x, y) => [...x, ...y, ...simd(230)],
  div: (x, y) => [...x, ...y, ...simd(231)],
  // x < 0 ? 0 : x
  relu: (x) => [...x, ...x, ...zeros, ...lessThan, ...andNot],
  // y <= 0 ? 0 : x
  passPositive: (x, y) => [...x, ...y, ...zeros, ...atMost, ...andNot],
};

/** A number as WebAssembly writes unsigned ones. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(Math.floor(value / 128))];
}

const page = 65536;
const block = page / Float32Array.BYTES_PER_ELEMENT;

/** Below this many elements the copies through the module's memory cost more than they save. */
export const simdLeast = block;

const vector = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()];

const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...leb(content.length),
  ...content,
];

const named = (name: string): number[] => vector([...name].map((c) => [c.charCodeAt(0)]));

/** `(bytes) => { for (let at = 0; at < bytes; at += 16) out[at] = x[at] ∘ y[at] }` */
function loopCode(operation: SimdOperation): number[] {
  const [bytes, at] = [0, 1];
  const get = (local: number): number[] => [0x20, local];
  const load = (offset: number): number[] => [...get(at), 0xfd, 0x00, 4, ...leb(offset)];
  const store = [0xfd, 0x0b, 4, ...leb(2 * page)];
  const next = [...get(at), 0x41, 16, 0x6a, 0x22, at];
  const body = [
    ...[1, 1, 0x7f],
    ...[0x03, 0x40],
    ...get(at),
    ...operations[operation](load(0), load(page)),
    ...store,
    ...[...next, ...get(bytes), 0x49],
    ...[0x0d, 0],
    ...[0x0b, 0x0b],
  ];
  return [...leb(body.length), ...body];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const names = Object.keys(operations) as SimdOperation[];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, 1, 0x7f, 0]])),
    ...section(3, vector(names.map(() => [0]))),
    ...section(5, vector([[0, 3]])),
    ...section(7, vector([[...named("memory"), 2, 0], ...names.map((name, i) => [...named(name), 0, i])])),
    ...section(10, vector(names.map(loopCode))),
  ]);
}

type Exports = Readonly<Record<SimdOperation, (bytes: number) => void>> & {
  readonly memory: { readonly buffer: ArrayBuffer };
};

/** What of WebAssembly is used here: Node has it, the types of Node leave it to those of browsers. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

function compile(): Exports {
  const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi })
    .WebAssembly;
  return new Instance(new Module(moduleBytes())).exports as Exports;
}

let exports: Exports | null = null;

/** `out[i] = x[i] ∘ y[i]`, or `out[i] = ∘ x[i]`; an operand of one element stands for as many as there are. */
export function simdLoop(
  operation: SimdOperation,
  x: Float32Array,
  y: Float32Array | null,
  out: Float32Array,
): void {
  exports ??= compile();
  const memory = new Float32Array(exports.memory.buffer);
  const run = exports[operation];
  if (x.length === 1) memory.fill(x[0], 0, block);
  if (y?.length === 1) memory.fill(y[0], block, 2 * block);
  for (let start = 0; start < out.length; start += block) {
    const end = Math.min(start + block, out.length);
    if (x.length !== 1) memory.set(x.subarray(start, end), 0);
    if (y !== null && y.length !== 1) memory.set(y.subarray(start, end), block);
    run((end - start) * Float32Array.BYTES_PER_ELEMENT);
    out.set(memory.subarray(2 * block, 2 * block + end - start), start);
  }
}
