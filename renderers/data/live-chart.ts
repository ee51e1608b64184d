/**
 * Curves that grow while a cell computes. Updates replace the display of the first picture; they are made at once, so
 * that they appear even while a loop keeps the thread busy, and no more often than the eye can follow.
 */
import { charted, liveBundle, type VegaLiteSpec, vegaLiteBundle } from "../chart/vega-lite.ts";
import { type Displayable, displayKey, type MimeBundle } from "../display.ts";
import { digits } from "./values.ts";

/** One point: the curves' values by name, and where it stands. */
export type LivePoint = Readonly<Record<string, number | { item(): unknown }>>;

/** How a live chart looks. */
export interface LiveChartOptions {
  readonly title?: string;
  /** The field of the horizontal axis; by itself the points are counted. */
  readonly x?: string;
  /** Draws the vertical axis logarithmically. */
  readonly log?: boolean;
  /** The least time between two updates, in milliseconds. */
  readonly every?: number;
  /** At most so many points a curve are drawn: further ones thin out the older. */
  readonly limit?: number;
}

/** A chart on the page that grows with `push`. */
export interface LiveChart extends Displayable {
  readonly kind: "live-chart";
  /** Adds a point. The page follows, at the latest when the cell ends. */
  push(point: LivePoint): void;
}

/** How a cell shows something and replaces it later. */
export type Display = (value: unknown) => { update(value: unknown): unknown };

interface Drawn {
  readonly x: number;
  readonly curve: string;
  readonly value: number;
}

/** A live chart that shows itself by `display` at its first point. */
export function liveChartOn(display: Display, options: LiveChartOptions = {}): LiveChart {
  const { title = "", x, log = false, every = 250, limit = 1000 } = options;
  let points: Drawn[] = [];
  let pushed = 0;
  let shown: { update(value: unknown): unknown } | null = null;
  let drawnAt = 0;
  let settling = false;

  const spec = (): VegaLiteSpec => curvesOf(points, title, x ?? "step", log);
  const text = (): string => listing(points, title);
  const now = (): MimeBundle => liveBundle(spec(), text());
  const whole = (): Promise<MimeBundle> => vegaLiteBundle(spec(), text());

  const draw = (bundle: () => MimeBundle | Promise<MimeBundle>): void => {
    const value = { [displayKey]: bundle };
    if (shown === null) shown = display(value);
    else shown.update(value);
  };
  /** Once the thread is free: the last state, with the still picture for places without Vega. A cell waits for it to end. */
  const settle = (): void => {
    if (settling) return;
    settling = true;
    draw(async () => {
      await new Promise((resolve) => setTimeout(resolve, every));
      settling = false;
      return whole();
    });
  };

  return {
    kind: "live-chart",
    push: (point) => {
      const at = x === undefined ? pushed : numberOf(point[x], x);
      pushed += 1;
      for (const [curve, value] of Object.entries(point)) {
        if (curve !== x) points.push({ x: at, curve, value: numberOf(value, curve) });
      }
      if (points.length > 2 * limit) points = thinned(points);
      if (shown === null || performance.now() - drawnAt >= every) {
        drawnAt = performance.now();
        draw(now);
      }
      settle();
    },
    [displayKey]: whole,
  };
}

function numberOf(value: LivePoint[string] | undefined, name: string): number {
  if (typeof value === "number") return value;
  if (typeof value?.item === "function") return Number(value.item());
  throw new TypeError(`liveChart: expected a number or a tensor of one for ${name}, but got ${typeof value}`);
}

/** Every second point of each curve, and each curve's last. */
function thinned(points: readonly Drawn[]): Drawn[] {
  const counts = new Map<string, number>();
  const last = new Map(points.map((point) => [point.curve, point]));
  return points.filter((point) => {
    const count = counts.get(point.curve) ?? 0;
    counts.set(point.curve, count + 1);
    return count % 2 === 0 || last.get(point.curve) === point;
  });
}

function curvesOf(points: readonly Drawn[], title: string, x: string, log: boolean): VegaLiteSpec {
  const curves = [...new Set(points.map(({ curve }) => curve))];
  return charted({
    ...(title === "" ? {} : { title }),
    width: 560,
    height: 220,
    // JSON has no number for NaN: the line breaks there.
    data: {
      values: points.map((point) => ({ ...point, value: Number.isFinite(point.value) ? point.value : null })),
    },
    mark: { type: "line", tooltip: true, interpolate: "linear", point: points.length < 40 * curves.length },
    encoding: {
      x: { field: "x", type: "quantitative", title: x, axis: { tickMinStep: 1 } },
      y: {
        field: "value",
        type: "quantitative",
        title: null,
        scale: { type: log ? "log" : "linear", zero: false },
      },
      color: { field: "curve", type: "nominal", title: null, sort: null },
    },
  });
}

/** The last value of each curve in a line. */
function listing(points: readonly Drawn[], title: string): string {
  const last = new Map(points.map((point) => [point.curve, point]));
  const values = [...last.values()].map(({ curve, value, x }) => `${curve} ${digits(value)} at ${digits(x)}`);
  return [...(title === "" ? [] : [title]), ...values].join(", ");
}
