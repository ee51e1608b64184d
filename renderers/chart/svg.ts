/** A Vega specification as a still SVG, drawn in Node without a canvas. */

/** A Vega specification: plain JSON. */
export type VegaSpec = Readonly<Record<string, unknown>>;

/** Loads Vega; what will need it soon can start that while it does something else. */
export function loadVega(): Promise<typeof import("vega")> {
  return import("vega");
}

/** The SVG text of a specification's first view. Vega is loaded at the first call. */
export async function svgOf(spec: VegaSpec): Promise<string> {
  const vega = await loadVega();
  // Vega marks the rows it is given: it gets a copy.
  const runtime = vega.parse(structuredClone(spec) as unknown as import("vega").Spec);
  const view = new vega.View(runtime, { renderer: "none", logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
