/** `%backend`: what computes the tensors. */
import { inspect } from "node:util";
import { type Magic, ts } from "./magic.ts";

export const backend: Magic = {
  name: "backend",
  forms: ["line"],
  usage: "%backend",
  summary: "tells what computes the tensors",
  help: "Prints the runtime's description of its backend (`torch.backend`): the library and the processor features behind the heavy operators.",
  rewrite: () => ts`await __magic.backend(torch);`,
  types: "backend(torch: object): Promise<void>;",
  run: {
    async backend({ print }, torch: { readonly backend?: unknown }) {
      if (torch.backend === undefined)
        throw new Error("%backend: this runtime does not describe its backend (torch.backend)");
      const description = await (typeof torch.backend === "function" ? torch.backend() : torch.backend);
      print(`${typeof description === "string" ? description : inspect(description, { depth: 4 })}\n`);
    },
  },
};
