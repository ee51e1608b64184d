/** Habits of each file: one idea of readable length, which says what it is, on any machine. */
import { expect, test } from "vitest";
import { projectFiles } from "./project-files.ts";

const mostLines = 400;
const sources = projectFiles(/\.(ts|py)$/);
const texts = projectFiles(/\.(ts|py|md|json|ipynb|sh|txt|toml|yml|yaml|svg)$|^\.ci\/|^\.npmrc$/);

test(`no source file has more than ${mostLines} lines`, () => {
  const long = sources
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > mostLines);
  expect(long).toEqual([]);
});

test("each source file says at its head what it is", () => {
  const silent = sources.filter(({ text }) => !/^(#!.*\n)?\s*(\/\*\*|\/\/ |"""|# )/.test(text));
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test("no file or folder is named for having no idea of its own", () => {
  expect(
    sources
      .filter(({ path }) => /(^|\/)(utils?|helpers?|misc|common)(\/|\.)/.test(path))
      .map(({ path }) => path),
  ).toEqual([]);
});

test("no file holds a path of the machine it was written on, nor the name of a package registry's host", () => {
  const local =
    /(?<![\w.:])\/(work|root|home|opt|Users)\/\w|\bregistry\.[a-z0-9-]+\.[a-z]+\b|\bpythonhosted\b/;
  const found = texts.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, i) => (local.test(line) ? [`${path}:${i + 1}: ${local.exec(line)?.[0]}`] : [])),
  );
  expect(found).toEqual([]);
});

test("a note of something left to do names the issue it waits for", () => {
  const loose = sources.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, i) =>
        /\b(TODO|FIXME|XXX)\b(?!.*(issue|#) ?\d)/.test(line) && !path.startsWith("test/architecture/")
          ? [`${path}:${i + 1}`]
          : [],
      ),
  );
  expect(loose).toEqual([]);
});
