/** Every layer gives the graph that PyTorch traces of it (fixtures/traced-layers.py). */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { jitTrace, nn, type ScriptModule, torch } from "../../runtime/index.ts";
import { comparable } from "../golden/twins/run-twin.ts";

interface Case {
  readonly layer: string;
  readonly shape: readonly number[];
  readonly graph: string;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("fixtures/traced-layers.json", import.meta.url), "utf8"),
);

test.each(cases)("$layer", ({ layer, shape, graph }) => {
  const made: nn.Linear = new Function("nn", `return ${layer}`)(nn);
  const traced = jitTrace(made, torch.ones(shape)) as unknown as ScriptModule;
  expect(comparable(String(traced.inlinedGraph).replaceAll(/___torch_mangle_\d+\./g, ""))).toBe(
    comparable(graph),
  );
});
