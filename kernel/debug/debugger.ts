/**
 * The debugger: answers debug requests by the worker's inspector session on the main thread, which stops there while the
 * protocol goes on. V8's debugger is on only while a front end is attached.
 */
import type { Runtime, Debugger as V8 } from "node:inspector";
import type { CellStore } from "../protocol/cells.ts";
import { mainSession } from "../protocol/interrupt.ts";
import { Breakpoints } from "./breakpoints.ts";
import { hashMethod, hashSeed, pathOf, pathPrefix, pathSuffix } from "./cell-paths.ts";
import { bundleIn, evaluateIn } from "./evaluation.ts";
import { type Breakpoint, capabilities, type DebugRequest, type Post } from "./protocol.ts";
import { Scripts } from "./scripts.ts";
import { References, toVariable, variablesOf } from "./variables.ts";

type Body = Readonly<Record<string, unknown>>;
type Arguments = Readonly<Record<string, unknown>>;

/** JavaScript has one thread that cells run on. */
const mainThreadId = 1;
const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

export class CellDebugger {
  readonly #cells: CellStore;
  readonly #send: (event: object) => void;
  readonly #declare: (name: string) => void;
  readonly #scripts: Scripts;
  readonly #breakpoints: Breakpoints;
  readonly #references = new References();
  #attached = false;
  #listening = false;
  #frames: readonly V8.CallFrame[] = [];
  #sequence = 0;

  /** `declare` is told of names that become the session's without a cell. */
  constructor(cells: CellStore, send: (event: object) => void, declare: (name: string) => void) {
    this.#cells = cells;
    this.#send = send;
    this.#declare = declare;
    this.#scripts = new Scripts(cells);
    this.#breakpoints = new Breakpoints(
      (method, params) => this.#post(method, params),
      (script) => cells.text(script),
    );
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
      breakpoints: this.#breakpoints.list(),
      stoppedThreads: this.#frames.length > 0 ? [mainThreadId] : [],
      richRendering: true,
      exceptionPaths: ["Uncaught errors"],
      copyToGlobals: true,
    }),
    dumpCell: ({ code }) => ({ sourcePath: this.#scripts.announce(String(code)) }),
    setBreakpoints: (args) => this.#setBreakpoints(args),
    setExceptionBreakpoints: async ({ filters }) => {
      const uncaught = Array.isArray(filters) && filters.length > 0;
      // A cell is an async function whose rejection the kernel handles: to newer V8s all its errors are caught ones.
      await this.#post("Debugger.setPauseOnExceptions", { state: uncaught ? "all" : "none" });
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
    source: async (args) => ({ content: await this.#scripts.content(pathIn(args), this.#post) }),
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
    copyToGlobals: (args) => this.#copyToGlobals(args),
    modules: () => {
      const modules = this.#scripts.modules();
      return { modules, totalModules: modules.length };
    },
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
    await this.#breakpoints.placeIn(this.#scripts.announce(source), script);
  }

  /** Lets a stopped cell go on, for an interrupt. */
  async release(): Promise<void> {
    if (this.#frames.length > 0) await this.#post("Debugger.resume");
  }

  readonly #post: Post = <Result>(method: string, params: object = {}): Promise<Result> =>
    new Promise((resolve, reject) => {
      mainSession().post(method, params, (error, result) =>
        error ? reject(error) : resolve(result as Result),
      );
    });

  async #attach(): Promise<Body> {
    const session = mainSession();
    if (!this.#listening) {
      session.on("Debugger.scriptParsed", ({ params }) => this.#scripts.parsed(params));
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
    if (this.#frames.length > 0) await this.#post("Debugger.resume");
    await this.#post("Debugger.disable");
    return {};
  }

  async #setBreakpoints(args: Arguments): Promise<Body> {
    const path = pathIn(args);
    const wanted = (Array.isArray(args["breakpoints"]) ? args["breakpoints"] : []) as readonly Breakpoint[];
    // Cells that ran already stop there, too, when something calls what they declared.
    const placed = await this.#breakpoints.replace(path, wanted, this.#scripts.scriptsOf(path));
    return { breakpoints: placed.map(({ line }) => ({ verified: true, line, source: { path } })) };
  }

  #paused({ callFrames, reason, data }: V8.PausedEventDataType): void {
    // What is below the cell is the kernel's own.
    const lowest = callFrames.findLastIndex(({ location }) => this.#scripts.isCell(location.scriptId));
    this.#frames = callFrames.slice(0, lowest + 1);
    const isCaught =
      reason === "exception" && (data as { uncaught?: boolean } | undefined)?.uncaught !== true;
    if (isCaught) this.#frames = [];
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
      const cell = this.#scripts.cell(location.scriptId);
      const ran = { line: location.lineNumber + 1, column: (location.columnNumber ?? 0) + 1 };
      return {
        id,
        name: functionName || (cell ? cell.title : "(anonymous)"),
        ...(cell?.original?.(ran.line, ran.column) ?? ran),
        source: {
          name: cell?.title ?? url,
          path: cell ? pathOf(cell.source) : url.replace(/^file:\/\//, ""),
        },
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
    const found = await evaluateIn(frame, String(expression), this.#post, { replMode: true });
    const { value, type, variablesReference } = toVariable("result", found, this.#references);
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
    const name = String(variableName);
    if (!identifier.test(name)) return { data: {}, metadata: {} };
    const frame = this.#frames[Number(frameId ?? 0)];
    const bundle = await bundleIn(frame, name, this.#post);
    const data = bundle ?? { "text/plain": (await this.#evaluate({ expression: name, frameId }))["result"] };
    return { data, metadata: {} };
  }

  /** Makes a variable of a stopped cell one of the session. */
  async #copyToGlobals({ srcVariableName, dstVariableName, srcFrameId }: Arguments): Promise<Body> {
    const [source, target] = [String(srcVariableName), String(dstVariableName)];
    const frame = this.#frames[Number(srcFrameId ?? 0)];
    if (frame === undefined) throw new Error("no cell is stopped");
    if (!identifier.test(source) || !identifier.test(target))
      throw new Error("srcVariableName and dstVariableName must be identifiers");
    const place = this.#cells.slots.get(target) === "lexical" ? target : `globalThis.${target}`;
    await evaluateIn(frame, `void (${place} = ${source})`, this.#post);
    if (!this.#cells.slots.has(target)) this.#declare(target);
    return {};
  }

  #event(event: string, body: object): void {
    this.#send({ seq: ++this.#sequence, type: "event", event, body });
  }
}

function pathIn({ source }: Arguments): string {
  return String((source as { path?: unknown } | undefined)?.path ?? "");
}
