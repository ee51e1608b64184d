/** Tracing: functions and modules recorded into TorchScript graphs. */

export { ArchiveError } from "./archive/limits.ts";
export { jitLoad, jitUnserialize, type LoadedModule, type LoadOptions } from "./archive/load.ts";
export { jitSave, jitSerialize, type SaveOptions } from "./archive/save.ts";
export { argumentNames } from "./argument-names.ts";
export { TracingCheckError } from "./check-trace.ts";
export { failedTrace } from "./failed-trace.ts";
export { jitFreeze, jitOptimizeForInference } from "./freeze.ts";
export type {
  Attribute,
  Block,
  Graph,
  InlinedCall,
  Node,
  SourceLocation,
  TensorType,
  Type,
  Value,
} from "./ir.ts";
export { type OnnxOptions, toOnnx } from "./onnx/export.ts";
export { jitOps, jitScalar } from "./ops.ts";
export { graphText } from "./print.ts";
export { Inspection, type NodeTiming, type Profile } from "./profile.ts";
export { type CompilationUnit, jitCompile } from "./script/jit-compile.ts";
export { ScriptFunction, ScriptModule, type Traced, type TracedFunction } from "./script-function.ts";
export { jitList, jitTuple } from "./structure.ts";
export { jitTrace, jitTraceModule, type TracedModule, type TraceOptions } from "./trace.ts";
export { typeText } from "./types.ts";
export { type TracerWarning, warningText } from "./warnings.ts";
