/**
 * Back to the modes of a fresh program. A forced termination skips `finally`, so whoever terminates code (the kernel)
 * calls `globalThis[Symbol.for("tracebook.reset")]()` once nothing of it runs any more.
 */
import { gradMode } from "./autograd/grad-mode.ts";
import { hostReads, interpreter } from "./dispatch/interpreter.ts";
import { activeRecorder } from "./jit/recorder.ts";
import { moduleObserver } from "./nn/module.ts";
import { inferenceMode } from "./tensor/storage.ts";

/** Ends every mode and trace that may have been left in force. */
function resetModes(): void {
  gradMode.enabled = true;
  inferenceMode.enabled = false;
  interpreter.current = null;
  hostReads.current = null;
  activeRecorder.current = null;
  moduleObserver.current = null;
}

Object.defineProperty(globalThis, Symbol.for("tracebook.reset"), { value: resetModes, configurable: true });
