/** `torch.autograd`: gradients asked for by hand, custom functions, and checks of gradients. */
export { backward, grad } from "./engine.ts";
export { AutogradFunction as Function } from "./function.ts";
export { gradcheck, gradgradcheck } from "./gradcheck.ts";
