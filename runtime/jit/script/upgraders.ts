/**
 * What operators meant in archives of older format versions, as functions that calls of them become.
 * Source: torch/csrc/jit/operator_upgraders/version_map.cpp, upgraders_entry.cpp.
 */
import type { Type } from "../ir.ts";
import { LazyCode } from "./code-table.ts";
import { parseProgram } from "./parse.ts";
import { FunctionUnit, type ScriptCode } from "./unit.ts";

/** Below this lie the functions; they are written into archives that are saved again. */
const path = "__torch__.upgraders";

const source = {
  name: "upgraders",
  text: `
def div_Tensor(self: Tensor, other: Tensor) -> Tensor:
  if self.is_floating_point() or other.is_floating_point():
    return torch.true_divide(self, other)
  return torch.div(self, other, rounding_mode="trunc")
def div_Scalar(self: Tensor, other: number) -> Tensor:
  if self.is_floating_point() or isinstance(other, float):
    return torch.true_divide(self, other)
  return torch.div(self, other, rounding_mode="trunc")
def div__Tensor(self: Tensor, other: Tensor) -> Tensor:
  if self.is_floating_point() or other.is_floating_point():
    return torch.div_(self, other)
  return torch.div_(self, other, rounding_mode="trunc")
def full(size: List[int], fill_value: number, *, dtype: Optional[int]=None, layout: Optional[int]=None, device: Optional[Device]=None, pin_memory: Optional[bool]=None) -> Tensor:
  if dtype is None:
    return torch.full(size, float(fill_value), dtype=dtype, layout=layout, device=device, pin_memory=pin_memory)
  return torch.full(size, fill_value, dtype=dtype, layout=layout, device=device, pin_memory=pin_memory)
def linspace(start: number, end: number, steps: Optional[int]=None, *, dtype: Optional[int]=None, layout: Optional[int]=None, device: Optional[Device]=None, pin_memory: Optional[bool]=None) -> Tensor:
  count = 100 if steps is None else steps
  return torch.linspace(start, end, count, dtype=dtype, layout=layout, device=device, pin_memory=pin_memory)
def logspace(start: number, end: number, steps: Optional[int]=None, base: float=10., *, dtype: Optional[int]=None, layout: Optional[int]=None, device: Optional[Device]=None, pin_memory: Optional[bool]=None) -> Tensor:
  count = 100 if steps is None else steps
  return torch.logspace(start, end, count, base, dtype=dtype, layout=layout, device=device, pin_memory=pin_memory)
`,
};

class UpgraderUnit extends FunctionUnit {
  override readonly allowsUnknown = true;
  readonly #functions = new Map(
    parseProgram(source).functions.map((definition) => [
      definition.name,
      new LazyCode(`${path}.${definition.name}`, definition, source, this, null),
    ]),
  );

  functionNamed(name: string): ScriptCode | null {
    return (name.startsWith(`${path}.`) && this.#functions.get(name.slice(path.length + 1))) || null;
  }
}

let unit: UpgraderUnit | null = null;

/** A function of this file by its qualified name; null for other names. */
export function upgraderNamed(name: string): ScriptCode | null {
  unit ??= new UpgraderUnit();
  return unit.functionNamed(name);
}

interface Upgrade {
  /** The first format version in which the operator means what it means today. */
  readonly before: number;
  /** The function for a call with these types; null where nothing changed. */
  choose(types: readonly Type[]): string | null;
}

const upgrades: Readonly<Record<string, Upgrade>> = {
  "aten::div": { before: 4, choose: division("div") },
  "aten::div_": { before: 4, choose: division("div_") },
  "aten::full": { before: 5, choose: () => "full" },
  "aten::linspace": { before: 8, choose: () => "linspace" },
  "aten::logspace": { before: 9, choose: () => "logspace" },
};

/** Division of integers cut their result; other forms of it say how they round. */
function division(name: "div" | "div_"): Upgrade["choose"] {
  return (types) => {
    if (types.length !== 2 || types[0].kind !== "Tensor") return null;
    if (types[1].kind === "Tensor") return `${name}_Tensor`;
    return name === "div" && types[1].kind === "int" ? "div_Scalar" : null;
  };
}

/** The qualified name of the function that a call in code of a version means; null where the operator has not changed. */
export function upgraderOf(kind: string, version: number, types: readonly Type[]): string | null {
  const upgrade = Object.hasOwn(upgrades, kind) ? upgrades[kind] : undefined;
  if (upgrade === undefined || version >= upgrade.before) return null;
  const name = upgrade.choose(types);
  return name === null ? null : `${path}.${name}`;
}
