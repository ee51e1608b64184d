/**
 * MurmurHash2 (Austin Appleby, public domain algorithm) of a text's UTF-8 bytes: front ends find a cell's breakpoints by it,
 * as the kernel tells them in debugInfo.
 */

export function murmur2(text: string, seed: number): number {
  const bytes = Buffer.from(text, "utf8");
  const multiplier = 0x5bd1e995;
  let hash = (seed ^ bytes.length) >>> 0;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    let block = Math.imul(bytes.readUInt32LE(at), multiplier);
    block ^= block >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(block, multiplier);
  }
  const rest = bytes.subarray(at);
  if (rest.length > 0) {
    for (let i = rest.length - 1; i >= 0; i -= 1) hash ^= rest[i] << (8 * i);
    hash = Math.imul(hash, multiplier);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  return (hash ^ (hash >>> 15)) >>> 0;
}
