/** Pictures drawn into a document: what D3's selections and Observable Plot do to one, and charts that show themselves. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { drawingDocument } from "../../kernel/session/drawing-document.ts";
import { KernelClient, tracebookArgv } from "./client.ts";

const svg = "http://www.w3.org/2000/svg";
const namespaces = `xmlns="${svg}" xmlns:xlink="http://www.w3.org/1999/xlink"`;

test("elements nest, move and go, and are written as markup", () => {
  const document = drawingDocument();
  const picture = document.createElementNS(svg, "svg");
  const first = picture.appendChild(document.createElementNS(svg, "text"));
  const second = picture.insertBefore(document.createElementNS(svg, "g"), first);
  first.setAttribute("x", 1);
  first.setAttribute("class", 'a "b"');
  first.textContent = "a < b & c";
  second.style.setProperty("fill", "red");
  second.style.setProperty("opacity", 0.5);
  second.style.removeProperty("fill");
  expect(picture.outerHTML).toBe(
    `<svg ${namespaces}><g style="opacity: 0.5;"></g><text x="1" class="a &#34;b&#34;">a &#60; b &#38; c</text></svg>`,
  );
  expect([first.nextSibling, second.nextSibling, picture.firstChild]).toEqual([null, first, second]);
  second.appendChild(first);
  expect([picture.childNodes.length, second.textContent, first.parentNode === second]).toEqual([
    1,
    "a < b & c",
    true,
  ]);
  second.replaceWith(first);
  first.removeAttribute("class");
  expect(picture.outerHTML).toBe(`<svg ${namespaces}><text x="1">a &#60; b &#38; c</text></svg>`);
});

test("a figure keeps its style sheet as it is, and names an inner picture's namespace", () => {
  const document = drawingDocument();
  const figure = document.createElement("figure");
  const style = figure.appendChild(document.createElement("style"));
  style.textContent = ".a > .b { color: red }";
  figure.append(document.createElementNS(svg, "svg"), document.createElement("br"), "text");
  expect(figure.outerHTML).toBe(
    `<figure><style>.a > .b { color: red }</style><svg ${namespaces}></svg><br>text</figure>`,
  );
});

test("a canvas gives its rectangles back as a picture", () => {
  const canvas = drawingDocument().createElement("canvas") as unknown as HTMLCanvasLike;
  canvas.width = 2;
  canvas.height = 1;
  const brush = canvas.getContext("2d");
  brush.fillStyle = "red";
  brush.fillRect(0, 0, 1, 1);
  const [head, data] = canvas.toDataURL().split(",");
  expect(head).toBe("data:image/svg+xml;base64");
  expect(Buffer.from(data, "base64").toString()).toContain(
    '<rect x="0" y="0" width="1" height="1" fill="red"/>',
  );
});

interface HTMLCanvasLike {
  width: number;
  height: number;
  getContext(kind: "2d"): { fillStyle: string; fillRect(...box: number[]): void };
  toDataURL(): string;
}

/** A package that asks for a document just as Observable Plot does. */
const plotPackage = `
export class Mark { plot(options) { return plot({ ...options, marks: [this] }); } }
export const dot = () => new Mark();
export function plot({ document = typeof window !== "undefined" ? window.document : undefined, marks = [] } = {}) {
  const svg = document.createElementNS("${svg}", "svg");
  svg.setAttribute("marks", marks.length);
  return svg;
}
export const legend = ({ document }) => document.createElement("div");
`;

test("charts of Observable Plot, and its marks alone, are shown", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-plot-"));
  const inside = join(folder, "node_modules", "@observablehq", "plot");
  mkdirSync(inside, { recursive: true });
  writeFileSync(
    join(inside, "package.json"),
    '{"name":"@observablehq/plot","type":"module","exports":"./index.js"}',
  );
  writeFileSync(join(inside, "index.js"), plotPackage);
  const kernel = await KernelClient.start({ argv: tracebookArgv, cwd: folder });
  try {
    const shown = async (code: string) => {
      const { outputs, reply } = await kernel.execute(code);
      return outputs.find(({ type }) => type === "execute_result")?.content.data ?? reply.content;
    };
    const chart = (marks: number) => {
      const markup = `<svg ${namespaces} marks="${marks}"></svg>`;
      return { "text/html": markup, "image/svg+xml": markup, "text/plain": "SVG picture" };
    };
    await kernel.execute(
      "import * as Plot from '@observablehq/plot'; import { plot } from '@observablehq/plot'",
    );
    expect(await shown("Plot.dot().plot()")).toEqual(chart(1));
    expect(await shown("Plot.dot()")).toEqual(chart(1));
    expect(await shown("plot()")).toEqual(chart(0));
    expect(await shown("Plot.legend({})")).toEqual({ "text/html": "<div></div>", "text/plain": "HTML div" });
    expect(await shown("(await import('@observablehq/plot')) === Plot")).toEqual({ "text/plain": "true" });
    expect(await shown("'window' in globalThis || 'document' in globalThis")).toEqual({
      "text/plain": "false",
    });
  } finally {
    await kernel.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
