/**
 * The cooperative half of an interrupt: whoever runs us (the kernel) may put an Int32Array at
 * `globalThis[Symbol.for("tracebook.interrupt")]`; dispatch asks here at each op whether its first element was set.
 */

/** Thrown at the next tensor operation after the user pressed "interrupt". */
export class KeyboardInterrupt extends Error {
  override readonly name: string = "KeyboardInterrupt";
}

const key = Symbol.for("tracebook.interrupt");
const holder = globalThis as { [key]?: Int32Array };

/** Throws a `KeyboardInterrupt`, once, if an interrupt was asked for since the last call. */
export function checkInterrupt(): void {
  const flag = holder[key];
  if (flag !== undefined && flag[0] !== 0) {
    flag[0] = 0;
    throw new KeyboardInterrupt("the cell was interrupted");
  }
}
