/**
 * The answers of the Language Server Protocol that the type service reads, in Jupyter's words.
 */

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface LspCompletion {
  readonly label: string;
  readonly kind?: number;
  readonly insertText?: string;
  readonly filterText?: string;
  readonly sortText?: string;
  /** Once it is resolved: the declaration, as a hover shows it. */
  readonly detail?: string;
  readonly textEdit?: { readonly range: Range; readonly newText: string };
  readonly data?: { readonly autoImport?: { readonly moduleSpecifier: string } };
}

export interface LspDiagnostic {
  readonly severity: number;
  readonly code: number;
  readonly message: string;
  readonly range: Range;
}

export interface HoverAnswer {
  readonly contents: { readonly value: string };
}

export interface SignatureAnswer {
  readonly signatures: readonly {
    readonly label: string;
    readonly documentation?: string | { readonly value: string };
  }[];
  readonly activeSignature?: number | null;
}

export type DefinitionAnswer = readonly { readonly targetUri: string; readonly targetRange: Range }[];

/** LSP's CompletionItemKind in the words of `_jupyter_types_experimental`, which are jedi's. */
const kinds: Readonly<Record<number, string>> = {
  2: "function",
  3: "function",
  4: "class",
  5: "property",
  6: "instance",
  7: "class",
  8: "class",
  9: "module",
  10: "property",
  13: "class",
  14: "keyword",
  17: "path",
  19: "path",
  20: "property",
  21: "instance",
  25: "param",
};

export function completionKind(kind: number | undefined): string {
  return kinds[kind ?? 0] ?? "statement";
}

/** Kinds by the word with which a declaration begins. */
const kindsOfWords: Readonly<Record<string, string>> = {
  function: "function",
  method: "function",
  class: "class",
  interface: "class",
  type: "class",
  enum: "class",
  namespace: "module",
  module: "module",
};

/** The kind a declaration says, as hovers begin: `(alias) function f(…)`, `(method) Array.at(…)`; undefined for variables. */
export function kindInDetail(detail: string): string | undefined {
  const word = /^(?:\(alias\) )?\(?(\w+)/.exec(detail)?.[1] ?? "";
  return Object.hasOwn(kindsOfWords, word) ? kindsOfWords[word] : undefined;
}

/** Parameters and result of what can be called; undefined for anything else. */
export function callSignature(detail: string): string | undefined {
  const line = detail.split("\n", 1)[0];
  const declared =
    /^(?:\(alias\) )?(?:function|\(method\)|\(local function\)) [^(<]+(?:<.*?>(?=\())?(\(.*\).*)$/.exec(line);
  const held = /^(?:\(alias\) )?(?:const|let|var|\(property\)) [^:]+: ((?:<.*>)?\(.*\) => .*)$/.exec(line);
  return declared?.[1] ?? held?.[1];
}

/** What a hover says, as Markdown; null where it knows nothing. */
export function hoverText(answer: HoverAnswer | null): string | null {
  const text = answer?.contents.value.trim();
  // TypeScript says `any` of a name it does not know.
  if (text === undefined || text === "```typescript\nany\n```") return null;
  return text
    .replaceAll("(alias) ", "")
    .replace(/\nimport \w+(?=\n```)/, "")
    .replaceAll('import("tracebook").', "")
    .trim();
}

/** The signatures of a call as Markdown, the one that fits first. */
export function signatureText(answer: SignatureAnswer | null): string | null {
  if (answer === null || answer.signatures.length === 0) return null;
  const active = answer.signatures[answer.activeSignature ?? 0] ?? answer.signatures[0];
  const ordered = [active, ...answer.signatures.filter((signature) => signature !== active)];
  return ordered
    .map(({ label, documentation }) => {
      const text = typeof documentation === "string" ? documentation : (documentation?.value ?? "");
      return `\`\`\`typescript\n${label}\n\`\`\`\n${text}`.trim();
    })
    .join("\n\n");
}
