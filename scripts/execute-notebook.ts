/**
 * Runs a notebook from its first cell to its last through Jupyter's own client (nbclient, by way of nbconvert, both from
 * .venv) and the kernel that install.py registered there. Comparing or keeping the outputs is left to the callers.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(import.meta.dirname, "..");

/** The course's folder. */
export const notebookFolder = join(root, "notebooks");

/** A notebook of nbformat 4, as far as it is looked at here. */
export interface Notebook {
  readonly cells: readonly Cell[];
}

/** One cell; only code cells have outputs. */
export interface Cell {
  readonly cell_type: "markdown" | "code" | "raw";
  readonly id: string;
  readonly metadata: { readonly tags?: readonly string[] };
  readonly source: string | readonly string[];
  readonly outputs?: readonly Output[];
}

/** One output of a code cell: a stream has `text`, an error its name and words, the others a MIME bundle. */
export interface Output {
  readonly output_type: "stream" | "display_data" | "execute_result" | "error";
  readonly name?: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
  readonly ename?: string;
  readonly evalue?: string;
}

export function readNotebook(path: string): Notebook {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Text of a notebook, which nbformat keeps as one string or as a list of lines. */
export function joined(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text ?? "");
}

/**
 * A program of the Python environment that install.py --prepare-tests makes.
 * @throws if it is not there
 */
export function venvProgram(name: string): string {
  const windows = process.platform === "win32";
  const path = join(root, ".venv", windows ? "Scripts" : "bin", windows ? `${name}.exe` : name);
  if (!existsSync(path))
    throw new Error(`${path} is missing: run \`python3 install.py --prepare-tests\` first`);
  return path;
}

/**
 * Runs the notebook in its own folder and writes it with its outputs to `output`.
 * @throws with nbclient's report (the cell, the error) if a cell fails or the kernel dies
 */
export async function executeNotebook(path: string, output: string): Promise<Notebook> {
  const dataFolder = mkdtempSync(join(tmpdir(), "tracebook-jupyter-"));
  try {
    await promisify(execFile)(
      venvProgram("jupyter"),
      [
        ...["nbconvert", "--to", "notebook", "--execute", path],
        ...["--output-dir", dirname(resolve(output)), "--output", basename(output)],
        ...[
          "--ExecutePreprocessor.timeout=180",
          "--ExecutePreprocessor.record_timing=False",
          "--log-level=ERROR",
        ],
      ],
      // A data folder of its own: a kernel which the user has registered under the same name must not be taken instead.
      { env: { ...process.env, JUPYTER_DATA_DIR: dataFolder }, maxBuffer: 64 * 1024 * 1024 },
    );
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? error);
    // The report comes after Python's own stack, which says nothing about the cell.
    throw new Error(
      `${path} does not run: ${said.slice(Math.max(0, said.lastIndexOf("CellExecutionError: ")))}`,
    );
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
  const notebook = withWholeStreams(readNotebook(output));
  writeFileSync(output, `${JSON.stringify(notebook, null, 1)}\n`);
  return notebook;
}

/** What a cell prints comes in as many pieces as the kernel sent, which is chance; here pieces that follow one another are one. */
function withWholeStreams(notebook: Notebook): Notebook {
  const whole = (outputs: readonly Output[]): readonly Output[] => {
    const merged: Output[] = [];
    for (const output of outputs) {
      const last = merged.at(-1);
      if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name)
        merged[merged.length - 1] = { ...last, text: [...lines(last.text), ...lines(output.text)] };
      else merged.push(output);
    }
    return merged;
  };
  return {
    ...notebook,
    cells: notebook.cells.map((cell) => (cell.outputs ? { ...cell, outputs: whole(cell.outputs) } : cell)),
  };
}

const lines = (text: Output["text"]): readonly string[] => (typeof text === "string" ? [text] : (text ?? []));
