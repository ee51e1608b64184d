/** What a call says when it is refused, as one line of text: the error's name and its message. */

export const message = (fn: () => unknown): string => {
  try {
    fn();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "no error";
};
