/**
 * Packages that need something of a browser, which the kernel gives them when a cell imports them. To adapt another, add a row.
 */
import { type DrawingDocument, drawingDocument } from "./drawing-document.ts";

type Exports = Record<string, unknown>;
type Draw = (options?: object) => object;

const adapters: Readonly<Record<string, (exports: Exports) => Exports>> = {
  "@observablehq/plot": adaptPlot,
};

const adapted = new WeakMap<Exports, Exports>();

/** The module as cells are to see it; the same object each time. */
export function adapt(specifier: string, exports: Exports): Exports {
  if (!Object.hasOwn(adapters, specifier)) return exports;
  const known = adapted.get(exports) ?? adapters[specifier](exports);
  adapted.set(exports, known);
  return known;
}

/** Observable Plot draws into a document, and a mark alone is shown as the chart of it. */
function adaptPlot(exports: Exports): Exports {
  const document: DrawingDocument = drawingDocument();
  const inDocument = (draw: Draw): Draw =>
    function (this: unknown, options = {}) {
      return draw.call(this, { document, ...options });
    };
  const marks = (exports["Mark"] as { prototype: Record<PropertyKey, unknown> }).prototype;
  const plotMark = inDocument(marks["plot"] as Draw);
  marks["plot"] = plotMark;
  marks[Symbol.for("Jupyter.display")] = function (this: unknown) {
    const figure = plotMark.call(this) as Record<symbol, () => unknown>;
    return figure[Symbol.for("Jupyter.display")]();
  };
  return {
    ...exports,
    plot: inDocument(exports["plot"] as Draw),
    legend: inDocument(exports["legend"] as Draw),
  };
}
