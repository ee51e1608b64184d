/**
 * The families ops are coloured by. Families are recognised by what an operator's name says, so a new operator
 * needs no entry here; one that no pattern knows is "other". Colours are theme.ts's.
 */

/** A family of operators that share a colour. */
export type Category =
  | "input / output"
  | "linear algebra"
  | "elementwise"
  | "activation"
  | "norm & softmax"
  | "reduction"
  | "shape"
  | "creation"
  | "module"
  | "other"
  // What a difference of two graphs says of an op.
  | "unchanged"
  | "added"
  | "removed"
  | "changed";

const families: readonly (readonly [Category, RegExp])[] = [
  [
    "linear algebra",
    /^(linear|matmul|b?mm|mv|dot|addmm|baddbmm|einsum|outer|inner|_?conv.*|linalg.*|gru|lstm|rnn.*|embedding.*|scaled_dot_product.*|bilinear|tensordot|kron)$/,
  ],
  ["norm & softmax", /(norm$|^(log_)?softmax$|^softmin$|dropout)/],
  [
    "activation",
    /^(relu|relu6|elu|celu|selu|gelu|silu|mish|tanh|sigmoid|log_?sigmoid|hard.*|leaky_relu|prelu|softplus|softsign|threshold|glu)$/,
  ],
  [
    "reduction",
    /(pool[123]?d?$|^(sum|mean|prod|var|std|var_mean|std_mean|max|min|amax|amin|arg.*|any|all|norm|cum.*|logsumexp|median|mode|topk|sort|nll_loss.*|.*_loss|count_nonzero|nansum|bincount|histc|unique.*)$)/,
  ],
  [
    "shape",
    /^(view|view_as|reshape|permute|transpose|t|flatten|unflatten|squeeze|unsqueeze|expand|expand_as|cat|concat|stack|hstack|vstack|split|chunk|unsafe_chunk|unbind|select|slice|narrow|index.*|gather|scatter.*|take.*|masked_(select|scatter)|contiguous|to|type_as|detach|clone|alias|pad|roll|flip|rot90|repeat.*|tile|movedim|swap.*|diagonal|tri[ul]|size|unfold|fold|T|mT|numpy_T|as_strided|constant_pad_nd)$/,
  ],
  [
    "creation",
    /^(zeros|ones|full|empty|arange|linspace|logspace|eye|rand.*|normal|bernoulli|multinomial|tensor|scalar_tensor|new_.*|(zeros|ones|full|empty|rand|randn)_like|one_hot)$/,
  ],
  [
    "elementwise",
    /^(add|sub|rsub|mul|div|true_divide|floor_divide|remainder|fmod|pow|square|sqrt|rsqrt|exp.*|log.*|sin|cos|tan|a?sinh?|a?cosh?|atan.*|neg|abs|sign|ceil|floor|round|trunc|frac|reciprocal|clamp.*|clip|eq|ne|lt|le|gt|ge|where|masked_fill|maximum|minimum|addcmul|addcdiv|lerp|erf.*|logical.*|bitwise.*|__.*__|is.*|nan_to_num|heaviside|lgamma|digamma|copy|fill|zero|hypot)$/,
  ],
];

/** The family of an operator such as `aten::relu_`. */
export function categoryOf(operator: string): Category {
  if (operator === "prim::Param" || operator === "prim::Return") return "input / output";
  if (operator === "prim::CallMethod" || operator === "prim::CallFunction") return "module";
  const name = operator.slice(operator.indexOf("::") + 2).replace(/(?<!_)_$/, "");
  return families.find(([, pattern]) => pattern.test(name))?.[0] ?? "other";
}
