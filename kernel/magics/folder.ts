/** `%cd` and `%pwd`: the folder cells run in. */
import { homedir } from "node:os";
import process from "node:process";
import { type Magic, textOf, ts, usageError } from "./magic.ts";

export const cd: Magic = {
  name: "cd",
  forms: ["line"],
  usage: "%cd FOLDER",
  summary: "changes the folder cells run in",
  help: "Changes the working folder, from which files are read and modules are imported. `~` is the home folder.",
  completes: "folder",
  rewrite(call) {
    const folder = textOf(call, call.args);
    if (folder === "") throw usageError(call, cd, "expected a folder", call.args.start);
    return ts`await __magic.cd(${JSON.stringify(folder)});`;
  },
  types: "cd(folder: string): Promise<void>;",
  run: {
    cd({ print }, folder: string) {
      process.chdir(folder.replace(/^~(?=$|[/\\])/, homedir()));
      print(`${process.cwd()}\n`);
    },
  },
};

export const pwd: Magic = {
  name: "pwd",
  forms: ["line"],
  usage: "%pwd",
  summary: "tells the folder cells run in",
  help: "Prints the working folder.",
  rewrite(call) {
    if (textOf(call, call.args) !== "") throw usageError(call, pwd, "takes no arguments");
    return ts`await __magic.pwd();`;
  },
  types: "pwd(): Promise<void>;",
  run: { pwd: ({ print }) => print(`${process.cwd()}\n`) },
};
