/**
 * `npm run bench -- NAME [arguments]` runs bench/NAME.ts; without a name it lists the benchmarks.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts"))
  .filter((file) =>
    /^export async function bench/m.test(readFileSync(join(import.meta.dirname, file), "utf8")),
  )
  .map((file) => file.slice(0, -".ts".length));
const [name, ...args] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  process.stdout.write(`usage: npm run bench -- NAME [arguments]\nbenchmarks: ${names.join(", ")}\n`);
  process.exitCode = name === undefined ? 0 : 2;
} else {
  const { bench } = (await import(`./${name}.ts`)) as { bench: (args: readonly string[]) => Promise<void> };
  await bench(args);
}
