/**
 * Factorizations of small dense matrices in float64: LU, Cholesky, QR, and the eigen- and singular values by Jacobi's
 * rotations. Source of the methods: Golub and Van Loan, Matrix Computations; signs follow LAPACK's.
 */

/** A row-major matrix. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

export const matrixOf = (rows: number, columns: number, data = new Float64Array(rows * columns)): Matrix => ({
  rows,
  columns,
  data,
});

export function transposed({ rows, columns, data }: Matrix): Matrix {
  const out = matrixOf(columns, rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out.data[j * rows + i] = data[i * columns + j];
  return out;
}

/** The LU factors in one matrix, the order of the rows, and the sign of that order; exact zero pivots stay. */
export function luOf(a: Matrix): { lu: Matrix; order: number[]; sign: number } {
  const n = a.rows;
  const x = a.data.slice();
  const order = Array.from({ length: n }, (_, i) => i);
  let sign = 1;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(x[i * n + k]) > Math.abs(x[best * n + k])) best = i;
    if (best !== k) {
      for (let j = 0; j < n; j++) [x[k * n + j], x[best * n + j]] = [x[best * n + j], x[k * n + j]];
      [order[k], order[best]] = [order[best], order[k]];
      sign = -sign;
    }
    const pivot = x[k * n + k];
    if (pivot === 0) continue;
    for (let i = k + 1; i < n; i++) {
      const factor = x[i * n + k] / pivot;
      x[i * n + k] = factor;
      for (let j = k + 1; j < n; j++) x[i * n + j] -= factor * x[k * n + j];
    }
  }
  return { lu: matrixOf(n, n, x), order, sign };
}

/** The solution of `a x = b`; null if a pivot is zero, with its place. */
export function solveGeneral(a: Matrix, b: Matrix): Matrix | number {
  const { lu, order } = luOf(a);
  const n = a.rows;
  for (let k = 0; k < n; k++) if (lu.data[k * n + k] === 0) return k + 1;
  const m = b.columns;
  const x = matrixOf(n, m);
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) x.data[i * m + j] = b.data[order[i] * m + j];
  substitute(lu, x, false, true);
  substitute(lu, x, true, false);
  return x;
}

/** Solves a triangular system in place, from below (upper) or from above. */
export function substitute(a: Matrix, x: Matrix, upper: boolean, unit: boolean): void {
  const n = a.rows;
  const m = x.columns;
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    for (let j = 0; j < m; j++) {
      let value = x.data[i * m + j];
      const [from, to] = upper ? [i + 1, n] : [0, i];
      for (let k = from; k < to; k++) value -= a.data[i * n + k] * x.data[k * m + j];
      x.data[i * m + j] = unit ? value : value / a.data[i * n + i];
    }
  }
}

/** The lower Cholesky factor; the order of the first minor that is not positive if there is one. */
export function choleskyOf(a: Matrix): Matrix | number {
  const n = a.rows;
  const l = matrixOf(n, n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let value = a.data[i * n + j];
      for (let k = 0; k < j; k++) value -= l.data[i * n + k] * l.data[j * n + k];
      if (i === j) {
        if (!(value > 0)) return j + 1;
        l.data[i * n + i] = Math.sqrt(value);
      } else l.data[i * n + j] = value / l.data[j * n + j];
    }
  }
  return l;
}

/** The full QR factors by Householder reflections; R's diagonal has LAPACK's signs. */
export function qrOf(a: Matrix): { q: Matrix; r: Matrix } {
  const { rows: m, columns: n } = a;
  const r = matrixOf(m, n, a.data.slice());
  const q = matrixOf(m, m);
  for (let i = 0; i < m; i++) q.data[i * m + i] = 1;
  for (let k = 0; k < Math.min(m - 1, n); k++) {
    const v = new Float64Array(m);
    let norm = 0;
    for (let i = k; i < m; i++) norm += r.data[i * n + k] ** 2;
    norm = Math.sqrt(norm);
    if (norm === 0) continue;
    for (let i = k; i < m; i++) v[i] = r.data[i * n + k];
    v[k] += v[k] >= 0 ? norm : -norm;
    const length = v.reduce((sum, x) => sum + x * x, 0);
    const reflect = (target: Matrix): void => {
      for (let j = 0; j < target.columns; j++) {
        let dot = 0;
        for (let i = k; i < m; i++) dot += v[i] * target.data[i * target.columns + j];
        for (let i = k; i < m; i++) target.data[i * target.columns + j] -= (2 * dot * v[i]) / length;
      }
    };
    reflect(r);
    reflect(q);
  }
  for (let i = 0; i < m; i++) for (let j = 0; j < Math.min(i, n); j++) r.data[i * n + j] = 0;
  return { q: transposed(q), r };
}

/** The eigenvalues of a symmetric matrix in ascending order, and its eigenvectors as columns. */
export function symmetricEigen(a: Matrix): { values: Float64Array; vectors: Matrix } {
  const n = a.rows;
  const x = a.data.slice();
  const v = matrixOf(n, n);
  for (let i = 0; i < n; i++) v.data[i * n + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) off += x[i * n + j] ** 2;
    if (off < 1e-300) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (x[p * n + q] === 0) continue;
        const theta = (x[q * n + q] - x[p * n + p]) / (2 * x[p * n + q]);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const [xp, xq] = [x[k * n + p], x[k * n + q]];
          x[k * n + p] = c * xp - s * xq;
          x[k * n + q] = s * xp + c * xq;
        }
        for (let k = 0; k < n; k++) {
          const [xp, xq] = [x[p * n + k], x[q * n + k]];
          x[p * n + k] = c * xp - s * xq;
          x[q * n + k] = s * xp + c * xq;
          const [vp, vq] = [v.data[k * n + p], v.data[k * n + q]];
          v.data[k * n + p] = c * vp - s * vq;
          v.data[k * n + q] = s * vp + c * vq;
        }
      }
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => x[i * n + i] - x[j * n + j]);
  const vectors = matrixOf(n, n);
  order.forEach((from, to) => {
    for (let k = 0; k < n; k++) vectors.data[k * n + to] = v.data[k * n + from];
  });
  return { values: Float64Array.from(order, (i) => x[i * n + i]), vectors };
}

/** The thin singular value decomposition by one-sided rotations: `a = u diag(s) v^T`, s descending. */
export function singularValues(a: Matrix): { u: Matrix; s: Float64Array; v: Matrix } {
  if (a.rows < a.columns) {
    const { u, s, v } = singularValues(transposed(a));
    return { u: v, s, v: u };
  }
  const { rows: m, columns: n } = a;
  const u = a.data.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        let [alpha, beta, gamma] = [0, 0, 0];
        for (let k = 0; k < m; k++) {
          alpha += u[k * n + p] ** 2;
          beta += u[k * n + q] ** 2;
          gamma += u[k * n + p] * u[k * n + q];
        }
        if (gamma === 0 || Math.abs(gamma) <= 1e-16 * Math.sqrt(alpha * beta)) continue;
        rotated = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const c = 1 / Math.sqrt(1 + t * t);
        const s = c * t;
        rotateColumns(u, m, n, p, q, c, s);
        rotateColumns(v, n, n, p, q, c, s);
      }
    }
    if (!rotated) break;
  }
  const lengths = Float64Array.from({ length: n }, (_, j) => {
    let sum = 0;
    for (let k = 0; k < m; k++) sum += u[k * n + j] ** 2;
    return Math.sqrt(sum);
  });
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => lengths[j] - lengths[i]);
  const result = { u: matrixOf(m, n), s: Float64Array.from(order, (j) => lengths[j]), v: matrixOf(n, n) };
  order.forEach((from, to) => {
    for (let k = 0; k < m; k++)
      result.u.data[k * n + to] = lengths[from] === 0 ? Number(k === to) : u[k * n + from] / lengths[from];
    for (let k = 0; k < n; k++) result.v.data[k * n + to] = v[k * n + from];
  });
  return result;
}

function rotateColumns(
  x: Float64Array,
  rows: number,
  columns: number,
  p: number,
  q: number,
  c: number,
  s: number,
): void {
  for (let k = 0; k < rows; k++) {
    const [xp, xq] = [x[k * columns + p], x[k * columns + q]];
    x[k * columns + p] = c * xp - s * xq;
    x[k * columns + q] = s * xp + c * xq;
  }
}
