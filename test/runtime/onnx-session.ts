/** Models given to ONNX's checker and to ONNX Runtime, all in one run of Python. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Tensor } from "../../runtime/index.ts";
import { pythonWith } from "../python.ts";

/** A model, and runs of it: inputs, and the outputs they must give. */
export interface OnnxCase {
  readonly name: string;
  readonly model: Uint8Array;
  readonly runs: readonly { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] }[];
}

const script = `
import json, sys
import numpy as np, onnx, onnxruntime
answers = []
for path, runs in json.load(open(sys.argv[1])):
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    except Exception as error:
        answers.extend(["invalid: " + str(error).split("\\n")[0]] * len(runs))
        continue
    for inputs in runs:
        feeds = {given.name: np.array([float(x) for x in data] if dtype.startswith("float") else data, dtype=dtype).reshape(shape)
                 for given, (dtype, shape, data) in zip(session.get_inputs(), inputs)}
        try:
            answers.append([[str(out.dtype), list(out.shape), [str(x) for x in out.flatten().tolist()]]
                            for out in session.run(None, feeds)])
        except Exception as error:
            answers.append("failed: " + str(error).split("\\n")[0])
print(json.dumps(answers))
`;

const plain = (tensor: Tensor): readonly [string, readonly number[], unknown] => [
  tensor.dtype.name,
  tensor.sizes,
  (tensor.reshape([-1]).tolist() as readonly unknown[]).map((value) =>
    typeof value === "number" ? String(value) : value,
  ),
];

const pythonNumbers: Readonly<Record<string, number>> = {
  True: 1,
  False: 0,
  nan: NaN,
  inf: Infinity,
  "-inf": -Infinity,
};
const numberOf = (text: string): number => pythonNumbers[text] ?? Number(text);

/** What is wrong with each model, one line for each difference; empty if all are valid and give what they must. */
export function onnxFaults(cases: readonly OnnxCase[], tolerance = 1e-4): string[] {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-onnx-"));
  const job = cases.map(({ model, runs }, i) => {
    const path = join(folder, `${i}.onnx`);
    writeFileSync(path, model);
    return [path, runs.map(({ inputs }) => inputs.map(plain))];
  });
  writeFileSync(join(folder, "job.json"), JSON.stringify(job));
  const run = spawnSync(pythonWith("onnxruntime, onnx"), ["-c", script, join(folder, "job.json")], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  rmSync(folder, { recursive: true });
  expect(run.stderr).not.toContain("Traceback");
  const answers = JSON.parse(run.stdout) as (string | [string, number[], string[]][])[];
  const wanted = cases.flatMap(({ name, runs }) => runs.map(({ outputs }) => ({ name, outputs })));
  expect(answers).toHaveLength(wanted.length);
  return wanted.flatMap(({ name, outputs }, i) => {
    const answer = answers[i];
    if (typeof answer === "string") return [`${name}: ${answer}`];
    return outputs.flatMap((output, k) => {
      const [dtype, shape, values] = answer[k];
      if (dtype !== output.dtype.name || shape.join() !== output.sizes.join())
        return [`${name}[${k}]: ${dtype}[${shape}], not ${output.dtype.name}[${output.sizes}]`];
      const right = (output.reshape([-1]).tolist() as readonly unknown[]).map(Number);
      const at = right.findIndex((value, n) => !isClose(numberOf(values[n]), value, tolerance));
      return at < 0 ? [] : [`${name}[${k}][${at}]: ${values[at]}, not ${right[at]}`];
    });
  });
}

const isClose = (a: number, b: number, tolerance: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
