/**
 * The MIME bundle of a value: its own method under Symbol.for("Jupyter.display"), then the renderers, then Node's inspection.
 */
import { inspect } from "node:util";
import type { MimeBundle } from "../channel.ts";

const displayKey = Symbol.for("Jupyter.display");

/** The bundle, or null for a value that shows nothing. A promise only where the value itself or a renderer takes its time. */
export function bundleOf(value: unknown): MimeBundle | null | Promise<MimeBundle | null> {
  if (value === undefined) return null;
  if (!isObject(value)) return inspected(value);
  const method = displayMethod(value);
  if (method === undefined) return renderedOrInspected(value);
  const bundle = method.call(value);
  return bundle instanceof Promise ? bundle.then((bundle) => orNull(bundle)) : orNull(bundle);
}

/** A record whose keys are all MIME types is a bundle as it stands. */
export function isBundle(value: unknown): value is MimeBundle {
  if (!isObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => /^[\w.+-]+\/[\w.+-]+$/.test(key));
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function displayMethod(value: object): ((this: object) => unknown) | undefined {
  try {
    const method = (value as Record<symbol, unknown>)[displayKey];
    return typeof method === "function" ? (method as () => unknown) : undefined;
  } catch {
    // A proxy may refuse to be asked.
    return undefined;
  }
}

type Renderers = typeof import("../../renderers/index.ts");
/** Once they are loaded a printout is made at once, and so keeps its place among printed lines. */
let renderers: Renderers | null = null;

function renderedOrInspected(value: object): MimeBundle | Promise<MimeBundle> {
  if (renderers === null) {
    return import("../../renderers/index.ts").then((loaded) => {
      renderers = loaded;
      return renderedOrInspected(value);
    });
  }
  const bundle = rendered(value, renderers);
  return bundle instanceof Promise
    ? bundle.then((drawn) => drawn ?? inspected(value))
    : (bundle ?? inspected(value));
}

function rendered(value: object, { bundleNow }: Renderers): ReturnType<Renderers["bundleNow"]> {
  try {
    return bundleNow(value);
  } catch {
    // A proxy may refuse to be asked; inspection looks behind it.
    return null;
  }
}

function inspected(value: unknown): MimeBundle {
  return { "text/plain": inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000 }) };
}

function orNull(bundle: unknown): MimeBundle | null {
  return isObject(bundle) && Object.keys(bundle).length > 0 ? (bundle as MimeBundle) : null;
}
