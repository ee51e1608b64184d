/**
 * What the sources declare, as TypeScript's own checker knows it: exported names with their signatures, comments and examples.
 * Which names are public, and how they are written down, is left to the callers.
 */
import { relative, resolve } from "node:path";
import { SyntaxKind } from "typescript/unstable/ast";
import {
  API,
  NodeBuilderFlags,
  type Project,
  type Signature,
  SignatureKind,
  SymbolFlags,
  type Type,
  type Symbol as TypeSymbol,
} from "typescript/unstable/sync";

const root = resolve(import.meta.dirname, "../..");

export interface Parameter {
  readonly name: string;
  readonly optional: boolean;
  readonly rest: boolean;
  /** What can be named in it, if it takes options by name. */
  readonly options: readonly Option[];
}

export interface Option {
  readonly name: string;
  readonly optional: boolean;
  readonly type: string;
  readonly comment: string;
}

export interface CallSignature {
  readonly parameters: readonly Parameter[];
  /** `(self: Tensor, dim?: number): Tensor` */
  readonly text: string;
}

export type DeclarationKind = "class" | "function" | "namespace" | "type" | "value";

/** One exported name, or one member of a class. */
export interface Declaration {
  readonly name: string;
  readonly kind: DeclarationKind;
  /** The file that declares it, from the project's root. */
  readonly file: string;
  readonly signatures: readonly CallSignature[];
  /** Its type as a hover shows it. */
  readonly type: string;
  /** The comment above it, without its tags. */
  readonly comment: string;
  readonly examples: readonly string[];
  /** Marked `@internal`: there for other parts of the library. */
  readonly internal: boolean;
  readonly symbol: TypeSymbol;
}

/** Options have few names; tensors, dtypes and lists, which are objects as well, are no options. */
const mostOptions = 24;

export class Declarations {
  readonly #api = new API();
  readonly #project: Project;
  readonly #exports = new Map<string, readonly Declaration[]>();

  constructor() {
    const config = resolve(root, "tsconfig.json");
    const project = this.#api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (project === undefined) throw new Error(`TypeScript does not open ${config}`);
    this.#project = project;
  }

  close(): void {
    this.#api.close();
  }

  /** What a file exports, `export *` included, in the order of the alphabet. */
  exportsOf(path: string): readonly Declaration[] {
    const known = this.#exports.get(path);
    if (known !== undefined) return known;
    const { checker, program } = this.#project;
    const file = program.getSourceFile(resolve(root, path));
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${path} is no module of the project`);
    const found = this.#declarations(checker.getExportsOfModule(module));
    this.#exports.set(path, found);
    return found;
  }

  /** The members of a value: what stands behind its dot. Private and computed ones are left out. */
  membersOf({ symbol }: Declaration): readonly Declaration[] {
    const { checker } = this.#project;
    const instance = symbol.flags & (SymbolFlags.Class | SymbolFlags.Interface);
    const type = instance ? checker.getDeclaredTypeOfSymbol(symbol) : checker.getTypeOfSymbol(symbol);
    return type === undefined ? [] : this.#declarations(checker.getPropertiesOfType(type));
  }

  #declarations(symbols: readonly TypeSymbol[]): readonly Declaration[] {
    return symbols
      .filter(({ name }) => /^[\w$]+$/.test(name))
      .map((symbol) => this.#declaration(symbol))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #declaration(exported: TypeSymbol): Declaration {
    const { checker } = this.#project;
    const symbol = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const type = checker.getTypeOfSymbol(symbol);
    const kind = kindOf(symbol);
    const calls = kind === "class" ? SignatureKind.Construct : SignatureKind.Call;
    const signatures = type && kind !== "type" ? checker.getSignaturesOfType(type, calls) : [];
    const tags = checker.getJsDocTagsOfSymbol(symbol);
    return {
      name: exported.name,
      kind: kind === "value" && signatures.length > 0 ? "function" : kind,
      file: relative(root, symbol.declarations[0]?.path ?? root).replaceAll("\\", "/"),
      signatures: signatures.map((signature) => this.#signature(signature)),
      type: type === undefined ? "" : fromRoot(checker.typeToString(type)),
      comment: checker.getDocumentationCommentOfSymbol(symbol).trim(),
      examples: tags.flatMap(({ name, text }) => (name === "example" && text ? [text.trim()] : [])),
      internal: tags.some(({ name }) => name === "internal"),
      symbol,
    };
  }

  #signature(signature: Signature): CallSignature {
    const { checker, emitter } = this.#project;
    const flags = NodeBuilderFlags.NoTruncation | NodeBuilderFlags.UseAliasDefinedOutsideCurrentScope;
    const node = checker.signatureToSignatureDeclaration(
      signature,
      SyntaxKind.CallSignature,
      undefined,
      flags,
    ) as unknown as SignatureNode;
    return {
      parameters: node.parameters.map(({ name, questionToken, dotDotDotToken }, i) => ({
        name: name.text,
        optional: questionToken !== undefined,
        rest: dotDotDotToken !== undefined,
        options: this.#optionsOf(checker.getParameterType(signature, i)),
      })),
      text: oneLine(emitter.printNode(node as never)),
    };
  }

  #optionsOf(type: Type | undefined): readonly Option[] {
    const { checker } = this.#project;
    if (type === undefined) return [];
    const parts = type.isUnionType() ? (type.getTypes() ?? []) : [type];
    return parts.flatMap((part) => {
      if (!part.isObjectType() || checker.isArrayLikeType(part)) return [];
      const properties = checker.getPropertiesOfType(part);
      if (properties.length > mostOptions || properties.some(({ name }) => /^kind$|^__@/.test(name)))
        return [];
      return properties.map((property) => {
        const type = checker.getTypeOfSymbol(property);
        return {
          name: property.name,
          optional: (property.flags & SymbolFlags.Optional) !== 0,
          type: type === undefined ? "unknown" : oneLine(checker.typeToString(type)),
          comment: checker.getDocumentationCommentOfSymbol(property).trim(),
        };
      });
    });
  }
}

/** Types of whole modules name their files, which lie elsewhere on each machine. */
const fromRoot = (type: string): string => type.replaceAll(`${root.replaceAll("\\", "/")}/`, "");

const oneLine = (type: string): string =>
  type.replace(/\s+/g, " ").replace(/;$/, "").replaceAll("; }", " }").replaceAll(" | undefined", "");

/** The parts of a signature's node that are read. */
interface SignatureNode {
  readonly parameters: readonly {
    readonly name: { readonly text: string };
    readonly questionToken?: unknown;
    readonly dotDotDotToken?: unknown;
  }[];
}

function kindOf({ flags }: TypeSymbol): DeclarationKind {
  if (flags & SymbolFlags.Class) return "class";
  if (flags & (SymbolFlags.Function | SymbolFlags.Method)) return "function";
  if (flags & SymbolFlags.ValueModule) return "namespace";
  if (flags & (SymbolFlags.Interface | SymbolFlags.TypeAlias))
    return flags & SymbolFlags.Variable ? "value" : "type";
  return "value";
}
