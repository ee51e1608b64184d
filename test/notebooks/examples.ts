/**
 * The examples of a document: its `ts` blocks run as the cells of one session, and a block without a language that follows one
 * says what that cell prints.
 */
import { stripVTControlCharacters } from "node:util";
import type { KernelClient, Received } from "../kernel/client.ts";

export interface Example {
  readonly source: string;
  /** What the document says the cell prints, if it says so. */
  readonly printed: string | null;
}

/** The examples of a Markdown text, in order. */
export function examplesOf(markdown: string): readonly Example[] {
  const blocks = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({
    language,
    text: text.trimEnd(),
  }));
  return blocks.flatMap(({ language, text }, i) => {
    const next = blocks[i + 1];
    return language === "ts" ? [{ source: text, printed: next?.language === "" ? next.text : null }] : [];
  });
}

/**
 * Runs the examples one after the other and gives them back with what they really print where the document says so: its printed
 * lines and then its value as text.
 * @throws with the cell and its traceback if one fails
 */
export async function runExamples(
  kernel: KernelClient,
  examples: readonly Example[],
): Promise<readonly Example[]> {
  // Without this the first cells would run before there is anything to check their types.
  while (!(await hover(kernel, "parseInt"))?.includes("function parseInt(string: string"))
    await new Promise((resolve) => setTimeout(resolve, 100));
  const ran: Example[] = [];
  for (const { source, printed } of examples) {
    const { reply, outputs } = await kernel.execute(source, {}, 120_000);
    if (reply.content.status !== "ok")
      throw new Error(`${source}\n\n${stripVTControlCharacters(reply.content.traceback.join("\n"))}`);
    ran.push({ source, printed: printed && shownBy(outputs) });
  }
  return ran;
}

async function hover(kernel: KernelClient, code: string): Promise<string | undefined> {
  const { reply } = await kernel.request("inspect_request", {
    code,
    cursor_pos: code.length,
    detail_level: 0,
  });
  return reply.content.data?.["text/markdown"];
}

/** What stands below a cell as text; what it prints comes in as many pieces as the kernel sent. */
function shownBy(outputs: readonly Received[]): string {
  const parts: string[] = [];
  let printing = false;
  for (const { type, content } of outputs) {
    const text = type === "stream" ? content.text : content.data?.["text/plain"];
    if (text === undefined) continue;
    if (type === "stream" && printing) parts.push(parts.pop() + text);
    else parts.push(text);
    printing = type === "stream";
  }
  return parts.map((part) => part.trimEnd()).join("\n");
}
