/**
 * Ends the kernel when the program that started it is gone, so that a killed notebook server leaves no kernels behind.
 * jupyter_client tells its process id in JPY_PARENT_PID; a kernel started otherwise is left alone.
 */
import process from "node:process";

/** How often it is looked, in ms. */
const interval = 1000;

/** Calls `end` once the parent process is another than it was at the start. */
export function watchParent(end: () => void): void {
  if (process.platform === "win32" || process.env["JPY_PARENT_PID"] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, interval);
}
