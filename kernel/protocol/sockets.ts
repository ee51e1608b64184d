/**
 * The kernel's five ZeroMQ sockets, bound to the addresses of the connection file.
 * What the messages mean is for the handlers.
 */
import { readFileSync } from "node:fs";
import { Reply, Router, XPublisher } from "zeromq";

/** A Jupyter connection file (jupyter_client documentation, "Connection files"). */
export interface Connection {
  readonly transport: "tcp" | "ipc";
  readonly ip: string;
  readonly key: string;
  readonly signature_scheme: string;
  readonly shell_port: number;
  readonly control_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly hb_port: number;
  /** CurveZMQ keys in Z85, where the client wants the connection encrypted (jupyter_client's `transport_encryption`). */
  readonly curve_publickey?: string;
  readonly curve_secretkey?: string;
}

/** Reads a connection file; the error says which field is missing. */
export function readConnection(path: string): Connection {
  const connection = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  for (const name of ["shell_port", "control_port", "iopub_port", "stdin_port", "hb_port"]) {
    if (typeof connection[name] !== "number")
      throw new Error(`${path}: expected a number in ${name}, got ${connection[name]}`);
  }
  if ("curve_publickey" in connection !== "curve_secretkey" in connection)
    throw new Error(`${path}: curve_publickey and curve_secretkey belong together`);
  return {
    transport: "tcp",
    ip: "127.0.0.1",
    key: "",
    signature_scheme: "hmac-sha256",
    ...connection,
  } as unknown as Connection;
}

export interface Sockets {
  readonly shell: Router;
  readonly control: Router;
  readonly stdin: Router;
  readonly iopub: XPublisher;
  readonly heartbeat: Reply;
}

/** Opens all sockets. No high-water mark on the way out: a slow client makes messages wait, it never loses them. */
export function openSockets(connection: Connection): Sockets {
  const options = {
    linger: 1000,
    sendHighWaterMark: 0,
    receiveHighWaterMark: 0,
    ...encryption(connection),
  };
  return {
    shell: new Router(options),
    control: new Router(options),
    stdin: new Router(options),
    iopub: new XPublisher({ ...options, verbosity: "allSubs" }),
    heartbeat: new Reply(options),
  };
}

/** As a CurveZMQ server a socket refuses every client that does not know its public key, and whoever speaks in the clear. */
function encryption({ curve_publickey, curve_secretkey }: Connection): object {
  return curve_publickey === undefined || curve_secretkey === undefined
    ? {}
    : { curveServer: true, curvePublicKey: curve_publickey, curveSecretKey: curve_secretkey };
}

/** Binds them to the addresses of the connection file and to no other. */
export async function bindSockets(sockets: Sockets, connection: Connection): Promise<void> {
  const address = (port: number): string =>
    connection.transport === "ipc" ? `ipc://${connection.ip}-${port}` : `tcp://${connection.ip}:${port}`;
  await Promise.all([
    sockets.shell.bind(address(connection.shell_port)),
    sockets.control.bind(address(connection.control_port)),
    sockets.iopub.bind(address(connection.iopub_port)),
    sockets.stdin.bind(address(connection.stdin_port)),
    sockets.heartbeat.bind(address(connection.hb_port)),
  ]);
}

/** Echoes each heartbeat. */
export async function beat(heartbeat: Reply): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames);
}
