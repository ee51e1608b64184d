/** `%history`: the session's cells so far. */
import { type Magic, textOf, ts, usageError } from "./magic.ts";

export const history: Magic = {
  name: "history",
  forms: ["line"],
  usage: "%history [-n]",
  summary: "prints the cells run so far; -n with their numbers",
  help: "Prints the texts of this session's cells, oldest first. With `-n` each begins with its number.",
  completes: () => ["-n"],
  rewrite(call) {
    const option = textOf(call, call.args);
    if (option !== "" && option !== "-n")
      throw usageError(
        call,
        history,
        `expected -n or nothing, got ${JSON.stringify(option)}`,
        call.args.start,
      );
    const text = call
      .inputs()
      .map(([count, input]) =>
        option === "-n"
          ? `${String(count).padStart(4)}: ${input.replaceAll("\n", "\n      ")}\n`
          : `${input}\n`,
      )
      .join("");
    return ts`await __magic.history(${JSON.stringify(text)});`;
  },
  types: "history(text: string): Promise<void>;",
  run: { history: ({ print }, text: string) => print(text) },
};
