/**
 * Finds a Python that has the Jupyter clients the tests drive the kernel with: TRACEBOOK_PYTHON, the project's .venv, python3.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { tracebookArgv } from "./kernel/client.ts";

const root = resolve(import.meta.dirname, "..");

/** A Python that can import this module; null if there is none. */
export function findPython(module: string): string | null {
  const venv = join(root, ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const candidates = [process.env["TRACEBOOK_PYTHON"], existsSync(venv) ? venv : undefined, "python3"];
  const imports = (python: string): boolean => spawnSync(python, ["-c", `import ${module}`]).status === 0;
  return candidates.find((python) => python !== undefined && imports(python)) ?? null;
}

/** A Python that can import this module; the error says how to get one. */
export function pythonWith(module: string): string {
  const found = findPython(module);
  if (found === null) {
    throw new Error(
      `no Python with ${module} found: run npm test once, which makes .venv, or set TRACEBOOK_PYTHON`,
    );
  }
  return found;
}

/** A folder for JUPYTER_PATH in which the built kernel is registered as "tracebook-test". */
export function jupyterPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-jupyter-"));
  const spec = join(folder, "kernels", "tracebook-test");
  mkdirSync(spec, { recursive: true });
  writeFileSync(
    join(spec, "kernel.json"),
    JSON.stringify({
      argv: tracebookArgv,
      display_name: "Tracebook (test)",
      language: "typescript",
      interrupt_mode: "message",
      metadata: { supported_encryption: ["curve"] },
      env: { TRACEBOOK_HISTORY: "" },
    }),
  );
  return folder;
}
