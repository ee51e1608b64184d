/** Leaves that want gradients, from plain numbers. */
import { type Tensor, torch } from "../../runtime/index.ts";

export const leaf = (data: Parameters<typeof torch.tensor>[0]): Tensor =>
  torch.tensor(data, { requiresGrad: true });
export const leaf64 = (data: Parameters<typeof torch.tensor>[0]): Tensor =>
  torch.tensor(data, { dtype: torch.float64, requiresGrad: true });
