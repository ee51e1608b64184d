/**
 * Elementwise and matrix operators that write over their input, for those whose functional form stands elsewhere.
 * Source: native_functions.yaml.
 */
import { inplaceOf } from "../dispatch/op.ts";
import { erf } from "./activation.ts";
import { relu6, selu } from "./activation-units.ts";
import { clip } from "./aliases.ts";
import { logicalOr, logicalXor } from "./comparison.ts";
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
import { copysign, gcd, heaviside, hypot, lcm, ldexp, nextafter, xlogy } from "./pairs.ts";
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

export const acos_ = inplaceOf(acos);
export const acosh_ = inplaceOf(acosh);
export const addbmm_ = inplaceOf(addbmm);
export const addmv_ = inplaceOf(addmv);
export const addr_ = inplaceOf(addr);
export const asin_ = inplaceOf(asin);
export const asinh_ = inplaceOf(asinh);
export const atan_ = inplaceOf(atan);
export const atanh_ = inplaceOf(atanh);
export const baddbmm_ = inplaceOf(baddbmm);
export const bitwiseNot_ = inplaceOf(bitwiseNot);
export const clip_ = inplaceOf(clip);
export const copysign_ = inplaceOf(copysign);
export const cos_ = inplaceOf(cos);
export const cosh_ = inplaceOf(cosh);
export const cumprod_ = inplaceOf(cumprod);
export const cumsum_ = inplaceOf(cumsum);
export const deg2rad_ = inplaceOf(deg2rad);
export const digamma_ = inplaceOf(digamma);
export const erf_ = inplaceOf(erf);
export const erfc_ = inplaceOf(erfc);
export const erfinv_ = inplaceOf(erfinv);
export const exp2_ = inplaceOf(exp2);
export const expm1_ = inplaceOf(expm1);
export const frac_ = inplaceOf(frac);
export const gcd_ = inplaceOf(gcd);
export const heaviside_ = inplaceOf(heaviside);
export const hypot_ = inplaceOf(hypot);
export const i0_ = inplaceOf(i0);
export const lcm_ = inplaceOf(lcm);
export const ldexp_ = inplaceOf(ldexp);
export const lgamma_ = inplaceOf(lgamma);
export const log_ = inplaceOf(log);
export const log1p_ = inplaceOf(log1p);
export const log2_ = inplaceOf(log2);
export const log10_ = inplaceOf(log10);
export const logicalNot_ = inplaceOf(logicalNot);
export const logicalOr_ = inplaceOf(logicalOr);
export const logicalXor_ = inplaceOf(logicalXor);
export const logit_ = inplaceOf(logit);
export const nanToNum_ = inplaceOf(nanToNum);
export const nextafter_ = inplaceOf(nextafter);
export const put_ = inplaceOf(put);
export const rad2deg_ = inplaceOf(rad2deg);
export const reciprocal_ = inplaceOf(reciprocal);
export const relu6_ = inplaceOf(relu6);
export const renorm_ = inplaceOf(renorm);
export const rsqrt_ = inplaceOf(rsqrt);
export const scatterReduce_ = inplaceOf(scatterReduce);
export const selu_ = inplaceOf(selu);
export const sgn_ = inplaceOf(sgn);
export const sign_ = inplaceOf(sign);
export const sin_ = inplaceOf(sin);
export const sinc_ = inplaceOf(sinc);
export const sinh_ = inplaceOf(sinh);
export const square_ = inplaceOf(square);
export const tan_ = inplaceOf(tan);
export const trunc_ = inplaceOf(trunc);
export const xlogy_ = inplaceOf(xlogy);
