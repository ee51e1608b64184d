/**
 * How tensors print: the style, and the settings that PyTorch's `torch.set_printoptions` has.
 * The layouts themselves are libtorch.ts's, r.ts's and python.ts's.
 */

/** `r`: as R torch prints; `libtorch`: the bare C++ text R torch shows; `python`: PyTorch's `repr`. */
export type PrintStyle = "r" | "libtorch" | "python";

/** The settings tensors are printed with. */
export interface PrintOptions {
  readonly style: PrintStyle;
  /** Style `r`: longer printouts are cut after this many lines; 1 or less never cuts. */
  readonly lines: number;
  /** Style `python`: digits after the decimal point. */
  readonly precision: number;
  /** Style `python`: tensors with more elements than this are summarized. */
  readonly threshold: number;
  /** Style `python`: how many items a summary shows at either end of each dimension. */
  readonly edgeitems: number;
  /** Style `python`: characters a line. */
  readonly linewidth: number;
  /** Style `python`: always (true) or never (false) scientific notation; null lets the values decide. */
  readonly sciMode: boolean | null;
}

/** What {@link setPrintOptions} takes: any of the options, and PyTorch's named profiles. */
export interface PrintOptionChanges extends Partial<PrintOptions> {
  readonly profile?: "default" | "short" | "full";
}

const profiles = {
  default: { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80 },
  short: { precision: 2, threshold: 1000, edgeitems: 2, linewidth: 80 },
  full: { precision: 4, threshold: Number.POSITIVE_INFINITY, edgeitems: 3, linewidth: 80 },
} as const;

const styles: readonly PrintStyle[] = ["r", "libtorch", "python"];

const defaults: PrintOptions = Object.freeze({ style: "r", lines: 30, ...profiles.default, sciMode: null });

let current: PrintOptions = defaults;

/** The settings now in force. */
export function getPrintOptions(): PrintOptions {
  return current;
}

/**
 * Changes how tensors print. Options left out keep their value, save `sciMode`, which goes back to automatic as in
 * PyTorch. Throws a RangeError for a value that no printer understands.
 * Source: torch/_tensor_str.py, set_printoptions.
 * @example
 * torch.setPrintOptions({ style: "python", precision: 2 });
 * String(torch.tensor([1.12345])) // "tensor([1.12])"
 */
export function setPrintOptions(changes: PrintOptionChanges): void {
  const { profile, ...options } = changes;
  if (profile !== undefined && !(profile in profiles)) {
    throw new RangeError(
      `setPrintOptions: profile must be one of default, short, full; got ${show(profile)}`,
    );
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  for (const name of Object.keys(given)) {
    if (!(name in defaults)) {
      throw new RangeError(
        `setPrintOptions: there is no option ${show(name)}; the options are ${Object.keys(defaults).join(", ")}, profile`,
      );
    }
  }
  const next: PrintOptions = {
    ...current,
    sciMode: null,
    ...(profile === undefined ? {} : profiles[profile]),
    ...given,
  };
  check(next);
  current = Object.freeze(next);
}

/** Back to the settings a fresh program has. */
export function resetPrintOptions(): void {
  current = defaults;
}

function check(options: PrintOptions): void {
  if (!styles.includes(options.style)) {
    throw new RangeError(
      `setPrintOptions: style must be one of ${styles.join(", ")}; got ${show(options.style)}`,
    );
  }
  if (!Number.isInteger(options.precision) || options.precision < 0 || options.precision > 100) {
    throw new RangeError(
      `setPrintOptions: precision must be a whole number from 0 to 100; got ${show(options.precision)}`,
    );
  }
  for (const name of ["lines", "threshold", "edgeitems", "linewidth"] as const) {
    const value: unknown = options[name];
    const whole =
      typeof value === "number" && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY);
    if (!whole || (name !== "lines" && value < 0)) {
      throw new RangeError(`setPrintOptions: ${name} must be a whole number; got ${show(value)}`);
    }
  }
  if (options.sciMode !== null && typeof options.sciMode !== "boolean") {
    throw new RangeError(
      `setPrintOptions: sciMode must be true, false or null; got ${show(options.sciMode)}`,
    );
  }
}

const show = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value));
