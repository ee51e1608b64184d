/**
 * `npm test` after install.py has set things up: each step is an npm script that can be run alone, the cheap ones first,
 * and the first that fails ends the run. Arguments choose test files, for example `npm test -- test/kernel`.
 */
import { spawnSync } from "node:child_process";

const steps: readonly (readonly [script: string, ...args: readonly string[]])[] = [
  ["lint"],
  ["format:check"],
  ["types"],
  ["test:smoke"],
  ["test:all", ...process.argv.slice(2)],
];

for (const [script, ...args] of steps) {
  const seconds = runTimed(script, args);
  console.log(`✓ ${script} (${seconds} s)\n`);
}

/** Runs one npm script with its output shown and returns its seconds; a failure ends the process with its exit code. */
function runTimed(script: string, args: readonly string[]): string {
  console.log(`▸ ${[script, ...args].join(" ")}`);
  const start = performance.now();
  const { status } = spawnSync("npm", ["run", "--silent", script, "--", ...args], {
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32", // npm is a .cmd file there, which only a shell starts
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`✗ ${script} failed after ${seconds} s`);
    process.exit(status ?? 1);
  }
  return seconds;
}
