/** The kernel's own globals, from the declarations that the type checker of cells reads. */
import { parseSync } from "oxc-parser";
import { globals } from "../../kernel/types/globals.ts";
import { block } from "./entry.ts";

export function kernelEntries(): string {
  const text = globals([]);
  const { program, comments } = parseSync("globals.d.ts", text);
  const entries = program.body.flatMap(({ start, end }, i) => {
    const before = i === 0 ? 0 : program.body[i - 1].end;
    const comment = comments.find(
      (other) => other.type === "Block" && other.start >= before && other.end <= start,
    );
    const name = /^(?:declare )?(?:function|const|interface) (\w+)/.exec(text.slice(start, end))?.[1];
    if (comment === undefined || name === undefined) return [];
    const { about, examples } = readComment(comment.value);
    const declared = text.slice(start, end).replace(/^declare /, "");
    return [
      [
        `### ${name}`,
        block("typescript", declared),
        about,
        ...examples.map((example) => block("ts", example)),
      ].join("\n\n"),
    ];
  });
  return entries.join("\n\n");
}

/** A comment's text and its examples. */
function readComment(comment: string): { readonly about: string; readonly examples: readonly string[] } {
  const [about, ...examples] = comment
    .replace(/^\*/, "")
    .replace(/^\s*\* ?/gm, "")
    .split(/^@example\s/m)
    .map((part) => part.trim());
  return { about, examples };
}
