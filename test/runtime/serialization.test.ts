/** torch.save and torch.load: files go both ways between here and PyTorch. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { nn, optim, type Tensor, torch } from "../../runtime/index.ts";

const folder = mkdtempSync(join(tmpdir(), "tracebook-save-"));
const fixture = fileURLToPath(new URL("fixtures/saved.pt", import.meta.url));

describe("torch.load", () => {
  test("reads a checkpoint that PyTorch wrote (fixtures/saved.py)", () => {
    const saved = torch.load(fixture);
    expect([saved.epoch, saved.loss, saved.size, saved.dtype, saved.names]).toEqual([
      7,
      0.25,
      [2, 3],
      torch.float16,
      ["a", "b", null],
    ]);
    const [whole, transposed, row] = saved.views as Tensor[];
    expect([whole.dtype.name, transposed.tolist(), row.tolist()]).toEqual([
      "int16",
      [
        [0, 3],
        [1, 4],
        [2, 5],
      ],
      [3, 4, 5],
    ]);
    expect(row.storage).toBe(whole.storage);
    expect([saved.flags.tolist(), saved.half.tolist(), saved.half.dtype.name]).toEqual([
      [true, false],
      [1.5, -2],
      "bfloat16",
    ]);
    expect(saved.parameter).toBeInstanceOf(nn.Parameter);
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3));
    expect(model.loadStateDict(saved.model)).toEqual({ missingKeys: [], unexpectedKeys: [] });
    const optimizer = new optim.Adam(model.parameters());
    optimizer.loadStateDict(saved.optimizer);
    expect([optimizer.paramGroups[0].lr, optimizer.paramGroups[0].betas]).toEqual([0.5, [0.9, 0.999]]);
    expect((optimizer.stateDict().state[0]["step"] as Tensor).item()).toBe(1);
  });

  test("says what is wrong with files that are none of torch.save's", () => {
    const path = join(folder, "text.pt");
    writeFileSync(path, "hello");
    expect(() => torch.load(path)).toThrow(
      "this is no zip file of torch.save: files of PyTorch before 1.6 have to be saved again by a newer one",
    );
    const cut = readFileSync(fixture).subarray(0, 500);
    expect(() => torch.load(cut)).toThrow(Error);
  });
});

describe("torch.save", () => {
  test("keeps values, dtypes, shared memory and parameters", () => {
    const base = torch.arange(6).view(2, 3);
    const path = join(folder, "all.pt");
    torch.save({ base, row: base.select(0, 1), numbers: [1, 2.5, true, "x", null], big: 2n ** 40n }, path);
    const back = torch.load(path);
    back.base.fill_(9);
    expect([back.row.tolist(), back.row.offset, back.numbers, back.big]).toEqual([
      [9, 9, 9],
      3,
      [1, 2.5, true, "x", null],
      2 ** 40,
    ]);
    const parameter = torch.load(torch.serialize(new nn.Parameter(torch.ones(2))));
    expect([parameter instanceof nn.Parameter, parameter.requiresGrad]).toEqual([true, true]);
  });

  test("names the place of what cannot be saved", () => {
    expect(() => torch.save({ a: [torch.ones(1), () => 1] } as never, join(folder, "no.pt"))).toThrow(
      "torch.save() cannot save the value.a[1]: expected tensors, numbers, text, lists or records, but got function. Of a module save its stateDict()",
    );
  });

  test("is read by PyTorch, where it is installed", ({ skip }) => {
    const python = process.env["TRACEBOOK_PYTHON"] ?? "python3";
    if (spawnSync(python, ["-c", "import torch"]).status !== 0) skip();
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3));
    const optimizer = new optim.Adam(model.parameters());
    model.forward(torch.ones(2, 2)).sum().backward();
    optimizer.step();
    const path = join(folder, "for-python.pt");
    torch.save({ model: model.stateDict(), optimizer: optimizer.stateDict(), dtype: torch.int8 }, path);
    const program = `
import torch, sys
from torch import nn
saved = torch.load(sys.argv[1])
model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
print(model.load_state_dict(saved["model"]))
optimizer = torch.optim.Adam(model.parameters())
optimizer.load_state_dict(saved["optimizer"])
print(optimizer.state_dict()["state"][0]["step"].item(), saved["dtype"], model[0].weight.tolist())`;
    const { stdout, stderr } = spawnSync(python, ["-c", program, path], { encoding: "utf8" });
    const weight = model
      .stateDict()
      ["0.weight"].tolist<number[][]>()
      .map((row) => `[${row.join(", ")}]`)
      .join(", ");
    expect(stderr).toBe("");
    expect(stdout).toBe(`<All keys matched successfully>\n1.0 torch.int8 [${weight}]\n`);
  });
});
