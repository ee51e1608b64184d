/** The numbers ONNX has for element types. Source: onnx/onnx.proto. */
import type { DTypeName } from "../tensor/dtype.ts";

/** TensorProto.DataType of each dtype. */
export const elementTypes: Readonly<Record<DTypeName, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};
