/** `%graph`: draws a traced function or module, or what differs between two of them. */
import { writeFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import type { diffGraphs, GraphOptions, GraphPicture, showGraph } from "../../renderers/index.ts";
import { type Node, parse } from "../cell/syntax-tree.ts";
import { type Flag, flagsHelp, flagWords, type GivenFlags, readFlags } from "./flags.ts";
import { type Magic, type Span, textOf, ts, usageError } from "./magic.ts";

const graphFlags: readonly Flag[] = [
  { name: "depth", value: "LEVEL", summary: "opens modules to this level: `1`, `2`, … or `all`" },
  { name: "sizes", value: null, summary: "draws the operators that compute sizes as well" },
  {
    name: "save",
    value: "FILE",
    summary: "writes the picture to a file as well: `.svg`, `.png`, or `.html` with the interactive diagram",
  },
];

export const graph: Magic = {
  name: "graph",
  forms: ["line"],
  usage: "%graph [FLAGS] traced\n%graph [FLAGS] before, after",
  summary: "draws a traced function or module, or what differs between two of them",
  help: [
    "`%graph traced` is `showGraph(traced)`: a traced function, a module, what `jitLoad` gave, or a graph. `%graph before, after` is `diffGraphs(before, after)`: operators added, removed and changed in one picture.",
    "",
    flagsHelp(graphFlags),
  ].join("\n"),
  completes: (before, word) => flagWords(graphFlags, before, word),
  rewrite(call) {
    const { given, rest } = readFlags(call, graph, graphFlags);
    const text = textOf(call, rest);
    const parsed = parse(`(${text}\n)`);
    if (text.trim() === "" || parsed.problems.length > 0)
      throw usageError(
        call,
        graph,
        "expected a traced function, or two with a comma between them",
        rest.start,
      );
    const inside = (parsed.body[0] as Node).expression.expression;
    const drawn: Span[] = (inside.type === "SequenceExpression" ? inside.expressions : [inside]).map(
      ({ start, end }: Span) => ({ start: rest.start + start - 1, end: rest.start + end - 1 }),
    );
    if (drawn.length > 2)
      throw usageError(call, graph, `expected one or two graphs, got ${drawn.length}`, rest.start);
    return drawn.length === 1
      ? ts`await __magic.graph(${JSON.stringify(given)}, showGraph, ${drawn[0]});`
      : ts`await __magic.graph(${JSON.stringify(given)}, diffGraphs, ${drawn[0]}, ${drawn[1]});`;
  },
  types:
    "graph<Drawn extends unknown[]>(flags: object, draw: (...drawn: [...Drawn]) => unknown, ...drawn: Drawn): Promise<void>;",
  run: {
    async graph({ displays, print }, flags: GivenFlags, draw: Draw, ...drawn: Parameters<typeof diffGraphs>) {
      const picture = (draw as (...args: unknown[]) => GraphPicture)(...drawn, optionsOf(flags));
      displays.display(picture);
      if (flags["save"] !== undefined) print(await save(picture, String(flags["save"])));
    },
  },
};

type Draw = typeof showGraph | typeof diffGraphs;

function optionsOf({ depth, sizes }: GivenFlags): GraphOptions {
  return {
    ...(depth === undefined ? {} : { depth: depth === "all" ? "all" : Number(depth) }),
    ...(sizes === undefined ? {} : { sizes: true }),
  };
}

const writers: Readonly<Record<string, (picture: GraphPicture) => Promise<string | Uint8Array>>> = {
  ".svg": (picture) => picture.toSVG(),
  ".png": (picture) => picture.toPNG(),
  ".html": (picture) => picture.toHTML(),
};

async function save(picture: GraphPicture, file: string): Promise<string> {
  const write = writers[extname(file)];
  if (write === undefined)
    throw new TypeError(
      `%graph: --save expected a file that ends with .svg, .png or .html, got ${JSON.stringify(file)}`,
    );
  const content = await write(picture);
  await writeFile(file, content);
  return `wrote ${resolve(file)}, ${Buffer.byteLength(content).toLocaleString("en")} bytes\n`;
}
