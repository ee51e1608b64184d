/**
 * Colours and measures of the diagram. A spec cannot ask which theme the page has, so the background is transparent,
 * lines and outside text are mid-tones, and boxes are pastels with dark text: all read on white and on black.
 * Hues follow the Okabe–Ito palette, which survives colour blindness; shape and text say the same again.
 */
import type { Category } from "./categories.ts";

/** The fill of each family's boxes. */
export const FILLS: Readonly<Record<Category, string>> = {
  "input / output": "#e9ecf1",
  "linear algebra": "#a9cdee",
  elementwise: "#f5e8a3",
  activation: "#f7c994",
  "norm & softmax": "#a5dcc8",
  reduction: "#f0b9a6",
  shape: "#d3d8e2",
  creation: "#e3c8e2",
  module: "#dbe3f4",
  other: "#e4e0d8",
  unchanged: "#e6e9ee",
  added: "#9fd9bf",
  removed: "#f2ab90",
  changed: "#f6dd7d",
};

export const INK = {
  /** On boxes. */
  text: "#1c2027",
  faint: "#4a515d",
  /** On the page, whichever its colour. */
  line: "#8b93a1",
  label: "#727b8b",
  link: "#4f7ccf",
  frame: "#7f93bd",
  border: "#5d6675",
} as const;

/** From the least to the greatest of an overlay: light enough everywhere for dark text, and ordered for any eye. */
export const HEAT = ["#f3f0e4", "#f9dc9a", "#f5b26b", "#e98457"] as const;

/** Boxes with a warning or an error, and boxes an overlay knows nothing about. */
export const ALERT = { warning: "#b06f00", error: "#d8432e" } as const;
export const UNKNOWN = "#e2e5ea";

/** Producers, consumers and search hits: blue, vermilion and pink of the palette. */
export const MARKED = { producer: "#2f86c5", consumer: "#d9662b", hit: "#c0489a" } as const;

/** Sizes in pixels. */
export const SIZE = {
  width: 812,
  side: 186,
  minimap: 52,
  header: 26,
  /** What the bar holds beside the title: the number of boxes and the buttons. */
  buttons: 200,
  gap: 12,
  minHeight: 150,
  maxHeight: 560,
  label: 12,
  small: 10.5,
  tiny: 9.5,
  box: { pad: 11, two: 40, three: 53, pill: 20, minWidth: 64, maxText: 34 },
} as const;
