/** Functions of nn.functional and nn.utils that no layer calls give what PyTorch 2.13 gives. */
import { expect, test } from "vitest";
import { nn, type Tensor, torch } from "../../runtime/index.ts";

const F = nn.functional;

const rounded = (tensor: Tensor): number[] =>
  tensor
    .reshape([-1])
    .tolist<number[]>()
    .map((value) => Math.round(value * 1e5) / 1e5 + 0);

test("affineGrid and gridSample read a turned image", () => {
  const theta = torch.tensor([
    [
      [0.5, 0.2, 0.1],
      [-0.3, 0.8, 0],
    ],
  ]);
  const grid = F.affineGrid(theta, [1, 1, 2, 3], { alignCorners: false });
  expect(rounded(grid)).toEqual([
    -0.33333, -0.2, 0, -0.4, 0.33333, -0.6, -0.13333, 0.6, 0.2, 0.4, 0.53333, 0.2,
  ]);
  const image = torch.arange(12).to(torch.float32).reshape([1, 1, 3, 4]);
  expect(rounded(F.gridSample(image, grid))).toEqual([3.63333, 3.1, 2.56667, 8.83333, 8.3, 7.76667]);
  const options = { mode: "nearest", paddingMode: "border", alignCorners: true } as const;
  expect(rounded(F.gridSample(image, grid, options))).toEqual([5, 6, 2, 9, 6, 6]);
});

test("affineGrid and gridSample refuse what torch refuses, in its words", () => {
  const [image, grid] = [torch.ones([1, 1, 2, 2]), torch.zeros([1, 2, 2, 2])];
  expect(() => F.gridSample(image, grid, { mode: "cubic" as "bicubic" })).toThrow(
    "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: 'cubic'",
  );
  expect(() => F.gridSample(image, grid, { paddingMode: "none" as "zeros" })).toThrow(
    "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: 'none'",
  );
  expect(() => F.affineGrid(torch.ones([1, 3, 2]), [1, 1, 2, 2])).toThrow(
    "Expected a batch of 2D affine matrices of shape Nx2x3 for size [1, 1, 2, 2]. Got torch.Size([1, 3, 2]).",
  );
  expect(() => F.affineGrid(torch.ones([1, 2, 3]).long(), [1, 1, 2, 2])).toThrow(
    "Expected theta to have floating point type, but got torch.int64",
  );
});

test("activations whose names end with _ write over their input", () => {
  const x = torch.tensor([-1, 2]);
  expect(F.relu_(x) === x).toBe(true);
  expect(x.tolist()).toEqual([0, 2]);
  expect(F.hardtanh_(torch.tensor([-3, 0.5])).tolist()).toEqual([-1, 0.5]);
  expect(F.threshold_(torch.tensor([-3, 0.5]), 0, 7).tolist()).toEqual([7, 0.5]);
});

test("gradients are clipped by their joint norm", () => {
  const parameters = [torch.zeros([2]).requiresGrad_(), torch.zeros([1]).requiresGrad_()];
  parameters[0].grad = torch.tensor([3, 0]);
  parameters[1].grad = torch.tensor([4]);
  const grads = (): unknown[] => parameters.map(({ grad }) => grad?.tolist());
  expect(nn.utils.getTotalNorm([torch.tensor([3]), torch.tensor([4])]).item()).toBe(5);
  expect(nn.utils.clipGradNorm_(parameters, 1).item()).toBe(5);
  expect(grads()).toEqual([[0.5999999046325684, 0], [0.7999998331069946]]);
  nn.utils.clipGradsWithNorm_(parameters, 1, torch.tensor(2));
  expect(rounded(parameters[1].grad as Tensor)).toEqual([0.4]);
  parameters[1].grad = torch.tensor([Number.POSITIVE_INFINITY]);
  expect(() => nn.utils.clipGradNorm_(parameters, 1, 2, { errorIfNonfinite: true })).toThrow(
    "The total norm of order 2.0 for gradients from `parameters` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`",
  );
});

test("weightNorm learns length and direction of a weight apart", () => {
  torch.manualSeed(0);
  const layer = nn.utils.weightNorm(new nn.Linear(2, 3));
  expect(Object.keys(layer.stateDict())).toEqual(["bias", "weight_g", "weight_v"]);
  const { weight_g: length, weight_v: direction } = layer as unknown as Record<string, Tensor>;
  expect(rounded(length)).toEqual([0.37936, 0.78071, 0.33185]);
  const x = torch.tensor([[1, -2]]);
  const y = layer.forward(x);
  expect(rounded(y)).toEqual([-0.77795, 1.01945, -0.71433]);
  y.pow(2).sum().backward();
  expect(rounded(length.grad as Tensor)).toEqual([3.13321, 1.19819, 2.8051]);
  expect(rounded(direction.grad as Tensor)).toEqual([-1.51218, -0.0211, 2.9321, -3.27914, 0.87344, 1.25452]);
  torch.noGrad(() => length.fill_(2));
  expect(rounded(layer.forward(x))).toEqual([-4.04153, 1.73599, -3.98966]);
  expect(() => nn.utils.weightNorm(layer)).toThrow(
    "Cannot register two weight_norm hooks on the same parameter weight",
  );
  nn.utils.removeWeightNorm(layer);
  expect(Object.keys(layer.stateDict()).sort()).toEqual(["bias", "weight"]);
  expect(rounded(layer.weight)).toEqual([-0.02791, 1.99981, -1.49091, -1.33312, -1.64136, 1.14277]);
  expect(() => nn.utils.removeWeightNorm(layer)).toThrow(
    "weight_norm of 'weight' not found in Linear(in_features=2, out_features=3, bias=True)",
  );
});
