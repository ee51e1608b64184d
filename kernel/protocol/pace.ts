/**
 * Output at a pace that a notebook server passes on. Between browser and kernel it counts messages, and bytes of printed text, over
 * a few seconds, and drops what is too much; here it waits instead, and a cell that prints on waits for it.
 * Source: jupyter_server, ZMQChannelsWebsocketConnection: iopub_msg_rate_limit, iopub_data_rate_limit, rate_limit_window.
 */
import process from "node:process";

/** The server counts over 3 s; messages reach it with some delay, so a little longer here. */
const window = 3200;
/** Of 3,000 messages and 3,000,000 bytes in the server's window. */
const mostMessages = 2700;
const mostBytes = 2_700_000;
/** What the server does not count. */
const uncounted = new Set(["status", "comm_open", "execute_input"]);

interface Sent {
  readonly at: number;
  readonly bytes: number;
}

export class Pace {
  readonly #now: () => number;
  #sent: Sent[] = [];
  #bytes = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How long these frames have to wait, in ms; 0 if they may go, and then they are counted. The first one is the message's topic. */
  delay(frames: readonly Uint8Array[]): number {
    const [type] = Buffer.from(frames[0]).toString().split(".", 1);
    const now = this.#now();
    // What a cell has printed counts no more once it has ended.
    if (type === "status" && Buffer.from(frames.at(-1) ?? []).includes('"idle"')) this.#forget(now);
    if (uncounted.has(type)) return 0;
    this.#forget(now - window);
    const bytes = type === "stream" ? frames.reduce((sum, frame) => sum + frame.length, 0) : 0;
    const isTooMuch =
      this.#sent.length >= mostMessages || (this.#bytes > 0 && this.#bytes + bytes > mostBytes);
    if (isTooMuch) return Math.max(1, this.#sent[0].at + window - now);
    this.#sent.push({ at: now, bytes });
    this.#bytes += bytes;
    return 0;
  }

  /** Forgets what was sent until then. */
  #forget(until: number): void {
    const kept = this.#sent.findIndex(({ at }) => at > until);
    const gone = this.#sent.splice(0, kept < 0 ? this.#sent.length : kept);
    for (const { bytes } of gone) this.#bytes -= bytes;
  }
}

/** A pace if a notebook server started this kernel: it tells of the notebook by JPY_SESSION_NAME, and other clients drop nothing. */
export function paceOfServer(): Pace | null {
  return process.env["JPY_SESSION_NAME"] === undefined ? null : new Pace();
}
