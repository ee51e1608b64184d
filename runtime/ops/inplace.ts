/**
 * Elementwise and matrix operators that write over their input, for those whose functional form stands elsewhere.
 * Source: native_functions.yaml.
 */

import { aten, inplaceOf, op, overloadsOf } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import { overwrite } from "../kernels/inplace.ts";
import { cppName, type DType } from "../tensor/dtype.ts";
import { wrapDim } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { erf } from "./activation.ts";
import { relu6, selu } from "./activation-units.ts";
import { clip } from "./aliases.ts";
import { add, div, floorDivide, mul, neg, remainder, sub } from "./arithmetic.ts";
import { logicalOr, logicalXor } from "./comparison.ts";
import { gcd, lcm } from "./divisors.ts";
import {
  acos,
  asin,
  atan,
  bitwiseNot,
  cos,
  cosh,
  exp2,
  expm1,
  frac,
  log,
  log1p,
  log2,
  log10,
  logicalNot,
  reciprocal,
  rsqrt,
  sgn,
  sign,
  sin,
  sinh,
  square,
  tan,
  trunc,
} from "./elementary.ts";
import { renorm } from "./extremes.ts";
import { baddbmm } from "./linalg.ts";
import { copysign, heaviside, hypot, ldexp, nextafter, xlogy } from "./pairs.ts";
import { pow } from "./powers.ts";
import { addbmm, addmv, addr } from "./products.ts";
import { put } from "./rearranging.ts";
import { cumsum } from "./reduction.ts";
import { cumprod } from "./scans.ts";
import { scatterReduce } from "./scatter-reduce.ts";
import {
  acosh,
  asinh,
  atanh,
  deg2rad,
  digamma,
  erfc,
  erfinv,
  i0,
  lgamma,
  logit,
  nanToNum,
  rad2deg,
  sinc,
} from "./special.ts";

/** `acos`, written to `self`. */
type Scan = (self: Tensor, dim: number, options?: { dtype?: DType }) => Tensor;

/** A scan that writes over its input stays in the input's dtype. */
function scanInPlace(name: string, scan: Scan): Scan {
  const { grad, onnx } = overloadsOf(scan)[0].facts;
  return aten(
    op(
      `aten::${name}_(Tensor(a!) self, int dim, *, ScalarType? dtype=None) -> Tensor(a!)` as "aten::f(Tensor(a!) self, int dim, *, ScalarType? dtype=None) -> Tensor(a!)",
      (self, dim, dtype) => {
        wrapDim(dim, self.ndim);
        if (dtype !== null && dtype !== self.dtype) {
          throw new RuntimeError(
            `Bad in-place call: input tensor dtype ${cppName(self.dtype)} and output tensor dtype ${cppName(dtype)} should match`,
          );
        }
        return overwrite(self, scan(self, dim, { dtype: self.dtype }));
      },
      { grad, onnx, gradName: `${name[0].toUpperCase()}${name.slice(1)}Backward0` },
    ),
  );
}

export const acos_ = inplaceOf(acos);
/** `acosh`, written to `self`. */
export const acosh_ = inplaceOf(acosh);
/** `addbmm`, written to `self`. */
export const addbmm_ = inplaceOf(addbmm);
/** `addmv`, written to `self`. */
export const addmv_ = inplaceOf(addmv);
/** `addr`, written to `self`. */
export const addr_ = inplaceOf(addr);
/** `asin`, written to `self`. */
export const asin_ = inplaceOf(asin);
/** `asinh`, written to `self`. */
export const asinh_ = inplaceOf(asinh);
/** `atan`, written to `self`. */
export const atan_ = inplaceOf(atan);
/** `atanh`, written to `self`. */
export const atanh_ = inplaceOf(atanh);
/** `baddbmm`, written to `self`. */
export const baddbmm_ = inplaceOf(baddbmm);
/** `bitwiseNot`, written to `self`. */
export const bitwiseNot_ = inplaceOf(bitwiseNot);
/** `clip`, written to `self`. */
export const clip_ = inplaceOf(clip);
/** `copysign`, written to `self`. */
export const copysign_ = inplaceOf(copysign);
/** `cos`, written to `self`. */
export const cos_ = inplaceOf(cos);
/** `cosh`, written to `self`. */
export const cosh_ = inplaceOf(cosh);
/** `cumprod`, written to `self`. */
export const cumprod_ = scanInPlace("cumprod", cumprod);
/** `cumsum`, written to `self`. */
export const cumsum_ = scanInPlace("cumsum", cumsum);
/** `deg2rad`, written to `self`. */
export const deg2rad_ = inplaceOf(deg2rad);
/** `digamma`, written to `self`. */
export const digamma_ = inplaceOf(digamma);
/** `erf`, written to `self`. */
export const erf_ = inplaceOf(erf);
/** `erfc`, written to `self`. */
export const erfc_ = inplaceOf(erfc);
/** `erfinv`, written to `self`. */
export const erfinv_ = inplaceOf(erfinv);
/** `exp2`, written to `self`. */
export const exp2_ = inplaceOf(exp2);
/** `expm1`, written to `self`. */
export const expm1_ = inplaceOf(expm1);
/** `frac`, written to `self`. */
export const frac_ = inplaceOf(frac);
/** `gcd`, written to `self`. */
export const gcd_ = inplaceOf(gcd);
/** `heaviside`, written to `self`. */
export const heaviside_ = inplaceOf(heaviside);
/** `hypot`, written to `self`. */
export const hypot_ = inplaceOf(hypot);
/** `i0`, written to `self`. */
export const i0_ = inplaceOf(i0);
/** `lcm`, written to `self`. */
export const lcm_ = inplaceOf(lcm);
/** `ldexp`, written to `self`. */
export const ldexp_ = inplaceOf(ldexp);
/** `lgamma`, written to `self`. */
export const lgamma_ = inplaceOf(lgamma);
/** `log`, written to `self`. */
export const log_ = inplaceOf(log);
/** `log1p`, written to `self`. */
export const log1p_ = inplaceOf(log1p);
/** `log2`, written to `self`. */
export const log2_ = inplaceOf(log2);
/** `log10`, written to `self`. */
export const log10_ = inplaceOf(log10);
/** `logicalNot`, written to `self`. */
export const logicalNot_ = inplaceOf(logicalNot);
/** `logicalOr`, written to `self`. */
export const logicalOr_ = inplaceOf(logicalOr);
/** `logicalXor`, written to `self`. */
export const logicalXor_ = inplaceOf(logicalXor);
/** `logit`, written to `self`. */
export const logit_ = inplaceOf(logit);
/** `nanToNum`, written to `self`. */
export const nanToNum_ = inplaceOf(nanToNum);
/** `nextafter`, written to `self`. */
export const nextafter_ = inplaceOf(nextafter);
/** `put`, written to `self`. */
export const put_ = inplaceOf(put);
/** `rad2deg`, written to `self`. */
export const rad2deg_ = inplaceOf(rad2deg);
/** `reciprocal`, written to `self`. */
export const reciprocal_ = inplaceOf(reciprocal);
/** `relu6`, written to `self`. */
export const relu6_ = inplaceOf(relu6);
/** `renorm`, written to `self`. */
export const renorm_ = inplaceOf(renorm);
/** `rsqrt`, written to `self`. */
export const rsqrt_ = inplaceOf(rsqrt);
/** `scatterReduce`, written to `self`. */
export const scatterReduce_ = inplaceOf(scatterReduce);
/** `selu`, written to `self`. */
export const selu_ = inplaceOf(selu);
/** `sgn`, written to `self`. */
export const sgn_ = inplaceOf(sgn);
/** `sign`, written to `self`. */
export const sign_ = inplaceOf(sign);
/** `sin`, written to `self`. */
export const sin_ = inplaceOf(sin);
/** `sinc`, written to `self`. */
export const sinc_ = inplaceOf(sinc);
/** `sinh`, written to `self`. */
export const sinh_ = inplaceOf(sinh);
/** `square`, written to `self`. */
export const square_ = inplaceOf(square);
/** `tan`, written to `self`. */
export const tan_ = inplaceOf(tan);
/** `trunc`, written to `self`. */
export const trunc_ = inplaceOf(trunc);
/** `xlogy`, written to `self`. */
export const xlogy_ = inplaceOf(xlogy);
/** `add`, written to `self`. */
export const add_ = inplaceOf(add);
/** `sub`, written to `self`. */
export const sub_ = inplaceOf(sub);
/** `mul`, written to `self`. */
export const mul_ = inplaceOf(mul);
/** `div`, written to `self`. */
export const div_ = inplaceOf(div);
/** `floorDivide`, written to `self`. */
export const floorDivide_ = inplaceOf(floorDivide);
/** `neg`, written to `self`. */
export const neg_ = inplaceOf(neg);
/** `remainder`, written to `self`. */
export const remainder_ = inplaceOf(remainder);
/** `pow`, written to `self`. */
export const pow_ = inplaceOf(pow, { Tensor_Scalar: "Scalar", Tensor_Tensor: "Tensor" });
