/**
 * Jupyter's wire format: frames, JSON parts and the HMAC signature, both ways. Knows nothing of sockets or of what messages mean.
 * Source: jupyter_client documentation, "Messaging in Jupyter", section "The Wire Protocol".
 */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
  readonly subshell_id?: string | null;
}

export type Content = Readonly<Record<string, unknown>>;

export interface Message {
  /** Routing prefix: whom to answer. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly parent: Header | Record<string, never>;
  readonly metadata: Content;
  readonly content: Content;
  readonly buffers: readonly Uint8Array[];
}

const delimiter = Buffer.from("<IDS|MSG>");
/** Version of the messaging specification this kernel speaks. */
export const protocolVersion = "5.5";
/** How many signatures are remembered to refuse replayed messages (as many as jupyter_client keeps). */
const rememberedSignatures = 65_536;

/** Why frames were refused. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** Signs, checks and frames messages for one connection. */
export class Wire {
  readonly session: string = randomUUID();
  readonly #key: string;
  readonly #seen = new Set<string>();

  constructor(key: string, scheme: string) {
    if (scheme !== "hmac-sha256") {
      throw new WireError(`signature scheme: expected "hmac-sha256", got ${JSON.stringify(scheme)}`);
    }
    this.#key = key;
  }

  /** The message in these frames. Throws {@link WireError} for anything that is not a signed, well-formed message. */
  decode(frames: readonly Buffer[]): Message {
    const at = frames.findIndex((frame) => frame.equals(delimiter));
    if (at < 0) throw new WireError(`expected the frame <IDS|MSG>, got ${frames.length} frames without it`);
    const [signature, ...rest] = frames.slice(at + 1);
    if (signature === undefined || rest.length < 4) {
      throw new WireError(
        `expected a signature and 4 parts after <IDS|MSG>, got ${frames.length - at - 1} frames`,
      );
    }
    const parts = rest.slice(0, 4);
    this.#verify(signature, parts);
    const [header, parent, metadata, content] = parts.map(parseObject);
    if (typeof header["msg_id"] !== "string" || typeof header["msg_type"] !== "string") {
      throw new WireError("expected msg_id and msg_type in the header");
    }
    return Object.freeze({
      identities: frames.slice(0, at),
      header: header as unknown as Header,
      parent: parent as unknown as Header,
      metadata,
      content,
      buffers: rest.slice(4),
    });
  }

  /** Frames of a message of this kernel. `parent` is the header of the request it belongs to. */
  encode(
    msgType: string,
    content: object,
    {
      identities = [],
      parent = {},
      metadata = {},
      buffers = [],
    }: Partial<Omit<Message, "header" | "content">>,
  ): (Buffer | Uint8Array)[] {
    const header: Header = {
      msg_id: randomUUID(),
      msg_type: msgType,
      session: this.session,
      username: "kernel",
      date: new Date().toISOString(),
      version: protocolVersion,
    };
    const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [...identities, delimiter, Buffer.from(this.#sign(parts)), ...parts, ...buffers];
  }

  #sign(parts: readonly Buffer[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  #verify(signature: Buffer, parts: readonly Buffer[]): void {
    if (this.#key === "") return;
    const expected = Buffer.from(this.#sign(parts));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      throw new WireError("wrong signature");
    }
    const text = signature.toString();
    if (this.#seen.has(text)) throw new WireError("signature was used before");
    this.#seen.add(text);
    if (this.#seen.size > rememberedSignatures) this.#seen.delete(this.#seen.values().next().value as string);
  }
}

function parseObject(part: Buffer, index: number): Content {
  const name = ["header", "parent_header", "metadata", "content"][index];
  let value: unknown;
  try {
    value = JSON.parse(part.toString());
  } catch (error) {
    throw new WireError(`${name}: not JSON (${(error as Error).message})`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WireError(`${name}: expected a JSON object`);
  }
  return value as Content;
}
