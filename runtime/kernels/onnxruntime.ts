/**
 * The heavy float32 kernels in ONNX Runtime: a session for each of the models of onnx-models.ts that is in use, made when it
 * is first needed. Arrays are read and written where they lie.
 */
import { encodeOnnx, type OnnxModel } from "../onnx/proto.ts";
import { namesOf, type OrtTensor, Session } from "../onnx/session.ts";
import { float32, int64 } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateUnset } from "../tensor/storage.ts";
import type { FloatArray, HeavyKernels, MatrixBatch, Shaped } from "./backend.ts";
import type { ConvOptions } from "./convolution.ts";
import {
  convolutionModel,
  inputGradientModel,
  matmulModel,
  maxPoolModel,
  pointwiseModel,
  sumRowsModel,
  weightGradientModel,
} from "./onnx-models.ts";

/** How many sessions are kept, the ones used last. */
const mostSessions = 32;
/** Products of fewer multiplications are done before other threads would have woken up. */
const leastForThreads = 2_000_000;
/** Nor do shorter arrays pay for waking them up. */
const leastElementsForThreads = 100_000;

const sessions = new Map<string, Session>();

function sessionOf(kernel: string, model: () => OnnxModel, alone = false): Session {
  const key = `${kernel} ${alone}`;
  let session = sessions.get(key);
  if (session === undefined) {
    const made = model();
    // What operators need in between comes and goes with them: an arena would keep the most there ever was.
    session = new Session(encodeOnnx(made), namesOf(made), { alone, arena: false });
    if (sessions.size >= mostSessions) {
      const [[oldest, unused]] = sessions;
      unused.dispose();
      sessions.delete(oldest);
    }
  } else sessions.delete(key);
  sessions.set(key, session);
  return session;
}

const inputOf = ({ data, sizes }: Shaped): OrtTensor => ({ dtype: float32, data, sizes });

/** Memory for a result, which is written as a whole. */
const resultOf = (sizes: readonly number[]): Shaped => ({
  data: allocateUnset(float32, numelOf(sizes)) as FloatArray,
  sizes,
});

const run = (session: Session, inputs: readonly Shaped[]): FloatArray =>
  session.run(inputs.map(inputOf))[0].data as FloatArray;

function pointwise(opType: string, operands: 1 | 2) {
  return (x: Shaped, y: Shaped | null, out: Shaped): void => {
    const rank = out.sizes.length;
    const model = () => pointwiseModel(opType, operands, rank);
    const session = sessionOf(`${opType} ${rank}`, model, out.data.length < leastElementsForThreads);
    session.runInto((y === null || operands === 1 ? [x] : [x, y]).map(inputOf), [inputOf(out)]);
  };
}

const matrices = ({ data, batch, rows, columns, transposed }: MatrixBatch): OrtTensor =>
  inputOf({ data, sizes: transposed ? [batch, columns, rows] : [batch, rows, columns] });

const optionsKey = ({ stride, padding, dilation, groups }: ConvOptions): string =>
  `${stride};${padding};${dilation};${groups}`;

export const onnxruntimeKernels: HeavyKernels = {
  matmul(a, b) {
    const multiplications = a.batch * a.rows * a.columns * b.columns;
    const name = `matmul ${a.transposed} ${b.transposed}`;
    const model = () => matmulModel(a.transposed, b.transposed);
    const result = resultOf([a.batch, a.rows, b.columns]);
    const session = sessionOf(name, model, multiplications < leastForThreads);
    session.runInto([matrices(a), matrices(b)], [inputOf(result)]);
    return result.data;
  },

  pointwise: {
    add: pointwise("Add", 2),
    sub: pointwise("Sub", 2),
    mul: pointwise("Mul", 2),
    div: pointwise("Div", 2),
    larger: pointwise("Max", 2),
    smaller: pointwise("Min", 2),
    sqrt: pointwise("Sqrt", 1),
    relu: pointwise("Relu", 1),
  },

  sumRows(x, rows, columns) {
    const result = resultOf([rows]);
    const session = sessionOf("sum rows", sumRowsModel, x.length < leastElementsForThreads);
    session.runInto([inputOf({ data: x, sizes: [rows, columns] })], [inputOf(result)]);
    return result.data;
  },

  maxPool({ data, sizes }, output, window) {
    const { size, stride, padding, dilation, ceilMode } = window;
    if (ceilMode) return null;
    const spatial = sizes.slice(-size.length);
    const [planeSize, outputSize] = [numelOf(spatial), numelOf(output)];
    const planes = data.length / planeSize;
    const session = sessionOf(`max pool ${size};${stride};${padding};${dilation}`, () =>
      maxPoolModel(window),
    );
    const values = resultOf([1, planes, ...output]);
    const indices = new BigInt64Array(planes * outputSize);
    const sum = resultOf([]);
    session.runInto(
      [inputOf({ data, sizes: [1, planes, ...spatial] })],
      [inputOf(values), { dtype: int64, data: indices, sizes: values.sizes }, inputOf(sum)],
    );
    // NaN counts as the greatest, which ONNX Runtime does not know; nor does it find places of the least there is.
    if (!Number.isFinite(sum.data[0])) return null;
    const words = new Int32Array(indices.buffer);
    for (let plane = 0, at = 0; plane < planes; plane++) {
      for (let i = 0; i < outputSize; i++, at += 2) {
        if (words[at] < 0) return null;
        words[at] -= plane * planeSize;
      }
    }
    return { values: values.data, indices };
  },

  convolution: {
    forward(x, w, bias, options) {
      const session = sessionOf(`conv ${optionsKey(options)} ${bias !== null}`, () =>
        convolutionModel(options, bias !== null),
      );
      return run(session, [x, w, ...(bias === null ? [] : [bias])]);
    },

    inputGradient(x, w, outputPadding, options) {
      const session = sessionOf(`conv by input ${optionsKey(options)} ${outputPadding}`, () =>
        inputGradientModel(options, outputPadding),
      );
      return run(session, [x, w]);
    },

    weightGradient(g, x, weightSizes, options) {
      const session = sessionOf(`conv by weight ${optionsKey(options)} ${weightSizes}`, () =>
        weightGradientModel(weightSizes, options),
      );
      return run(session, [x, g]);
    },
  },
};
