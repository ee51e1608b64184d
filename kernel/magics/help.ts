/**
 * `%NAME?` and `NAME?`: the help of a magic, or what is known of a variable, in the front end's pager.
 */
import { type Magic, type MagicHost, type Piece, ts } from "./magic.ts";
import { nearestName } from "./nearest-name.ts";

/** What a help line becomes; null if the line asks for none. */
export function rewriteHelp(line: string): readonly Piece[] | null {
  const match = /^\s*(?:\?{1,2}\s*(%{0,2}[\w$.]+)|(%{0,2}[\w$.]+)\?{1,2})\s*;?\s*$/.exec(line);
  return match && ts`await __magic.help(${JSON.stringify(match[1] ?? match[2])});`;
}

/** Shows the help asked for. */
export async function help({ page, inspect }: MagicHost, name: string): Promise<void> {
  const { magics } = await import("./table.ts");
  if (name.startsWith("%")) {
    const wanted = name.replace(/^%+/, "");
    const magic = magics.find((one) => one.name === wanted);
    if (magic === undefined) throw new Error(unknownMagic(name, magics));
    const shown = helpBundle(magic);
    page(shown["text/plain"], shown["text/markdown"]);
  } else if (!inspect(name)) throw new Error(`${name}?: there is no value of this name`);
}

/** Tells of the nearest magic, or where the list is. */
export function unknownMagic(written: string, magics: readonly Magic[]): string {
  const name = written.replace(/^%+/, "");
  const near = nearestName(
    name,
    magics.map((magic) => magic.name),
  );
  return `there is no magic ${written}${near === null ? "" : `; did you mean %${near}?`} (%lsmagic lists all)`;
}

/** A magic's usage and help, to be shown. */
export function helpBundle({ usage, help }: Magic): { "text/plain": string; "text/markdown": string } {
  return {
    "text/plain": `${usage}\n\n${help}`,
    "text/markdown": `\`\`\`text\n${usage}\n\`\`\`\n\n${help}`,
  };
}
