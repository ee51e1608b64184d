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
};

export const INK = {
  /** On boxes. */
  text: "#1c2027",
  faint: "#4a515d",
  /** On the page, whichever its colour. */
  line: "#8b93a1",
  label: "#7c8595",
  link: "#5b86d6",
  frame: "#7f93bd",
  border: "#5d6675",
} as const;

/** Producers, consumers and search hits: blue, vermilion and pink of the palette. */
export const MARKED = { producer: "#2f86c5", consumer: "#d9662b", hit: "#c0489a", focus: "#1c2027" } as const;

/** Sizes in pixels. */
export const SIZE = {
  width: 836,
  side: 186,
  minimap: 52,
  header: 26,
  gap: 12,
  minHeight: 250,
  maxHeight: 560,
  label: 12,
  small: 10.5,
  tiny: 9.5,
  box: { pad: 11, two: 40, three: 53, pill: 20, minWidth: 64, maxText: 34 },
} as const;
