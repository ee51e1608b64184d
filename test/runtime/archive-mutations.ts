/**
 * Damaged archives made from good ones, the same on every run: bits and bytes of the whole, fields of the container, opcodes
 * of pickles and tokens of code. What is behind checksums is damaged and then packed anew.
 */
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";

/** A number below another one. */
export type Random = (below: number) => number;

/** The same numbers on every run (mulberry32). */
export function randomNumbers(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const chosen = <T>(values: readonly T[], random: Random): T => values[random(values.length)];

const flipped: Mutation = (bytes, random) => {
  const copy = new Uint8Array(bytes);
  for (let i = 0; i <= random(8); i++) copy[random(copy.length)] ^= 1 << random(8);
  return copy;
};

const spliced: Mutation = (bytes, random) => {
  const [from, to, length] = [random(bytes.length), random(bytes.length), random(64)];
  const copy = new Uint8Array(bytes);
  copy.set(bytes.subarray(from, Math.min(from + length, bytes.length)).slice(0, copy.length - to), to);
  return copy;
};

const cutOff: Mutation = (bytes, random) => bytes.subarray(0, random(bytes.length));
const cutIn: Mutation = (bytes, random) => bytes.subarray(random(bytes.length));

const centralSignature = 0x02014b50;
/** Places and widths of the fields of a record of the central directory: flags, method, checksum, sizes, lengths, offset. */
const centralFields: readonly (readonly [number, 2 | 4])[] = [
  [8, 2],
  [10, 2],
  [16, 4],
  [20, 4],
  [24, 4],
  [28, 2],
  [30, 2],
  [32, 2],
  [42, 4],
];
const extremes = [
  0, 1, 8, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

/** Where the records of the central directory begin. */
function recordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length - 46 }, (_, at) => at).filter(
    (at) => view.getUint32(at, true) === centralSignature,
  );
}

/** A field of the central directory, or of the record at its end, says something else. */
const containerField: Mutation = (bytes, random) => {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  const records = recordsOf(copy);
  const value = chosen(extremes, random);
  if (random(8) === 0)
    view.setUint16(copy.length - 22 + chosen([8, 10, 12, 16], random), value & 0xffff, true);
  else {
    const [place, width] = chosen(centralFields, random);
    const at = chosen(records, random) + place;
    if (width === 2) view.setUint16(at, value & 0xffff, true);
    else view.setUint32(at, value, true);
  }
  return copy;
};

/** Names with a way out of the folder, names that stand twice and names that are no text. */
const entryName: Mutation = (bytes, random) => {
  const copy = new Uint8Array(bytes);
  const names = ["../../etc/passwd", "/etc/passwd", "C:\\windows", "\0\0\0\0", "data.pkl", "model/data.pkl"];
  const name = strToU8(chosen(names, random));
  const view = new DataView(copy.buffer);
  const records = recordsOf(copy);
  const at = chosen(records, random);
  copy.set(name.subarray(0, view.getUint16(at + 28, true)), at + 46);
  return copy;
};

/** The directory lies: an entry is a symbolic link, is what another one is, or takes another's name. */
const directoryLie: Mutation = (bytes, random) => {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  const records = recordsOf(copy);
  const [at, other] = [chosen(records, random), chosen(records, random)];
  const lengthOf = (record: number): number => view.getUint16(record + 28, true);
  switch (random(3)) {
    case 0:
      // Made on Unix, with the mode of a link that all may follow.
      view.setUint8(at + 5, 3);
      view.setUint32(at + 38, 0xa1ff0000, true);
      break;
    case 1:
      view.setUint32(at + 42, view.getUint32(other + 42, true), true);
      break;
    default: {
      const name = copy.slice(other + 46, other + 46 + lengthOf(other));
      if (lengthOf(at) >= name.length) copy.set(name, at + 46);
      if (lengthOf(at) >= name.length) view.setUint16(at + 28, name.length, true);
    }
  }
  return copy;
};

/** How many bytes of arguments follow each opcode that archives use; -1 for a text with its length before it. */
const argumentBytes = new Map([
  [0x80, 1],
  [0x4b, 1],
  [0x4d, 2],
  [0x4a, 4],
  [0x47, 8],
  [0x71, 1],
  [0x72, 4],
  [0x68, 1],
  [0x6a, 4],
  [0x58, -1],
]);

/** Where the opcodes of a pickle begin, with its end as the last. */
function opcodesOf(pickle: Uint8Array): number[] {
  const places: number[] = [];
  let at = 0;
  while (at < pickle.length) {
    places.push(at);
    const opcode = pickle[at];
    const width = argumentBytes.get(opcode) ?? 0;
    if (opcode === 0x63) at = pickle.indexOf(10, pickle.indexOf(10, at) + 1);
    else if (opcode === 0x8a) at += 1 + pickle[at + 1];
    else if (width < 0)
      at += 4 + new DataView(pickle.buffer, pickle.byteOffset + at + 1, 4).getUint32(0, true);
    else at += width;
    at++;
  }
  return [...places, pickle.length];
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/** Whole opcodes are left out, doubled, swapped, put in, or get arguments of another size. */
const pickleOpcodes: Mutation = (pickle, random) => {
  const places = opcodesOf(pickle);
  const at = random(places.length - 1);
  const [start, end] = [places[at], places[at + 1]];
  const [before, opcode, behind] = [
    pickle.subarray(0, start),
    pickle.slice(start, end),
    pickle.subarray(end),
  ];
  switch (random(6)) {
    case 0:
      return joined(before, behind);
    case 1:
      return joined(before, ...new Array<Uint8Array>(1 + random(2000)).fill(opcode), behind);
    case 2: {
      const other = random(places.length - 1);
      return joined(before, pickle.subarray(places[other], places[other + 1]), behind);
    }
    case 3:
      return joined(before, Uint8Array.of(random(256)), opcode, behind);
    case 4: {
      for (let i = 1; i < opcode.length; i++) opcode[i] = chosen([0, 0x7f, 0x80, 0xff], random);
      return joined(before, opcode, behind);
    }
    default: {
      // Lists in lists in lists.
      const depth = 1 + random(5000);
      const open = new Uint8Array(depth).fill(0x5d);
      return joined(before, opcode, open, new Uint8Array(depth - 1).fill(0x61), behind);
    }
  }
};

const codeTokens = (
  "( ) [ ] : , = . -> ** // @ \\ ' \" self None True torch ops.prim CONSTANTS.c999999 999999999999999999999 1e999 -0 " +
  "List[ Optional[ Tuple[()] while True: if def class return pass __torch__.A with fork( uninitialized(int) annotate("
).split(" ");

/** Lines and tokens of code are left out, doubled, swapped, indented otherwise, or nested. */
const codeText: Mutation = (bytes, random) => {
  const lines = strFromU8(bytes).split("\n");
  const at = random(lines.length);
  const line = lines[at];
  switch (random(6)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(at, 0, ...new Array<string>(1 + random(300)).fill(line));
      break;
    case 2:
      [lines[at], lines[random(lines.length)]] = [lines[random(lines.length)], line];
      break;
    case 3:
      lines[at] = " ".repeat(random(9)) + line.trimStart();
      break;
    case 4: {
      const depth = random(3000);
      lines[at] = line.replace(/\w+/, (word) => "(".repeat(depth) + word + ")".repeat(depth));
      break;
    }
    default: {
      const tokens = line.split(/(\W)/);
      tokens[random(tokens.length)] = chosen(codeTokens, random);
      lines[at] = tokens.join("");
    }
  }
  return strToU8(lines.join("\n"));
};

/** Damage behind the checksums: the container is whole, the content of an entry is not. */
const inside =
  (names: RegExp, damage: readonly Mutation[]): Mutation =>
  (bytes, random) => {
    const entries: Record<string, Uint8Array> = unzipSync(bytes);
    const name = chosen(
      Object.keys(entries).filter((entry) => names.test(entry) && entries[entry].length > 0),
      random,
    );
    entries[name] = chosen(damage, random)(entries[name], random);
    return zipSync(entries, { level: 0 });
  };

/** What code may do that takes forever, nests without end or is of the wrong type. */
const hostileLines = [
  "while True:\n      pass",
  "for i in range(9223372036854775807):\n      pass",
  "x = torch.zeros([99999999999], dtype=None, layout=None, device=None, pin_memory=False)",
  "x = [0] * 99999999999",
  "return self.forward(input)",
  "return __torch__.f(1)",
  "raise 1",
  "x = 1 + None",
  'x : int = "text"',
  "self.weight = 3",
  "return torch.forward(self, self, self)",
];

/** Code of good syntax that does other things: hostile lines, calls with other arguments, other types, code that runs at once. */
const codeMeaning: Mutation = (bytes, random) => {
  const text = strFromU8(bytes);
  switch (random(5)) {
    case 0:
      return strToU8(text.replace(/\n {4}(?=\w)/, `\n    ${chosen(hostileLines, random)}\n    `));
    case 1: {
      const calls = [...text.matchAll(/\w+\(([^()]*)\)/g)];
      if (calls.length === 0) return bytes;
      const call = chosen(calls, random);
      const parts = call[1].split(", ");
      const other = [parts.slice(1), [...parts, ...parts], parts.toReversed(), [...parts, "extra=1"], []];
      const args = chosen(other, random).join(", ");
      const start = call.index + call[0].length - 1 - call[1].length;
      return strToU8(text.slice(0, start) + args + text.slice(start + call[1].length));
    }
    case 2: {
      const types = [
        "Tensor",
        "int",
        "float",
        "str",
        "List[int]",
        "Optional[Tensor]",
        "Dict[str, Tensor]",
        "Any",
      ];
      const places = [...text.matchAll(/\b(Tensor|int|float|bool|str)\b/g)];
      if (places.length === 0) return bytes;
      const { index, 0: old } = chosen(places, random);
      return strToU8(text.slice(0, index) + chosen(types, random) + text.slice(index + old.length));
    }
    case 3:
      return strToU8(text.replace(/torch\.\w+/g, (name) => (random(4) === 0 ? `${name}_no_such` : name)));
    default:
      return strToU8(text.replace(/def \w+\(self[^)]*\)/, "def __setstate__(self, state: Any)"));
  }
};

const mutations: readonly Mutation[] = [
  directoryLie,
  inside(/\.py$/, [codeMeaning]),
  inside(/\.py$/, [codeMeaning]),
  flipped,
  spliced,
  cutOff,
  cutIn,
  containerField,
  entryName,
  inside(/\.pkl$|\.py$|version$/, [flipped, spliced, cutOff]),
  inside(/(data|constants)\.pkl$/, [pickleOpcodes]),
  inside(/(data|constants)\.pkl$/, [pickleOpcodes]),
  inside(/\.py$/, [codeText]),
  inside(/\.py$/, [codeText]),
];

/** A damaged archive. */
export const mutated: Mutation = (bytes, random) => chosen(mutations, random)(bytes, random);
