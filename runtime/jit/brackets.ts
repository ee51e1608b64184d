/** Brackets in the user's source: how deep in them a walk over its text is. Strings and comments are not told apart. */

/** What a character adds to the depth: 1 for an opening bracket, -1 for a closing one. */
export function depthChange(character: string): number {
  if ("([{".includes(character)) return 1;
  return ")]}".includes(character) ? -1 : 0;
}
