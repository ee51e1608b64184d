/** From values to MIME bundles: the public face of the renderers. Sending bundles to a front end is the kernel's. */
import "./methods.ts";
import { displayKey, isDisplayable, type MimeBundle } from "./display.ts";
import { renderers } from "./table.ts";

export type { ImageOptions } from "./data/image.ts";
export type { LiveChart, LiveChartOptions, LivePoint } from "./data/live-chart.ts";
export {
  confusionMatrix,
  liveChart,
  type Picture,
  showImages,
  showTensor,
  summary,
  type TensorOptions,
  table,
} from "./data/show.ts";
export { type Displayable, displayKey, type MimeBundle } from "./display.ts";
export { type GraphOptions, prepareDiagrams } from "./graph/bundle.ts";
export { type Measured, type Timing, timingOverlays, valueOverlays } from "./graph/measured.ts";
export type { Note, Overlay } from "./graph/overlays.ts";
export { type Drawable, diffGraphs, type GraphPicture, showGradGraph, showGraph } from "./graph/show.ts";

/**
 * The MIME bundle of a value, always with `text/plain`; null if no renderer knows the value.
 * An object's own method `[Symbol.for("Jupyter.display")]()` wins over the renderers.
 * @example
 * import { mimeBundle } from "tracebook/renderers";
 * (await mimeBundle(torch.ones([2])))?.["text/plain"] // "torch_tensor\n 1\n 1\n[ CPUFloatType{2} ]"
 */
export async function mimeBundle(value: unknown): Promise<MimeBundle | null> {
  return bundleNow(value);
}

/** As {@link mimeBundle}, but a promise only where a picture takes its time: a printout keeps its place among printed lines. */
export function bundleNow(value: unknown): MimeBundle | null | Promise<MimeBundle | null> {
  if (isDisplayable(value)) {
    const own = value[displayKey]();
    return own instanceof Promise ? own.then((bundle) => withText(bundle, value)) : withText(own, value);
  }
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return null;
  for (const { name, render } of renderers) {
    try {
      const bundle = render(value);
      if (bundle instanceof Promise) return bundle.catch((error: unknown) => undrawn(value, name, error));
      if (bundle !== null) return bundle;
    } catch (error) {
      return undrawn(value, name, error);
    }
  }
  return null;
}

function withText(bundle: MimeBundle, value: unknown): MimeBundle {
  return "text/plain" in bundle ? bundle : { ...bundle, "text/plain": String(value) };
}

/** The value is worth more than its picture: what went wrong stands below its text. */
function undrawn(value: unknown, name: string, error: unknown): MimeBundle {
  const reason = error instanceof Error ? error.message : String(error);
  return { "text/plain": `${String(value)}\n(this ${name} could not be drawn: ${reason})` };
}
