/**
 * The debugger: answers debug requests by the worker's inspector session on the main thread, which stops there while the
 * protocol goes on. V8's debugger is on only while a front end is attached.
 */
import type { Runtime, Debugger as V8 } from "node:inspector";
import type { CellStore } from "../protocol/cells.ts";
import { mainSession } from "../protocol/interrupt.ts";
import { hashMethod, hashSeed, pathOf, pathPrefix, pathSuffix } from "./cell-paths.ts";
import { type Breakpoint, capabilities, type DebugRequest } from "./protocol.ts";
import { References, toVariable, variablesOf } from "./variables.ts";

type Body = Readonly<Record<string, unknown>>;
type Arguments = Readonly<Record<string, unknown>>;

/** JavaScript has one thread that cells run on. */
const mainThreadId = 1;

export class CellDebugger {
  readonly #cells: CellStore;
  readonly #send: (event: object) => void;
  readonly #breakpoints = new Map<string, readonly Breakpoint[]>();
  readonly #sources = new Map<string, string>();
  /** V8's breakpoints by path. */
  readonly #set = new Map<string, string[]>();
  /** V8's script ids of cells: call frames name their script by it alone. */
  readonly #cellNames = new Map<string, string>();
  readonly #references = new References();
  #attached = false;
  #listening = false;
  #frames: readonly V8.CallFrame[] = [];
  #sequence = 0;

  constructor(cells: CellStore, send: (event: object) => void) {
    this.#cells = cells;
    this.#send = send;
  }

  /** The handlers of debug requests, by command. */
  readonly #commands: Readonly<Record<string, (args: Arguments) => Body | Promise<Body>>> = {
    initialize: () => {
      setTimeout(() => this.#event("initialized", {}), 0);
      return capabilities;
    },
    attach: () => this.#attach(),
    launch: () => this.#attach(),
    configurationDone: () => ({}),
    disconnect: () => this.#detach(),
    terminate: () => this.#detach(),
    debugInfo: () => ({
      isStarted: this.#attached,
      hashMethod,
      hashSeed,
      tmpFilePrefix: pathPrefix,
      tmpFileSuffix: pathSuffix,
      breakpoints: [...this.#breakpoints].map(([source, breakpoints]) => ({ source, breakpoints })),
      stoppedThreads: this.#frames.length > 0 ? [mainThreadId] : [],
      richRendering: true,
      exceptionPaths: ["Uncaught errors"],
      copyToGlobals: false,
    }),
    dumpCell: ({ code }) => {
      const path = pathOf(String(code));
      this.#sources.set(path, String(code));
      return { sourcePath: path };
    },
    setBreakpoints: (args) => this.#setBreakpoints(args),
    setExceptionBreakpoints: async ({ filters }) => {
      const uncaught = Array.isArray(filters) && filters.length > 0;
      await this.#post("Debugger.setPauseOnExceptions", { state: uncaught ? "uncaught" : "none" });
      return {};
    },
    threads: () => ({ threads: [{ id: mainThreadId, name: "cells" }] }),
    stackTrace: () => ({ stackFrames: this.#stackFrames(), totalFrames: this.#frames.length }),
    scopes: ({ frameId }) => ({ scopes: this.#scopes(Number(frameId)) }),
    variables: async ({ variablesReference }) => {
      const objectId = this.#references.objectId(Number(variablesReference));
      return {
        variables: objectId === undefined ? [] : await variablesOf(this.#post, objectId, this.#references),
      };
    },
    evaluate: (args) => this.#evaluate(args),
    source: ({ source }) => ({
      content: this.#sources.get(String((source as { path?: unknown })?.path)) ?? "",
    }),
    continue: () => this.#resume("Debugger.resume"),
    next: () => this.#resume("Debugger.stepOver"),
    stepIn: () => this.#resume("Debugger.stepInto"),
    stepOut: () => this.#resume("Debugger.stepOut"),
    pause: async () => {
      await this.#post("Debugger.pause");
      return {};
    },
    inspectVariables: () => this.#inspectVariables(),
    richInspectVariables: (args) => this.#richInspect(args),
    modules: () => ({ modules: [], totalModules: 0 }),
  };

  /** The DAP response to a request. */
  async answer(request: DebugRequest): Promise<object> {
    const { seq, command, arguments: args = {} } = request;
    const respond = (rest: object): object => ({
      seq: ++this.#sequence,
      type: "response",
      request_seq: seq,
      command,
      ...rest,
    });
    const run = Object.hasOwn(this.#commands, command) ? this.#commands[command] : undefined;
    if (run === undefined)
      return respond({ success: false, message: `${command}: this debugger does not know this request` });
    try {
      return respond({ success: true, body: await run(args) });
    } catch (error) {
      return respond({ success: false, message: (error as Error).message });
    }
  }

  /** A cell is about to run under this script name: its breakpoints are set. */
  async beforeCell(script: string, source: string): Promise<void> {
    if (!this.#attached) return;
    const path = pathOf(source);
    this.#sources.set(path, source);
    await this.#place(path, [script]);
  }

  /** Lets a stopped cell go on, for an interrupt. */
  async release(): Promise<void> {
    if (this.#frames.length > 0) await this.#post("Debugger.resume");
  }

  readonly #post = <Result>(method: string, params: object = {}): Promise<Result> =>
    new Promise((resolve, reject) => {
      mainSession().post(method, params, (error, result) =>
        error ? reject(error) : resolve(result as Result),
      );
    });

  async #attach(): Promise<Body> {
    const session = mainSession();
    if (!this.#listening) {
      session.on("Debugger.scriptParsed", ({ params: { scriptId, url } }) => {
        if (this.#cells.text(url) !== undefined) this.#cellNames.set(scriptId, url);
      });
      session.on("Debugger.paused", ({ params }) => this.#paused(params));
      session.on("Debugger.resumed", () => {
        this.#frames = [];
        this.#references.clear();
        this.#event("continued", { threadId: mainThreadId, allThreadsContinued: true });
      });
      this.#listening = true;
    }
    await this.#post("Debugger.enable");
    await this.#post("Debugger.setAsyncCallStackDepth", { maxDepth: 0 });
    this.#attached = true;
    return {};
  }

  async #detach(): Promise<Body> {
    this.#attached = false;
    this.#breakpoints.clear();
    this.#set.clear();
    if (this.#frames.length > 0) await this.#post("Debugger.resume");
    await this.#post("Debugger.disable");
    return {};
  }

  async #setBreakpoints({ source, breakpoints }: Arguments): Promise<Body> {
    const path = String((source as { path?: unknown } | undefined)?.path ?? "");
    const wanted = (Array.isArray(breakpoints) ? breakpoints : []) as readonly Breakpoint[];
    for (const breakpointId of this.#set.get(path) ?? [])
      await this.#post("Debugger.removeBreakpoint", { breakpointId });
    this.#set.delete(path);
    if (wanted.length === 0) this.#breakpoints.delete(path);
    else this.#breakpoints.set(path, wanted);
    // Cells that ran already stop there, too, when something calls what they declared.
    const scripts = [...this.#cells.texts()]
      .filter(([, { source }]) => pathOf(source) === path)
      .map(([name]) => name);
    await this.#place(path, scripts);
    return { breakpoints: wanted.map(({ line }) => ({ verified: true, line, source: { path } })) };
  }

  async #place(path: string, scripts: readonly string[]): Promise<void> {
    for (const url of scripts) {
      for (const { line, condition = "" } of this.#breakpoints.get(path) ?? []) {
        const { breakpointId } = await this.#post<V8.SetBreakpointByUrlReturnType>(
          "Debugger.setBreakpointByUrl",
          {
            url,
            lineNumber: line - 1,
            condition,
          },
        );
        this.#set.set(path, [...(this.#set.get(path) ?? []), breakpointId]);
      }
    }
  }

  #paused({ callFrames, reason }: V8.PausedEventDataType): void {
    // What is below the cell is the kernel's own.
    const lowest = callFrames.findLastIndex(({ location }) => this.#cellNames.has(location.scriptId));
    this.#frames = callFrames.slice(0, lowest + 1);
    if (this.#frames.length === 0) {
      void this.#post("Debugger.resume");
      return;
    }
    this.#event("stopped", {
      reason: reason === "exception" || reason === "promiseRejection" ? "exception" : "breakpoint",
      threadId: mainThreadId,
      allThreadsStopped: true,
    });
  }

  async #resume(method: string): Promise<Body> {
    if (this.#frames.length === 0) throw new Error("no cell is stopped");
    await this.#post(method);
    return { allThreadsContinued: true };
  }

  #stackFrames(): readonly object[] {
    return this.#frames.map(({ functionName, location, url }, id) => {
      const cell = this.#cells.text(this.#cellNames.get(location.scriptId) ?? "");
      return {
        id,
        name: functionName || (cell ? cell.title : "(anonymous)"),
        line: location.lineNumber + 1,
        column: (location.columnNumber ?? 0) + 1,
        source: { name: cell?.title ?? url, path: cell ? pathOf(cell.source) : url },
      };
    });
  }

  #scopes(frame: number): readonly object[] {
    const names: Readonly<Record<string, string>> = {
      local: "Locals",
      closure: "Closure",
      block: "Block",
      script: "Session",
      global: "Globals",
    };
    return (this.#frames[frame]?.scopeChain ?? [])
      .filter(({ type, object }) => type !== "global" && object.objectId !== undefined)
      .map(({ type, object }) => ({
        name: names[type] ?? type,
        variablesReference: this.#references.add(object.objectId as string),
        expensive: false,
      }));
  }

  async #evaluate({ expression, frameId }: Arguments): Promise<Body> {
    const frame = this.#frames[Number(frameId ?? 0)];
    const asked = { expression: String(expression), silent: true };
    const { result, exceptionDetails } = frame
      ? await this.#post<V8.EvaluateOnCallFrameReturnType>("Debugger.evaluateOnCallFrame", {
          ...asked,
          callFrameId: frame.callFrameId,
        })
      : await this.#post<Runtime.EvaluateReturnType>("Runtime.evaluate", { ...asked, replMode: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    const { value, type, variablesReference } = toVariable("result", result, this.#references);
    return { result: value, type, variablesReference };
  }

  async #inspectVariables(): Promise<Body> {
    const names = [...this.#cells.slots.keys()].sort();
    const variables = await Promise.all(
      names.map(async (name) => {
        const { result, exceptionDetails } = await this.#post<Runtime.EvaluateReturnType>(
          "Runtime.evaluate",
          {
            expression: name,
            silent: true,
            throwOnSideEffect: true,
          },
        );
        return exceptionDetails
          ? []
          : [{ ...toVariable(name, result, this.#references), evaluateName: name }];
      }),
    );
    return { variables: variables.flat() };
  }

  async #richInspect({ variableName, frameId }: Arguments): Promise<Body> {
    const { result } = await this.#evaluate({ expression: variableName, frameId });
    return { data: { "text/plain": String(result) }, metadata: {} };
  }

  #event(event: string, body: object): void {
    this.#send({ seq: ++this.#sequence, type: "event", event, body });
  }
}
