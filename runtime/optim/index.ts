/** `optim`: optimizers and learning rate schedulers. */
export { Adadelta } from "./adadelta.ts";
export { Adafactor } from "./adafactor.ts";
export { Adagrad } from "./adagrad.ts";
export { Adam, AdamW } from "./adam.ts";
export { Adamax } from "./adamax.ts";
export { ASGD } from "./asgd.ts";
export { LBFGS } from "./lbfgs.ts";
export * as lrScheduler from "./lr-schedulers.ts";
export { Muon } from "./muon.ts";
export { NAdam } from "./nadam.ts";
export type { OptimizerStateDict, ParamGroup, Params } from "./optimizer.ts";
export { Optimizer } from "./optimizer.ts";
export { RAdam } from "./radam.ts";
export { RMSprop } from "./rmsprop.ts";
export { Rprop } from "./rprop.ts";
export { SGD } from "./sgd.ts";
export * as swaUtils from "./swa-utils.ts";
