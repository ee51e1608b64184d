/**
 * Refusals: the dtypes an operator's kernel does not take, with the name PyTorch gives that kernel in its message. A row
 * states its refusal as a fact; kernels whose name depends on the call use `refuse` themselves.
 * Source of the names: the AT_DISPATCH macros under aten/src/ATen/native.
 */

import { NotImplementedError } from "../errors.ts";
import type { DType, DTypeName } from "../tensor/dtype.ts";
import { resultType } from "../tensor/promotion.ts";
import { isScalar } from "../tensor/scalar.ts";
import { Tensor } from "../tensor/tensor.ts";

/** Which dtypes a kernel does not take. */
export interface Refusal {
  /** What the message calls the kernel, such as `elu_cpu`. */
  readonly kernel: string;
  readonly dtypes: ReadonlySet<DTypeName>;
  /** The dtype in question is the common one of all tensors, and of a number that goes with a single one, not that of the first. */
  readonly common?: boolean;
  /** Tensors of several dtypes are the kernel's own affair. */
  readonly unmixed?: boolean;
  /** Nothing is refused where a tensor has no elements: torch has the result before it comes to the kernel. */
  readonly unlessEmpty?: boolean;
}

const bools: readonly DTypeName[] = ["bool"];
const integers: readonly DTypeName[] = ["uint8", "int8", "int16", "int32", "int64"];

const refusal = (kernel: string, dtypes: readonly DTypeName[]): Refusal => ({
  kernel,
  dtypes: new Set(dtypes),
});

/** The kernel takes everything but bools. */
export const notBools = (kernel: string): Refusal => refusal(kernel, bools);

/** The kernel takes floating dtypes only. */
export const onlyFloats = (kernel: string): Refusal => refusal(kernel, [...bools, ...integers]);

/** The kernel takes float32 and float64 only. */
export const onlyWideFloats = (kernel: string): Refusal =>
  refusal(kernel, [...bools, ...integers, "float16", "bfloat16"]);

/** The kernel takes floating dtypes except float16. */
export const withoutHalf = (kernel: string): Refusal => refusal(kernel, [...bools, ...integers, "float16"]);

/** The kernel takes float32 and float64 only, but others have been refused in other words. */
export const notHalves = (kernel: string): Refusal => refusal(kernel, ["float16", "bfloat16"]);

/** The kernel takes floating dtypes and bools. */
export const notIntegers = (kernel: string): Refusal => refusal(kernel, integers);

/** The kernel takes integers and bools only. */
export const onlyIntegers = (kernel: string): Refusal =>
  refusal(kernel, ["float32", "float64", "float16", "bfloat16"]);

/** The kernel takes floating dtypes and int64. */
export const onlyFloatsAndLongs = (kernel: string): Refusal =>
  refusal(kernel, [...bools, ...integers.filter((name) => name !== "int64")]);

/** The kernel takes float32, float64 and int64. */
export const onlyWideFloatsAndLongs = (kernel: string): Refusal =>
  refusal(kernel, [...bools, ...integers.filter((name) => name !== "int64"), "float16", "bfloat16"]);

/** The kernel takes float32, float64 and uint8, for pictures. */
export const onlyWideFloatsAndBytes = (kernel: string): Refusal =>
  refusal(kernel, [...bools, ...integers.filter((name) => name !== "uint8"), "float16", "bfloat16"]);

/** The kernel takes integers only. */
export const onlyWhole = (kernel: string): Refusal =>
  refusal(kernel, [...bools, "float32", "float64", "float16", "bfloat16"]);

/** The kernel takes int64 and int32 only, which can be indices. */
export const onlyIndices = (kernel: string): Refusal =>
  refusal(kernel, [...bools, ...integers.slice(0, 3), "float32", "float64", "float16", "bfloat16"]);

/** The kernel takes floating dtypes and uint8, for pictures. */
export const onlyFloatsAndBytes = (kernel: string): Refusal =>
  refusal(kernel, [...bools, ...integers.filter((name) => name !== "uint8")]);

/** The refusal counts for the dtype all tensor arguments promote to. */
export const inCommon = (of: Refusal): Refusal => ({ ...of, common: true });

/** The refusal counts only where all tensor arguments have one dtype; the kernel refuses others in other words. */
export const whereUnmixed = (of: Refusal): Refusal => ({ ...of, unmixed: true });

/** The refusal counts only where no tensor is empty. */
export const unlessEmpty = (of: Refusal): Refusal => ({ ...of, unlessEmpty: true });

/** Throws torch's NotImplementedError if `dtype` is refused. */
export function refuse(of: Refusal, dtype: DType): void {
  if (of.dtypes.has(dtype.name)) throw refusalOf(of, dtype);
}

const refusalOf = ({ kernel }: Refusal, dtype: DType): NotImplementedError =>
  new NotImplementedError(`"${kernel}" not implemented for '${dtype.scalarName}'`);

/** The error for a call whose dtype its row refuses, null for others. */
export function refusalFor(of: Refusal, args: readonly unknown[]): NotImplementedError | null {
  const tensors = args.filter((value) => value instanceof Tensor);
  if (tensors.length === 0) return null;
  if (of.unmixed === true && tensors.some(({ dtype }) => dtype !== tensors[0].dtype)) return null;
  if (of.unlessEmpty === true && tensors.some(({ elements }) => elements === 0)) return null;
  const numbers = tensors.length > 1 ? [] : args.slice(0, 2).filter(isScalar);
  const dtype = of.common === true ? resultType([...tensors, ...numbers]) : tensors[0].dtype;
  return of.dtypes.has(dtype.name) ? refusalOf(of, dtype) : null;
}
