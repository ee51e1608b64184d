/**
 * `npm run fuzz -- FOLDER [--calls 50000] [--seed 1]`: writes random calls of all operators with PyTorch's answers, as
 * goldens that `npm run golden -- ops FOLDER` compares. It needs a Python with torch.
 */
import { parseArgs } from "node:util";
import { generateCalls } from "../test/differential/generate.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { calls: { type: "string", default: "50000" }, seed: { type: "string", default: "1" } },
});

if (positionals.length !== 1) {
  console.error("usage: npm run fuzz -- FOLDER [--calls N] [--seed N]");
  process.exitCode = 2;
} else generateCalls(positionals[0], { calls: Number(values.calls), seed: Number(values.seed) });
