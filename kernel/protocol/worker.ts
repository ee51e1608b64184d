/**
 * Where the protocol worker starts: it binds the sockets and answers heartbeats before anything else is loaded, so that a
 * client's first attempt to connect finds them; all the rest is in protocol.ts.
 */
import { workerData } from "node:worker_threads";
import type { WorkerStart } from "../channel.ts";
import { beat, bindSockets, openSockets, readConnection } from "./sockets.ts";

async function start(given: WorkerStart): Promise<void> {
  const connection = readConnection(given.connectionFile);
  const sockets = openSockets(connection);
  await bindSockets(sockets, connection);
  void beat(sockets.heartbeat);
  const { runProtocol } = await import("./protocol.ts");
  runProtocol(sockets, connection, given);
}

void start(workerData as WorkerStart);
