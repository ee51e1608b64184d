/**
 * `torch.ops.aten`: every operator of the table by its ATen name, as `aten.add(x, y)` or `aten.add.Tensor(x, y)`.
 * An overload without a name is `default`.
 */
import { bind } from "./bind.ts";
import { dispatch } from "./dispatch.ts";
import type { Op } from "./op.ts";
import { findOverloads, operatorNames } from "./op.ts";

/** A call of one overload, arguments in schema order or named in a trailing object. */
export type OverloadCall = (...args: unknown[]) => unknown;

/** An operator: callable itself, with its overloads as properties. */
export type OperatorPacket = OverloadCall & { readonly [overload: string]: OverloadCall };

const call =
  (rows: readonly Op[]): OverloadCall =>
  (...args) => {
    const bound = bind(rows, args);
    return dispatch(bound.op, bound.args);
  };

function packetOf(rows: readonly Op[]): OperatorPacket {
  const packet = call(rows) as OperatorPacket;
  for (const row of rows) {
    Object.defineProperty(packet, row.overload === "" ? "default" : row.overload, {
      value: call([row]),
      enumerable: true,
    });
  }
  return packet;
}

/** The operators of one namespace by name. Throws torch's AttributeError text for a name that is not in the table. */
export function atenNamespace(namespace: string): Readonly<Record<string, OperatorPacket>> {
  const packets = new Map<string, OperatorPacket>();
  return new Proxy({} as Record<string, OperatorPacket>, {
    get(_, name) {
      if (typeof name !== "string") return undefined;
      let packet = packets.get(name);
      if (packet === undefined) {
        const rows = findOverloads(`${namespace}::${name}`);
        if (rows === undefined) return undefined;
        packet = packetOf(rows);
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
