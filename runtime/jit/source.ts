/**
 * Where in the user's source a call was made: the first stack frame outside of this package.
 */
import { pathToFileURL } from "node:url";
import type { SourceLocation } from "./ir.ts";

const here = new URL(".", import.meta.url).href;
/** In the sources this file lies two folders deep; bundled, all of the package lies in one. */
const packageRoot = here.endsWith("/runtime/jit/") ? here.slice(0, -"jit/".length) : here;

/** A user's call in progress: its place, and where the function around it begins. */
export interface UserFrame {
  readonly location: SourceLocation;
  /** Where it stands in the code that runs, which may not be the code that was typed. */
  readonly position: { readonly line: number; readonly column: number };
  /** Null where this version of V8 does not tell. */
  readonly functionStart: { readonly line: number; readonly column: number } | null;
}

/** V8 knows where a frame's function begins; Node's types do not list it. */
interface EnclosedFrame {
  getEnclosingLineNumber?(): number;
  getEnclosingColumnNumber?(): number;
}

function startOf(frame: EnclosedFrame): UserFrame["functionStart"] {
  const line = frame.getEnclosingLineNumber?.();
  const column = frame.getEnclosingColumnNumber?.();
  return line === undefined || column === undefined ? null : { line, column };
}

/** The user's call in progress with the function around it; `each` is told of all that are, the innermost first. */
export function userFrame(each: ((place: SourceLocation) => void) | null = null): UserFrame | null {
  const saved = Error.prepareStackTrace;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  let found: UserFrame | null = null;
  try {
    Error.prepareStackTrace = (_, frames) => {
      const frame = frames.find(isUsers);
      if (frame !== undefined) {
        found = {
          location: locationOf(frame),
          position: positionOf(frame),
          functionStart: startOf(frame as unknown as EnclosedFrame),
        };
      }
      if (each !== null) for (const one of frames) if (isUsers(one)) each(locationOf(one));
      return "";
    };
    // Reading the property is what makes V8 collect the frames.
    void new Error().stack;
  } finally {
    Error.prepareStackTrace = saved;
    Error.stackTraceLimit = limit;
  }
  return found;
}

/** Cells are evaluated without a file; their name is the source URL they end with. */
const nameOf = (frame: NodeJS.CallSite): string | null | undefined =>
  frame.getFileName() ||
  (frame as unknown as { getScriptNameOrSourceURL(): string | null }).getScriptNameOrSourceURL();

const positionOf = (frame: NodeJS.CallSite): UserFrame["position"] => ({
  line: frame.getLineNumber() ?? 0,
  column: frame.getColumnNumber() ?? 0,
});

/**
 * `globalThis[Symbol.for("tracebook.typed")]`, where a notebook's kernel gives it, leads from a place in the code that runs to the
 * place in the cell as it was typed.
 */
type Typed = (file: string, line: number, column: number) => UserFrame["position"] | undefined;

function locationOf(frame: NodeJS.CallSite): SourceLocation {
  const file = shortName(String(nameOf(frame)));
  const { line, column } = positionOf(frame);
  const typed = (globalThis as Record<symbol, unknown>)[Symbol.for("tracebook.typed")] as Typed | undefined;
  return Object.freeze({ file, line, column, ...typed?.(file, line, column) });
}

/** The answers, by file: each operator of a trace asks of each frame. */
const usersFiles = new Map<string, boolean>();

function isUsers(frame: NodeJS.CallSite): boolean {
  const file = nameOf(frame);
  if (file === null || file === undefined || file === "") return false;
  let known = usersFiles.get(file);
  if (known === undefined) {
    const url = file.startsWith("/") ? pathToFileURL(file).href : file;
    known = !/^node:|[/\\]node_modules[/\\]/.test(file) && !url.startsWith(packageRoot);
    usersFiles.set(file, known);
  }
  return known;
}

/** The last part of a path: graphs are read by people who know where their files lie. */
const shortName = (file: string): string =>
  file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
