/**
 * `torch.ops.aten`: every operator of the table by its ATen name, as `aten.add(x, y)` or `aten.add.Tensor(x, y)`.
 * An overload without a name is `default`. As text an operator is its schemas.
 */
import { bind } from "./bind.ts";
import { dispatch } from "./dispatch.ts";
import type { Op } from "./op.ts";
import { findOverloads, operatorNames } from "./op.ts";

/** A call of one overload, arguments in schema order or named in a trailing object. */
export type OverloadCall = (...args: unknown[]) => unknown;

/** An operator: callable itself, with its overloads as properties. */
export type OperatorPacket = OverloadCall & { readonly [overload: string]: OverloadCall };

/** How arguments find the overload that takes them. */
type Binding = typeof bind;

function call(rows: readonly Op[], binding: Binding): OverloadCall {
  const overload: OverloadCall = (...args) => {
    const bound = binding(rows, args);
    return dispatch(bound.op, bound.args);
  };
  const text = (): string => rows.map(({ schema }) => schema.text).join("\n");
  Object.defineProperty(overload, "toString", { value: text });
  Object.defineProperty(overload, Symbol.for("nodejs.util.inspect.custom"), { value: text });
  return overload;
}

function packetOf(rows: readonly Op[], binding: Binding): OperatorPacket {
  const packet = call(rows, binding) as OperatorPacket;
  for (const row of rows) {
    Object.defineProperty(packet, row.overload === "" ? "default" : row.overload, {
      value: call([row], binding),
      enumerable: true,
    });
  }
  return packet;
}

/** The operators of one namespace by name; `binding` says how they are called. A name that is not in the table is undefined. */
export function atenNamespace(
  namespace: string,
  binding: Binding = bind,
): Readonly<Record<string, OperatorPacket>> {
  const packets = new Map<string, OperatorPacket>();
  return new Proxy({} as Record<string, OperatorPacket>, {
    get(_, name) {
      if (typeof name !== "string") return undefined;
      let packet = packets.get(name);
      if (packet === undefined) {
        const rows = findOverloads(`${namespace}::${name}`);
        if (rows === undefined) return undefined;
        packet = packetOf(rows, binding);
        packets.set(name, packet);
      }
      return packet;
    },
    has: (_, name) => findOverloads(`${namespace}::${String(name)}`) !== undefined,
    ownKeys: () =>
      operatorNames()
        .filter((name) => name.startsWith(`${namespace}::`))
        .map((name) => name.slice(namespace.length + 2)),
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  });
}
