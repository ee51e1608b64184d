/** A JupyterLab server for one test: fresh settings, a free port, a folder with a copy of one notebook; ended with its kernels. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Notebook, venvProgram } from "../../scripts/execute-notebook.ts";

/** JupyterLab, or Notebook 7. */
export type FrontEnd = "lab" | "notebook";

export interface JupyterServer {
  /** The address of the notebook in the front end, with the token in it. */
  readonly notebookUrl: string;
  stop(): Promise<void>;
}

/**
 * Starts JupyterLab on a folder that holds this notebook alone.
 * @throws with what the server said if it does not answer within a minute
 */
export async function startJupyter(
  name: string,
  notebook: Notebook,
  theme: "light" | "dark",
  frontEnd: FrontEnd = "lab",
): Promise<JupyterServer> {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-lab-"));
  const inner = (part: string): string => {
    mkdirSync(join(folder, part), { recursive: true });
    return join(folder, part);
  };
  writeFileSync(join(inner("root"), name), JSON.stringify(notebook));
  writeSettings(inner("settings"), theme);
  const token = randomBytes(16).toString("hex");
  const port = await freePort();
  const server = spawn(
    venvProgram(`jupyter-${frontEnd}`),
    [
      ...["--no-browser", "--allow-root", "--expose-app-in-browser", "--ServerApp.ip=127.0.0.1"],
      ...[
        `--ServerApp.port=${port}`,
        "--ServerApp.port_retries=0",
        `--ServerApp.root_dir=${join(folder, "root")}`,
      ],
    ],
    {
      cwd: join(folder, "root"),
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        JUPYTER_TOKEN: token,
        JUPYTER_DATA_DIR: inner("data"),
        JUPYTER_CONFIG_DIR: inner("config"),
        JUPYTER_RUNTIME_DIR: inner("runtime"),
        JUPYTERLAB_SETTINGS_DIR: inner("settings"),
        JUPYTERLAB_WORKSPACES_DIR: inner("workspaces"),
      },
    },
  );
  const stop = async (): Promise<void> => {
    await end(server);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answering(`http://127.0.0.1:${port}/api/status?token=${token}`, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    notebookUrl: `http://127.0.0.1:${port}/${frontEnd === "lab" ? "lab/tree" : "notebooks"}/${encodeURIComponent(name)}?token=${token}`,
    stop,
  };
}

/** All cells in the page at once (JupyterLab else keeps only those near the view), and no news or update requests. */
function writeSettings(folder: string, theme: "light" | "dark"): void {
  const settings = {
    "@jupyterlab/notebook-extension/tracker": { windowingMode: "none", scrollPastEnd: false },
    "@jupyterlab/apputils-extension/notification": { fetchNews: "false", checkForUpdates: false },
    "@jupyterlab/apputils-extension/themes": {
      theme: theme === "dark" ? "JupyterLab Dark" : "JupyterLab Light",
    },
  };
  for (const [path, value] of Object.entries(settings)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, `${path}.jupyterlab-settings`), JSON.stringify(value));
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  let said = "";
  for (const stream of [server.stdout, server.stderr]) stream?.on("data", (chunk) => (said += chunk));
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && server.exitCode === null) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error(`JupyterLab does not answer at its port; it said:\n${said}`);
}

/** Asks the server to end, which ends its kernels too; after ten seconds it is made to. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const exited = once(server, "exit");
  server.kill("SIGTERM");
  const forced = setTimeout(() => server.kill("SIGKILL"), 10_000);
  await exited;
  clearTimeout(forced);
}
