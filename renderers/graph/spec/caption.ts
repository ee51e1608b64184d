/** The caption below the picture: the graph's summary, and a line for each of the first warnings. */
import type { Diagram } from "../diagram.ts";
import { type GraphSummary, warningLine } from "../summary.ts";
import { FONT, textWidth } from "../text.ts";
import { ALERT, INK, SIZE } from "../theme.ts";
import { type Mark, value } from "./marks.ts";

const LINE = 16;
const FONT_SIZE = 11;
/** Warnings beyond these are counted only; all stand on their ops. */
const SHOWN = 3;

/** How much room the caption takes below the picture. */
export function captionHeight({ summary }: Diagram): number {
  if (summary === null) return 0;
  return 12 + LINE * (factLines(summary).length + warningLines(summary).length);
}

/** The caption's marks, from `top` on. */
export function caption({ summary }: Diagram, top: number): Mark[] {
  if (summary === null) return [];
  const facts = factLines(summary);
  const line = (index: number, text: string, fill: string, more: Mark = {}): Mark => ({
    type: "text",
    interactive: "tooltip" in more,
    encode: {
      enter: {
        x: value(10),
        y: value(top + 12 + index * LINE),
        text: value(text),
        limit: value(SIZE.width - 20),
        font: value(FONT),
        fontSize: value(FONT_SIZE),
        baseline: value("middle"),
        fill: value(fill),
        ...more,
      },
    },
  });
  return [
    ...facts.map((text, i) => line(i, text, INK.label)),
    ...warningLines(summary).map(({ text, tooltip }, i) =>
      line(
        facts.length + i,
        `⚠ ${text}`,
        ALERT.warning,
        tooltip === undefined ? {} : { tooltip: value(tooltip) },
      ),
    ),
  ];
}

/** `inputs → outputs  ·  parameters  ·  operators`, broken where a line is full. */
function factLines({ inputs, outputs, parameters, operators }: GraphSummary): readonly string[] {
  const facts = [
    `${inputs === "" ? "no input" : inputs} → ${outputs === "" ? "no output" : outputs}`,
    parameters === "" ? "" : `${parameters.replace(" in ", " parameters in ")}`,
    operators,
  ];
  const lines: string[] = [];
  for (const word of facts.filter(Boolean).join("  ·  ").split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer, FONT_SIZE) <= SIZE.width - 20) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** What is wrong and what to do instead, without torch's explanation in between; all of it in the tooltip. */
function warningLines({
  warnings,
}: GraphSummary): readonly { readonly text: string; readonly tooltip?: object }[] {
  const lines = warnings.slice(0, SHOWN).map(({ place, message, advice }) => ({
    text: warningLine({ place, message: /^.*?[.!](?= |$)/.exec(message)?.[0] ?? message, advice }),
    tooltip: { title: place, warning: message, instead: advice },
  }));
  const more = warnings.length - SHOWN;
  return more > 0 ? [...lines, { text: `and ${more} more, on the boxes marked ⚠` }] : lines;
}
