/** Channels and pixels in each other's place. Source: aten/src/ATen/native/PixelShuffle.cpp, ChanelShuffle.cpp. */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as rearranging from "../jit/onnx/rearranging.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Channels of groups interleaved. */
export const channelShuffle: (self: Tensor, groups: number) => Tensor = aten(
  op(
    "aten::channel_shuffle(Tensor self, SymInt groups) -> Tensor",
    (self, groups) => {
      if (self.ndim <= 2) {
        throw new RuntimeError(
          `channel_shuffle expects input with > 2 dims, but got input with sizes [${self.sizes.join(", ")}]`,
        );
      }
      const [n, c, ...rest] = self.sizes;
      if (groups <= 0)
        throw new RuntimeError(
          `Number of groups to divide channels in must be positive. Value of groups:${groups}`,
        );
      if (c % groups !== 0) {
        throw new RuntimeError(
          `Number of channels must be divisible by groups. Got ${c} channels and ${groups} groups.`,
        );
      }
      if (self.elements === 0) return self.clone();
      return self
        .reshape([n, groups, c / groups, -1])
        .transpose(1, 2)
        .reshape([n, c, ...rest]);
    },
    { composite: true, onnxExport: rearranging.channelShuffle },
  ),
);

/** Throws torch's errors for what has no channels and two dimensions of space, and for factors that are not positive. */
function checkPlanes(name: string, self: Tensor, factors: Readonly<Record<string, number>>): void {
  if (self.ndim < 3) {
    throw new RuntimeError(
      `${name} expects input to have at least 3 dimensions, but got input with ${self.ndim} dimension(s)`,
    );
  }
  for (const [factor, value] of Object.entries(factors))
    if (value <= 0) throw new RuntimeError(`${name} expects a positive ${factor}, but got ${value}`);
}

/** Channels spread over space: `[*, C r², H, W]` becomes `[*, C, H r, W r]`. */
export const pixelShuffle: (self: Tensor, upscaleFactor: number) => Tensor = aten(
  op(
    "aten::pixel_shuffle(Tensor self, int upscale_factor) -> Tensor",
    (self, r) => {
      checkPlanes("pixel_shuffle", self, { upscale_factor: r });
      const [c, h, w] = self.sizes.slice(-3);
      if (c % (r * r) !== 0) {
        throw new RuntimeError(
          `pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=${c} is not divisible by ${r * r}`,
        );
      }
      const lead = self.sizes.slice(0, -3);
      const n = lead.length;
      const parts = self.reshape([...lead, c / (r * r), r, r, h, w]);
      const order = [...lead.keys(), n, n + 3, n + 1, n + 4, n + 2];
      return parts.permute(order).reshape([...lead, c / (r * r), h * r, w * r]);
    },
    {
      onnx: rearranging.pixelShuffle,
      grad: { self: ({ grad, upscale_factor }) => pixelUnshuffle(grad, upscale_factor) },
    },
  ),
);

/** Space gathered into channels: the inverse of `pixelShuffle`. */
export const pixelUnshuffle: (self: Tensor, downscaleFactor: number) => Tensor = aten(
  op(
    "aten::pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor",
    (self, r) => {
      checkPlanes("pixel_unshuffle", self, { downscale_factor: r });
      const [c, h, w] = self.sizes.slice(-3);
      if (h % r !== 0) {
        throw new RuntimeError(
          `pixel_unshuffle expects height to be divisible by downscale_factor, but input.size(-2)=${h} is not divisible by ${r}`,
        );
      }
      if (w % r !== 0) {
        throw new RuntimeError(
          `pixel_unshuffle expects width to be divisible by downscale_factor, but input.size(-1)=${w} is not divisible by ${r}`,
        );
      }
      if (self.elements === 0) return self.clone();
      const lead = self.sizes.slice(0, -3);
      const n = lead.length;
      const parts = self.reshape([...lead, c, h / r, r, w / r, r]);
      const order = [...lead.keys(), n, n + 2, n + 4, n + 1, n + 3];
      return parts.permute(order).reshape([...lead, c * r * r, h / r, w / r]);
    },
    {
      onnx: rearranging.pixelUnshuffle,
      grad: { self: ({ grad, downscale_factor }) => pixelShuffle(grad, downscale_factor) },
    },
  ),
);
