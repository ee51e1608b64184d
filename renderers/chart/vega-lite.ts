/**
 * Charts in Vega-Lite: one look for all of them, and the MIME bundle of any Vega-Lite or Vega specification. Front ends
 * draw the specification; the still SVG in the bundle is for places that cannot.
 */
import type { MimeBundle } from "../display.ts";
import { svgOf, type VegaSpec } from "./svg.ts";

/** A Vega-Lite specification: plain JSON. */
export type VegaLiteSpec = Readonly<Record<string, unknown>>;

const SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json";
const GREY = "#7c8595";
const LINE = "#8b93a1";

/** Reads on light and on dark pages alike: transparent, with mid-tone axes and text; colours for any eye. */
const CONFIG = {
  background: "transparent",
  font: "Helvetica, Arial, sans-serif",
  title: {
    color: GREY,
    subtitleColor: GREY,
    anchor: "start",
    fontSize: 13,
    subtitleFontSize: 11,
    subtitlePadding: 4,
  },
  axis: {
    labelColor: GREY,
    titleColor: GREY,
    domainColor: LINE,
    tickColor: LINE,
    gridColor: LINE,
    gridOpacity: 0.25,
  },
  header: { labelColor: GREY, titleColor: GREY },
  legend: { labelColor: GREY, titleColor: GREY },
  view: { stroke: null },
  range: { category: ["#2f86c5", "#d9662b", "#2a9d78", "#c0489a", "#b98a00", "#7a6fc9", "#777f8c"] },
} as const;

/** A specification in the common look. */
export function charted(spec: VegaLiteSpec): VegaLiteSpec {
  return {
    $schema: SCHEMA,
    ...spec,
    config: { ...CONFIG, ...(spec["config"] as object | undefined) },
    usermeta: { embedOptions: { actions: { export: true, source: false, compiled: false, editor: false } } },
  };
}

/** The bundle without a still picture: made at once, for updates while a cell computes. */
export function liveBundle(spec: VegaLiteSpec, text: string): MimeBundle {
  return { "application/vnd.vegalite.v5+json": spec, "text/plain": text };
}

/** The bundle of a Vega-Lite specification. */
export async function vegaLiteBundle(spec: VegaLiteSpec, text: string): Promise<MimeBundle> {
  const { compile } = await import("vega-lite");
  const { spec: vega } = compile(structuredClone(spec) as unknown as Parameters<typeof compile>[0]);
  const svg = await svgOf(vega as unknown as VegaSpec);
  return { "application/vnd.vegalite.v5+json": spec, "image/svg+xml": svg, "text/plain": text };
}

/** Which language a value that may be a specification is written in, by its `$schema`. */
export function specLanguage(value: unknown): "vega" | "vega-lite" | null {
  const schema = (value as { readonly $schema?: unknown } | null)?.$schema;
  if (typeof schema !== "string") return null;
  if (/\/vega-lite\//.test(schema)) return "vega-lite";
  return /\/vega\//.test(schema) ? "vega" : null;
}

/** The bundle of a user's own specification, in whichever of the two languages; its look is left as it is. */
export async function specBundle(spec: VegaLiteSpec, language: "vega" | "vega-lite"): Promise<MimeBundle> {
  const text = `${language} chart${typeof spec["description"] === "string" ? `: ${spec["description"]}` : ""}`;
  if (language === "vega-lite") return vegaLiteBundle(spec, text);
  return { "application/vnd.vega.v5+json": spec, "image/svg+xml": await svgOf(spec), "text/plain": text };
}
