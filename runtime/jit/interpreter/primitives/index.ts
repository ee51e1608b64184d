/** Every operator on plain values; loading this file enters their rows. */
import "./containers.ts";
import "./numbers.ts";
import "./tensors.ts";
import "./texts.ts";

export { findPrimitives, type Primitive } from "./row.ts";
