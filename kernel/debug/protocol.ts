/**
 * The part of the Debug Adapter Protocol that Jupyter's front ends speak, and what they need besides.
 * Source: DAP specification 1.6x; Jupyter messaging, "Debug request".
 */

export interface DebugRequest {
  readonly seq: number;
  readonly command: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** Asks V8's inspector. */
export type Post = <Result>(method: string, params?: object) => Promise<Result>;

export interface Breakpoint {
  readonly line: number;
  readonly condition?: string;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly type: string;
  /** Greater than 0 if the value has members to ask for. */
  readonly variablesReference: number;
  readonly evaluateName?: string;
}

export const capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsEvaluateForHovers: true,
  supportsSetVariable: false,
  supportsExceptionInfoRequest: false,
  exceptionBreakpointFilters: [{ filter: "uncaught", label: "Uncaught errors", default: false }],
};
