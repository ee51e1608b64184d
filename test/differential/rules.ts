/**
 * Differences from PyTorch on random calls that are known by a rule: what happens where nobody means a call, or where
 * this library's numbers are others. Single recorded cases are known-differences.ts's.
 */
import type { CaseResult } from "../golden/result.ts";

interface Rule {
  readonly why: string;
  holds(result: CaseResult, detail: string): boolean;
}

const rules: readonly Rule[] = [
  {
    why: "an int64 beyond 2^53 is an error here, never a wrong number; torch wraps around",
    holds: (_, detail) => detail.includes("JavaScript numbers are exact only up to 2^53"),
  },
  {
    why: "torch fails an assertion of its own, or hands the call to oneDNN, which refuses it or computes in float32",
    holds: ({ name }, detail) =>
      /INTERNAL ASSERT FAILED|primitive descriptor|itensor_view|undefined Tensor/.test(detail) ||
      /^gelu_backward .*float64.*float32/.test(name),
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
      /^(masked_fill|index_put|index_fill|tril|triu)_ .*\(\w+\[[\d,]+; [\d,]*\b0\b/.test(name),
  },
  {
    why: "at NaN and at the limits, torch's loops over vectors decide otherwise than those over the rest",
    holds: ({ name }, detail) =>
      /^(celu|elu|selu|hardshrink|softshrink|relu6|hardtanh|hardswish|hardsigmoid)(_|_backward)? /.test(
        name,
      ) && detail.includes("elements differ"),
  },
  {
    why: "matrices near to singular ones: every digit is the order of operations'",
    holds: ({ name }, detail) =>
      /^(linalg_|_linalg_|logdet|slogdet|det|pinverse|inverse|cholesky|svd)/.test(name) &&
      /elements differ|singular|failed to converge/.test(detail),
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
      /^(_log_softmax_backward_data|native_\w+_backward|_weight_norm|grid_sampler\w*|unfold_backward|_native_batch_norm_legit\w*|native_batch_norm|batch_norm|_pdist_forward|_?embedding_bag|_adaptive_avg_pool2d_backward|binary_cross_entropy_backward|\w+_loss_backward) /.test(
        name,
      ),
  },
  {
    why: "the operator of a gradient or inside another one, called with what no forward call gives it: torch sees that, or not",
    holds: ({ name, divergence }) =>
      divergence !== "result" &&
      /^(_native_batch_norm_legit\w*|native_\w+|convolution_backward|unfold_backward|nll_loss2?d?_backward|_adaptive_avg_pool\dd(_backward)?) /.test(
        name,
      ),
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
    why: "torch cancels digits in float32: at poles, in far tails, and where a sum leaves next to nothing",
    holds: ({ name }, detail) =>
      (/^digamma /.test(name) && detail.includes("gradients")) ||
      (/^(_softmax_backward_data|gelu_backward) .*float32/.test(name) && detail.includes("elements differ")),
  },
  {
    why: "bytes are interpolated in floating point here, in torch with weights of 16 bits",
    holds: ({ name }, detail) => /^upsample_\w+ .*uint8/.test(name) && detail.includes("elements differ"),
  },
  {
    why: "torch reads past the shorter of input and target; its module refuses them",
    holds: ({ name }, detail) => /^binary_cross_entropy /.test(name) && detail.includes("elements differ"),
  },
  {
    why: "torch's fused attention refuses any dropout but 0, also a negative one",
    holds: ({ name }, detail) =>
      /^scaled_dot_product_attention /.test(name) && detail.includes("dropout > 0"),
  },
  {
    why: "more memory is asked for than there is, or a tensor without channels resized",
    holds: (_, detail) =>
      /bad_alloc|integer multiplication overflow|Non-empty 3D data tensor expected/.test(detail),
  },
  {
    why: "halves are rounded after each step here, and once in torch's kernels",
    holds: ({ name }, detail) => /float16/.test(name) && detail.includes("elements differ"),
  },
  {
    why: "infinities and NaN take their way through another order of operations",
    holds: (_, detail) =>
      /elements differ: /.test(detail) &&
      (detail.match(/expected \S+ got \S+/g) ?? []).every((pair) => /NaN|Infinity/.test(pair)),
  },
];

/** Why a failed case is known, undefined if it is not. */
export const ruleFor = (result: CaseResult): string | undefined =>
  rules.find((rule) => rule.holds(result, result.detail ?? ""))?.why;
