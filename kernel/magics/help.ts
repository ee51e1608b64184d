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
    page(`${magic.usage}\n\n${magic.help}`, markdown(magic));
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

function markdown({ usage, help }: Magic): string {
  return `\`\`\`text\n${usage}\n\`\`\`\n\n${help}`;
}
