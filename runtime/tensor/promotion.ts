/**
 * Type promotion: which dtype the result of an operation on several operands has.
 * Source: c10::promoteTypes (c10/core/ScalarType.cpp) and at::native::result_type (aten/src/ATen/native/TypeProperties.cpp).
 */
import { RuntimeError } from "../errors.ts";
import { bool, type Category, type DType, float32, float64, int16, int64, uint8 } from "./dtype.ts";
import { type Scalar, scalarCategory } from "./scalar.ts";

let defaultFloat: DType = float32;

/** The dtype floating-point data gets when none is named: float32 unless `setDefaultDtype` changed it. */
export const getDefaultDtype = (): DType => defaultFloat;

/** Sets the dtype floating-point data gets when none is named. Throws a TypeError for other dtypes. */
export function setDefaultDtype(dtype: DType): void {
  if (dtype.category !== "floating") {
    throw new TypeError("only floating-point types are supported as the default type");
  }
  defaultFloat = dtype;
}

const rank: Readonly<Record<Category, number>> = { bool: 0, integral: 1, floating: 2 };

/** The smallest dtype both `a` and `b` convert to without losing their kind. */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a;
  if (a.category !== b.category) return rank[a.category] > rank[b.category] ? a : b;
  // uint8 holds values no int8 does, and float16 and bfloat16 each hold values the other does not.
  if (a === uint8 || b === uint8) {
    const signed = a === uint8 ? b : a;
    return signed.itemSize === 1 ? int16 : signed;
  }
  if (a.itemSize === 2 && b.itemSize === 2) return float32;
  return a.itemSize >= b.itemSize ? a : b;
}

/** What promotion needs to know of a tensor operand. */
export interface PromotionOperand {
  readonly dtype: DType;
  readonly sizes: readonly number[];
  /** True for a number that was made a 0-d tensor: it has the weakest claim. */
  readonly wrapped: boolean;
}

/** The dtype of an operation on tensors and numbers: dimensioned tensors before 0-d ones before numbers. */
export function resultType(operands: readonly (PromotionOperand | Scalar)[]): DType {
  let dimensioned: DType | null = null;
  let zeroDim: DType | null = null;
  let wrapped: DType | null = null;
  for (const operand of operands) {
    if (isOperand(operand)) {
      if (operand.wrapped) wrapped = promoteOrTake(wrapped, weak(operand.dtype.category));
      else if (operand.sizes.length === 0) zeroDim = promoteOrTake(zeroDim, operand.dtype);
      else dimensioned = promoteOrTake(dimensioned, operand.dtype);
    } else wrapped = promoteOrTake(wrapped, weak(scalarCategory(operand)));
  }
  const result = combineCategories(dimensioned, combineCategories(zeroDim, wrapped));
  if (result === null) throw new RuntimeError("result_type: expected at least one operand");
  return result;
}

const isOperand = (operand: PromotionOperand | Scalar): operand is PromotionOperand =>
  typeof operand === "object" && "dtype" in operand;

const promoteOrTake = (a: DType | null, b: DType): DType => (a === null ? b : promoteTypes(a, b));

/** The dtype a number of this category counts as. */
function weak(category: Category): DType {
  return category === "bool" ? bool : category === "integral" ? int64 : defaultFloat;
}

/** The stronger operand's dtype, unless the weaker one is of a higher category. */
function combineCategories(strong: DType | null, weaker: DType | null): DType | null {
  if (strong === null) return weaker;
  if (weaker === null || rank[weaker.category] <= rank[strong.category]) return strong;
  return promoteTypes(strong, weaker);
}

/** Float results of integers: the default float for integral and bool dtypes, else the dtype itself. */
export const toFloating = (dtype: DType): DType => (dtype.category === "floating" ? dtype : defaultFloat);

/** The dtype sums and products accumulate to: int64 for integral and bool ones. */
export const toAccumulated = (dtype: DType): DType => (dtype.category === "floating" ? dtype : int64);

/**
 * True if results of dtype `from` may be stored in `to`, as in-place operations ask.
 * @example torch.canCast(torch.float32, torch.int32) // false
 */
export const canCast = (from: DType, to: DType): boolean => rank[from.category] <= rank[to.category];

/** The dtype kernels of the given one compute in when they need more than its own precision. */
export const opMath = (dtype: DType): DType => (dtype.itemSize === 8 ? float64 : float32);
