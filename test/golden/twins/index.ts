/** The TypeScript twins of the golden programs, by the name of the case. */
import { functions } from "./functions.ts";
import { modules } from "./modules.ts";
import type { Twin } from "./twin.ts";

export const twins: Readonly<Record<string, Twin>> = { ...functions, ...modules };
