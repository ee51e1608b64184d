/**
 * `!command` and `%%bash`: a command of the system's shell in the notebook's folder, its output live in the cell.
 * `!` may also be TypeScript's negation: what names a variable or a global is that.
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { type Magic, type MagicHost, type Piece, textOf, ts, usageError } from "./magic.ts";

const shellLine = /^[ \t]*!([\w./~-]+)((?:[ \t].*)?)$/;

/** What a line `!command` becomes; null if it is none. */
export function rewriteShell(line: string, isVariable: (name: string) => boolean): readonly Piece[] | null {
  const match = shellLine.exec(line);
  if (match === null || isVariable(match[1]) || match[1] in globalThis) return null;
  return ts`await __magic.shell(${JSON.stringify(match[1] + match[2])});`;
}

export const bash: Magic = {
  name: "bash",
  forms: ["cell"],
  usage: "%%bash\n!COMMAND",
  summary: "runs the cell in bash; !COMMAND on a line runs one command",
  help: [
    "Runs the lines below it in bash, in the notebook's folder; what they print is shown while they run. `!ls -l` on a line of any cell runs one command in the system's shell.",
    "",
    "A command that fails is an error of the cell; an interrupt ends the command.",
  ].join("\n"),
  rewrite(call) {
    if (call.body === null || textOf(call, call.args) !== "")
      throw usageError(call, bash, "%%bash takes no arguments; the commands stand below it");
    return ts`await __magic.bash(${JSON.stringify(textOf(call, call.body))});`;
  },
  types: "shell(command: string): Promise<void>; bash(script: string): Promise<void>;",
  run: {
    shell: (host, command: string) => runCommand(host, command, [], { shell: true }),
    bash: (host, script: string) => runCommand(host, "bash", ["-c", script], { shell: false }),
  },
};

/** Runs a command with its output in the cell; an error if it fails. */
export function runCommand(
  { print, interrupted }: MagicHost,
  command: string,
  args: readonly string[],
  options: { readonly shell: boolean },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...options,
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
    });
    // The whole group: a shell's own children end with it.
    interrupted().addEventListener("abort", () => {
      if (child.pid === undefined) return;
      if (process.platform === "win32") child.kill();
      else process.kill(-child.pid, "SIGINT");
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => print(text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => print(text, "stderr"));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${[command, ...args][0]}: ended with ${signal ?? `code ${code}`}`));
    });
  });
}
