/** Tensors as pictures: grey or colour images, and batches of them as a grid, in one PNG. */
import type { MimeBundle } from "../display.ts";
import { pngOf } from "./png.ts";
import { statisticsOf, type TensorLike, valuesOf } from "./values.ts";

/** How images are shown. */
export interface ImageOptions {
  /** Whether the channels stand before the rows, as torch has them, or last. */
  readonly layout?: "CHW" | "HWC";
  /** The values drawn black and white; by itself 0 and 255 for uint8, 0 and 1 for floats between them, else the extremes. */
  readonly range?: readonly [black: number, white: number];
  /** How many images stand in a row of the grid. */
  readonly columns?: number;
  /** How many screen pixels wide each pixel is; by itself small images grow to about 160. */
  readonly scale?: number;
}

interface Images {
  readonly count: number;
  readonly channels: 1 | 3 | 4;
  readonly height: number;
  readonly width: number;
}

const GAP = 2;

/**
 * The bundle of an image `[H, W]`, `[C, H, W]` or a batch `[N, C, H, W]` (with layout "HWC" the channels last); C is 1, 3 or 4.
 * A tensor `[N, H, W]` whose N is no number of channels is a batch of grey images.
 * @throws TypeError if the tensor has other dimensions.
 */
export function imageBundle(tensor: TensorLike, options: ImageOptions = {}): MimeBundle {
  const layout = options.layout ?? "CHW";
  const images = imagesOf(tensor.sizes, layout);
  const { count, channels, height, width } = images;
  const scale = Math.max(1, Math.round(options.scale ?? Math.min(12, 160 / Math.max(height, width))));
  const columns = Math.max(1, Math.min(count, options.columns ?? Math.ceil(Math.sqrt(count))));
  const rows = Math.ceil(count / columns);
  const full = { width: columns * (width * scale + GAP) - GAP, height: rows * (height * scale + GAP) - GAP };

  const values = valuesOf(tensor);
  const [black, white] = options.range ?? rangeOf(tensor, values);
  const byte = (value: number): number =>
    Math.max(0, Math.min(255, Math.round(((value - black) / (white - black || 1)) * 255)));
  // Gaps of the grid are transparent: RGBA.
  const pixels = new Uint8Array(full.width * full.height * 4);
  for (let y = 0; y < full.height; y++) {
    for (let x = 0; x < full.width; x++) {
      const [column, row] = [Math.floor(x / (width * scale + GAP)), Math.floor(y / (height * scale + GAP))];
      const i = Math.floor((x - column * (width * scale + GAP)) / scale);
      const j = Math.floor((y - row * (height * scale + GAP)) / scale);
      const image = row * columns + column;
      if (i >= width || j >= height || image >= count) continue;
      const at = (channel: number): number =>
        byte(values[indexOf(images, layout, image, Math.min(channel, channels - 1), j, i)]!);
      pixels.set([at(0), at(1), at(2), channels === 4 ? at(3) : 255], (y * full.width + x) * 4);
    }
  }
  const what = `${count === 1 ? "image" : `${count} images`} ${height}×${width}${channels === 1 ? "" : `×${channels}`}`;
  return {
    "image/png": Buffer.from(pngOf(pixels, full.width, full.height, 4)).toString("base64"),
    "text/plain": `${what}, ${black} is black, ${white} is white`,
  };
}

function imagesOf(sizes: readonly number[], layout: "CHW" | "HWC"): Images {
  const isChannels = (size: number | undefined): size is 1 | 3 | 4 => size === 1 || size === 3 || size === 4;
  const [a, b, c, d] = sizes as [number, number, number, number];
  const ordered = (count: number, three: readonly [number, number, number]): Images | null => {
    const [channels, height, width] = layout === "CHW" ? three : [three[2], three[0], three[1]];
    return isChannels(channels) ? { count, channels, height, width } : null;
  };
  const found =
    sizes.length === 2
      ? { count: 1, channels: 1 as const, height: a, width: b }
      : sizes.length === 3
        ? (ordered(1, [a, b, c]) ?? { count: a, channels: 1 as const, height: b, width: c })
        : sizes.length === 4
          ? ordered(a, [b, c, d])
          : null;
  if (found === null || found.count * found.height * found.width === 0) {
    const expected =
      layout === "CHW" ? "[H, W], [C, H, W] or [N, C, H, W]" : "[H, W], [H, W, C] or [N, H, W, C]";
    throw new TypeError(
      `image: expected a tensor of ${expected} with 1, 3 or 4 channels, but got [${sizes.join(", ")}]`,
    );
  }
  return found;
}

function indexOf(
  { channels, height, width }: Images,
  layout: "CHW" | "HWC",
  image: number,
  channel: number,
  y: number,
  x: number,
): number {
  const start = image * channels * height * width;
  return layout === "CHW"
    ? start + (channel * height + y) * width + x
    : start + (y * width + x) * channels + channel;
}

function rangeOf(tensor: TensorLike, values: Float64Array): readonly [number, number] {
  if (tensor.dtype.name === "uint8") return [0, 255];
  const { least, greatest } = statisticsOf(values);
  return least >= 0 && greatest <= 1 ? [0, 1] : [least, greatest];
}
