/**
 * torch's CPU generator: the Mersenne Twister, the seed it was started from, and the one normal number it keeps.
 * What is made of its words are the distributions in the other files of this folder.
 * Source: pytorch aten/src/ATen/CPUGeneratorImpl.cpp.
 */

import { ValueError } from "../errors.ts";
import { decodeState, encodeState } from "./generator-state.ts";
import { Mt19937 } from "./mt19937.ts";

/** The seed of a generator nobody seeded, as in torch. */
const defaultSeed = 67280421310721n;

/**
 * A stream of random numbers of its own, as `torch.Generator` is.
 *
 * @example
 * const generator = new torch.Generator().manualSeed(0);
 * torch.rand([1], { generator }).item().toFixed(6) // "0.496257"
 */
export class Generator {
  private readonly engine = new Mt19937(lowWord(defaultSeed));
  private initial = defaultSeed;
  /** The second half of the last pair of normals, until it is used. Survives every draw but not a new seed. */
  cachedNormal: number | null = null;

  /**
   * Restarts the stream; the same seed gives the same numbers as in torch. Only the low 32 bits of the seed matter.
   * Throws a ValueError for a seed that is not a whole number of 64 bits.
   */
  manualSeed(seed: number | bigint): this {
    this.initial = checkedSeed(seed);
    this.engine.seed(lowWord(this.initial));
    this.cachedNormal = null;
    return this;
  }

  /** Restarts the stream from a seed nobody can foresee, and returns that seed. */
  seed(): bigint {
    const words = crypto.getRandomValues(new BigUint64Array(1));
    this.manualSeed(words[0]);
    return words[0];
  }

  /** The seed this stream was last started from, as an unsigned 64-bit number. */
  initialSeed(): bigint {
    return this.initial;
  }

  /** Everything the stream depends on, in the 5056 bytes `torch.get_rng_state()` gives. */
  getState(): Uint8Array<ArrayBuffer> {
    const { state, left, next } = this.engine;
    return encodeState({
      initialSeed: this.initial,
      left,
      next,
      words: state,
      cachedNormal: this.cachedNormal,
    });
  }

  /** Continues from a state, also one that PyTorch saved. Throws a RuntimeError if it is none. */
  setState(bytes: Uint8Array): this {
    const { initialSeed, left, next, words, cachedNormal } = decodeState(bytes);
    this.initial = initialSeed;
    this.engine.left = left;
    this.engine.next = next;
    this.engine.state.set(words);
    this.cachedNormal = cachedNormal;
    return this;
  }

  /** A generator that continues like this one but apart from it. */
  clone(): Generator {
    return newGenerator().setState(this.getState());
  }

  /** One word: a whole number below 2^32. */
  random32(): number {
    return this.engine.draw();
  }

  /** Two words, the first one high: a whole number below 2^64. */
  random64(): bigint {
    const high = this.engine.draw();
    return (BigInt(high) << 32n) | BigInt(this.engine.draw());
  }

  /** A float32 in [0, 1): the low 24 bits of one word. */
  uniform24(): number {
    return (this.engine.draw() & 0xffffff) * 2 ** -24;
  }

  /** A float64 in [0, 1): the low 53 bits of two words. */
  uniform53(): number {
    const high = this.engine.draw() & 0x1fffff;
    return (high * 2 ** 32 + this.engine.draw()) * 2 ** -53;
  }
}

function checkedSeed(seed: number | bigint): bigint {
  if (typeof seed === "number" && !Number.isInteger(seed)) {
    throw new ValueError(`manual_seed expected a whole number, got ${seed}`);
  }
  if (typeof seed !== "number" && typeof seed !== "bigint") {
    throw new TypeError(
      `manual_seed expected a number or bigint, got ${seed === null ? "null" : typeof seed}`,
    );
  }
  const wide = BigInt(seed);
  if (wide < -(2n ** 63n) || wide >= 2n ** 64n) {
    throw new ValueError(`manual_seed expected a seed from -2^63 to 2^64 - 1, got ${wide}`);
  }
  return BigInt.asUintN(64, wide);
}

// Inside its own class `new Generator()` would cost the class its name: esbuild bundles it as _Generator then.
const newGenerator = (): Generator => new Generator();

const lowWord = (seed: bigint): number => Number(seed & 0xffffffffn);
