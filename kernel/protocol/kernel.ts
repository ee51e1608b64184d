/**
 * What message handlers work with: the parts of one running kernel, as the worker put them together.
 */
import type { CellDebugger } from "../debug/debugger.ts";
import type { CheckMode } from "../magics/check.ts";
import type { TypeService } from "../types/type-service.ts";
import type { CellStore } from "./cells.ts";
import type { Comms } from "./comms.ts";
import type { History } from "./history.ts";
import type { IOPub } from "./iopub.ts";
import type { MainThread } from "./main-thread.ts";
import type { Stdin } from "./stdin.ts";
import type { Subshells } from "./subshells.ts";
import type { TracedConditions } from "./traced-conditions.ts";

export interface Kernel {
  readonly main: MainThread;
  readonly iopub: IOPub;
  readonly subshells: Subshells;
  readonly cells: CellStore;
  readonly history: History;
  readonly comms: Comms;
  readonly stdin: Stdin;
  readonly types: TypeService;
  readonly conditions: TracedConditions;
  readonly debugger: CellDebugger;
  readonly settings: { check: CheckMode };
  readonly supportedFeatures: readonly string[];
  /** Ends the process once the reply to this request is out. */
  endAfterReply(): void;
}
