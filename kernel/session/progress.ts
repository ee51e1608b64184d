/**
 * `for (const x of progress(items))`: a bar below the cell that follows a loop, as HTML and as text.
 */
import type { MimeBundle } from "../channel.ts";
import type { Displays } from "./display.ts";

export interface ProgressOptions {
  /** Stands before the bar. */
  readonly label?: string;
  /** How many items there are, where the iterable does not tell. */
  readonly total?: number;
}

/** A bar is drawn again after this time, in ms: a fast loop must not drown in messages. */
const redrawAfter = 100;
const textWidth = 30;

export type Progress = <Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  options?: ProgressOptions,
) => Iterable<Item> & AsyncIterable<Item>;

export function progressOf({ display }: Displays): Progress {
  return <Item>(items: Iterable<Item> | AsyncIterable<Item>, options: ProgressOptions = {}) => {
    const total = options.total ?? sizeOf(items);
    const follow = () => {
      const start = performance.now();
      const draw = (count: number): MimeBundle => bar(count, total, performance.now() - start, options.label);
      const shown = display(draw(0));
      let count = 0;
      let drawn = start;
      return {
        step() {
          count += 1;
          if (performance.now() - drawn < redrawAfter) return;
          drawn = performance.now();
          shown.update(draw(count));
        },
        end: () => void shown.update(draw(count)),
      };
    };
    return {
      *[Symbol.iterator]() {
        const bar = follow();
        try {
          for (const item of items as Iterable<Item>) {
            yield item;
            bar.step();
          }
        } finally {
          bar.end();
        }
      },
      async *[Symbol.asyncIterator]() {
        const bar = follow();
        try {
          for await (const item of items) {
            yield item;
            bar.step();
          }
        } finally {
          bar.end();
        }
      },
    };
  };
}

function sizeOf(items: object): number | undefined {
  const { length, size } = items as { readonly length?: unknown; readonly size?: unknown };
  return typeof length === "number" ? length : typeof size === "number" ? size : undefined;
}

function bar(count: number, total: number | undefined, ms: number, label = ""): MimeBundle {
  const share = total === undefined || total === 0 ? null : count / total;
  const seconds = ms / 1000;
  const rest =
    share !== null && share > 0 && share < 1 ? `, ${(seconds / share - seconds).toFixed(0)} s left` : "";
  const numbers = `${count}${total === undefined ? "" : `/${total}`} in ${seconds.toFixed(1)} s${rest}`;
  const filled = Math.round((share ?? 0) * textWidth);
  const text = [
    label,
    share === null ? "" : `[${"█".repeat(filled)}${" ".repeat(textWidth - filled)}]`,
    numbers,
  ];
  const value = share === null ? "" : ` value="${count}" max="${total}"`;
  return {
    "text/plain": text.filter((part) => part !== "").join(" "),
    "text/html": `<label>${escapeHtml(label)} <progress${value}></progress> <small>${numbers}</small></label>`,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
