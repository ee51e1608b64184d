/** `optim`: optimizers and learning rate schedulers. */
export { Adagrad } from "./adagrad.ts";
export { Adam, AdamW } from "./adam.ts";
export { LBFGS } from "./lbfgs.ts";
export * as lrScheduler from "./lr-schedulers.ts";
export type { OptimizerStateDict, ParamGroup, Params } from "./optimizer.ts";
export { Optimizer } from "./optimizer.ts";
export { RMSprop } from "./rmsprop.ts";
export { SGD } from "./sgd.ts";
