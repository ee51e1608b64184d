/**
 * The error classes torch raises, under Python's names, so that messages and `error.name` read as torch's do.
 * `TypeError` is JavaScript's own.
 */

/** A call that cannot be carried out: shapes that do not fit, unsupported dtypes, misuse of autograd. */
export class RuntimeError extends Error {
  override readonly name: string = "RuntimeError";
}

/** An index or dimension out of range. */
export class IndexError extends Error {
  override readonly name: string = "IndexError";
}

/** An argument of the right type with a value that makes no sense. */
export class ValueError extends Error {
  override readonly name: string = "ValueError";
}

/** Something torch has and this library has not, or that torch itself does not implement for a dtype. */
export class NotImplementedError extends RuntimeError {
  override readonly name: string = "NotImplementedError";
}

/** The message of a condition of torch's that has no words of its own. */
export const unmet = (condition: string): string =>
  `Expected ${condition} to be true, but got false.  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)`;

/** A float as messages that C++ prints have it. */
export const cppFloat = (value: number): string =>
  Number.isNaN(value) ? "nan" : String(value).replace("Infinity", "inf");
