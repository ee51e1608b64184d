/**
 * The language server's completions as Jupyter's: one range for all of them, kinds in jedi's words, signatures of what can be
 * called, the names of the session, and names that an import would bring.
 */
import type { CompletionMatch, Completions } from "../channel.ts";
import { importingText, nodeExports } from "../completion/auto-import.ts";
import { callSignature, completionKind, kindInDetail, type LspCompletion } from "./lsp.ts";

/** So many are asked for their signatures, and for so long, in ms: the list must come while one types. */
const mostDescribed = 16;
const patience = 20;
/** A name is looked for in modules that are not imported once this much of it is written. */
const shortestImported = 3;

export interface CompletionRequest {
  readonly code: string;
  readonly cursor: number;
  readonly items: readonly LspCompletion[];
  /** Names a cell has without declaring them, with their kinds. */
  readonly names: ReadonlyMap<string, string>;
  /** UTF-16 offset in `code` of a position in the document the server knows. */
  readonly offsetOf: (position: { readonly line: number; readonly character: number }) => number;
  /** Asks the server for the rest of an item. */
  readonly resolve: (item: LspCompletion) => Promise<LspCompletion>;
}

interface Candidate extends CompletionMatch {
  readonly start: number;
  readonly order: string;
  readonly item?: LspCompletion;
}

/** What is written of the name at the end of this text. */
export function prefixOf(before: string): string {
  return /[\p{ID_Continue}$]*$/u.exec(before)?.[0] ?? "";
}

export async function completionsOf(request: CompletionRequest): Promise<Completions> {
  const { code, cursor } = request;
  const candidates = [...known(request), ...importable(request)];
  // Jupyter replaces one range for all. What would replace more, as `["two words"]` does the dot before it, is left out.
  const start = candidates.reduce((last, one) => Math.max(last, one.start), 0);
  const fitting = byText(candidates.filter((one) => one.start === start));
  // Behind `new` the server takes everything for a function without parameters.
  const isConstructed = /\bnew\s+$/.test(code.slice(0, start));
  const described = isConstructed ? fitting : await describe(fitting, request.resolve);
  const matches = described.map(({ text, type, signature }) => ({
    text,
    type,
    ...(signature === undefined ? {} : { signature }),
  }));
  return { matches, start: candidates.length === 0 ? cursor : start, end: cursor };
}

/** Members, names in scope, strings that fit. */
function known({ code, cursor, items, names, offsetOf }: CompletionRequest): readonly Candidate[] {
  const prefix = prefixOf(code.slice(0, cursor));
  const start = cursor - prefix.length;
  const fromServer = items.flatMap((item) => {
    if (item.data?.autoImport !== undefined) return [];
    const own = item.textEdit ? offsetOf(item.textEdit.range.start) : start;
    const text = item.textEdit?.newText ?? item.insertText ?? item.label;
    const written = item.filterText ?? item.label;
    if (!written.startsWith(prefix) && !text.startsWith(code.slice(own, cursor))) return [];
    const kind = completionKind(item.kind);
    return [{ text, type: names.get(text) ?? kind, start: own, order: item.sortText ?? "", item }];
  });
  if (!isScope(items)) return fromServer;
  const fromSession = [...names]
    .filter(([name]) => name.startsWith(prefix))
    .map(([text, type]) => ({ text, type, start, order: "0" }));
  return [...fromSession, ...fromServer];
}

function importable({ code, cursor, items, names }: CompletionRequest): readonly Candidate[] {
  const prefix = prefixOf(code.slice(0, cursor));
  if (!isScope(items) || prefix.length < shortestImported) return [];
  const start = cursor - prefix.length;
  const there = new Set(items.filter(({ data }) => data?.autoImport === undefined).map(({ label }) => label));
  const fromPackages = items.flatMap(({ label, data }) =>
    data?.autoImport && label.startsWith(prefix)
      ? [{ name: label, module: data.autoImport.moduleSpecifier }]
      : [],
  );
  return [...fromPackages, ...nodeExports(prefix)].flatMap((one) => {
    if (there.has(one.name) || names.has(one.name)) return [];
    const text = importingText(one, code, start, cursor);
    return text === null ? [] : [{ text, type: "import", start, order: "9" }];
  });
}

/** Whether any name may stand there, other than in an object's members or a string: the standard library is among them. */
function isScope(items: readonly LspCompletion[]): boolean {
  return items.some(({ label }) => label === "Array");
}

function byText(candidates: readonly Candidate[]): readonly Candidate[] {
  const unique = new Map<string, Candidate>();
  for (const one of candidates) unique.set(one.text, { ...one, ...unique.get(one.text), item: one.item });
  return [...unique.values()].sort((a, b) => compare(a.order, b.order) || compare(a.text, b.text));
}

/** The first ones with their exact kinds and signatures, as far as the server tells them in time. */
async function describe(
  candidates: readonly Candidate[],
  resolve: CompletionRequest["resolve"],
): Promise<readonly Candidate[]> {
  const details = new Map<string, string>();
  const asked = candidates.slice(0, mostDescribed).flatMap(({ text, item }) =>
    item?.data === undefined
      ? []
      : [
          resolve(item).then(
            ({ detail }) => void (detail && details.set(text, detail)),
            () => undefined,
          ),
        ],
  );
  const late = new Promise<void>((settle) => setTimeout(settle, patience));
  if (asked.length > 0) await Promise.race([Promise.all(asked), late]);
  return candidates.map((candidate) => {
    const detail = details.get(candidate.text);
    if (detail === undefined) return candidate;
    const signature = callSignature(detail);
    return {
      ...candidate,
      type: kindInDetail(detail) ?? (signature === undefined ? candidate.type : "function"),
      ...(signature === undefined ? {} : { signature }),
    };
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
