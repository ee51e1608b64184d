/** docs/api/: the reference, a page for each part of the library, from the declarations and their comments. */
import { overloadsOf } from "../../runtime/dispatch/op.ts";
import "../../runtime/index.ts";
import * as functions from "../../runtime/ops/functions.ts";
import * as methods from "../../runtime/ops/methods.ts";
import type { Declaration, Declarations } from "./declarations.ts";
import type { MadeDocument } from "./documents.ts";
import { block, classEntry, entry } from "./entry.ts";
import { type Family, families } from "./families.ts";
import { kernelEntries } from "./kernel-globals.ts";

/** What the examples of every page start from; the tests run it before each of them. */
export const given = `const x = torch.tensor([[1, 2], [3, 4]]);
const y = torch.tensor([0n, 1n]);
const model = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 2));
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
const dataset = new data.TensorDataset(x, y);
const traced = jitTrace(model, x);`;

interface Page {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly body: (declarations: Declarations) => string;
}

const pages: readonly Page[] = [
  {
    name: "torch",
    title: "torch",
    about: "Tensors from data, dtypes, seeds, gradients, settings, and the operators by family.",
    body: (declarations) =>
      [
        "## Besides operators",
        "",
        members(declarations),
        ...families().map((family) => operators(declarations, family)),
      ].join("\n"),
  },
  {
    name: "tensor",
    title: "Tensor",
    about: "Fields and methods of a tensor besides its operators, which [torch](torch.md) lists.",
    body: (declarations) => {
      const [tensor] = named(declarations.exportsOf("runtime/tensor/tensor.ts"), "Tensor");
      const own = declarations
        .membersOf(tensor)
        .filter(({ name, comment, internal }) => comment !== "" && !internal && !(name in functions));
      return [
        entry({ ...tensor, signatures: [] }, { owner: "" }),
        ...own.map((member) => entry(member, { owner: "x." })),
      ].join("\n");
    },
  },
  {
    name: "nn",
    title: "nn",
    about: "Layers, losses and containers, their computations as functions, and how weights begin.",
    body: (declarations) =>
      [
        listing(declarations, "Layers", "runtime/nn/index.ts", "nn."),
        listing(declarations, "Functions", "runtime/nn/functional/index.ts", "nn.functional."),
        listing(declarations, "Initialisers", "runtime/nn/initializers.ts", "nn.init."),
        listing(declarations, "Parameters", "runtime/nn/parameter-vectors.ts", "nn.utils."),
      ].join("\n"),
  },
  {
    name: "optim",
    title: "optim",
    about: "Ways downhill, and schedules of their pace.",
    body: (declarations) =>
      [
        listing(declarations, "Optimizers", "runtime/optim/index.ts", "optim."),
        listing(declarations, "Schedulers", "runtime/optim/lr-schedulers.ts", "optim.lrScheduler."),
      ].join("\n"),
  },
  {
    name: "data",
    title: "data",
    about: "Datasets, samplers and loaders; `torch.utils.data` is the same.",
    body: (declarations) => listing(declarations, "Datasets and loaders", "runtime/data/index.ts", "data."),
  },
  {
    name: "jit",
    title: "Traces",
    about: "Functions and modules as TorchScript graphs: recorded, run, saved, loaded, exported.",
    body: (declarations) => listing(declarations, "Functions and classes", "runtime/jit/index.ts", ""),
  },
  {
    name: "renderers",
    title: "Pictures",
    about: "Graphs, tensors and training drawn in a notebook; in a program from `tracebook/renderers`.",
    body: (declarations) => listing(declarations, "Pictures", "renderers/index.ts", ""),
  },
  {
    name: "kernel",
    title: "Notebook",
    about:
      "What cells have besides the library: output, questions, progress, widgets. Lines that begin with `%` are [magics](../magics.md).",
    body: kernelEntries,
  },
];

export function referencePages(declarations: Declarations): readonly MadeDocument[] {
  return pages.map(({ name, title, about, body }) => ({
    path: `docs/api/${name}.md`,
    text: [
      `# ${title}`,
      about,
      "Made from the sources by `npm run docs`. The examples run in the tests; they start from",
      block("ts", given),
      body(declarations).trimEnd(),
      "",
    ].join("\n\n"),
  }));
}

const named = (all: readonly Declaration[], name: string): readonly Declaration[] =>
  all.filter((declaration) => declaration.name === name);

/** What a module exports, classes with their members; types are told where they are used. */
function listing(declarations: Declarations, title: string, path: string, owner: string): string {
  const entries = declarations
    .exportsOf(path)
    .filter(({ kind }) => kind !== "type" && kind !== "namespace")
    .map((declaration) =>
      declaration.kind === "class"
        ? classEntry(declarations, declaration, owner)
        : entry(declaration, { owner }),
    );
  return [`## ${title}`, "", ...entries].join("\n");
}

function members(declarations: Declarations): string {
  const direct = ["runtime/from-values.ts", "runtime/torch-members.ts"].flatMap((path) =>
    declarations.exportsOf(path),
  );
  const inAutograd = declarations.exportsOf("runtime/autograd/index.ts");
  return [
    ...direct
      .filter(({ kind, name }) => kind !== "namespace" && name !== "Tensor")
      .map((declaration) => entry(declaration, { owner: "torch." })),
    ...inAutograd.map((declaration) => entry(declaration, { owner: "torch.autograd." })),
  ].join("\n");
}

/** The operators of a family that are called by hand; backward formulas and in-place forms are in docs/ops.md alone. */
function operators(declarations: Declarations, { file, title, about }: Family): string {
  const own = declarations
    .exportsOf("runtime/ops/functions.ts")
    .filter((declaration) => declaration.file === file && isForUsers(declaration.name));
  if (own.length === 0) return "";
  const entries = own.map((declaration) => {
    const linear = /^linalg(?<first>[A-Z])(?<rest>.*)$/.exec(declaration.name)?.groups;
    const note = noteOf(declaration.name);
    if (linear === undefined) return entry(declaration, { owner: "torch.", note });
    const name = linear.first.toLowerCase() + linear.rest;
    return entry({ ...declaration, name }, { owner: "torch.linalg.", note });
  });
  return [`## ${title}`, "", about, "", ...entries].join("\n");
}

function isForUsers(name: string): boolean {
  const callable: unknown = Reflect.get(functions, name);
  return typeof callable === "function" && !/^_|_$|Backward|Forward$|^native/.test(name);
}

function noteOf(name: string): string {
  const inPlace = `${name}_` in methods ? ` \`x.${name}_(...)\` writes the result to \`x\`.` : "";
  const method = name in methods ? `Also \`x.${name}(...)\`.` : "";
  const rows = overloadsOf(Reflect.get(functions, name) as object);
  const schemas = rows.map(({ schema }) => `\`${schema.text}\``).join("<br>");
  return [`${method}${inPlace}`.trim(), schemas].filter((part) => part !== "").join("\n\n");
}
