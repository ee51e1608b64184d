/**
 * Binary parts of a widget's state: they travel as buffers beside the JSON, each with the path where it belongs.
 * Source: ipywidgets, "Jupyter widgets messaging protocol", `buffer_paths`.
 */

type Path = readonly (string | number)[];

export interface Packed {
  readonly state: unknown;
  readonly buffer_paths: readonly Path[];
  readonly buffers: readonly Uint8Array[];
}

/** The state without its bytes, which come as buffers. */
export function pack(state: unknown): Packed {
  const buffer_paths: Path[] = [];
  const buffers: Uint8Array[] = [];
  const take = (value: unknown, path: Path): unknown => {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      buffer_paths.push(path);
      buffers.push(bytesOf(value));
      return null;
    }
    if (Array.isArray(value)) return value.map((one, i) => take(one, [...path, i]));
    if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, take(one, [...path, key])]));
  };
  return { state: take(state, []), buffer_paths, buffers };
}

/** Puts buffers back where they belong. */
export function unpack(state: object, paths: readonly Path[], buffers: readonly Uint8Array[]): void {
  for (const [i, path] of paths.entries()) {
    const last = path.at(-1);
    // biome-ignore lint/suspicious/noExplicitAny: a path leads through whatever JSON it was made of
    const owner = path.slice(0, -1).reduce((value: any, key) => value?.[key], state);
    if (owner !== undefined && owner !== null && last !== undefined) owner[last] = buffers[i];
  }
}

function bytesOf(value: ArrayBufferView | ArrayBuffer): Uint8Array {
  return value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
