/**
 * The bytes of a generator's state, laid out as `torch.get_rng_state()` lays them out (little-endian C structs), so that
 * states travel between here and PyTorch. Source: CPUGeneratorImplState in pytorch aten/src/ATen/CPUGeneratorImpl.cpp.
 */

import { RuntimeError } from "../errors.ts";

/** What a generator's stream depends on. */
export interface GeneratorState {
  readonly initialSeed: bigint;
  readonly left: number;
  readonly next: number;
  readonly words: Uint32Array;
  readonly cachedNormal: number | null;
}

const wordCount = 624;
const totalBytes = 5056;
const offsets = { seed: 0, left: 8, seeded: 12, next: 16, words: 24, normal: 5024, hasNormal: 5040 } as const;

export function encodeState(state: GeneratorState): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(totalBytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(offsets.seed, state.initialSeed, true);
  view.setInt32(offsets.left, state.left, true);
  view.setInt32(offsets.seeded, 1, true);
  view.setUint32(offsets.next, state.next, true);
  // Each word takes eight bytes, the upper four unused.
  for (let i = 0; i < wordCount; i++) view.setUint32(offsets.words + 8 * i, state.words[i], true);
  if (state.cachedNormal !== null) {
    view.setFloat64(offsets.normal, state.cachedNormal, true);
    view.setInt32(offsets.hasNormal, 1, true);
  }
  return bytes;
}

export function decodeState(bytes: Uint8Array): GeneratorState {
  if (bytes.length !== totalBytes) {
    throw new RuntimeError(
      `Expected a CPUGeneratorImplState of size ${totalBytes} but found the input RNG state size to be ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const left = view.getInt32(offsets.left, true);
  const next = view.getUint32(offsets.next, true);
  if (view.getInt32(offsets.seeded, true) !== 1 || left < 1 || left > wordCount || next > wordCount) {
    throw new RuntimeError("Invalid mt19937 state");
  }
  return {
    initialSeed: view.getBigUint64(offsets.seed, true),
    left,
    next,
    words: Uint32Array.from({ length: wordCount }, (_, i) => view.getUint32(offsets.words + 8 * i, true)),
    cachedNormal: view.getInt32(offsets.hasNormal, true) !== 0 ? view.getFloat64(offsets.normal, true) : null,
  };
}
