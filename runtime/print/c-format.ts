/**
 * C's number formats `%.Nf`, `%.Ne` and `%.Ng`, which both of torch's printers are built on.
 * JavaScript's own toFixed and toExponential round the exact binary value correctly except for exact ties, which they
 * send up where C sends them to the even digit; only that, and the exponent's two digits, is put right here.
 */

/** `%.{digits}f`: fixed notation. */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value);
  const magnitude = Math.abs(value);
  let text: string;
  if (magnitude >= 1e21) {
    // toFixed gives up here; such a value is a whole number, which BigInt writes out exactly.
    text = BigInt(magnitude).toString() + (digits > 0 ? `.${"0".repeat(digits)}` : "");
  } else {
    text = magnitude.toFixed(digits);
    if (isTie(magnitude, digits)) text = toEvenDigit(text, text.length - 1);
  }
  return sign(value) + text;
}

/** `%.{digits}e`: scientific notation with an exponent of at least two digits. */
export function formatScientific(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value);
  const magnitude = Math.abs(value);
  const text = magnitude.toExponential(digits);
  const end = text.indexOf("e");
  const exponent = Number(text.slice(end + 1));
  const places = digits - exponent;
  let mantissa = text.slice(0, end);
  if (magnitude !== 0 && isTie(magnitude, places)) mantissa = toEvenDigit(mantissa, end - 1);
  const exponentDigits = String(Math.abs(exponent)).padStart(2, "0");
  return `${sign(value)}${mantissa}e${exponent < 0 ? "-" : "+"}${exponentDigits}`;
}

/** `%.{digits}g`: the shorter of the two notations at `digits` significant digits, trailing zeros dropped. */
export function formatGeneral(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value);
  const significant = Math.max(digits, 1);
  const scientific = formatScientific(value, significant - 1);
  const end = scientific.indexOf("e");
  const exponent = Number(scientific.slice(end + 1));
  if (exponent < -4 || exponent >= significant) {
    return dropTrailingZeros(scientific.slice(0, end)) + scientific.slice(end);
  }
  return dropTrailingZeros(formatFixed(value, significant - 1 - exponent));
}

function formatNonFinite(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

const sign = (value: number): string => (value < 0 || Object.is(value, -0) ? "-" : "");

/**
 * Whether the magnitude lies exactly half way between two decimals of `places` places. With places >= 0 that is so
 * exactly if magnitude * 2^(places + 1) is an odd whole number: then magnitude * 10^places = odd * 5^places / 2.
 */
function isTie(magnitude: number, places: number): boolean {
  if (places < 0) {
    if (!Number.isInteger(magnitude)) return false;
    const unit = 10n ** BigInt(-places);
    return (BigInt(magnitude) % unit) * 2n === unit;
  }
  // Two steps, as 2^(places + 1) itself may overflow for denormal numbers with many places.
  const half = Math.floor((places + 1) / 2);
  return Math.abs((magnitude * 2 ** half * 2 ** (places + 1 - half)) % 2) === 1;
}

/** JavaScript rounded a tie up: an odd digit at `index` is one too high (and, being odd, needs no borrow). */
function toEvenDigit(text: string, index: number): string {
  const digit = Number(text[index]);
  return digit % 2 === 0 ? text : text.slice(0, index) + (digit - 1) + text.slice(index + 1);
}

const dropTrailingZeros = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
