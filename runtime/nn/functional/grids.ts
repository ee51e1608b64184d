/** Images read at the points of a grid, and grids from affine maps. Source: torch/nn/functional.py. */
import { NotImplementedError, ValueError } from "../../errors.ts";
import * as ops from "../../ops/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Options of `gridSample`. */
export interface GridSampleOptions {
  /** How values between pixels come about; default "bilinear". */
  readonly mode?: "bilinear" | "nearest" | "bicubic";
  /** What lies outside of the image; default "zeros". */
  readonly paddingMode?: "zeros" | "border" | "reflection";
  /** Whether -1 and 1 are the centres of the outermost pixels, or their edges (the default). */
  readonly alignCorners?: boolean | null;
}

const modes = { bilinear: 0, nearest: 1, bicubic: 2 } as const;
const paddings = { zeros: 0, border: 1, reflection: 2 } as const;

/**
 * Reads images [N, C, H, W] at the points of a grid [N, H', W', 2], whose coordinates go from -1 to 1.
 * Throws a ValueError for modes that do not exist.
 */
export function gridSample(input: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  const { mode = "bilinear", paddingMode = "zeros", alignCorners } = options;
  if (!(mode in modes)) {
    throw new ValueError(
      `nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '${mode}'`,
    );
  }
  if (!(paddingMode in paddings)) {
    throw new ValueError(
      `nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: '${paddingMode}'`,
    );
  }
  return ops.gridSampler(input, grid, modes[mode], paddings[paddingMode], alignCorners ?? false);
}

/** The grid [N, H, W, 2] that affine maps [N, 2, 3] make of images of `size` [N, C, H, W]. */
export function affineGrid(
  theta: Tensor,
  size: readonly number[],
  options: { readonly alignCorners?: boolean | null } = {},
): Tensor {
  if (!theta.isFloatingPoint())
    throw new ValueError(`Expected theta to have floating point type, but got ${theta.dtype}`);
  const text = `[${size.join(", ")}]`;
  if (size.length !== 4) {
    throw new NotImplementedError(
      `affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size ${text}.`,
    );
  }
  if (theta.ndim !== 3 || theta.sizes[1] !== 2 || theta.sizes[2] !== 3) {
    throw new ValueError(
      `Expected a batch of 2D affine matrices of shape Nx2x3 for size ${text}. Got torch.Size([${theta.sizes.join(", ")}]).`,
    );
  }
  if (Math.min(...size) <= 0) throw new ValueError(`Expected non-zero, positive output size. Got ${text}`);
  return ops.affineGridGenerator(theta, size, options.alignCorners ?? false);
}
