/** An SVG as a PNG, for places that show no SVG. */
import type { Resvg } from "@resvg/resvg-js";

/**
 * The PNG file of an SVG, `scale` pixels for each of its own.
 * @throws Error if the optional package `@resvg/resvg-js` is not there for this platform.
 */
export async function pngOfSvg(svg: string, scale = 2): Promise<Uint8Array> {
  let renderer: typeof Resvg;
  try {
    ({ Resvg: renderer } = await import("@resvg/resvg-js"));
  } catch (cause) {
    throw new Error(
      "toPNG: expected the optional package @resvg/resvg-js, which is not installed; toSVG needs nothing",
      {
        cause,
      },
    );
  }
  return new renderer(svg, { fitTo: { mode: "zoom", value: scale } }).render().asPng();
}
