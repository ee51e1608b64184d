/**
 * The dtypes a tensor can have: their names in PyTorch's several vocabularies, sizes and categories.
 * Promotion between them is promotion.ts's; reading and writing elements is storage.ts's.
 * Source: c10/core/ScalarType.h.
 */

/** How promotion sees a dtype: bool < integral < floating. */
export type Category = "bool" | "integral" | "floating";

/** The name of a dtype, as in `torch.float32`. */
export type DTypeName =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint8"
  | "bool";

/** An element type, such as `torch.float32`. Two dtypes are equal exactly if they are the same object. */
export interface DType {
  readonly kind: "dtype";
  readonly name: DTypeName;
  /** Bytes per element. */
  readonly itemSize: number;
  readonly category: Category;
  readonly isFloatingPoint: boolean;
  /** Complex dtypes do not exist here. */
  readonly isComplex: false;
  /** Whether there are negative numbers. */
  readonly isSigned: boolean;
  /** The number TorchScript code and files use (`dtype=6` is float32). */
  readonly code: number;
  /** The name in C++ printouts and graph types: `Float`, `Long`, ... */
  readonly scalarName: string;
  /** The storage class of PyTorch's files: `FloatStorage`, ... */
  readonly storageName: string;
  toString(): string;
}

const define = (
  name: DTypeName,
  itemSize: number,
  category: Category,
  code: number,
  scalarName: string,
): DType =>
  Object.freeze({
    kind: "dtype",
    name,
    itemSize,
    category,
    isFloatingPoint: category === "floating",
    isComplex: false,
    isSigned: category !== "bool" && name !== "uint8",
    code,
    scalarName,
    storageName: `${scalarName}Storage`,
    toString: () => `torch.${name}`,
    [Symbol.for("nodejs.util.inspect.custom")]: () => `torch.${name}`,
  });

/** Whole numbers from 0 to 255. */
export const uint8 = define("uint8", 1, "integral", 0, "Byte");
/** Whole numbers from -128 to 127. */
export const int8 = define("int8", 1, "integral", 1, "Char");
/** Whole numbers of 16 bits. */
export const int16 = define("int16", 2, "integral", 2, "Short");
/** Whole numbers of 32 bits. */
export const int32 = define("int32", 4, "integral", 3, "Int");
/** Whole numbers of 64 bits; results beyond 2^53 are an error. Also `torch.long`. */
export const int64 = define("int64", 8, "integral", 4, "Long");
/** Floats of 16 bits, computed with in float32. */
export const float16 = define("float16", 2, "floating", 5, "Half");
/** Floats of 32 bits: the default. */
export const float32 = define("float32", 4, "floating", 6, "Float");
/** Floats of 64 bits, as JavaScript's numbers. */
export const float64 = define("float64", 8, "floating", 7, "Double");
/** True or false. */
export const bool = define("bool", 1, "bool", 11, "Bool");
/** Floats of 16 bits with float32's range, computed with in float32. */
export const bfloat16 = define("bfloat16", 2, "floating", 15, "BFloat16");

const cppNames: Readonly<Record<DTypeName, string>> = {
  float32: "float",
  float64: "double",
  float16: "c10::Half",
  bfloat16: "c10::BFloat16",
  int64: "long int",
  int32: "int",
  int16: "short int",
  int8: "signed char",
  uint8: "unsigned char",
  bool: "bool",
};

/** What C++ calls the element type, as some of torch's messages do. */
export const cppName = (dtype: DType): string => cppNames[dtype.name];

/** What older messages of torch call a tensor of this dtype. */
export const legacyName = (dtype: DType): string =>
  dtype === bool ? "CPUBoolType" : `torch.${dtype.scalarName}Tensor`;

/** All dtypes by name. */
export const dtypes: Readonly<Record<DTypeName, DType>> = {
  uint8,
  int8,
  int16,
  int32,
  int64,
  float16,
  float32,
  float64,
  bool,
  bfloat16,
};

const byCode = new Map(Object.values(dtypes).map((dtype) => [dtype.code, dtype]));

/** The dtype with TorchScript's number `code`. */
export function dtypeOfCode(code: number): DType {
  const dtype = byCode.get(code);
  if (dtype === undefined) throw new TypeError(`unknown or unsupported ScalarType number ${code}`);
  return dtype;
}
