/** The families of operators: the files of runtime/ops, each with what its head says it holds. */
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const folder = "runtime/ops";

export interface Family {
  /** `runtime/ops/reduction.ts` */
  readonly file: string;
  /** `Reduction` */
  readonly title: string;
  /** What the head of the file says, without its sources. */
  readonly about: string;
  readonly text: string;
}

/** All families in order of their files' names. */
export function families(): readonly Family[] {
  return readdirSync(join(root, folder))
    .sort()
    .map((name) => {
      const text = readFileSync(join(root, folder, name), "utf8");
      const words = name.replace(/\.ts$/, "").replaceAll("-", " ");
      return {
        file: `${folder}/${name}`,
        title: words[0].toUpperCase() + words.slice(1),
        about: headOf(text),
        text,
      };
    });
}

/** The comment at the head of a file up to where it names its sources. */
function headOf(text: string): string {
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? "";
  return comment
    .replace(/^\s*\* ?/gm, "")
    .replace(/\s*\bSources?: [\s\S]*$/, "")
    .replace(/\s+/g, " ")
    .trim();
}
