/**
 * Differences from PyTorch on random calls that are known by a rule: what happens where nobody means a call, or where
 * this library's numbers are others. Single recorded cases are known-differences.ts's.
 */
import type { CaseResult } from "../golden/result.ts";

interface Rule {
  readonly why: string;
  holds(result: CaseResult, detail: string): boolean;
}

/** The numbers that a detail shows: what was expected and what came. */
const pairsIn = (detail: string): readonly (readonly [expected: number, got: number])[] =>
  [...detail.matchAll(/expected (\S+), got ([^\s;]+)/g)].map(([, expected, got]) => [
    Number(expected),
    Number(got),
  ]);

/** Whether elements differ, and all that are shown in this way. */
const differ = (detail: string, how: (expected: number, got: number) => boolean): boolean => {
  const pairs = pairsIn(detail);
  return detail.includes("elements differ") && pairs.length > 0 && pairs.every((pair) => how(...pair));
};

const rules: readonly Rule[] = [
  {
    why: "an int64 beyond 2^53 is an error here, never a wrong number; torch wraps around",
    holds: (_, detail) =>
      /JavaScript numbers are exact only up to 2\^53|cannot convert \S+ to torch.int64/.test(detail),
  },
  {
    why: "torch fails an assertion of its own, or hands the call to oneDNN, which refuses it or computes in float32",
    holds: ({ name }, detail) =>
      /INTERNAL ASSERT FAILED|primitive descriptor|itensor_view|undefined Tensor|nullptr \(uninitialized\)/.test(
        detail,
      ) || /^gelu_backward .*float64.*float32/.test(name),
  },
  {
    why: "torch.ops takes null for bools and undefined tensors, and says in its own words what it does not take; here calls are bound as torch.add's are",
    holds: ({ name }, detail) =>
      /Expected a (value of type|proper Tensor)|is missing value for argument|fixed-size array/.test(
        detail,
      ) ||
      /TypeError: \w+\(\):? (argument '|missing required|received an invalid)/.test(detail) ||
      /^randint .*dtype=null/.test(name),
  },
  {
    why: "writes to memory that overlaps itself come in another order",
    holds: ({ name }) =>
      /^(masked_fill|index_put|index_fill|tril|triu)_ .*\(\w+\[[\d,]+; [\d,]*\b0\b/.test(name) ||
      // Several elements put into one place: torch walks dimensions in the order of the strides.
      /^put_? .*\w+\[[\d,]+; .*\w+\[[\d,]+; /.test(name),
  },
  {
    why: "a gradient in float64 of what is computed in float32 has the digits of float32 in torch, more here",
    holds: ({ name }, detail) =>
      /float64/.test(name) &&
      /float32/.test(name) &&
      /^(\w+: )?gradients: /.test(detail) &&
      differ(detail, (expected, got) => Math.abs(expected - got) <= 5e-7 * Math.abs(expected)),
  },
  {
    why: "a dtype that is not given is read all the same",
    holds: ({ name }) => /^to .*prim_Device\(.*, null, null/.test(name),
  },
  {
    why: "torch's filter takes the first row for all where a picture becomes one pixel wide",
    holds: ({ name }) => /^_upsample_\w+_aa .*\], \[\d+, 1\], /.test(name),
  },
  {
    why: "at NaN and at the limits, torch's loops over vectors decide otherwise than those over the rest",
    holds: ({ name }, detail) =>
      /^(celu|elu|selu|hardshrink|softshrink|relu6|hardtanh|hardswish|hardsigmoid)(_|_backward)? /.test(
        name,
      ) && differ(detail, (expected, got) => !(Math.abs(expected) > 0) || Number.isNaN(got)),
  },
  {
    why: "matrices near to singular ones: every digit is the order of operations'",
    holds: ({ name }, detail) =>
      /^(linalg_(?!vander|vector_norm|cross|diagonal|multi_dot)|_linalg_|logdet|slogdet|det|pinverse|inverse|cholesky|svd)/.test(
        name,
      ) && /elements differ|singular|failed to converge/.test(detail),
  },
  {
    why: "which of several equal elements is taken, and so where its gradient goes",
    holds: ({ name }, detail) =>
      /^(topk|kthvalue|median|nanmedian|mode|sort|unique_dim) /.test(name) &&
      detail.includes("elements differ"),
  },
  {
    why: "torch reads memory of others where the arguments of a backward or inner operator do not fit together, or a mode does not exist",
    holds: ({ name, divergence }) =>
      divergence !== "accepted" &&
      /^(_log_softmax_backward_data|native_\w+_backward|unfold_backward|_native_batch_norm_legit\w*|native_batch_norm|batch_norm|_?embedding_bag) /.test(
        name,
      ),
  },
  {
    why: "torch reads memory of others there, too, which here is an error",
    holds: ({ name, divergence }) =>
      divergence === "refused" &&
      /^(_weight_norm|grid_sampler(_2d)?|_pdist_forward|_adaptive_avg_pool2d_backward) /.test(name),
  },
  {
    why: "broadcast beyond its input, torch's result is what lies first in memory",
    holds: ({ name }, detail) =>
      /^binary_cross_entropy(_backward)? .*\[[\d,]+; /.test(name) && detail.includes("elements differ"),
  },
  {
    why: "a negative beta, which no loss takes: torch's loops over vectors compare sizes, those over the rest do not",
    holds: ({ name }, detail) =>
      /^smooth_l1_loss_backward .* -[\d.]+\)$/.test(name) && detail.includes("elements differ"),
  },
  {
    why: "torch's gradient of elu_ is told by its result, which a negative factor turns round",
    holds: ({ name }, detail) => /^elu_ .*, -\d/.test(name) && detail.includes("gradients"),
  },
  {
    why: "the operator of a gradient or inside another one, called with what no forward call gives it: torch sees that, or not",
    holds: ({ name, divergence }) =>
      divergence !== "result" &&
      /^(_native_batch_norm_legit\w*|native_\w+|convolution_backward|unfold_backward) /.test(name),
  },
  {
    why: "torch's kernel takes its vector of numbers as lying in a row, and reads what lies between them",
    holds: ({ name }) =>
      /^(native_group_norm|_?embedding_bag) .*\w+\[\d+; /.test(name) ||
      /^scatter .*int32\[[\d,]+; [\d,]*\b0\b/.test(name),
  },
  {
    why: "the layer is a module's: its operator alone takes states and weights of shapes that torch refuses here and there",
    holds: ({ name, divergence }) =>
      divergence !== "result" && divergence !== "broken" && /^(gru|lstm|rnn_tanh|rnn_relu) /.test(name),
  },
  {
    why: "torch takes the spread over no dimension for one of a single element where it comes to the gradient",
    holds: ({ name }, detail) =>
      /^(var|std|var_mean|std_mean) .*\], \[\]/.test(name) && detail.includes("gradients"),
  },
  {
    why: "torch cancels digits in float32: in far tails, and where a sum leaves next to nothing",
    holds: ({ name }, detail) =>
      /^(_softmax_backward_data|gelu_backward) .*float32/.test(name) && detail.includes("elements differ"),
  },
  {
    why: "a single number normalised is exactly 0 here, and a rounding error in torch",
    holds: ({ name }, detail) =>
      /^(native_)?(group|layer)_norm /.test(name) && differ(detail, (_, got) => got === 0),
  },
  {
    why: "of the gradient of two numbers normalised all digits cancel but epsilon's share: torch is as far from the true value as this is",
    holds: ({ name }, detail) =>
      /^(native_)?group_norm .*float32\[1,2[;\]]/.test(name) &&
      /^(\w+: )?gradients: /.test(detail) &&
      differ(detail, (expected, got) => Math.abs(expected - got) <= 1e-3 * Math.abs(expected)),
  },
  {
    why: "bytes are interpolated in floating point here, in torch with weights of 16 bits",
    holds: ({ name }, detail) => /^upsample_\w+ .*uint8/.test(name) && detail.includes("elements differ"),
  },
  {
    why: "torch's fused attention refuses any dropout but 0, also a negative one",
    holds: ({ name }, detail) =>
      /^scaled_dot_product_attention /.test(name) && detail.includes("dropout > 0"),
  },
  {
    why: "more memory is asked for than there is",
    holds: (_, detail) => /bad_alloc|integer multiplication overflow/.test(detail),
  },
  {
    why: "halves are rounded after each step here, and once in torch's kernels",
    holds: ({ name }, detail) => {
      const step = name.includes("bfloat16") ? 2 ** -6 : 2 ** -7;
      const isNear = (expected: number, got: number): boolean =>
        Math.abs(expected - got) <= step * Math.max(1, Math.abs(expected));
      return name.includes("float16") && differ(detail, isNear);
    },
  },
  {
    why: "infinities and NaN take their way through another order of operations",
    holds: (_, detail) =>
      differ(detail, (expected, got) => !Number.isFinite(expected) || !Number.isFinite(got)),
  },
];

/** Why a failed case is known, undefined if it is not. */
export const ruleFor = (result: CaseResult): string | undefined =>
  rules.find((rule) => rule.holds(result, result.detail ?? ""))?.why;
