/**
 * The heavy float32 kernels in ONNX Runtime: a session for each of the models of onnx-models.ts that is in use, made when it
 * is first needed. Arrays are read and written where they lie.
 */
import { encodeOnnx, type OnnxModel } from "../onnx/proto.ts";
import { type OrtTensor, Session } from "../onnx/session.ts";
import { float32 } from "../tensor/dtype.ts";
import type { FloatArray, HeavyKernels, MatrixBatch, Shaped } from "./backend.ts";
import type { ConvOptions } from "./convolution.ts";
import { convolutionModel, inputGradientModel, matmulModel, weightGradientModel } from "./onnx-models.ts";

/** How many sessions are kept, the ones used last. */
const mostSessions = 32;
/** Products of fewer multiplications take a fraction of a millisecond, in which threads on a busy machine wait for each other. */
const leastForThreads = 16_000_000;

const sessions = new Map<string, Session>();

function sessionOf(kernel: string, model: () => OnnxModel, alone: boolean): Session {
  const key = `${kernel} ${alone}`;
  let session = sessions.get(key);
  if (session === undefined) {
    const made = model();
    const inputs = made.inputs.map(({ name }) => name);
    session = new Session(
      encodeOnnx(made),
      { inputs, outputs: ["y"] },
      {
        alone,
        // What operators need in between comes and goes with them: an arena would keep the most there ever was.
        arena: false,
      },
    );
    if (sessions.size >= mostSessions) {
      const [[oldest, unused]] = sessions;
      unused.dispose();
      sessions.delete(oldest);
    }
  } else sessions.delete(key);
  sessions.set(key, session);
  return session;
}

const run = (key: string, model: () => OnnxModel, inputs: readonly OrtTensor[], alone = false): FloatArray =>
  sessionOf(key, model, alone).run(inputs)[0].data as FloatArray;

const inputOf = ({ data, sizes }: Shaped): OrtTensor => ({ dtype: float32, data, sizes });

const matrices = ({ data, batch, rows, columns, transposed }: MatrixBatch): OrtTensor =>
  inputOf({ data, sizes: transposed ? [batch, columns, rows] : [batch, rows, columns] });

const optionsKey = ({ stride, padding, dilation, groups }: ConvOptions): string =>
  `${stride};${padding};${dilation};${groups}`;

export const onnxruntimeKernels: HeavyKernels = {
  matmul(a, b) {
    const multiplications = a.batch * a.rows * a.columns * b.columns;
    return run(
      `matmul ${a.transposed} ${b.transposed}`,
      () => matmulModel(a.transposed, b.transposed),
      [matrices(a), matrices(b)],
      multiplications < leastForThreads,
    );
  },

  convolution: {
    forward(x, w, bias, options) {
      return run(
        `conv ${optionsKey(options)} ${bias !== null}`,
        () => convolutionModel(options, bias !== null),
        [x, w, ...(bias === null ? [] : [bias])].map(inputOf),
      );
    },

    inputGradient: (x, w, outputPadding, options) =>
      run(
        `conv by input ${optionsKey(options)} ${outputPadding}`,
        () => inputGradientModel(options, outputPadding),
        [inputOf(x), inputOf(w)],
      ),

    weightGradient(g, x, weightSizes, options) {
      const outputSizes = g.sizes.slice(2);
      return run(
        `conv by weight ${optionsKey(options)} ${weightSizes} ${outputSizes}`,
        () => weightGradientModel(weightSizes, outputSizes, options),
        [inputOf(x), inputOf(g)],
      );
    },
  },
};
