/** Walking a contiguous tensor line by line along one dimension; what is done to a line is the caller's. */

/** Calls `visit(start, count, step, line)` for each line along `dim` of a row-major tensor. */
export function alongDim(
  sizes: readonly number[],
  dim: number,
  visit: (start: number, count: number, step: number, line: number) => void,
): void {
  const count = sizes.length === 0 ? 1 : sizes[dim];
  let inner = 1;
  for (let i = dim + 1; i < sizes.length; i++) inner *= sizes[i];
  let outer = 1;
  for (let i = 0; i < dim; i++) outer *= sizes[i];
  let line = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) visit(o * count * inner + i, count, inner, line++);
  }
}
