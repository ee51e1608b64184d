/**
 * Questions to the user over Jupyter's stdin channel: `await input("…")`, and the browser's synchronous `prompt` and `confirm`.
 */
import { receiveMessageOnPort } from "node:worker_threads";
import { Shared } from "../channel.ts";
import { KeyboardInterrupt } from "./describe-error.ts";
import type { Line } from "./line.ts";

/** The client said it cannot answer (allow_stdin is false), as a program without a user does. */
class StdinNotAllowed extends Error {
  override readonly name = "StdinNotAllowedError";

  constructor(asked: string) {
    super(`${asked}: this client does not answer input requests (allow_stdin is false)`);
  }
}

export interface Questions {
  input(prompt?: string, options?: { readonly password?: boolean }): Promise<string>;
  prompt(message?: string, defaultValue?: string): string | null;
  confirm(message?: string): boolean;
  /** The user's answer to the question of `input`; null if there will be none. */
  answer(value: string | null): void;
}

export function questionsOf(line: Line, allowed: () => boolean): Questions {
  let last: Promise<unknown> = Promise.resolve();
  let settle: ((value: string | null) => void) | null = null;

  const request = (prompt: string, password: boolean, sync: boolean): void => {
    if (!allowed()) throw new StdinNotAllowed(sync ? "prompt" : "input");
    line.send({ kind: "input_request", cell: line.cell, prompt, password, sync });
  };

  const ask = async (prompt: string, password: boolean): Promise<string> => {
    request(prompt, password, false);
    const value = await new Promise<string | null>((resolve) => {
      settle = resolve;
    });
    if (value === null) throw new KeyboardInterrupt();
    return value;
  };

  const askAndWait = (prompt: string): string => {
    Atomics.store(line.shared, Shared.prompt, 0);
    request(prompt, false, true);
    Atomics.wait(line.shared, Shared.prompt, 0);
    const reply = receiveMessageOnPort(line.prompt);
    if (reply === undefined) throw new KeyboardInterrupt();
    return String(reply.message);
  };

  return {
    input(prompt = "", { password = false } = {}) {
      // One question at a time: the front end has one input field.
      const asked = last.then(() => ask(String(prompt), password));
      last = asked.catch(() => undefined);
      return asked;
    },
    prompt(message = "", defaultValue) {
      const reply = askAndWait(String(message));
      return reply === "" && defaultValue !== undefined ? String(defaultValue) : reply;
    },
    confirm: (message = "") => /^\s*y(es)?\s*$/i.test(askAndWait(`${message} (y/n) `)),
    answer(value) {
      settle?.(value);
      settle = null;
    },
  };
}
