/**
 * `npm run test:nodes -- [TEST FILES]` runs the tests on every supported line of Node; the npm package `node` brings them, into a
 * folder outside the project.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";

const lines = ["20", "22", "24"];

const failed = lines.filter((line) => {
  const folder = join(tmpdir(), `tracebook-node-${line}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  // npm leaves install scripts alone unless they are allowed, and this package is nothing but one.
  run(
    "npm",
    ["install", "--silent", "--no-fund", "--no-audit", "--ignore-scripts=false", `node@${line}`],
    folder,
  );
  const bin = join(folder, "node_modules", ".bin");
  const path = `${bin}${delimiter}${process.env["PATH"]}`;
  console.log(`▸ ${spawnSync(join(bin, "node"), ["--version"], { encoding: "utf8" }).stdout.trim()}`);
  return run("npx", ["vitest", "run", ...process.argv.slice(2)], join(import.meta.dirname, ".."), path) !== 0;
});

console.log(failed.length === 0 ? `✓ Node ${lines.join(", ")}` : `✗ Node ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  path = process.env["PATH"],
): number | null {
  return spawnSync(command, args, {
    cwd,
    stdio: "inherit",
    env: { ...process.env, PATH: path },
    shell: process.platform === "win32",
  }).status;
}
