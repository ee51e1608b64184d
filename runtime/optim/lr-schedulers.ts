/** `optim.lrScheduler`: everything that moves learning rates during training. */
export { CosineAnnealingLR, CosineAnnealingWarmRestarts, OneCycleLR } from "./lr-cycles.ts";
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
  SequentialLR,
  StepLR,
} from "./lr-scheduler.ts";
