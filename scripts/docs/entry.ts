/** One entry of the reference: a heading, signatures, what the comment says, options by name, examples. */
import type { Declaration, Declarations, Option } from "./declarations.ts";

/** How a name is written where it is used: `torch.zeros`, `new nn.Linear`, `x.add`. */
export interface Naming {
  readonly owner: string;
  /** Said at the end. */
  readonly note?: string;
  /** More signatures, as those of a layer's `forward`. */
  readonly calls?: readonly string[];
}

export function entry(declaration: Declaration, { owner, note = "", calls = [] }: Naming): string {
  const { name, signatures, comment, examples, file } = declaration;
  const called = `${owner}${name}`;
  const parts = [
    `### ${called.replaceAll("_", "\\_")}`,
    block("typescript", [...signatureLines(declaration, called), ...calls].join("\n")),
    comment,
    optionsOf(signatures.flatMap(({ parameters }) => parameters.flatMap(({ options }) => options))),
    ...examples.map((example) => block("ts", example)),
    note,
    `<sub>[${file}](../../${file})</sub>`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function signatureLines({ kind, signatures, type }: Declaration, called: string): readonly string[] {
  const construct = kind === "class" ? "new " : "";
  if (signatures.length > 0) return signatures.map(({ text }) => `${construct}${called}${text}`);
  return [kind === "value" ? `${called}: ${type}` : `${kind} ${called}`];
}

function optionsOf(options: readonly Option[]): string {
  const unique = new Map(options.map((option) => [option.name, option]));
  return [...unique.values()]
    .map(({ name, optional, type, comment }) => {
      const about = comment === "" ? "" : `: ${comment.replace(/\s+/g, " ")}`;
      return `- \`${name}${optional ? "?" : ""}: ${type}\`${about}`;
    })
    .join("\n");
}

/** A class: how it is made, what its `forward` takes, and its own members. Those that a base class tells of stand there. */
export function classEntry(declarations: Declarations, declaration: Declaration, owner: string): string {
  const members = declarations.membersOf(declaration);
  const forward = members.find(({ name }) => name === "forward");
  const calls = (forward?.signatures ?? []).map(({ text }) => `.forward${text}`);
  const own = members.filter(
    ({ name, comment, file, internal }) =>
      comment !== "" &&
      !internal &&
      file === declaration.file &&
      (isBase(declaration) || !toldByBase.has(name)),
  );
  const owned = own.map((member) => entry(member, { owner: `${declaration.name}.` }));
  return [entry(declaration, { owner, calls: isBase(declaration) ? [] : calls }), ...owned].join("\n");
}

/** What classes override, whose comments are their base class's. */
const toldByBase = new Set(["extraRepr", "forward", "update"]);

const isBase = ({ name }: Declaration): boolean => ["Module", "Optimizer"].includes(name);

export const block = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``;
