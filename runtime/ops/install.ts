/** Makes the operators of methods.ts methods of every tensor. Loading this file is what does it. */
import { Tensor } from "../tensor/tensor.ts";
import * as methods from "./methods.ts";

for (const [name, operator] of Object.entries(methods)) {
  if (typeof operator !== "function") continue;
  const run = operator as (self: Tensor, ...rest: unknown[]) => unknown;
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]) {
      return run(this, ...rest);
    },
    writable: true,
    configurable: true,
  });
}
