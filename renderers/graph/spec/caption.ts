/** The caption below the picture: the graph's summary, the error that ended its trace, and the first warnings. */
import type { Diagram } from "../diagram.ts";
import { type GraphSummary, type PlacedWarning, warningLine } from "../summary.ts";
import { FONT, textWidth } from "../text.ts";
import { ALERT, INK, SIZE } from "../theme.ts";
import { type Mark, value } from "./marks.ts";

const LINE = 16;
const FONT_SIZE = 11;
const WIDTH = SIZE.width - 20;
/** Warnings beyond these are counted only; all stand on their ops. */
const SHOWN = 3;

/** One line of the caption. */
interface CaptionLine {
  readonly text: string;
  readonly fill: string;
  /** What a warning leaves out. */
  readonly tooltip?: object;
}

/** How much room the caption takes below the picture. */
export function captionHeight({ summary }: Diagram): number {
  return summary === null ? 0 : 12 + LINE * captionLines(summary).length;
}

/** The caption's marks, from `top` on. */
export function caption({ summary }: Diagram, top: number): Mark[] {
  if (summary === null) return [];
  return captionLines(summary).map(({ text, fill, tooltip }, i) => ({
    type: "text",
    interactive: tooltip !== undefined,
    encode: {
      enter: {
        x: value(10),
        y: value(top + 12 + i * LINE),
        text: value(text),
        font: value(FONT),
        fontSize: value(FONT_SIZE),
        baseline: value("middle"),
        fill: value(fill),
        ...(tooltip === undefined ? {} : { tooltip: value(tooltip) }),
      },
    },
  }));
}

/** `inputs → outputs  ·  parameters  ·  operators`, what ended the trace, and the first warnings. */
function captionLines({
  inputs,
  outputs,
  parameters,
  operators,
  error,
  warnings,
}: GraphSummary): readonly CaptionLine[] {
  const facts = [
    `${inputs === "" ? "no input" : inputs} → ${outputs === "" ? "no output" : outputs}`,
    parameters.replace(" in ", " parameters in "),
    operators,
  ];
  const more = warnings.length - SHOWN;
  return [
    ...lines(facts.filter(Boolean).join("  ·  "), INK.label),
    ...(error === "" ? [] : lines(`✗ ${error}`, ALERT.error)),
    ...warnings.slice(0, SHOWN).flatMap(warningLines),
    ...(more > 0 ? lines(`⚠ and ${more} more, on the boxes marked ⚠`, ALERT.warning) : []),
  ];
}

/** What is wrong and what to do instead, without torch's explanation in between; all of it in the tooltip. */
function warningLines({ place, message, advice }: PlacedWarning): readonly CaptionLine[] {
  const short = warningLine({ place, message: /^.*?[.!](?= |$)/.exec(message)?.[0] ?? message, advice });
  return lines(`⚠ ${short}`, ALERT.warning, { title: place, warning: message, instead: advice });
}

/** A text as lines, broken where one is full. */
function lines(text: string, fill: string, tooltip?: object): readonly CaptionLine[] {
  const broken: string[] = [];
  for (const word of text.split(" ")) {
    const longer = broken.length === 0 ? word : `${broken.at(-1)} ${word}`;
    if (broken.length > 0 && textWidth(longer, FONT_SIZE) <= WIDTH) broken[broken.length - 1] = longer;
    else broken.push(word);
  }
  return broken.map((line) => ({ text: line, fill, ...(tooltip === undefined ? {} : { tooltip }) }));
}
