/** The documents that are made from the sources, with the paths they are kept under. */
import { Declarations } from "./declarations.ts";
import { operatorsPage } from "./operators-page.ts";
import { referencePages } from "./reference-pages.ts";

export interface MadeDocument {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
}

export function documents(): readonly MadeDocument[] {
  const declarations = new Declarations();
  try {
    return [{ path: "docs/ops.md", text: operatorsPage(declarations) }, ...referencePages(declarations)];
  } finally {
    declarations.close();
  }
}
