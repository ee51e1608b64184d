/** `data` (also `torch.utils.data`): datasets, samplers and loaders. */
export { type Collated, defaultCollate } from "./collate.ts";
export { DataLoader, type DataLoaderOptions } from "./data-loader.ts";
export { ConcatDataset, Dataset, randomSplit, type Samples, Subset, TensorDataset } from "./dataset.ts";
export {
  RandomSampler,
  type Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
} from "./sampler.ts";
