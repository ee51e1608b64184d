/** Activations that write over their input, where their functional row has a gradient of its own. */
import { inplaceOf } from "../dispatch/op.ts";
import { silu } from "./activation.ts";

/** `silu`, written to `self`. */
export const silu_ = inplaceOf(silu);
