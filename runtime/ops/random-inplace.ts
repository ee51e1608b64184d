/**
 * Filling given tensors with random numbers: `uniform_`, `normal_`, `random_`, `bernoulli_` and the like.
 * Source: native_functions.yaml, aten/src/ATen/native/DistributionTemplates.h.
 */

import { aten, type OpFacts, op } from "../dispatch/op.ts";
import { notBools, onlyFloats, refuse } from "../dispatch/refusal.ts";
import { cppFloat, NotImplementedError, RuntimeError } from "../errors.ts";
import { fillBernoulli, fillBernoulliEach } from "../random/bernoulli.ts";
import { fillBoundedIntegers } from "../random/bounded-integers.ts";
import { fillCauchy, fillExponential, fillGeometric, fillLogNormal } from "../random/continuous.ts";
import { defaultGenerator } from "../random/default-generator.ts";
import type { Generator } from "../random/generator.ts";
import { fillFrom, fillFullRange, type IntegerSink } from "../random/integers.ts";
import { fillNormal } from "../random/normal.ts";
import { fillUniform } from "../random/uniform.ts";
import { valuesOf, writeRawValues, writeValues } from "../tensor/access.ts";
import { bool, cppName, int64 } from "../tensor/dtype.ts";
import { finfo } from "../tensor/dtype-limits.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Where random numbers come from, if not from the default generator. */
export interface GeneratorOption {
  readonly generator?: Generator;
}

/** What was there before has no influence on what is there after. */
const noInfluence: OpFacts = { grad: { self: ({ grad }) => grad.zerosLike() } };

/** Overwrites `self` with numbers that `fill` draws in row-major order. */
function refill(
  self: Tensor,
  generator: Generator | null,
  fill: (out: NumberArray, generator: Generator) => void,
): Tensor {
  const out = allocateNumbers(self.dtype, self.elements);
  fill(out, generator ?? defaultGenerator);
  writeValues(self, out);
  return self;
}

function requireFloating(self: Tensor, kernel: string): void {
  if (self.dtype.category !== "floating") {
    throw new NotImplementedError(`"${kernel}" not implemented for '${self.dtype.scalarName}'`);
  }
}

/** Fills `self` with uniform numbers in [from, to). */
export const uniform_: (self: Tensor, from?: number, to?: number, options?: GeneratorOption) => Tensor = aten(
  op(
    "aten::uniform_(Tensor(a!) self, float from=0, float to=1, *, Generator? generator=None) -> Tensor(a!)",
    (self, from, to, generator) => {
      requireFloating(self, uniformKernel);
      for (const [name, bound] of Object.entries({ from, to })) {
        if (!(Math.abs(bound) <= finfo(self.dtype).max))
          throw new RuntimeError(`${name} is out of bounds for ${cppName(self.dtype)}`);
      }
      return refill(self, generator, (out, stream) => fillUniform(out, self.dtype, from, to, stream));
    },
    noInfluence,
  ),
);

const uniformKernel = "check_uniform_bounds";

/** Fills `self` with normal numbers. */
export const normal_: (self: Tensor, mean?: number, std?: number, options?: GeneratorOption) => Tensor = aten(
  op(
    "aten::normal_(Tensor(a!) self, float mean=0, float std=1, *, Generator? generator=None) -> Tensor(a!)",
    (self, mean, std, generator) => {
      if (!(std >= 0)) throw new RuntimeError(`normal expects std >= 0.0, but found std ${std}`);
      if (self.elements === 0) return self;
      requireFloating(self, "normal_kernel_cpu");
      return refill(self, generator, (out, stream) =>
        fillNormal(out, self.dtype, mean, std, stream, self.isContiguous()),
      );
    },
    noInfluence,
  ),
);

/** Fills `self` with coin flips of one probability (default 0.5) or of one for each element. */
export const bernoulli_: (self: Tensor, p?: number | Tensor, options?: GeneratorOption) => Tensor = aten(
  op(
    "aten::bernoulli_.Tensor(Tensor(a!) self, Tensor p, *, Generator? generator=None) -> Tensor(a!)",
    (self, p, generator) => {
      if (self.elements === 0) return self;
      refuse(onlyFloats("bernoulli_tensor_cpu_p_"), p.dtype);
      return refill(self, generator, (out, stream) =>
        fillBernoulliEach(out, valuesOf(p.expand(self.sizes)), p.dtype, stream),
      );
    },
    { grad: { self: ({ grad }) => grad.zerosLike(), p: ({ p }) => p.zerosLike() } },
  ),
  op(
    "aten::bernoulli_.float(Tensor(a!) self, float p=0.5, *, Generator? generator=None) -> Tensor(a!)",
    (self, p, generator) => refill(self, generator, (out, stream) => fillBernoulli(out, p, stream)),
    noInfluence,
  ),
);

function randomKernel(
  self: Tensor,
  generator: Generator | null,
  fill: (out: IntegerSink, generator: Generator) => void,
): Tensor {
  if (self.dtype !== int64) return refill(self, generator, fill);
  const out = new BigInt64Array(self.elements);
  fill(out, generator ?? defaultGenerator);
  writeRawValues(self, out);
  return self;
}

/** Fills `self` with whole numbers: of its dtype's whole range, from 0 to `to`, or from `from` to `to` (not included). */
export interface Random {
  (self: Tensor, options?: GeneratorOption): Tensor;
  (self: Tensor, to: number, options?: GeneratorOption): Tensor;
  (self: Tensor, from: number, to: number | null, options?: GeneratorOption): Tensor;
}

/** `random`, written to `self`. */
export const random_: Random = aten(
  op(
    "aten::random_(Tensor(a!) self, *, Generator? generator=None) -> Tensor(a!)",
    (self, generator) =>
      randomKernel(self, generator, (out, stream) => fillFullRange(out, self.dtype.name, stream)),
    noInfluence,
  ),
  op(
    "aten::random_.to(Tensor(a!) self, int to, *, Generator? generator=None) -> Tensor(a!)",
    (self, to, generator) =>
      randomKernel(self, generator, (out, stream) =>
        fillBoundedIntegers(out, 0n, BigInt(to), self.dtype, stream),
      ),
    noInfluence,
  ),
  op(
    "aten::random_.from(Tensor(a!) self, int from, int? to, *, Generator? generator=None) -> Tensor(a!)",
    (self, from, to, generator) => {
      if (to === null && self.dtype === bool && (from < 0 || from > 1))
        throw new RuntimeError("from is out of bounds for bool");
      return randomKernel(self, generator, (out, stream) =>
        to === null
          ? fillFrom(out, BigInt(from), self.dtype.name, stream)
          : fillBoundedIntegers(out, BigInt(from), BigInt(to), self.dtype, stream),
      );
    },
    noInfluence,
  ),
);

/** Fills `self` with exponential numbers of rate `lambd`. */
export const exponential_: (self: Tensor, lambd?: number, options?: GeneratorOption) => Tensor = aten(
  op(
    "aten::exponential_(Tensor(a!) self, float lambd=1, *, Generator? generator=None) -> Tensor(a!)",
    (self, lambd, generator) => {
      if (!(lambd > 0))
        throw new RuntimeError(`exponential_ expects lambda > 0.0, but found lambda=${cppFloat(lambd)}`);
      if (self.elements === 0) return self;
      if (self.dtype.category !== "floating") {
        throw new RuntimeError(
          "Exponential distribution is a continuous probability distribution. " +
            `dtype must be a floating point but you specified ${self.dtype.scalarName}`,
        );
      }
      return refill(self, generator, (out, stream) => fillExponential(out, lambd, stream));
    },
    noInfluence,
  ),
);

/** Fills `self` with Cauchy numbers. */
export const cauchy_: (self: Tensor, median?: number, sigma?: number, options?: GeneratorOption) => Tensor =
  aten(
    op(
      "aten::cauchy_(Tensor(a!) self, float median=0, float sigma=1, *, Generator? generator=None) -> Tensor(a!)",
      (self, median, sigma, generator) => {
        if (self.dtype.category !== "floating") {
          throw new RuntimeError(
            `Cauchy distribution is a continuous probability distribution. dtype must be a floating point but you specified ${cppName(self.dtype)}`,
          );
        }
        return refill(self, generator, (out, stream) => fillCauchy(out, median, sigma, stream));
      },
      noInfluence,
    ),
  );

/** Fills `self` with numbers whose logarithm is normal. */
export const logNormal_: (self: Tensor, mean?: number, std?: number, options?: GeneratorOption) => Tensor =
  aten(
    op(
      "aten::log_normal_(Tensor(a!) self, float mean=1, float std=2, *, Generator? generator=None) -> Tensor(a!)",
      (self, mean, std, generator) => {
        if (!(std > 0))
          throw new RuntimeError(`log_normal_ expects std > 0.0, but found std=${cppFloat(std)}`);
        if (self.elements === 0) return self;
        requireFloating(self, "log_normal_cpu");
        return refill(self, generator, (out, stream) => fillLogNormal(out, mean, std, stream));
      },
      noInfluence,
    ),
  );

/** Fills `self` with the number of trials up to the first success. */
export const geometric_: (self: Tensor, p: number, options?: GeneratorOption) => Tensor = aten(
  op(
    "aten::geometric_(Tensor(a!) self, float p, *, Generator? generator=None) -> Tensor(a!)",
    (self, p, generator) => {
      if (self.elements > 0) refuse(notBools("geometric_cpu"), self.dtype);
      return refill(self, generator, (out, stream) => fillGeometric(out, p, stream));
    },
    noInfluence,
  ),
);
