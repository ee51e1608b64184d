/**
 * Documentation of what stands in a cell, as Markdown: type and description of a name, signatures of the call around the cursor,
 * and the source if more is wanted.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import {
  type DefinitionAnswer,
  type HoverAnswer,
  hoverText,
  type Range,
  type SignatureAnswer,
  signatureText,
} from "./lsp.ts";

export interface DocumentationRequest {
  readonly code: string;
  readonly cursor: number;
  /** Asks the server about the place of a UTF-16 offset of `code`. */
  readonly ask: <Answer>(method: string, offset: number) => Promise<Answer | null>;
  /** Asks about a name where it is brought into the cell: there a type has a hover, too. */
  readonly askBrought: <Answer>(method: string, name: string) => Promise<Answer | null>;
  /** The signatures that code ending with an open call would have at its end. */
  readonly askCall: (code: string) => Promise<SignatureAnswer | null>;
  /** A document the server was given, and which cell's which line one of its lines is; null for a file on disk. */
  readonly document: (uri: string) => {
    readonly text: string;
    readonly cellAt: (line: number) => { readonly cell: string; readonly line: number };
  } | null;
}

/** Longer declarations are cut. */
const mostSourceLines = 200;

export async function documentationOf(
  request: DocumentationRequest,
  withSource: boolean,
): Promise<string | null> {
  const name = nameAt(request.code, request.cursor);
  const hover = name && (await ofName(request, name));
  if (!name || !hover) return ofCall(request);
  const isDescribed = hover.indexOf("\n```") < hover.length - 4;
  if (isDescribed && !withSource) return hover;
  const declaration = await declarationOf(request, name);
  if (declaration === null) return hover;
  const comment = isDescribed ? null : commentAbove(declaration);
  const described = comment === null ? hover : `${hover}\n${comment}`;
  return withSource ? `${described}\n\n${sourceOf(declaration)}` : described;
}

interface Name {
  readonly text: string;
  readonly offset: number;
}

/** The name the cursor touches; a cursor behind it means it. */
function nameAt(code: string, cursor: number): Name | null {
  const before = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, cursor))?.[0] ?? "";
  const after = /^[\p{ID_Continue}$]*/u.exec(code.slice(cursor))?.[0] ?? "";
  return before + after === "" ? null : { text: before + after, offset: cursor - before.length };
}

async function ofName(request: DocumentationRequest, name: Name): Promise<string | null> {
  const hover =
    hoverText(await request.ask<HoverAnswer>("textDocument/hover", name.offset)) ??
    hoverText(await request.askBrought<HoverAnswer>("textDocument/hover", name.text));
  if (hover === null || !withoutSignature.test(hover)) return hover;
  const called = openCall(request.code.slice(0, name.offset), name.text, hover.includes("\nclass "));
  const signatures = (await request.askCall(called))?.signatures ?? [];
  return hover.replace("\n```", () => ["", ...signatures.map(({ label }) => label), "```"].join("\n"));
}

/** `const conv2d: Convolution` and `class Linear` do not say what the call takes. */
const withoutSignature = /^```typescript\n(?:(?:const|let|var|\(\w+\)) [\w.$]+: [\w.]+|class \w+)\n```/;

/** The code with the name called at its end; a class is called by `new` before the chain the name ends. */
function openCall(before: string, name: string, isClass: boolean): string {
  if (!isClass) return `${before}${name}(`;
  const owner = /(?:[\p{ID_Continue}$]+\.)*$/u.exec(before)?.[0] ?? "";
  return `${before.slice(0, before.length - owner.length)}new ${owner}${name}(`;
}

async function ofCall({ ask, cursor }: DocumentationRequest): Promise<string | null> {
  return signatureText(await ask<SignatureAnswer>("textDocument/signatureHelp", cursor));
}

/** Where a name is declared, in which text. */
interface Declaration {
  readonly place: string;
  readonly lines: readonly string[];
  readonly range: Range;
}

async function declarationOf(
  { ask, askBrought, document }: DocumentationRequest,
  { text, offset }: Name,
): Promise<Declaration | null> {
  const method = "textDocument/definition";
  const found =
    (await ask<DefinitionAnswer>(method, offset)) ?? (await askBrought<DefinitionAnswer>(method, text));
  const [definition] = found ?? [];
  if (definition === undefined) return null;
  const { targetUri, targetRange: range } = definition;
  const there = document(targetUri);
  const path = targetUri.startsWith("file:") ? fileURLToPath(targetUri) : targetUri;
  const whole = there?.text ?? (await readFile(path, "utf8").catch(() => null));
  if (whole === null) return null;
  const { cell, line } = there?.cellAt(range.start.line) ?? { cell: path, line: range.start.line };
  const title = cell.replace(/^cell-(\d+)\.ts$/, "Cell In[$1]");
  return { place: `${title}, line ${line + 1}`, lines: whole.split("\n"), range };
}

/** The source; what stands before it on its first line is shown only if it belongs to it, as `const` does. */
function sourceOf({ place, lines, range: { start, end } }: Declaration): string {
  const [first, ...rest] = lines.slice(start.line, end.line + 1);
  const before = first.slice(0, start.character);
  const own = [/^[\s\w]*$/.test(before) ? first : first.slice(start.character), ...rest];
  const shown = own.length > mostSourceLines ? [...own.slice(0, mostSourceLines), "…"] : own;
  return `\`\`\`typescript\n// ${place}\n${shown.join("\n")}\n\`\`\``;
}

/** The comment above a declaration, which a hover leaves out where a type was computed from another, as those of tensors' methods. */
function commentAbove({ lines, range }: Declaration): string | null {
  const last = range.start.line - 1;
  if (!/\*\/\s*$/.test(lines[last] ?? "")) return null;
  let first = last;
  while (first > 0 && !/^\s*\/\*\*/.test(lines[first])) first -= 1;
  return lines
    .slice(first, last + 1)
    .map((line) => line.replace(/^\s*(?:\/\*\*|\*(?!\/))? ?|\s*\*\/\s*$/g, "").replace(/^@(\w+)/, "*@$1*"))
    .join("\n")
    .trim();
}
