/**
 * A traced or compiled function called within a trace: the trace calls it too (`prim::CallFunction`) and does not look
 * inside. Source: torch/csrc/jit/python/pybind_utils.h (runAndInsertCall).
 */
import { withoutInterpreter } from "../dispatch/interpreter.ts";
import { bindResult, concreteNumber, packed } from "./call-values.ts";
import type { Type } from "./ir.ts";
import type { Recorder } from "./recorder.ts";
import type { ScriptCode } from "./script/unit.ts";
import { userFrame } from "./source.ts";
import { withoutShapes } from "./types.ts";

/** Records the call, runs the function on the values, and ties its results to what the call gives. */
export function recordFunctionCall(recorder: Recorder, code: ScriptCode, given: readonly unknown[]): unknown {
  const { builder } = recorder;
  const { parameters } = code;
  const values = given.map((value, i) => concreteNumber(recorder, value, parameters[i].type));
  const inputs = values.map((value, i) => packed(recorder, value, parameters[i].type));
  const place = recorder.place();
  const type: Type = Object.freeze({ kind: "Function", name: recorder.functions.nameOf(code) });
  const named = { attributes: { name: code.name } };
  const [fn] = builder.node("prim::Constant", [], [type], { ...place, source: null }, named);
  const [output] = builder.node("prim::CallFunction", [fn, ...inputs], [withoutShapes(code.returns)], place);
  const [result] = withoutInterpreter(() => code.run(values));
  bindResult(recorder, result, output);
  recorder.names.declareAll(result, userFrame(), null);
  return result;
}
