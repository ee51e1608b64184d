/**
 * JSON-RPC over a child process's stdin and stdout, in the framing of the Language Server Protocol.
 * Source: LSP specification 3.17, "Base Protocol". Knows no language server.
 */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";

interface RpcMessage {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export interface RpcConnection {
  /** Settles with the result; rejects on an error, and for all that is open when the process ends. */
  request<Result>(method: string, params: unknown): Promise<Result>;
  notify(method: string, params: unknown): void;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
  end(): void;
}

/** Starts a process and talks to it; its own requests are answered with null. */
export function connectRpc(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): RpcConnection {
  const child: ChildProcess = spawn(command, args, { cwd, env, stdio: ["pipe", "pipe", "ignore"] });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let nextId = 1;

  const write = (message: object): void => {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    if (child.stdin?.writable) child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  };
  const take = ({ id, method, result, error }: RpcMessage): void => {
    if (method !== undefined) {
      if (id !== undefined) write({ id, result: null });
      return;
    }
    const open = waiting.get(id as number);
    waiting.delete(id as number);
    if (error) open?.reject(new Error(error.message));
    else open?.resolve(result);
  };
  child.stdin?.on("error", () => undefined);
  child.stdout?.on("data", framesInto(take));
  const ended = new Promise<void>((resolve) => {
    const finish = (): void => {
      for (const { reject } of waiting.values()) reject(new Error("the language server ended"));
      waiting.clear();
      resolve();
    };
    child.once("exit", finish);
    child.once("error", finish);
  });

  return {
    request: <Result>(method: string, params: unknown) =>
      new Promise<Result>((resolve, reject) => {
        const id = nextId++;
        waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
        write({ id, method, params });
      }),
    notify: (method, params) => write({ method, params }),
    ended,
    end: () => void child.kill(),
  };
}

/** Cuts a byte stream into messages. */
function framesInto(take: (message: RpcMessage) => void): (data: Buffer) => void {
  let buffered: Buffer = Buffer.alloc(0);
  return (data) => {
    buffered = buffered.length === 0 ? data : Buffer.concat([buffered, data]);
    while (true) {
      const headerEnd = buffered.indexOf("\r\n\r\n");
      const length = Number(
        /content-length: *(\d+)/i.exec(buffered.subarray(0, Math.max(0, headerEnd)).toString())?.[1],
      );
      if (headerEnd < 0 || buffered.length < headerEnd + 4 + length) return;
      const body = buffered.subarray(headerEnd + 4, headerEnd + 4 + length).toString();
      buffered = buffered.subarray(headerEnd + 4 + length);
      take(JSON.parse(body) as RpcMessage);
    }
  };
}
