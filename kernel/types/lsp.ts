/**
 * The answers of the Language Server Protocol that the type service reads, in Jupyter's words.
 */

export interface LspCompletion {
  readonly label: string;
  readonly kind?: number;
  readonly insertText?: string;
  readonly sortText?: string;
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
