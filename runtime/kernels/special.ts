/** Special functions of one number that JavaScript's Math lacks. */

/** The error function by W. J. Cody's rational approximation (1969), good to double precision. */
export function erfOf(x: number): number {
  const a = Math.abs(x);
  let r: number;
  if (a <= 0.46875) {
    const y = a * a;
    const p =
      (((0.18577770618460315 * y + 3.1611237438705655) * y + 113.86415415105016) * y + 377.485237685302) * y +
      3209.3775891384694;
    const q =
      (((y + 23.601290952344122) * y + 244.02463793444417) * y + 1282.6165260773723) * y + 2844.236833439171;
    return (x * p) / q;
  }
  if (a <= 4) {
    const p =
      (((((((2.1531153547440383e-8 * a + 0.5641884969886701) * a + 8.883149794388377) * a +
        66.11919063714163) *
        a +
        298.6351381974001) *
        a +
        881.952221241769) *
        a +
        1712.0476126340707) *
        a +
        2051.0783778260716) *
        a +
      1230.3393547979972;
    const q =
      (((((((a + 15.744926110709835) * a + 117.6939508913125) * a + 537.1811018620099) * a +
        1621.3895745666903) *
        a +
        3290.7992357334597) *
        a +
        4362.619090143247) *
        a +
        3439.3676741437216) *
        a +
      1230.3393548037495;
    r = (Math.exp(-a * a) * p) / q;
  } else {
    const y = 1 / (a * a);
    const p =
      ((((0.016315387137302097 * y + 0.30532663496123236) * y + 0.36034489994980445) * y +
        0.12578172611122926) *
        y +
        0.016083785148742275) *
        y +
      0.0006587491615298378;
    const q =
      ((((y + 2.568520192289822) * y + 1.8729528499234604) * y + 0.5279051029514285) * y +
        0.06051834131244132) *
        y +
      0.0023352049762686918;
    r = (Math.exp(-a * a) / a) * (1 / Math.sqrt(Math.PI) - (y * p) / q);
  }
  return x < 0 ? r - 1 : 1 - r;
}

/** Rounds half to even, as C's nearbyint. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.abs(x) < 0.5 ? (x < 0 || Object.is(x, -0) ? -0 : 0) : Math.round(x);
  return floor % 2 === 0 ? floor : x < 0 && floor === -1 ? -0 : floor + 1;
}
