/** Reading layers' options. */

/** Options whose one, `name`, may be given alone: `new nn.Dropout(0.2)` for `new nn.Dropout({ p: 0.2 })`. */
export function withFirst<O extends object>(
  name: keyof O & string,
  given: number | O | undefined,
  others: O | undefined,
): O {
  if (typeof given === "object") return { ...given, ...others };
  return { ...(given === undefined ? {} : { [name]: given }), ...others } as O;
}

/** Sizes for each of `rank` dimensions, from one number for all, which a trace may see as a tensor, or a list. */
export const eachDim = (value: number | readonly number[], rank: number): readonly number[] =>
  Array.isArray(value) ? value : new Array<number>(rank).fill(value as number);
