/**
 * Values as the debugger shows them: V8's remote objects as DAP variables, and the numbers by which their members are asked for.
 */
import type { Runtime } from "node:inspector";
import type { Post, Variable } from "./protocol.ts";

/** Numbers for remote objects; valid until the cell goes on. */
export class References {
  readonly #objects = new Map<number, string>();
  #next = 1;

  add(objectId: string): number {
    this.#objects.set(this.#next, objectId);
    return this.#next++;
  }

  objectId(reference: number): string | undefined {
    return this.#objects.get(reference);
  }

  clear(): void {
    this.#objects.clear();
  }
}

/** The members of an object. */
export async function variablesOf(
  post: Post,
  objectId: string,
  references: References,
): Promise<readonly Variable[]> {
  const { result, internalProperties = [] } = await post<Runtime.GetPropertiesReturnType>(
    "Runtime.getProperties",
    {
      objectId,
      ownProperties: true,
    },
  );
  const own = result.filter(({ enumerable, value }) => enumerable && value !== undefined);
  return [...own, ...internalProperties.filter(({ name }) => name !== "[[Prototype]]")].map(
    ({ name, value }) => toVariable(name, value as Runtime.RemoteObject, references),
  );
}

export function toVariable(name: string, remote: Runtime.RemoteObject, references: References): Variable {
  const { type, subtype, className, objectId, description, value, unserializableValue } = remote;
  const hasMembers = objectId !== undefined && type !== "function" && type !== "symbol";
  const text =
    type === "string" ? JSON.stringify(value) : (description ?? unserializableValue ?? String(value));
  return {
    name,
    value: subtype === "null" ? "null" : text,
    type: className ?? (subtype === "null" ? "null" : type),
    variablesReference: hasMembers ? references.add(objectId) : 0,
  };
}
