/**
 * Operators on lists and dicts. Lists are arrays, dicts what dicts.ts says.
 * Source of behaviour: torch/csrc/jit/runtime/register_prim_ops.cpp, register_special_ops.cpp.
 */
import { spendBytes } from "../../../budget.ts";
import { IndexError, RuntimeError, ValueError } from "../../../errors.ts";
import { firstValue } from "../../../tensor/access.ts";
import { Tensor } from "../../../tensor/tensor.ts";
import {
  type Dict,
  dictDelete,
  dictEntries,
  dictGet,
  dictHas,
  dictKeys,
  dictSet,
  dictValues,
  makeDict,
} from "../dicts.ts";
import { primitive } from "./row.ts";

type List = unknown[];

function place(list: { readonly length: number }, index: number): number {
  const wrapped = index < 0 ? index + list.length : index;
  if (wrapped < 0 || wrapped >= list.length) throw new IndexError("list index out of range");
  return wrapped;
}

/** Where a slice of Python begins and how many elements it has. */
export function sliceOf<T>(list: ArrayLike<T>, start: number | null, end: number | null, step: number): T[] {
  if (step === 0) throw new ValueError("List slice should have non-zero step");
  const n = list.length;
  const bound = (value: number): number =>
    Math.min(Math.max(value < 0 ? value + n : value, step < 0 ? -1 : 0), step < 0 ? n - 1 : n);
  const first = start === null ? (step < 0 ? n - 1 : 0) : bound(Number(start));
  const last = end === null ? (step < 0 ? -1 : n) : bound(Number(end));
  const picked: T[] = [];
  for (let i = first; step < 0 ? i > last : i < last; i += step) picked.push(list[i]);
  return picked;
}

primitive("aten::len.t(t[] a) -> int", (list: List) => list.length);
primitive(
  "aten::__getitem__.t(t[] list, int idx) -> t",
  (list: List, index: number) => list[place(list, index)],
);
primitive("aten::_set_item.t(t[] l, int idx, t el) -> t[]", (list: List, index: number, value: unknown) => {
  list[place(list, index)] = value;
  return list;
});
primitive("aten::append.t(t[] self, t el) -> t[]", (list: List, value: unknown) => {
  list.push(value);
  return list;
});
primitive("aten::extend.t(t[] self, t[] other) -> ()", (list: List, other: List) => {
  // A list may be extended by itself.
  for (const element of [...other]) list.push(element);
});
primitive("aten::insert.t(t[] self, int idx, t el) -> ()", (list: List, index: number, value: unknown) => {
  list.splice(index, 0, value);
});
primitive("aten::pop.t(t[] self, int idx=-1) -> t", (list: List, index: number) => {
  if (list.length === 0) throw new IndexError("pop from empty list");
  return list.splice(place(list, index), 1)[0];
});
primitive("aten::clear.t(t[] self) -> ()", (list: List) => {
  list.length = 0;
});
primitive("aten::reverse.t(t[] self) -> ()", (list: List) => {
  list.reverse();
});
primitive("aten::copy.t(t[] self) -> t[]", (list: List) => [...list]);
primitive("aten::list.t(t[] l) -> t[]", (list: List) => [...list]);
primitive("aten::add.t(t[] a, t[] b) -> t[]", (a: List, b: List) => [...a, ...b]);
primitive("aten::add_.t(t[] self, t[] b) -> t[]", (list: List, other: List) => {
  list.push(...other);
  return list;
});
primitive("aten::mul.left_t(t[] l, int n) -> t[]", repeated);
primitive("aten::mul.right_(int n, t[] l) -> t[]", (count: number, list: List) => repeated(list, count));
primitive("aten::slice.t(t[] l, int? start=None, int? end=None, int step=1) -> t[]", sliceOf);
primitive("aten::Delete.t(t[] self, int idx) -> ()", (list: List, index: number) => {
  list.splice(place(list, index), 1);
});

function repeated(list: List, count: number): List {
  spendBytes(8 * list.length * Math.max(0, count));
  if (list.length * count > 2 ** 26)
    throw new RuntimeError(`a list of ${list.length * count} elements is too long`);
  return Array.from({ length: Math.max(0, count) }, () => list).flat(1);
}

primitive("aten::mul_.t(t[] l, int n) -> t[]", (list: List, count: number) => {
  const all = repeated(list, count);
  list.length = 0;
  for (const element of all) list.push(element);
  return list;
});
primitive("aten::select.t(t[] list, int idx) -> t", (list: List, index: number) => list[place(list, index)]);
primitive("prim::rangelist(int n) -> int[]", (count: number) => {
  spendBytes(8 * Math.max(0, count));
  return Array.from({ length: Math.max(0, count) }, (_, i) => i);
});

for (const type of ["int", "float", "bool", "str"]) {
  primitive(
    `aten::__contains__.${type}_list(${type}[] l, ${type} item) -> bool`,
    (list: List, item: unknown) => list.includes(item),
  );
  primitive(`aten::index.list_${type}(${type}[] self, ${type} el) -> int`, (list: List, item: unknown) => {
    const at = list.indexOf(item);
    if (at < 0) throw new ValueError(`'${item}' is not in list`);
    return at;
  });
  primitive(
    `aten::count.${type}(${type}[] self, ${type} el) -> int`,
    (list: List, item: unknown) => list.filter((part) => part === item).length,
  );
  primitive(`aten::remove.${type}(${type}[] self, ${type} el) -> ()`, (list: List, item: unknown) => {
    const at = list.indexOf(item);
    if (at < 0) throw new ValueError("list.remove(x): x not in list");
    list.splice(at, 1);
  });
  primitive(
    `aten::sort.${type}(${type}[] self, bool reverse=False) -> ()`,
    (list: List, reverse: boolean) => {
      list.sort(inOrder);
      if (reverse) list.reverse();
    },
  );
  primitive(`aten::sorted.${type}(${type}[] input) -> ${type}[]`, (list: List) => [...list].sort(inOrder));
}

/** Numbers and texts by their value, tensors by their number, tuples and lists by their first parts that differ. */
function inOrder(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const order = inOrder(a[i], b[i]);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  const [x, y] = [a, b].map((value) => (value instanceof Tensor ? firstValue(value) : value));
  return (x as number) < (y as number) ? -1 : x === y ? 0 : 1;
}

primitive("aten::sort.any(t[] self, bool reverse=False) -> ()", (list: List, reverse: boolean) => {
  list.sort(inOrder);
  if (reverse) list.reverse();
});
primitive("aten::sorted.any(t[] input) -> t[]", (list: List) => [...list].sort(inOrder));

for (const type of ["int", "float"]) {
  primitive(`aten::sum.${type}(${type}[] self) -> ${type}`, (list: number[]) =>
    list.reduce((a, b) => a + b, 0),
  );
  primitive(`prim::min.${type}_list(${type}[] l) -> ${type}`, (list: number[]) =>
    extreme(list, "min", (a, b) => a < b),
  );
  primitive(`prim::max.${type}_list(${type}[] l) -> ${type}`, (list: number[]) =>
    extreme(list, "max", (a, b) => a > b),
  );
}
primitive("aten::sum.bool(bool[] self) -> int", (list: boolean[]) => list.filter(Boolean).length);
primitive("aten::any.str(str[] self) -> bool", (list: List) => list.some(Boolean));
for (const type of ["int", "float", "bool"]) {
  primitive(`aten::any.${type}(${type}[] self) -> bool`, (list: List) => list.some(Boolean));
  primitive(`aten::all.${type}(${type}[] self) -> bool`, (list: List) => list.every(Boolean));
}

function extreme(list: readonly number[], name: string, wins: (a: number, b: number) => boolean): number {
  if (list.length === 0) throw new ValueError(`${name}() arg is an empty sequence`);
  return list.reduce((best, value) => (wins(value, best) ? value : best));
}

primitive("aten::len.Dict(Dict(k, t) self) -> int", (dict: Dict) => dictKeys(dict).length);
primitive("aten::keys(Dict(k, t) self) -> k[]", dictKeys);
primitive("aten::values(Dict(k, t) self) -> t[]", dictValues);
primitive("aten::items(Dict(k, t) self) -> (k, t)[]", dictEntries);
primitive("aten::__getitem__.Dict(Dict(k, t) self, k key) -> t", dictGet);
primitive("aten::__contains__.Dict(Dict(k, t) dict, k key) -> bool", dictHas);
primitive("aten::_set_item.Dict(Dict(k, t) l, k idx, t v) -> ()", dictSet);
primitive("aten::Delete.Dict(Dict(k, t) self, k key) -> ()", (dict: Dict, key: unknown) => {
  dictGet(dict, key);
  dictDelete(dict, key);
});
primitive("aten::get(Dict(k, t) self, k key) -> t?", (dict: Dict, key: unknown) =>
  dictHas(dict, key) ? dictGet(dict, key) : null,
);
primitive("aten::get.default(Dict(k, t) self, k key, t default_value) -> t", getOr);
primitive(
  "aten::setdefault(Dict(k, t) self, k key, t default_value) -> t",
  (dict: Dict, key: unknown, value: unknown) => {
    if (!dictHas(dict, key)) dictSet(dict, key, value);
    return dictGet(dict, key);
  },
);
primitive("aten::pop.Dict(Dict(k, t) self, k key) -> t", (dict: Dict, key: unknown) => {
  const value = dictGet(dict, key);
  dictDelete(dict, key);
  return value;
});
primitive(
  "aten::pop.Dict_default(Dict(k, t) self, k key, t default_value) -> t",
  (dict: Dict, key: unknown, value: unknown) => {
    const found = getOr(dict, key, value);
    dictDelete(dict, key);
    return found;
  },
);
primitive("aten::clear.Dict(Dict(k, t) self) -> ()", (dict: Dict) => {
  for (const key of dictKeys(dict)) dictDelete(dict, key);
});
primitive("aten::copy.Dict(Dict(k, t) self) -> Dict(k, t)", (dict: Dict) =>
  makeDict(dictEntries(dict), !(dict instanceof Map)),
);
primitive("aten::update(Dict(k, t) self, Dict(k, t) to_add) -> ()", (dict: Dict, other: Dict) => {
  for (const [key, value] of dictEntries(other)) dictSet(dict, key, value);
});

primitive("aten::popitem(Dict(k, t) self) -> ((k, t))", (dict: Dict) => {
  const [first] = dictEntries(dict);
  if (first === undefined) throw new RuntimeError("popitem(): dictionary is empty");
  dictDelete(dict, first[0]);
  return first;
});
primitive("aten::dict() -> Dict(str, Tensor)", () => makeDict([], true));
primitive("aten::dict.Dict(Dict(k, t) self) -> Dict(k, t)", (dict: Dict) =>
  makeDict(dictEntries(dict), !(dict instanceof Map)),
);
for (const key of ["int", "float", "bool", "str"])
  primitive(`aten::dict.${key}((${key}, t)[] inputs) -> Dict(${key}, t)`, (entries: [unknown, unknown][]) =>
    makeDict(entries, key === "str"),
  );

function getOr(dict: Dict, key: unknown, value: unknown): unknown {
  return dictHas(dict, key) ? dictGet(dict, key) : value;
}
