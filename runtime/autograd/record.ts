/**
 * Recording: runs a call whose arguments require gradients and hangs its results on the gradient graph, with the saved
 * values its row's formulas ask for.
 * Source: torch/csrc/autograd/VariableTypeUtils.h, tools/autograd/derivatives.yaml.
 */
import type { GradFormula, Op } from "../dispatch/op.ts";
import { NotImplementedError } from "../errors.ts";
import { late } from "../tensor/late.ts";
import { Tensor } from "../tensor/tensor.ts";
import { attach, edgeOf, needsGradient } from "./edges.ts";
import { withGradMode } from "./grad-mode.ts";
import { checkInPlace, linkViews, rebase } from "./in-place.ts";
import { runKernel } from "./kernel-call.ts";
import { type GradContext, GradNode, type ResultInfo } from "./node.ts";
import { nonDifferentiable } from "./non-differentiable.ts";
import { type Saved, save, saveOne, unpack } from "./saved.ts";

interface Formula {
  readonly names: readonly string[];
  readonly run: GradFormula;
}

interface Recipe {
  readonly formulas: readonly Formula[];
  /** The names some formula destructures from its context: what has to be saved. */
  readonly saves: ReadonlySet<string>;
  readonly prototype: object;
}

const recipes = new WeakMap<Op, Recipe>();

function recipeOf(op: Op): Recipe {
  let recipe = recipes.get(op);
  if (recipe === undefined) {
    const formulas = Object.entries(op.facts.grad ?? {}).map(([key, run]) => ({
      names: key.split(/, */),
      run,
    }));
    const saves = new Set(formulas.flatMap(({ run }) => destructuredNames(run)));
    recipe = { formulas, saves, prototype: contextPrototype(saves) };
    recipes.set(op, recipe);
  }
  return recipe;
}

/** The property names a formula destructures from its one parameter: `({ grad, other }) => …`. */
function destructuredNames(formula: GradFormula): string[] {
  const match = /^\(?\s*\{([^}]*)\}/.exec(formula.toString());
  if (match === null) return [];
  return match[1]
    .split(",")
    .map((part) => part.split(":")[0].trim())
    .filter((name) => name !== "");
}

/** Runs a call with an argument that needs a gradient and records it. */
export function recordCall(op: Op, args: readonly unknown[]): unknown {
  const inPlace = op.mutates >= 0 ? (args[op.mutates] as Tensor) : null;
  if (inPlace !== null) checkInPlace(inPlace);
  const { formulas, saves, prototype } = recipeOf(op);
  const parameters = op.schema.arguments;
  const inputs: {
    readonly name: string;
    readonly tensors: readonly (Tensor | null)[];
    readonly list: boolean;
  }[] = [];
  const saved = new Map<string, Saved | readonly (Saved | null)[] | unknown>();
  parameters.forEach((parameter, i) => {
    const value = args[i];
    if (parameter.type.base === "Tensor" && value !== null) {
      inputs.push({
        name: parameter.name,
        tensors: Array.isArray(value) ? value : [value as Tensor],
        list: Array.isArray(value),
      });
    }
    if (saves.has(parameter.name)) saved.set(parameter.name, save(value, inPlace));
  });
  const edges = inputs.flatMap(({ tensors }) => tensors.map(edgeOf));
  const output = withGradMode(false, () => runKernel(op, args));
  const outputs = (Array.isArray(output) ? output : [output]).filter(
    (item): item is Tensor => item instanceof Tensor,
  );
  const differentiable = outputs.filter((item) => item.dtype.category === "floating");
  if (differentiable.length === 0 || op.facts.grad === nonDifferentiable) return linkViews(op, args, output);

  const results: ResultInfo[] = outputs.map(({ sizes, dtype }) => ({ sizes, dtype }));
  const savedResults =
    saves.has("result") || saves.has("results") ? outputs.map((item) => saveOne(item)) : [];
  const needed = new Map(
    inputs.map(({ name, tensors }) => [name, tensors.some((t) => t !== null && needsGradient(t))]),
  );
  const name = op.facts.gradName ?? `${pascalCase(op)}Backward0`;
  const node: GradNode = new GradNode(name, edges, results, (grads) => {
    const call: GradCall = {
      $grads: grads,
      $results: results,
      $savedResults: savedResults,
      $saved: saved,
      $needed: needed,
      $node: node,
    };
    const context = Object.assign(Object.create(prototype), call) as GradContext;
    const found = new Map<string, Tensor | null | readonly (Tensor | null)[]>();
    for (const formula of formulas) {
      if (!formula.names.some((argument) => needed.get(argument))) continue;
      const gradients = formula.run(context);
      if (formula.names.length === 1) found.set(formula.names[0], gradients);
      else
        for (const [i, argument] of formula.names.entries()) {
          found.set(argument, (gradients as readonly (Tensor | null)[])[i]);
        }
    }
    return inputs.flatMap(({ name: argument, tensors, list }) => {
      if (needed.get(argument) && !found.has(argument)) {
        throw new NotImplementedError(`the derivative for '${argument}' of ${op.name} is not implemented.`);
      }
      const gradient = found.get(argument) ?? null;
      return list
        ? ((gradient as readonly (Tensor | null)[] | null) ?? tensors.map(() => null))
        : [gradient as Tensor | null];
    });
  });
  if (inPlace !== null) rebase(inPlace, node);
  else for (const [i, item] of outputs.entries()) attach(item, { node, output: i });
  return linkViews(op, args, output);
}

const pascalCase = (op: Op): string => {
  const base = (op.functional ?? op).name.slice(op.name.indexOf("::") + 2);
  return base
    .split("_")
    .filter((part) => part !== "")
    .map((part) => part[0].toUpperCase() + part.slice(1))
    .join("");
};

/** What a formula's context reads from. The names are such that no schema argument has them. */
interface GradCall {
  readonly $grads: readonly (Tensor | null)[];
  readonly $results: readonly ResultInfo[];
  readonly $savedResults: readonly Saved[];
  readonly $saved: ReadonlyMap<string, unknown>;
  readonly $needed: ReadonlyMap<string, boolean>;
  readonly $node: GradNode;
}

type Getter = (call: GradCall) => unknown;

const gradientOf = ({ $grads, $results }: GradCall, i: number): Tensor =>
  $grads[i] ?? late.zeros($results[i].sizes, $results[i].dtype);

const commonGetters: Readonly<Record<string, Getter>> = {
  grad: (call) => gradientOf(call, 0),
  grads: (call) => call.$results.map((_, i) => gradientOf(call, i)),
  result: (call) => unpack(call.$savedResults[0], call.$node, true),
  results: (call) => call.$savedResults.map((item) => unpack(item, call.$node, true)),
  needs: (call) => (name: string) => call.$needed.get(name) ?? false,
};

/** The prototype of a row's contexts: made once, since properties defined for each call are slow. */
function contextPrototype(saves: ReadonlySet<string>): object {
  const prototype = {};
  const define = (name: string, read: Getter): void => {
    Object.defineProperty(prototype, name, {
      get(this: GradCall) {
        return read(this);
      },
    });
  };
  for (const [name, read] of Object.entries(commonGetters)) if (!saves.has(name)) define(name, read);
  for (const name of saves) {
    const common = commonGetters[name];
    define(name, (call) =>
      call.$saved.has(name) || common === undefined
        ? unpack(call.$saved.get(name), call.$node)
        : common(call),
    );
  }
  return prototype;
}
