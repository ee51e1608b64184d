/** `%%html` and `%%markdown`: a cell shown as markup. */
import { type Magic, textOf, ts, usageError } from "./magic.ts";

const markup = (name: string, type: string, title: string): Magic => {
  const magic: Magic = {
    name,
    forms: ["cell"],
    usage: `%%${name}`,
    summary: `shows the cell as ${title}`,
    help: `Shows the lines below it as ${title}.`,
    rewrite(call) {
      if (call.body === null || textOf(call, call.args) !== "")
        throw usageError(call, magic, `%%${name} takes no arguments`);
      return ts`display({ ${JSON.stringify(type)}: ${JSON.stringify(textOf(call, call.body))} });`;
    },
  };
  return magic;
};

export const html = markup("html", "text/html", "HTML");
export const markdown = markup("markdown", "text/markdown", "Markdown");
