/**
 * Evaluation for the debugger: in a frame of a stopped cell, or in the session.
 */
import type { Runtime, Debugger as V8 } from "node:inspector";
import type { MimeBundle } from "../channel.ts";
import type { Post } from "./protocol.ts";

/** The value of an expression; throws an Error that says what the expression threw. */
export async function evaluateIn(
  frame: V8.CallFrame | undefined,
  expression: string,
  post: Post,
  options: object = {},
): Promise<Runtime.RemoteObject> {
  const { result, exceptionDetails } = frame
    ? await post<V8.EvaluateOnCallFrameReturnType>("Debugger.evaluateOnCallFrame", {
        callFrameId: frame.callFrameId,
        expression,
        silent: true,
      })
    : await post<Runtime.EvaluateReturnType>("Runtime.evaluate", { expression, silent: true, ...options });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result;
}

/**
 * The MIME bundle of a variable, which `globalThis.$$bundle` makes (session/globals.ts); null for a picture that takes its time
 * while the cell stands still, when no promise would ever settle.
 */
export async function bundleIn(
  frame: V8.CallFrame | undefined,
  name: string,
  post: Post,
): Promise<MimeBundle | null> {
  const { value } = await evaluateIn(frame, `globalThis.$$bundle(${name})`, post, { awaitPromise: true });
  return typeof value === "string" ? (JSON.parse(value) as MimeBundle) : null;
}
