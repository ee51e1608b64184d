/**
 * TypeScript's native language server as a supervised process: started in the background, and after a crash started again
 * with every document that was open. What the documents hold is for the type service.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { FileChange } from "./edited-files.ts";
import { connectRpc, type RpcConnection } from "./json-rpc.ts";

/** So many crashes in a row and the type service stays off: cells run without it. */
const mostCrashes = 5;

const capabilities = {
  textDocument: {
    diagnostic: {},
    completion: { completionItem: { documentationFormat: ["markdown"], labelDetailsSupport: true } },
    hover: { contentFormat: ["markdown"] },
    definition: { linkSupport: true },
    signatureHelp: { signatureInformation: { documentationFormat: ["markdown"] } },
  },
};

interface OpenDocument {
  readonly language: string;
  text: string;
  version: number;
}

export class LanguageServer {
  readonly #folder: string;
  readonly #install: string;
  readonly #documents = new Map<string, OpenDocument>();
  /** The process, from its start; the connection, once it answers. */
  #process: RpcConnection | null = null;
  #connection: RpcConnection | null = null;
  #ready: Promise<void> | null = null;
  #crashes = 0;
  #ending = false;

  /** `folder` is the notebook's, `install` one in which `typescript` can be found. */
  constructor(folder: string, install: string) {
    this.#folder = folder;
    this.#install = install;
  }

  /** Settles when the server answers; rejects where it cannot be started. */
  start(): Promise<void> {
    this.#ready ??= this.#start();
    return this.#ready;
  }

  end(): void {
    this.#ending = true;
    this.#process?.end();
  }

  /** The address of a document in the notebook's folder; it need not exist on disk. */
  uri(name: string): string {
    return pathToFileURL(join(this.#folder, name)).href;
  }

  /** Gives a document this text, and opens it if need be. */
  write(name: string, text: string, language = "typescript"): void {
    const open = this.#documents.get(name);
    if (open === undefined) {
      this.#documents.set(name, { language, text, version: 1 });
      this.#open(name);
    } else if (open.text !== text) {
      open.text = text;
      open.version += 1;
      this.#connection?.notify("textDocument/didChange", {
        textDocument: { uri: this.uri(name), version: open.version },
        contentChanges: [{ text }],
      });
    }
  }

  close(name: string): void {
    if (this.#documents.delete(name)) {
      this.#connection?.notify("textDocument/didClose", { textDocument: { uri: this.uri(name) } });
    }
  }

  /** Files on disk are others now. */
  filesChanged(changes: readonly FileChange[]): void {
    if (changes.length === 0) return;
    this.#connection?.notify("workspace/didChangeWatchedFiles", {
      changes: changes.map(({ path, type }) => ({ uri: pathToFileURL(path).href, type })),
    });
  }

  /** Asks about a document; rejects if the server dies meanwhile. */
  ask<Answer>(method: string, name: string, params: object = {}): Promise<Answer> {
    return this.request<Answer>(method, { textDocument: { uri: this.uri(name) }, ...params });
  }

  /** Asks what is about no document; rejects if the server dies meanwhile. */
  async request<Answer>(method: string, params: object): Promise<Answer> {
    await this.start();
    if (this.#connection === null) throw new Error("no language server");
    return this.#connection.request<Answer>(method, params);
  }

  /** A document that was written here; null for a file. */
  document(uri: string): { readonly name: string; readonly text: string } | null {
    const name = [...this.#documents.keys()].find((name) => this.uri(name) === uri);
    const open = name === undefined ? undefined : this.#documents.get(name);
    return name === undefined || open === undefined ? null : { name, text: open.text };
  }

  async #start(): Promise<void> {
    const manifest = createRequire(join(this.#install, "kernel.js")).resolve("typescript/package.json");
    const { default: executable } = await import(
      pathToFileURL(join(dirname(manifest), "lib", "getExePath.js")).href
    );
    const connection = connectRpc(executable(), ["--lsp", "--stdio"], this.#folder, {
      // Go's collector at half its usual pace of growth: a fifth less memory at no cost that can be measured.
      GOGC: "50",
      ...process.env,
    });
    this.#process = connection;
    void connection.ended.then(() => this.#restart());
    const rootUri = pathToFileURL(this.#folder).href;
    await connection.request("initialize", {
      processId: process.pid,
      rootUri,
      capabilities,
      workspaceFolders: [{ uri: rootUri, name: "notebook" }],
    });
    connection.notify("initialized", {});
    this.#connection = connection;
    for (const name of this.#documents.keys()) this.#open(name);
  }

  #open(name: string): void {
    const { language, text, version } = this.#documents.get(name) as OpenDocument;
    this.#connection?.notify("textDocument/didOpen", {
      textDocument: { uri: this.uri(name), languageId: language, version, text },
    });
  }

  #restart(): void {
    this.#connection = null;
    this.#ready = null;
    this.#crashes += 1;
    if (this.#ending) return;
    if (this.#crashes > mostCrashes)
      this.#ready = Promise.reject(new Error("the language server keeps ending"));
    this.start().catch(() => undefined);
  }
}
