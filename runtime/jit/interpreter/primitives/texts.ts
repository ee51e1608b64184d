/**
 * Operators on texts. Source of behaviour: torch/csrc/jit/runtime/register_prim_ops.cpp, register_string_ops.cpp.
 */
import { IndexError, ValueError } from "../../../errors.ts";
import { pythonText } from "../python-text.ts";
import { sliceOf } from "./containers.ts";
import { primitive } from "./row.ts";

primitive("aten::len.str(str s) -> int", (text: string) => text.length);
primitive("aten::add.str(str a, str b) -> str", (a: string, b: string) => a + b);
primitive("aten::__getitem__.str(str s, int index) -> str", (text: string, index: number) => {
  const at = index < 0 ? index + text.length : index;
  if (at < 0 || at >= text.length) throw new IndexError("string index out of range");
  return text[at];
});
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
primitive("aten::mul.str_int(str a, int b) -> str", (text: string, count: number) =>
  text.repeat(Math.min(Math.max(count, 0), 2 ** 20)),
);
primitive("aten::list(str t) -> str[]", (text: string) => [...text]);
primitive("aten::ord(str string) -> int", (text: string) => text.codePointAt(0) ?? 0);
primitive("aten::chr(int i) -> str", (code: number) => String.fromCodePoint(code));
primitive("aten::join(str self, str[] values) -> str", (separator: string, parts: string[]) =>
  parts.join(separator),
);
primitive(
  "aten::split.str(str self, str? separator=None, int max=-1) -> str[]",
  (text: string, separator: string | null) =>
    separator === null ? text.trim().split(/\s+/) : text.split(separator),
);
primitive("aten::upper(str self) -> str", (text: string) => text.toUpperCase());
primitive("aten::lower(str self) -> str", (text: string) => text.toLowerCase());
primitive(
  "aten::capitalize(str self) -> str",
  (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase(),
);
primitive(
  "aten::startswith(str self, str substr, int start=0, int end=-1) -> bool",
  (text: string, part: string, start: number) => text.startsWith(part, start),
);
primitive(
  "aten::endswith(str self, str substr, int start=0, int end=-1) -> bool",
  (text: string, part: string) => text.endsWith(part),
);
primitive(
  "aten::find(str self, str substr, int start=0, int end=-1) -> int",
  (text: string, part: string, start: number) => text.indexOf(part, start),
);
primitive(
  "aten::index.str(str self, str substr, int start=0, int end=-1) -> int",
  (text: string, part: string, start: number) => {
    const at = text.indexOf(part, start);
    if (at < 0) throw new ValueError("ValueError: substring not found");
    return at;
  },
);
primitive(
  "aten::replace(str self, str old, str new, int max=-1) -> str",
  (text: string, old: string, by: string) => text.replaceAll(old, by),
);
primitive("aten::strip(str self, str chars=None) -> str", (text: string) => text.trim());
primitive("aten::isdigit(str self) -> bool", (text: string) => /^\d+$/.test(text));
primitive("aten::str(t elem) -> str", pythonText);
primitive("aten::format(str self, ...) -> str", (text: string, ...values: unknown[]) => {
  let next = 0;
  return text.replace(/\{\}/g, () => pythonText(values[next++]));
});
primitive("aten::percentFormat(str self, ...) -> str", (text: string, ...values: unknown[]) => {
  let next = 0;
  return text.replace(/%[sdifg%]/g, (spec) => (spec === "%%" ? "%" : pythonText(values[next++])));
});
