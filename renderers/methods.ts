/**
 * The methods that drawing adds to the runtime's values, so that a picture is one word away: `x.show()`, `traced.show()`,
 * `await traced.toHTML()`. What they draw is said in data/show.ts and graph/show.ts.
 */
import { ScriptFunction, Tensor } from "../runtime/index.ts";
import { type Picture, showTensor, type TensorOptions } from "./data/show.ts";
import type { GraphOptions } from "./graph/bundle.ts";
import { type GraphPicture, showGraph } from "./graph/show.ts";

declare module "../runtime/tensor/tensor.ts" {
  interface Tensor {
    /**
     * The tensor as a heat map and a histogram; see `showTensor`.
     * @example torch.randn([8, 8]).show({ as: "heatmap" })
     */
    show(options?: TensorOptions): Picture;
  }
}

declare module "../runtime/jit/script-function.ts" {
  interface ScriptFunction {
    /**
     * The graph as an interactive diagram; see `showGraph`.
     * @example traced.show({ depth: 1 })
     */
    show(options?: GraphOptions): GraphPicture;
    /** The whole diagram as an SVG text. */
    toSVG(options?: GraphOptions): Promise<string>;
    /** The whole diagram as a PNG file; needs the optional package `@resvg/resvg-js`. */
    toPNG(options?: GraphOptions): Promise<Uint8Array>;
    /**
     * One HTML page with the interactive diagram, which needs no network.
     * @example await writeFile("model.html", await traced.toHTML())
     */
    toHTML(options?: GraphOptions): Promise<string>;
  }
}

function addMethods<T extends object>(prototype: T, methods: Partial<T> & ThisType<T>): void {
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
}

addMethods(Tensor.prototype, {
  show(options) {
    return showTensor(this, options);
  },
});

addMethods(ScriptFunction.prototype, {
  show(options) {
    return showGraph(this, options);
  },
  toSVG(options) {
    return this.show(options).toSVG();
  },
  toPNG(options) {
    return this.show(options).toPNG();
  },
  toHTML(options) {
    return this.show(options).toHTML();
  },
});
