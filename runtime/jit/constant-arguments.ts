/** Host values given to operators, as constants of a graph. */

import type { SchemaArgument } from "../dispatch/schema.ts";
import { RuntimeError } from "../errors.ts";
import type { DType } from "../tensor/dtype.ts";
import { isScalar, type Scalar, scalarCategory, scalarValue } from "../tensor/scalar.ts";
import type { Attribute, Type } from "./ir.ts";
import { boolType, deviceType, floatType, intType, strType } from "./types.ts";

/** What open ends of slices are in torch; indexing here leaves them at the greatest whole number that is exact. */
const greatestInt = 9223372036854775807n;

/** The attribute and type of a constant argument. */
export function constantOf(value: unknown, argument: SchemaArgument): readonly [Attribute, Type] {
  const { base } = argument.type;
  if (typeof value === "string") return [value, base === "Device" ? deviceType : strType];
  if (typeof value === "boolean") return [value, boolType];
  if ((value as DType).kind === "dtype") return [(value as DType).code, intType];
  if (isScalar(value)) {
    const number = typeof value === "bigint" ? value : scalarValue(value as Scalar);
    const isFloat = base === "float" || (base === "Scalar" && scalarCategory(value as Scalar) === "floating");
    if (isFloat) return [{ float: Number(number) }, floatType];
    return [Number(number) >= Number.MAX_SAFE_INTEGER ? greatestInt : number, intType];
  }
  throw new RuntimeError(
    `Tracing an argument of arbitrary type is currently not supported! (argument '${argument.name}')`,
  );
}
