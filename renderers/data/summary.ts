/** A module's layers as a table: what each is, what it makes, and what it learns. */
import type { MimeBundle } from "../display.ts";
import { sizesText } from "../graph/types.ts";
import { tableBundle } from "./table.ts";

/** What a summary needs to know of a tensor. */
interface Sized {
  readonly sizes: readonly number[];
}

/** What a summary needs to know of a module. */
export interface ModuleLike {
  forward(...inputs: never[]): unknown;
  namedModules(): (readonly [string, ModuleLike])[];
  namedParameters(): (readonly [string, Sized])[];
  registerForwardHook(hook: (module: unknown, inputs: readonly unknown[], output: unknown) => unknown): {
    remove(): void;
  };
}

/**
 * The summary of `module`; with `inputs` it is run once to see the sizes of what each layer makes, as often as a layer
 * is called. Without, that column stays empty.
 */
export function summaryBundle(module: ModuleLike, inputs: readonly unknown[]): MimeBundle {
  const made = inputs.length > 0 ? outputsOf(module, inputs) : new Map<ModuleLike, string[]>();
  const counted = new Set<Sized>();
  const layers = module.namedModules();
  const rows = layers.map(([path, layer]) => {
    const inner = new Set(
      layers
        .filter(([other]) => other !== path && isBelow(other, path))
        .flatMap(([, each]) => tensorsOf(each)),
    );
    const own = tensorsOf(layer).filter((tensor) => !inner.has(tensor) && !counted.has(tensor));
    for (const tensor of own) counted.add(tensor);
    const parameters = own.reduce(
      (sum, { sizes }) => sum + sizes.reduce((product, size) => product * size, 1),
      0,
    );
    return {
      layer: path === "" ? layer.constructor.name : `${"  ".repeat(path.split(".").length)}${path}`,
      type: path === "" ? "" : layer.constructor.name,
      output: (made.get(layer) ?? []).join(", "),
      parameters,
    };
  });
  const total = rows.reduce((sum, { parameters }) => sum + parameters, 0);
  return tableBundle(
    [
      ...rows.map((row) => ({
        ...row,
        parameters: row.parameters === 0 ? "" : row.parameters.toLocaleString("en"),
      })),
      { layer: "all", type: "", output: "", parameters: total.toLocaleString("en") },
    ],
    Number.POSITIVE_INFINITY,
  );
}

function tensorsOf(module: ModuleLike): Sized[] {
  return module.namedParameters().map(([, tensor]) => tensor);
}

function isBelow(path: string, above: string): boolean {
  return above === "" || path.startsWith(`${above}.`);
}

function outputsOf(module: ModuleLike, inputs: readonly unknown[]): Map<ModuleLike, string[]> {
  const outputs = new Map<ModuleLike, string[]>();
  const hooks = module.namedModules().map(([, layer]) =>
    layer.registerForwardHook((_module, _inputs, output) => {
      outputs.set(layer, [...(outputs.get(layer) ?? []), outputText(output)]);
    }),
  );
  try {
    module.forward(...(inputs as never[]));
  } finally {
    for (const hook of hooks) hook.remove();
  }
  return outputs;
}

function outputText(output: unknown): string {
  if (Array.isArray(output)) return `(${output.map(outputText).join(", ")})`;
  const sizes = (output as Partial<Sized> | null | undefined)?.sizes;
  return sizes === undefined ? typeof output : sizesText(sizes);
}
