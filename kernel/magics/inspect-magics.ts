/**
 * Inspection of magics: with the cursor on a magic's name, its help.
 */
import type { MimeBundle } from "../channel.ts";
import { helpBundle } from "./help.ts";
import { findMagic } from "./table.ts";

/** The help of the magic whose name the cursor touches; null anywhere else. */
export function inspectMagic(code: string, cursor: number): MimeBundle | null {
  const start = code.lastIndexOf("\n", cursor - 1) + 1;
  const match = /^([ \t]*%%?)([\p{L}_]\w*)/u.exec(code.slice(start));
  if (match === null || cursor - start > match[0].length) return null;
  const magic = findMagic(match[2]);
  return magic === undefined ? null : helpBundle(magic);
}
