/**
 * A Jupyter client for tests and benchmarks: starts a kernel as Jupyter does, from an argv and a connection file, and talks to it
 * over real ZeroMQ sockets. It shares no code with the kernel.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";
import { Dealer, Request, Subscriber } from "zeromq";

type Json = Record<string, unknown>;

/** A received message. */
export interface Received {
  readonly channel: "shell" | "control" | "iopub" | "stdin";
  readonly type: string;
  readonly header: Json;
  readonly parent: Json;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever a message holds
  readonly content: any;
  readonly metadata: Json;
  readonly buffers: readonly Buffer[];
  readonly at: number;
}

/** What came of one request: its reply and the messages broadcast for it, up to idle. */
export interface Answered {
  readonly reply: Received;
  readonly outputs: readonly Received[];
  /** The stream texts, joined. */
  readonly stdout: string;
  readonly stderr: string;
  /** text/plain of the execute_result, if there was one. */
  readonly result: string | undefined;
}

export interface KernelOptions {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What the kernel writes to its stderr goes here. */
  readonly onLog?: (text: string) => void;
}

const delimiter = "<IDS|MSG>";
/** The built kernel's command line, as its kernelspec has it. */
export const tracebookArgv: readonly string[] = [
  process.execPath,
  "--no-force-async-hooks-checks",
  "--no-concurrent-sweeping",
  join(import.meta.dirname, "../../dist/kernel.js"),
  "{connection_file}",
];

export class KernelClient {
  readonly key: string = randomUUID();
  readonly session: string = randomUUID();
  readonly process: ChildProcess;
  readonly startedAt: number;
  readonly sockets: {
    readonly shell: Dealer;
    readonly control: Dealer;
    readonly stdin: Dealer;
    readonly iopub: Subscriber;
    readonly hb: Request;
  };
  readonly received: Received[] = [];
  readonly exited: Promise<number | null>;
  /** Answers input_request; without it the client says it cannot. */
  onInput: ((prompt: string, password: boolean) => string) | null = null;
  readonly #folder: string;
  readonly #listeners = new Set<(message: Received) => void>();

  private constructor(options: KernelOptions, ports: readonly number[]) {
    const [shell_port, control_port, iopub_port, stdin_port, hb_port] = ports;
    this.#folder = mkdtempSync(join(tmpdir(), "tracebook-test-"));
    const connectionFile = join(this.#folder, "connection.json");
    const connection = {
      transport: "tcp",
      ip: "127.0.0.1",
      key: this.key,
      signature_scheme: "hmac-sha256",
      shell_port,
      control_port,
      iopub_port,
      stdin_port,
      hb_port,
    };
    writeFileSync(connectionFile, JSON.stringify(connection));
    const argv = options.argv.map((part) => part.replace("{connection_file}", connectionFile));
    this.startedAt = performance.now();
    this.process = spawn(argv[0], argv.slice(1), {
      cwd: options.cwd ?? this.#folder,
      // The kernel ends by itself when a killed test run leaves it behind.
      env: { ...process.env, TRACEBOOK_HISTORY: "", JPY_PARENT_PID: String(process.pid), ...options.env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.process.stderr?.on("data", (data: Buffer) => options.onLog?.(data.toString()));
    this.exited = new Promise((resolve) => this.process.once("exit", resolve));
    const connect = <Socket extends { connect(address: string): void }>(
      socket: Socket,
      port: number,
    ): Socket => {
      socket.connect(`tcp://127.0.0.1:${port}`);
      return socket;
    };
    // A reply may come on any channel, so sockets reconnect fast while the kernel starts.
    const fast = { reconnectInterval: 5, linger: 0, receiveHighWaterMark: 0 };
    this.sockets = {
      shell: connect(new Dealer({ ...fast, routingId: this.session }), shell_port),
      control: connect(new Dealer({ ...fast, routingId: this.session }), control_port),
      stdin: connect(new Dealer({ ...fast, routingId: this.session }), stdin_port),
      iopub: connect(new Subscriber(fast), iopub_port),
      hb: connect(new Request({ ...fast, relaxed: true, correlate: true }), hb_port),
    };
    this.sockets.iopub.subscribe("");
    for (const channel of ["shell", "control", "stdin", "iopub"] as const) void this.#listen(channel);
  }

  /** Starts a kernel and waits until it answers on shell and its broadcasts arrive. */
  static async start(options: KernelOptions): Promise<KernelClient> {
    const client = new KernelClient(options, await freePorts(5));
    const early = client.exited.then((code) => {
      throw new Error(`the kernel ended with code ${code} while it started`);
    });
    early.catch(() => undefined);
    try {
      await Promise.race([client.#untilConnected(), early]);
    } catch (error) {
      await client.stop();
      throw error;
    }
    return client;
  }

  /** Sends a request and gives its msg_id back. */
  send(
    type: string,
    content: Json,
    channel: "shell" | "control" | "stdin" = "shell",
    options: { buffers?: Uint8Array[]; metadata?: Json; header?: Json } = {},
  ): string {
    const header = { ...this.header(type), ...options.header };
    const frames = this.frames(header, content, options.metadata);
    void this.sockets[channel].send([...frames, ...(options.buffers ?? [])]);
    return header.msg_id as string;
  }

  header(type: string): Json {
    return {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.session,
      username: "test",
      date: new Date().toISOString(),
      version: "5.5",
    };
  }

  /** The frames of a message, signed. */
  frames(header: Json, content: Json, metadata: Json = {}): (string | Buffer)[] {
    const parts = [header, {}, metadata, content].map((part) => JSON.stringify(part));
    return [delimiter, this.sign(parts), ...parts];
  }

  sign(parts: readonly string[]): string {
    const hmac = createHmac("sha256", this.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  /** The next message, received or to come, for which `matches` holds. */
  wait(matches: (message: Received) => boolean, timeout = 20_000): Promise<Received> {
    const found = this.received.find(matches);
    if (found) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#listeners.delete(listener);
        reject(new Error(`no such message in ${timeout} ms: ${matches}`));
      }, timeout);
      const listener = (message: Received): void => {
        if (!matches(message)) return;
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve(message);
      };
      this.#listeners.add(listener);
    });
  }

  /** Sends a request; settles when its reply and its idle status are there. */
  async request(
    type: string,
    content: Json,
    channel: "shell" | "control" = "shell",
    timeout?: number,
  ): Promise<Answered> {
    return this.answered(this.send(type, content, channel), channel, timeout);
  }

  async answered(id: string, channel: "shell" | "control" = "shell", timeout?: number): Promise<Answered> {
    const isOurs = (message: Received): boolean => message.parent["msg_id"] === id;
    const reply = await this.wait((message) => message.channel === channel && isOurs(message), timeout);
    await this.wait(
      (message) => isOurs(message) && message.type === "status" && message.content.execution_state === "idle",
      timeout,
    );
    const outputs = this.received.filter(
      (message) => message.channel === "iopub" && isOurs(message) && message.type !== "status",
    );
    const streamed = (name: string): string =>
      outputs
        .flatMap(({ type, content }) => (type === "stream" && content.name === name ? [content.text] : []))
        .join("");
    const result = outputs.find((message) => message.type === "execute_result")?.content.data["text/plain"];
    return { reply, outputs, stdout: streamed("stdout"), stderr: streamed("stderr"), result };
  }

  execute(code: string, options: Json = {}, timeout?: number): Promise<Answered> {
    return this.request(
      "execute_request",
      executeContent(code, { allow_stdin: this.onInput !== null, ...options }),
      "shell",
      timeout,
    );
  }

  /**
   * Runs a cell that is to succeed.
   * @throws its traceback, if it does not
   */
  async run(code: string): Promise<Answered> {
    const answered = await this.execute(code);
    if (answered.reply.content.status !== "ok") throw new Error(tracebackOf(answered));
    return answered;
  }

  /** The traceback of a cell that is to fail. */
  async failure(code: string): Promise<string> {
    return tracebackOf(await this.execute(code));
  }

  /** Starts a cell and gives its msg_id back at once. */
  begin(code: string, options: Json = {}): string {
    return this.send(
      "execute_request",
      executeContent(code, { allow_stdin: this.onInput !== null, ...options }),
    );
  }

  /** Milliseconds a heartbeat takes. */
  async heartbeat(): Promise<number> {
    const start = performance.now();
    await this.sockets.hb.send("ping");
    await this.sockets.hb.receive();
    return performance.now() - start;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.send("shutdown_request", { restart: false }, "control");
      const timer = setTimeout(() => this.process.kill("SIGKILL"), 5000);
      await this.exited;
      clearTimeout(timer);
    }
    for (const socket of Object.values(this.sockets)) socket.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #untilConnected(): Promise<void> {
    while (true) {
      const id = this.send("kernel_info_request", {});
      const isOurs = (message: Received): boolean => message.parent["msg_id"] === id;
      const broadcast = await this.wait(
        (message) => isOurs(message) && message.channel === "shell",
        60_000,
      ).then(() =>
        this.wait((message) => isOurs(message) && message.channel === "iopub", 50).catch(() => null),
      );
      if (broadcast !== null) return;
    }
  }

  async #listen(channel: "shell" | "control" | "stdin" | "iopub"): Promise<void> {
    for await (const frames of this.sockets[channel]) {
      const at = frames.findIndex((frame) => frame.toString() === delimiter);
      const parts = frames.slice(at + 2, at + 6).map((frame) => frame.toString());
      if (this.sign(parts) !== frames[at + 1].toString())
        throw new Error("the kernel signed a message wrongly");
      const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part));
      const message = {
        channel,
        type: header.msg_type,
        header,
        parent,
        content,
        metadata,
        buffers: frames.slice(at + 6),
        at: performance.now(),
      };
      if (message.type === "input_request" && this.onInput !== null) {
        this.send("input_reply", { value: this.onInput(content.prompt, content.password) }, "stdin");
      }
      this.received.push(message);
      for (const listener of [...this.#listeners]) listener(message);
    }
  }
}

/** The traceback in a reply, without colours. */
export function tracebackOf({ reply }: Pick<Answered, "reply">): string {
  return stripVTControlCharacters((reply.content.traceback ?? ["no error"]).join("\n"));
}

function executeContent(code: string, options: Json): Json {
  return {
    code,
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
    ...options,
  };
}

/** Ports nobody listens on at the moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
