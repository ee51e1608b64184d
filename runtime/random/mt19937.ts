/**
 * The Mersenne Twister MT19937, seeded from one 32-bit word, as torch's CPU generator uses it.
 * Source: pytorch aten/src/ATen/core/MT19937RNGEngine.h; Matsumoto and Nishimura's reference algorithm.
 */

const size = 624;
const shift = 397;
const upperMask = 0x80000000;
const lowerMask = 0x7fffffff;
const matrix = 0x9908b0df;

/** A stream of unsigned 32-bit words. The fields are torch's own, so that states can be exchanged with it. */
export class Mt19937 {
  readonly state = new Uint32Array(size);
  /** How many words may still be drawn, plus one, before the state is renewed. */
  left = 1;
  /** The index of the next word. */
  next = 0;

  constructor(seed: number) {
    this.seed(seed);
  }

  /** Starts the stream that belongs to the low 32 bits of `seed`. */
  seed(seed: number): void {
    const { state } = this;
    state[0] = seed;
    for (let j = 1; j < size; j++) {
      const previous = state[j - 1];
      state[j] = Math.imul(1812433253, previous ^ (previous >>> 30)) + j;
    }
    this.left = 1;
    this.next = 0;
  }

  /** The next word, from 0 to 2^32 - 1. */
  draw(): number {
    if (--this.left === 0) this.twist();
    let word = this.state[this.next++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  private twist(): void {
    const { state } = this;
    for (let i = 0; i < size; i++) {
      const word = (state[i] & upperMask) | (state[(i + 1) % size] & lowerMask);
      state[i] = state[(i + shift) % size] ^ (word >>> 1) ^ (word & 1 ? matrix : 0);
    }
    this.left = size;
    this.next = 0;
  }
}
