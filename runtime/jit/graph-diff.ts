/** The difference of two texts by lines, in the form of Python's difflib.ndiff: `  ` for both, `- ` and `+ ` for one. */
export function diffLines(before: readonly string[], after: readonly string[]): string[] {
  const common = longestCommon(before, after);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  for (const [a, b] of [...common, [before.length, after.length] as const]) {
    while (i < a) lines.push(`- ${before[i++]}`);
    while (j < b) lines.push(`+ ${after[j++]}`);
    if (i < before.length && j < after.length) lines.push(`  ${before[i]}`);
    i++;
    j++;
  }
  return lines;
}

/** The index pairs of a longest common subsequence. */
function longestCommon(before: readonly string[], after: readonly string[]): (readonly [number, number])[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i][j] =
        before[i] === after[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < before.length && j < after.length; ) {
    if (before[i] === after[j]) pairs.push([i++, j++]);
    else if (lengths[i + 1][j] >= lengths[i][j + 1]) i++;
    else j++;
  }
  return pairs;
}
