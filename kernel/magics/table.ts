/**
 * The table of magics. To add one, write its file and add its row.
 */
import { autoreload } from "./autoreload.ts";
import { backend } from "./backend.ts";
import { check } from "./check.ts";
import { colors } from "./colors.ts";
import { env } from "./env.ts";
import { load, run, writefile } from "./files.ts";
import { cd, pwd } from "./folder.ts";
import { graph } from "./graph.ts";
import { history } from "./history.ts";
import { lsmagic } from "./lsmagic.ts";
import type { Magic } from "./magic.ts";
import { html, markdown } from "./markup.ts";
import { npm } from "./npm.ts";
import { reset } from "./reset.ts";
import { bash } from "./shell.ts";
import { time } from "./time.ts";
import { timeit } from "./timeit.ts";
import { trace } from "./trace.ts";
import { who, whos } from "./who.ts";

export const magics: readonly Magic[] = [
  autoreload,
  backend,
  bash,
  cd,
  check,
  colors,
  env,
  graph,
  history,
  html,
  load,
  lsmagic,
  markdown,
  npm,
  pwd,
  reset,
  run,
  time,
  timeit,
  trace,
  who,
  whos,
  writefile,
];

export function findMagic(name: string): Magic | undefined {
  return magics.find((magic) => magic.name === name);
}
