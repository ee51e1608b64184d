/** How modules show numbers and sizes: as Python does. */

/** Booleans as Python shows them. */
export const python = (value: boolean): string => (value ? "True" : "False");

/** A float as Python shows it: 1e-05, not 0.00001; 2.0, not 2. */
export const pythonFloat = (value: number): string => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential().replace(/e-(\d)$/, "e-0$1");
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
};

/** Sizes as a Python tuple. */
export const tuple = (values: readonly (number | null)[]): string =>
  `(${values.map((value) => value ?? "None").join(", ")}${values.length === 1 ? "," : ""})`;

/** One number, or several as a tuple. */
export const numberOrTuple = (value: number | null | readonly (number | null)[]): string =>
  value === null ? "None" : typeof value === "number" ? String(value) : tuple(value);
