/**
 * A small stand-in for a fresh clone, in a temporary folder with a space in its name: the real install.py and logos, a lock
 * file of one package, and and nothing on PATH but an `npm` and a `node` of its own, of which npm writes down what it was asked to do.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "../..");

/** What one run of install.py ended with. */
export interface Run {
  readonly status: number | null;
  readonly output: string;
}

/** The stand-in; `dispose` removes it with everything that was written. */
export interface Project {
  readonly folder: string;
  /** Where `--prefix` is pointed at. */
  readonly prefix: string;
  install(...args: readonly string[]): Run;
  /** The command lines `npm` was called with since the last look. */
  npmCalls(): readonly string[];
  program(name: string, script: string): void;
  withoutProgram(name: string): void;
  write(path: string, text: string): void;
  /** Each file below the project and the prefix with its time, to see that nothing changed. */
  snapshot(): Readonly<Record<string, number>>;
  dispose(): void;
}

const goodNode = `echo '["/the/real/node", "24.1.0"]'`;

const goodNpm = `echo "$@" >> "$LOG"
case "$1" in
  ci | install) /bin/mkdir -p node_modules && /bin/cp package-lock.json node_modules/.package-lock.json ;;
  run) /bin/mkdir -p dist && echo kernel > dist/kernel.js ;;
esac`;

export function makeProject(): Project {
  const home = mkdtempSync(join(tmpdir(), "tracebook install "));
  const [folder, programs, prefix, log] = ["a clone", "programs", "a prefix", "npm.log"].map((name) =>
    join(home, name),
  );
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const program = (name: string, script: string): void => {
    mkdirSync(programs, { recursive: true });
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  };
  mkdirSync(folder);
  for (const path of ["install.py", "kernelspec"])
    cpSync(join(repository, path), join(folder, path), { recursive: true });
  write("package.json", `{ "engines": { "node": ">=20.19" } }`);
  write("package-lock.json", lockFile("1.0.0"));
  write("kernel/main.ts", "export {};");
  program("node", goodNode);
  program("npm", goodNpm);
  return {
    folder,
    prefix,
    install: (...args) => {
      const { status, stdout, stderr } = spawnSync(python(), [join(folder, "install.py"), ...args], {
        cwd: tmpdir(),
        encoding: "utf8",
        env: { HOME: join(home, "user"), PATH: programs, LOG: log },
      });
      return { status, output: stdout + stderr };
    },
    npmCalls: () => {
      if (!existsSync(log)) return [];
      const calls = readFileSync(log, "utf8").trim().split("\n");
      rmSync(log);
      return calls;
    },
    program,
    withoutProgram: (name) => rmSync(join(programs, name)),
    write,
    snapshot: () => {
      const files = readdirSync(home, { recursive: true, encoding: "utf8" }).filter(
        (path) => !path.includes("__pycache__"),
      );
      return Object.fromEntries(files.map((path) => [path, statSync(join(home, path)).mtimeMs]));
    },
    dispose: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** A lock file of one needed package in this version and one optional package which is never installed. */
export function lockFile(version: string): string {
  return JSON.stringify({
    packages: {
      "": { name: "clone" },
      "node_modules/needed": { version },
      "node_modules/for-another-machine": { version, optional: true },
    },
  });
}

/** The real executable of python3: a version manager's shim would need the user's own HOME. */
function python(): string {
  return spawnSync("python3", ["-c", "import sys; print(sys.executable)"], {
    encoding: "utf8",
  }).stdout.trim();
}
