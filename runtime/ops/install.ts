/** Makes the operators of methods.ts methods of every tensor. Loading this file is what does it. */
import { describeCallable, overloadsOf } from "../dispatch/op.ts";
import { Tensor } from "../tensor/tensor.ts";
import * as methods from "./methods.ts";

for (const [name, operator] of Object.entries(methods)) {
  if (typeof operator !== "function") continue;
  const run = operator as (self: Tensor, ...rest: unknown[]) => unknown;
  // By count: spreading a rest array costs as much as a small operation.
  const method = function (this: Tensor, ...rest: unknown[]): unknown {
    switch (rest.length) {
      case 0:
        return run(this);
      case 1:
        return run(this, rest[0]);
      case 2:
        return run(this, rest[0], rest[1]);
      default:
        return run(this, ...rest);
    }
  };
  describeCallable(method, name, overloadsOf(operator));
  Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true });
}
