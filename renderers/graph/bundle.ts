/**
 * A graph's MIME bundle: the interactive diagram, the same as a still picture, and text. Never text/html, which would
 * hide the diagram in JupyterLab and Notebook.
 */

import { loadVega, svgOf } from "../chart/svg.ts";
import type { MimeBundle } from "../display.ts";
import { type DiagramOptions, diagramOf } from "./diagram.ts";
import { prepareLayout } from "./layout.ts";
import { listingOf } from "./listing.ts";
import type { GraphModel, ModelOptions } from "./model.ts";
import { specOf, stillSpecOf } from "./spec.ts";

/** How a graph is shown. */
export interface GraphOptions extends ModelOptions, DiagramOptions {
  /** The text for places without pictures; by itself a listing of the ops. */
  readonly text?: string;
}

/** Loads Vega, and lets the thread of the layout load beside it: for who expects a first diagram soon. */
export async function prepareDiagrams(): Promise<void> {
  prepareLayout();
  await loadVega();
}

/** The bundle of a model; Vega JSON, SVG and text. */
export async function modelBundle(model: GraphModel, options: GraphOptions = {}): Promise<MimeBundle> {
  // The first time both take a while: dot's thread lays out while Vega is loaded here.
  const [diagram] = await Promise.all([diagramOf(model, options), loadVega()]);
  return {
    "application/vnd.vega.v5+json": specOf(diagram),
    "image/svg+xml": await svgOf(stillSpecOf(diagram)),
    "text/plain": options.text ?? listingOf(model),
  };
}
