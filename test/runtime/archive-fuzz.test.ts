/**
 * Damaged and hostile archives: always a clear error, in little memory, and nothing that the file names is run.
 * TRACEBOOK_FUZZ sets how many mutated archives are tried.
 */
import process from "node:process";
import { strFromU8, unzipSync, zipSync } from "fflate";
import { expect, test } from "vitest";
import { jitUnserialize, RuntimeError } from "../../runtime/index.ts";
import { openPackedSet } from "../golden/files.ts";
import { mutated, randomNumbers } from "./archive-mutations.ts";

const count = Number(process.env["TRACEBOOK_FUZZ"] ?? 1500);

const archives = ["trace", "script"].flatMap((set) => {
  const files = openPackedSet(set);
  return files.names.filter((name) => name.endsWith("/model.pt")).map((name) => files.bytes(name));
});

/** Loads bytes and compiles all their code; what went wrong, or null. */
function tried(bytes: Uint8Array): unknown {
  try {
    const model = jitUnserialize(bytes);
    void model.code;
    return null;
  } catch (error) {
    return error;
  }
}

const isClear = (error: unknown): boolean =>
  error === null || (error instanceof RuntimeError && error.message.length > 20);

/** What an archive took: the processor's seconds, which do not depend on what else runs, and megabytes of new memory. */
function measured(bytes: Uint8Array): {
  readonly error: unknown;
  readonly seconds: number;
  readonly megabytes: number;
} {
  const inUse = (): number => process.memoryUsage().heapUsed + process.memoryUsage().external;
  const start = process.cpuUsage();
  const before = inUse();
  const error = tried(bytes);
  const { user, system } = process.cpuUsage(start);
  return { error, seconds: (user + system) / 1e6, megabytes: (inUse() - before) / 2 ** 20 };
}

test(`${count} mutated archives load or are refused with a clear error, each in a second and 256 MB`, () => {
  const random = randomNumbers(20260);
  const before = process.memoryUsage().rss;
  const bad: string[] = [];
  const refused: number[] = [];
  for (let i = 0; i < count; i++) {
    const { error, seconds, megabytes } = measured(mutated(archives[random(archives.length)], random));
    if (!isClear(error)) bad.push(`${i}: ${error instanceof Error ? error.stack : String(error)}`);
    if (seconds > 1 || megabytes > 256) bad.push(`${i}: ${seconds} s, ${megabytes} MB`);
    if (error !== null) refused.push(i);
  }
  expect(bad.slice(0, 3).join("\n\n")).toBe("");
  // Damage that nobody sees tests nothing.
  expect(refused.length).toBeGreaterThan(count / 2);
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(256);
}, 600_000);

/** A golden archive with other entries. */
function withEntries(
  change: (entries: Record<string, Uint8Array>, folder: string) => void,
  level: 0 | 9 = 0,
): Uint8Array {
  const entries = unzipSync(openPackedSet("trace").bytes("linear/model.pt"));
  change(entries, Object.keys(entries)[0].replace(/\/.*/, ""));
  return zipSync(entries, { level });
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const messageOf = (bytes: Uint8Array): string => (tried(bytes) as Error | null)?.message ?? "no error";

test("a pickle that names a function gets an error and nothing is run", () => {
  const call = (name: string): Uint8Array =>
    withEntries((entries, folder) => {
      entries[`${folder}/data.pkl`] = ascii(`\x80\x02c${name}\nX\x04\x00\x00\x00true\x85R.`);
    });
  for (const name of [
    "os\nsystem",
    "builtins\neval",
    "posix\nsystem",
    "subprocess\nPopen",
    "__builtin__\n__import__",
  ]) {
    expect(messageOf(call(name))).toBe(
      `the archive asks to call "${name.replace("\n", ".")}", which is not in the table of what archives may name; nothing was run`,
    );
  }
});

test("opcodes that TorchScript does not use are refused by number and place", () => {
  const refused = (opcode: number): string =>
    messageOf(
      withEntries((entries, folder) => {
        entries[`${folder}/data.pkl`] = Uint8Array.of(0x80, 2, opcode, 0x2e);
      }),
    );
  for (const opcode of [0x69, 0x6f, 0x82, 0x93, 0x50])
    expect(refused(opcode)).toBe(
      `the pickle data.pkl cannot be read: opcode 0x${opcode.toString(16)} is not one that TorchScript archives use (at byte 2)`,
    );
});

test("a pickle of endless memo calls and lists ends with an error", () => {
  const bytes = withEntries((entries, folder) => {
    entries[`${folder}/data.pkl`] = ascii(`\x80\x02${"]q\x00h\x00a".repeat(900_000)}.`);
  });
  expect(messageOf(bytes)).toMatch(/^the pickle data\.pkl cannot be read: /);
});

test("objects that contain themselves, and modules nested without end, are refused", () => {
  const path = "__torch__.torch.nn.modules.linear\nLinear\n";
  const bytes = withEntries((entries, folder) => {
    entries[`${folder}/data.pkl`] = ascii(`\x80\x02c${path})\x81q\x00}(X\x06\x00\x00\x00weighth\x00ub.`);
  });
  expect(messageOf(bytes)).toContain("should be of type 'Tensor'");
});

test("zip bombs are refused before they are unpacked", () => {
  const bomb = withEntries((entries, folder) => {
    entries[`${folder}/data.pkl`] = new Uint8Array(80 * 2 ** 20);
  }, 9);
  expect(bomb.length).toBeLessThan(200_000);
  expect(messageOf(bomb)).toMatch(
    /^the archive of \d+ bytes unpacks to more than \d+, which no model's does: it may be a zip bomb$/,
  );
});

test("an entry that unpacks to more than it declares is stopped at that size", () => {
  const bytes = withEntries((entries, folder) => {
    entries[`${folder}/code/__torch__/big.py`] = new Uint8Array(1_000_000);
    for (const name of Object.keys(entries))
      if (name.includes("linear.py")) entries[name] = new Uint8Array(1_000_000);
  }, 9);
  // The directory and the local header both say 10 bytes now.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 < bytes.length; at++) {
    if (view.getUint32(at, true) === 0x02014b50 && view.getUint32(at + 24, true) === 1_000_000)
      view.setUint32(at + 24, 10, true);
  }
  expect(messageOf(bytes)).toMatch(/unpacks to more than the 10 bytes it declares$/);
});

test("encrypted, truncated, foreign and future files are told apart", () => {
  const golden = openPackedSet("trace").bytes("linear/model.pt");
  const encrypted = new Uint8Array(golden);
  const view = new DataView(encrypted.buffer, encrypted.byteOffset, encrypted.byteLength);
  for (let at = 0; at + 4 < encrypted.length; at++)
    if (view.getUint32(at, true) === 0x02014b50)
      view.setUint16(at + 8, view.getUint16(at + 8, true) | 1, true);
  expect(messageOf(encrypted)).toMatch(
    /^the entry "model\/.*" is encrypted; encrypted archives cannot be read$/,
  );
  expect(messageOf(golden.subarray(0, golden.length / 2))).toBe(
    "the archive is truncated: it begins as a zip file but has no central directory at its end",
  );
  expect(messageOf(ascii("no zip at all, just text of some length"))).toBe(
    "this is no TorchScript archive: it is not a zip file (no central directory was found)",
  );
  const legacy =
    "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}q\x00(X\x10\x00\x00\x00";
  expect(messageOf(ascii(legacy))).toBe(
    "this is no TorchScript archive: it is a file that torch.save wrote before PyTorch 1.6, without code; models have to be saved with torch.jit.save",
  );
  expect(messageOf(zipSync({ "a/readme.txt": ascii("hello") }))).toBe(
    'this is no TorchScript archive: it has no "a/data.pkl"',
  );
  expect(messageOf(zipSync({ "a/data.pkl": ascii("\x80\x02N.") }))).toBe(
    "this is no TorchScript archive: it has no constants.pkl. A file of torch.save (weights without code) cannot be loaded as a model",
  );
  const future = withEntries((entries, folder) => {
    entries[`${folder}/version`] = ascii("11\n");
  });
  expect(messageOf(future)).toBe('the archive has format version "11"; versions 1 to 10 can be read');
});

test("names that lead out of the archive, and names that stand twice, are refused or stay names", () => {
  const outside = withEntries((entries, folder) => {
    entries[`${folder}/../../etc/passwd`] = ascii("root");
    entries[`${folder}/extra/../../../escape`] = ascii("out");
  });
  // Entries are only ever read by name into memory: nothing is written.
  const extraFiles: Record<string, string> = {};
  jitUnserialize(outside, { extraFiles });
  expect(Object.keys(extraFiles)).toEqual(["../../../escape"]);
  const twice = withEntries((entries, folder) => {
    entries[`${folder}/version2`] = ascii("10");
  });
  const at = strFromU8(twice, true).lastIndexOf("/version2");
  twice.set(ascii("/data.pkl"), at);
  expect(messageOf(twice)).toMatch(/^the archive has two entries named "\w+\/data\.pkl"$/);
});

test("sizes that only ZIP64 fields could hold are asked of these fields", () => {
  const bytes = withEntries(() => {});
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 46 < bytes.length; at++)
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 0xffffffff, true);
  expect(messageOf(bytes)).toMatch(/^the archive of \d+ bytes unpacks to more than \d+/);
  view.setUint16(bytes.length - 12, 0xffff, true);
  expect(messageOf(bytes)).toBe("the archive is damaged: its ZIP64 locator is missing");
});

test("a damaged weight is noticed by its checksum", () => {
  const golden = openPackedSet("trace").bytes("linear/model.pt");
  const at = strFromU8(golden, true).indexOf("model/data/0");
  golden[at + 80] ^= 1;
  expect(messageOf(golden)).toMatch(/^the archive is damaged: /);
});

test("a tensor that reaches beyond its memory is refused", () => {
  const bytes = withEntries((entries, folder) => {
    entries[`${folder}/data/0`] = new Uint8Array(4);
  });
  expect(messageOf(bytes)).toMatch(/reaches beyond its storage of 1 elements$/);
});

test("code nested without end, and code without end, get an error that shows the place", () => {
  const withCode = (text: string): Uint8Array =>
    withEntries((entries) => {
      for (const name of Object.keys(entries)) if (name.endsWith(".py")) entries[name] = ascii(text);
    });
  expect(messageOf(withCode(`x = ${"(".repeat(100_000)}`))).not.toBe("no error");
  const nested = `class Linear(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    return ${"(".repeat(5000)}x${")".repeat(5000)}\n`;
  expect(messageOf(withCode(nested))).toContain("expressions are nested more than 150 deep");
  expect(messageOf(withCode("class Linear(Module):\n  def forward(self, x"))).toContain(
    "code/__torch__/torch/nn/modules/linear.py:2:",
  );
});

/** An archive whose module restores itself by this code, given the number 3. */
const restoringBy = (...body: readonly string[]): Uint8Array =>
  withEntries((entries, folder) => {
    entries[`${folder}/data.pkl`] = ascii("\x80\x02c__torch__.torch.nn.modules.linear\nLinear\n)\x81K\x03b.");
    const lines = [
      "class Linear(Module):",
      "  __parameters__ = []",
      "  __buffers__ = []",
      "  kept : int",
      "  def __setstate__(self, state: int) -> NoneType:",
      ...body.map((line) => `    ${line}`),
      "    return None",
      "def twice(x: Tensor) -> Tensor:",
      "  return torch.add(x, x)",
    ];
    for (const name of Object.keys(entries))
      if (name.endsWith(".py")) entries[name] = ascii(lines.join("\n"));
  });

/** What code that runs while an archive is read may not do, and why it is stopped. */
const hostile: Readonly<Record<string, readonly [reason: string, ...body: string[]]>> = {
  "an endless loop": ["it takes too many steps", "while True:", "  pass"],
  "a loop of nearly endless rounds": [
    "it takes too many steps",
    "for i in range(9223372036854775807):",
    "  state = state + i",
  ],
  "loops within loops": [
    "it takes too many steps",
    "for i in range(1000000):",
    "  for j in range(1000000):",
    "    state = state + 1",
  ],
  "a tensor larger than memory": [
    "it takes too much memory",
    "x = torch.zeros([1000000000], dtype=None, layout=None, device=None, pin_memory=False)",
  ],
  "tensors that double": [
    "it takes too much memory",
    "x = torch.ones([2], dtype=None, layout=None, device=None, pin_memory=False)",
    "while True:",
    "  x = torch.cat([x, x], 0)",
  ],
  "a view of more elements than anyone could read": [
    "it takes too much memory",
    "x = torch.ones([1], dtype=None, layout=None, device=None, pin_memory=False)",
    "y = torch.sum(torch.expand(x, [1000000000000], implicit=False))",
  ],
  "a list larger than memory": ["it takes too much memory", "x = [0] * 50000000"],
  "lists that double": ["it takes too much memory", "x = [0, 1]", "while True:", "  x = x + x"],
  "a list that is extended by itself": [
    "it takes too much memory",
    "x = [0, 1]",
    "while True:",
    "  torch.extend(x, x)",
  ],
  "texts that double": ["it takes too much memory", 'x = "ab"', "while True:", "  x = x + x"],
};

test.each(Object.entries(hostile))(
  "code that runs while an archive is read is stopped at %s, in a second and 256 MB",
  (_, [reason, ...body]) => {
    const { error, seconds, megabytes } = measured(restoringBy(...body, "self.kept = state"));
    expect((error as Error).message).toBe(
      `the archive cannot be restored: __setstate__ of a "__torch__.torch.nn.modules.linear.Linear" failed: ${reason}`,
    );
    expect([seconds < 1, megabytes < 256]).toEqual([true, true]);
  },
);

test("code that restores a module in a few steps runs, and what it does wrong is said", () => {
  const restored = jitUnserialize(
    restoringBy("for i in range(100):", "  state = state + i", "self.kept = state"),
  ) as unknown as { readonly kept: number };
  expect(restored.kept).toBe(4953);
  expect(messageOf(restoringBy("self.kept = [1, 2][state]"))).toMatch(/failed: list index out of range$/);
  expect(messageOf(restoringBy("pass"))).toBe(
    'the archive is damaged: __setstate__ of a "__torch__.torch.nn.modules.linear.Linear" leaves out "kept"',
  );
});
