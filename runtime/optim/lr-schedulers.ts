/** `optim.lrScheduler`: everything that moves learning rates during training. */
export { CosineAnnealingLR, CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR } from "./lr-cycles.ts";
export { ReduceLROnPlateau } from "./lr-plateau.ts";
export {
  ConstantLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  LRScheduler,
  MultiplicativeLR,
  MultiStepLR,
  PolynomialLR,
  StepLR,
} from "./lr-scheduler.ts";
export { ChainedScheduler, SequentialLR } from "./lr-sequences.ts";
