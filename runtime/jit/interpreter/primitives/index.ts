/** Every operator on plain values; loading this file enters their rows. */
import "./containers.ts";
import "./math-functions.ts";
import "./numbers.ts";
import "./tensor-facts.ts";
import "./tensor-forms.ts";
import "./tensors.ts";
import "./text-forms.ts";
import "./texts.ts";

export { findPrimitives, type Primitive } from "./row.ts";
