/**
 * The main thread's own inspector session: runs text in V8's REPL mode, where let, const and class may be declared again and
 * `await` stands at the top level, and hands the real values over.
 */
import { type Runtime, Session } from "node:inspector";
import { promiseHooks } from "node:v8";
import { KeyboardInterrupt } from "./describe-error.ts";

const session = new Session();
const handKey = Symbol.for("tracebook.hand");

/** What ran: a value, or what was thrown (`compiled` is false if V8 refused the text). */
export type Evaluation =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly thrown: unknown;
      readonly compiled: boolean;
      readonly details: Runtime.ExceptionDetails;
    };

export function connectInspector(): void {
  session.connect();
}

/** Must come before the process exits, or Node waits for the debugger. */
export function disconnectInspector(): void {
  session.disconnect();
}

/**
 * The first promises that each entry makes, its own among them, until it ends. An entry that waits for what never comes would
 * be collected as garbage, and V8 would tell the inspector so in the middle of collecting, which ends Node 22 and 24.
 */
const waiting = new Set<readonly object[]>();

/** Evaluates text as one entry at V8's prompt. Never settles if it is terminated after an `await`. */
export function evaluateText(expression: string): Promise<Evaluation> {
  return new Promise((resolve, reject) => {
    const made: object[] = [];
    const stopWatching = promiseHooks.onInit((promise) => {
      if (made.length < 2) made.push(promise);
    });
    waiting.add(made);
    session.post("Runtime.evaluate", { expression, replMode: true, objectGroup: "cell" }, (error, answer) => {
      waiting.delete(made);
      const response = answer as Runtime.EvaluateReturnType | undefined;
      if (error || !response) {
        // V8 answers so when it was made to stop in the middle.
        reject(/terminated|Internal error/.test(error?.message ?? "") ? new KeyboardInterrupt() : error);
        return;
      }
      const { result, exceptionDetails } = response;
      if (exceptionDetails) {
        // Only what never ran has a place but no stack: a SyntaxError of the text itself.
        const compiled =
          exceptionDetails.stackTrace !== undefined ||
          exceptionDetails.exception?.className !== "SyntaxError";
        const thrown = remoteValue(exceptionDetails.exception ?? { type: "undefined" });
        resolve({ ok: false, thrown, compiled, details: exceptionDetails });
      } else resolve({ ok: true, value: remoteValue(result) });
      session.post("Runtime.releaseObjectGroup", { objectGroup: "cell" });
    });
    stopWatching();
  });
}

/** Evaluates only if that has no side effect, as completion must; undefined otherwise. */
export function peek(expression: string): unknown {
  let value: unknown;
  session.post(
    "Runtime.evaluate",
    { expression, replMode: false, throwOnSideEffect: true, silent: true, timeout: 100, objectGroup: "peek" },
    (error, answer) => {
      const response = answer as Runtime.EvaluateReturnType | undefined;
      if (!error && response && !response.exceptionDetails) value = remoteValue(response.result);
    },
  );
  session.post("Runtime.releaseObjectGroup", { objectGroup: "peek" });
  return value;
}

/** Names declared with let, const and class by all cells so far. */
export function lexicalNames(): readonly string[] {
  let names: readonly string[] = [];
  session.post("Runtime.globalLexicalScopeNames", {}, (error, response) => {
    if (!error) names = response.names;
  });
  return names;
}

/** The value itself, in this very thread, of the inspector's description of it. */
function remoteValue(remote: Runtime.RemoteObject): unknown {
  if (remote.objectId !== undefined) return handOver(remote.objectId);
  if (remote.unserializableValue !== undefined) return parseUnserializable(remote.unserializableValue);
  return remote.subtype === "null" ? null : remote.value;
}

function handOver(objectId: string): unknown {
  let handed: unknown;
  Object.defineProperty(globalThis, handKey, {
    configurable: true,
    value: (value: unknown) => (handed = value),
  });
  session.post("Runtime.callFunctionOn", {
    functionDeclaration: '(value) => { globalThis[Symbol.for("tracebook.hand")](value); }',
    arguments: [{ objectId }],
    objectId,
  });
  return handed;
}

function parseUnserializable(text: string): unknown {
  return text.endsWith("n") ? BigInt(text.slice(0, -1)) : Number(text);
}
