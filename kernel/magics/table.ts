/**
 * The table of magics. To add one, write its file and add its row.
 */
import { backend } from "./backend.ts";
import { check } from "./check.ts";
import { lsmagic } from "./lsmagic.ts";
import type { Magic } from "./magic.ts";
import { reset } from "./reset.ts";
import { time } from "./time.ts";
import { timeit } from "./timeit.ts";
import { trace } from "./trace.ts";
import { who, whos } from "./who.ts";

export const magics: readonly Magic[] = [backend, check, lsmagic, reset, time, timeit, trace, who, whos];

export function findMagic(name: string): Magic | undefined {
  return magics.find((magic) => magic.name === name);
}
