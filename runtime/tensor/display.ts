/** Tensors as text: connects the printers of print/ with the Tensor class. */
import { formatTensor } from "../print/format-tensor.ts";
import { getPrintOptions } from "../print/options.ts";
import { rawValuesOf, valuesOf } from "./access.ts";
import { int64 } from "./dtype.ts";
import { late } from "./late.ts";

late.print = (tensor) => {
  const text = formatTensor(
    {
      dtype: tensor.dtype,
      sizes: tensor.sizes,
      values: tensor.dtype === int64 ? (rawValuesOf(tensor) as BigInt64Array) : valuesOf(tensor),
      requiresGrad: tensor.requiresGrad,
      gradFn: tensor.gradFn?.name ?? null,
    },
    getPrintOptions(),
  );
  return text;
};
