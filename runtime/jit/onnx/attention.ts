/** The lowering of attention. Source: torch/nn/functional.py, `scaled_dot_product_attention`. */
import { bool, int64 } from "../../tensor/dtype.ts";
import type { LoweringContext, LoweringFunction } from "./lowering.ts";

/** `scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)` */
export const scaledDotProductAttention: LoweringFunction = (c) => {
  if (c.float(4, 0) > 0) throw c.unsupported("dropout; trace the module after eval()");
  const grouped = c.known(7) === true;
  if (grouped) throw c.unsupported("enable_gqa; repeat the heads of key and value");
  const { dtype } = c.result();
  const rank = c.rank(1);
  const order = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  const keys = c.emit("Transpose", [c.tensor(1)], { perm: { ints: order } });
  const scores = c.op("MatMul", c.op("Mul", c.tensor(0), scale(c)), keys);
  const isCausal = c.known(5) === true;
  const mask = isCausal ? causal(c) : c.isNone(3) ? null : biasOf(c);
  const masked = mask === null ? scores : c.op("Add", scores, mask);
  return c.op("MatMul", c.emit("Softmax", [masked], { axis: { int: -1 } }), c.tensor(2, dtype));
};

/** The given scale, or one over the root of a query's length. */
function scale(c: LoweringContext): string {
  const { dtype } = c.result();
  if (!c.isNone(6)) return c.number(c.float(6), dtype);
  return c.op("Reciprocal", c.op("Sqrt", c.cast(c.size(0, -1), int64, dtype)));
}

/** What is added to scores: 0 where a mask is true, minus infinity elsewhere; a float mask itself. */
function biasOf(c: LoweringContext): string {
  return c.dtype(3) === bool ? asBias(c, c.tensor(3)) : c.tensor(3, c.result().dtype);
}

const asBias = (c: LoweringContext, mask: string): string => {
  const { dtype } = c.result();
  return c.op("Where", mask, c.number(0, dtype), c.number(-Infinity, dtype));
};

/** A query sees keys up to its own place. */
function causal(c: LoweringContext): string {
  const queries = c.op("Unsqueeze", c.range(c.size(0, -2)), c.vector([1]));
  return asBias(c, c.op("LessOrEqual", c.range(c.size(1, -2)), queries));
}
