/** Branches and loops: nodes with blocks. Source of behaviour: torch/csrc/jit/runtime/interpreter (IF, LOOP). */
import { spendStep } from "../../budget.ts";
import { checkInterrupt } from "../../interrupt.ts";
import type { Environment, SlotOf, Step, StepsOf } from "../interpret.ts";
import type { Node } from "../ir.ts";
import { futureOf } from "./futures.ts";

/** Makes the step of a node with blocks. */
type Control = (node: Node, slotOf: SlotOf, stepsOf: StepsOf) => Step;

/** Copies values from slots to slots, all at once: a loop may carry two values crosswise. */
function copy(environment: Environment, from: readonly number[], to: readonly number[]): void {
  const values = from.map((slot) => environment[slot]);
  for (let i = 0; i < to.length; i++) environment[to[i]] = values[i];
}

const branch: Control = (node, slotOf, stepsOf) => {
  const condition = slotOf(node.inputs[0]);
  const outputs = node.outputs.map(slotOf);
  const blocks = node.blocks.map((block) => ({
    run: stepsOf(block.nodes),
    results: block.outputs.map(slotOf),
  }));
  return (environment) => {
    const { run, results } = blocks[environment[condition] ? 0 : 1];
    run(environment);
    copy(environment, results, outputs);
  };
};

const loop: Control = (node, slotOf, stepsOf) => {
  const [most, condition, ...initial] = node.inputs.map(slotOf);
  const outputs = node.outputs.map(slotOf);
  const [block] = node.blocks;
  const [count, ...carried] = block.inputs.map(slotOf);
  const [goesOn, ...results] = block.outputs.map(slotOf);
  const run = stepsOf(block.nodes);
  return (environment) => {
    const trips = Number(environment[most]);
    let on = Boolean(environment[condition]);
    copy(environment, initial, carried);
    for (let i = 0; i < trips && on; i++) {
      checkInterrupt();
      spendStep();
      environment[count] = i;
      run(environment);
      on = Boolean(environment[goesOn]);
      copy(environment, results, carried);
    }
    copy(environment, carried, outputs);
  };
};

/** What was forked runs at once, and what it gives, or the error it ended with, waits for whoever asks for it. */
const fork: Control = (node, slotOf, stepsOf) => {
  const output = slotOf(node.outputs[0]);
  const [block] = node.blocks;
  const run = stepsOf(block.nodes);
  const result = slotOf(block.outputs[0]);
  return (environment) => {
    environment[output] = futureOf(() => {
      run(environment);
      return environment[result];
    });
  };
};

export const controlFlow: Readonly<Record<string, Control>> = {
  "prim::fork": fork,
  "prim::If": branch,
  "prim::Loop": loop,
};
