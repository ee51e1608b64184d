/**
 * Operators on texts: their characters, what is found in them, and their parts.
 * Source of behaviour: torch/csrc/jit/runtime/register_prim_ops.cpp, register_string_ops.cpp.
 */
import { IndexError, RuntimeError, ValueError } from "../../../errors.ts";
import { sliceOf } from "./containers.ts";
import { primitive } from "./row.ts";

primitive("aten::len.str(str s) -> int", (text: string) => text.length);
primitive("aten::add.str(str a, str b) -> str", (a: string, b: string) => a + b);
const characterAt = (text: string, index: number): string => {
  const at = index < 0 ? index + text.length : index;
  if (at < 0 || at >= text.length) throw new IndexError("string index out of range");
  return text[at];
};
primitive("aten::__getitem__.str(str s, int index) -> str", characterAt);
primitive("prim::StringIndex(str string, int index) -> str", characterAt);
primitive(
  "aten::slice.str(str string, int? start=None, int? end=None, int step=1) -> str",
  (text: string, start: number | null, end: number | null, step: number) =>
    sliceOf(text, start, end, step).join(""),
);
primitive("aten::__contains__.str_in(str text, str item) -> bool", (text: string, item: string) =>
  text.includes(item),
);
primitive("aten::lt.str(str a, str b) -> bool", (a: string, b: string) => a < b);
primitive("aten::gt.str(str a, str b) -> bool", (a: string, b: string) => a > b);
primitive("aten::le.str(str a, str b) -> bool", (a: string, b: string) => a <= b);
primitive("aten::ge.str(str a, str b) -> bool", (a: string, b: string) => a >= b);
primitive("aten::list(str t) -> str[]", (text: string) => [...text]);
primitive("aten::ord(str string) -> int", (text: string) => {
  if (text.length !== 1) throw new RuntimeError(`String for ord() must be 1 character, found ${text.length}`);
  return text.charCodeAt(0);
});
primitive("aten::chr(int i) -> str", (code: number) => String.fromCodePoint(code));

/** The part of a text between two places; negative ones count from behind the end, so that -1 is the end itself. */
function part(text: string, start: number, end: number): { readonly from: number; readonly text: string } {
  const n = text.length;
  const from = start < 0 ? Math.max(0, n + start) : start;
  const to = end < 0 ? Math.max(0, n + end + 1) : end;
  return { from, text: text.slice(from, Math.max(from, to)) };
}

const range = "int start=0, int end=-1";

/** A row that looks for a text in a part of another; what is not found is at -1. */
function search(name: string, look: (text: string, wanted: string) => number, needed: string | null): void {
  primitive(
    `aten::${name}(str self, str substr, ${range}) -> int`,
    (text: string, wanted: string, start: number, end: number) => {
      const place = part(text, start, end);
      const at = look(place.text, wanted);
      if (at < 0 && needed !== null) throw new ValueError(needed);
      return at < 0 ? -1 : place.from + at;
    },
  );
}
search("find", (text, wanted) => text.indexOf(wanted), null);
search("rfind", (text, wanted) => text.lastIndexOf(wanted), null);
search("index.str", (text, wanted) => text.indexOf(wanted), "ValueError: substring not found");
search("rindex", (text, wanted) => text.lastIndexOf(wanted), "ValueError: substring not found");

primitive(
  `aten::startswith(str self, str substr, ${range}) -> bool`,
  (text: string, wanted: string, start: number, end: number) =>
    part(text, start, end).text.startsWith(wanted),
);
primitive(
  `aten::endswith(str self, str substr, ${range}) -> bool`,
  (text: string, wanted: string, start: number, end: number) => part(text, start, end).text.endsWith(wanted),
);
primitive(
  `aten::count(str self, str substr, ${range}) -> int`,
  (text: string, wanted: string, start: number, end: number) => {
    const within = part(text, start, end).text;
    return wanted === "" ? within.length + 1 : within.split(wanted).length - 1;
  },
);
primitive(
  "aten::replace(str self, str old, str new, int max=-1) -> str",
  (text: string, old: string, by: string, most: number) => {
    let left = most < 0 ? Infinity : most;
    return text.replaceAll(old, (found) => (left-- > 0 ? by : found));
  },
);

primitive("aten::join(str self, str[] values) -> str", (separator: string, parts: string[]) =>
  parts.join(separator),
);

/** The parts between separators, from the front or, with `fromEnd`, from the end; at most `most` cuts are made. */
function cut(text: string, separator: string, most: number, fromEnd: boolean): string[] {
  if (separator === "") throw new ValueError("ValueError: empty separator");
  const parts = text.split(separator);
  if (most < 0 || parts.length <= most + 1) return parts;
  return fromEnd
    ? [parts.slice(0, parts.length - most).join(separator), ...parts.slice(parts.length - most)]
    : [...parts.slice(0, most), parts.slice(most).join(separator)];
}

/** Cuts at white space, however long. */
function words(text: string, most: number): string[] {
  const parts: string[] = [];
  let rest = text.trimStart();
  while (rest !== "") {
    const space = most >= 0 && parts.length >= most ? -1 : rest.search(/\s/);
    parts.push(space < 0 ? rest : rest.slice(0, space));
    rest = space < 0 ? "" : rest.slice(space).trimStart();
  }
  return parts;
}

primitive(
  "aten::split.str(str self, str? separator=None, int max=-1) -> str[]",
  (text: string, separator: string | null, most: number) =>
    separator === null ? words(text, most) : cut(text, separator, most, false),
);
primitive(
  'aten::rsplit(str self, str separator=" ", int max=-1) -> str[]',
  (text: string, separator: string, most: number) => cut(text, separator, most, true),
);
primitive("aten::splitlines(str self, bool keepends=False) -> str[]", (text: string, keepEnds: boolean) => {
  const lines = text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
  return keepEnds ? [...lines] : lines.map((line) => line.replace(/[\r\n]+$/, ""));
});
primitive(
  "aten::partition(str self, str separator) -> (str, str, str)",
  (text: string, separator: string) => {
    const at = text.indexOf(separator);
    return at < 0 ? [text, "", ""] : [text.slice(0, at), separator, text.slice(at + separator.length)];
  },
);
primitive(
  "aten::rpartition(str self, str separator) -> (str, str, str)",
  (text: string, separator: string) => {
    const at = text.lastIndexOf(separator);
    return at < 0 ? ["", "", text] : [text.slice(0, at), separator, text.slice(at + separator.length)];
  },
);
