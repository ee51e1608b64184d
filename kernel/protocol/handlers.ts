/**
 * The table of message handlers, keyed by msg_type. A handler gets a checked message and returns its reply's content;
 * status, reply and errors are done once around it (serve.ts). To answer another message, add a row.
 */

import { completeness } from "../cell/completeness.ts";
import type { CommContent, CommType, MimeBundle } from "../channel.ts";
import { complete } from "../completion/complete.ts";
import type { DebugRequest } from "../debug/protocol.ts";
import { inspectMagic } from "../magics/inspect-magics.ts";
import { utf16Offset } from "./cursor.ts";
import { execute } from "./execute.ts";
import { text } from "./fields.ts";
import type { Kernel } from "./kernel.ts";
import { kernelInfo } from "./kernel-info.ts";
import type { Content, Message } from "./wire.ts";

export interface Handler {
  readonly reply: string | null;
  /** Waits for its turn among the cells; all others are answered at once, also while a cell runs. */
  readonly queued?: true;
  readonly handle: (request: Message, kernel: Kernel) => Content | null | Promise<Content | null>;
}

/** How long inspection waits for a main thread that may be busy, in ms. */
const patience = 1000;

export const shellHandlers: Readonly<Record<string, Handler>> = {
  kernel_info_request: { reply: "kernel_info_reply", handle: kernelInfo },
  execute_request: { reply: "execute_reply", queued: true, handle: execute },
  is_complete_request: {
    reply: "is_complete_reply",
    handle: ({ content }) => ({ ...completeness(text(content, "code")) }),
  },
  complete_request: { reply: "complete_reply", handle: complete },
  inspect_request: { reply: "inspect_reply", handle: inspect },
  history_request: {
    reply: "history_reply",
    handle: async ({ content }, { history }) => ({ status: "ok", history: await history.answer(content) }),
  },
  comm_info_request: {
    reply: "comm_info_reply",
    handle: ({ content }, { comms }) => ({ status: "ok", comms: comms.info(content["target_name"]) }),
  },
  comm_open: { reply: null, handle: comm },
  comm_msg: { reply: null, handle: comm },
  comm_close: { reply: null, handle: comm },
};

export const controlHandlers: Readonly<Record<string, Handler>> = {
  kernel_info_request: { reply: "kernel_info_reply", handle: kernelInfo },
  interrupt_request: {
    reply: "interrupt_reply",
    async handle(_request, kernel) {
      const { main, subshells } = kernel;
      subshells.abortWaiting();
      await kernel.debugger.release();
      await main.interrupt();
      return { status: "ok" };
    },
  },
  debug_request: {
    reply: "debug_reply",
    handle: async ({ content }, kernel) => ({
      ...(await kernel.debugger.answer(content as unknown as DebugRequest)),
    }),
  },
  create_subshell_request: {
    reply: "create_subshell_reply",
    handle: (_request, { subshells }) => ({ status: "ok", subshell_id: subshells.create() }),
  },
  delete_subshell_request: {
    reply: "delete_subshell_reply",
    handle({ content }, { subshells }) {
      const id = text(content, "subshell_id");
      if (!subshells.delete(id)) throw new RangeError(`subshell_id: there is no subshell ${id}`);
      return { status: "ok" };
    },
  },
  list_subshell_request: {
    reply: "list_subshell_reply",
    handle: (_request, { subshells }) => ({ status: "ok", subshell_id: subshells.list() }),
  },
  shutdown_request: {
    reply: "shutdown_reply",
    handle({ content }, kernel) {
      const restart = content["restart"] === true;
      kernel.endAfterReply();
      return { status: "ok", restart };
    },
  },
};

/** Type and documentation from the types, and the value as it is now. */
async function inspect({ content }: Message, { main, types }: Kernel): Promise<Content> {
  const code = text(content, "code");
  const cursor = utf16Offset(code, content["cursor_pos"]);
  const detail = content["detail_level"] === 1 ? 1 : 0;
  const magic = inspectMagic(code, cursor);
  if (magic !== null) return { status: "ok", found: true, data: magic, metadata: {} };
  const [documentation, value] = await Promise.all([
    types.inspect(code, cursor, detail === 1),
    main.ask<MimeBundle | null>({ kind: "inspect", code, cursor, detail }, null, patience),
  ]);
  const data = inspection(documentation, value);
  return { status: "ok", found: data !== null, data: data ?? {}, metadata: {} };
}

function inspection(documentation: string | null, value: MimeBundle | null): MimeBundle | null {
  if (documentation === null) return value;
  const now = value?.["text/plain"];
  const markdown = now === undefined ? documentation : `${documentation}\n\n\`\`\`text\n${now}\n\`\`\``;
  return { "text/plain": markdown.replace(/^```\w*\n|\n```$/gm, ""), "text/markdown": markdown };
}

function comm({ header, content, buffers }: Message, { comms }: Kernel): null {
  comms.receive(header.msg_type as CommType, content as CommContent, buffers);
  return null;
}
