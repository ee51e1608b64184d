/**
 * The heavy float32 kernels in ONNX Runtime: a session for each of the models of onnx-models.ts that is in use, made when it
 * is first needed. Arrays go in and come out without a copy.
 */
import { availableParallelism } from "node:os";
import { encodeOnnx, type OnnxModel } from "../onnx/proto.ts";
import { type OrtTensor, Session } from "../onnx/session.ts";
import type { FloatArray, HeavyKernels, MatrixBatch, Shaped } from "./backend.ts";
import type { ConvOptions } from "./convolution.ts";
import { convolutionModel, inputGradientModel, matmulModel, weightGradientModel } from "./onnx-models.ts";

/** How many sessions are kept, the ones used last; each has threads of its own. */
const mostSessions = 32;
/** More threads do not make single operators faster. */
const mostThreads = Math.min(availableParallelism(), 8);
/** Products of fewer multiplications take a fraction of a millisecond, in which threads on a busy machine wait for each other. */
const leastForThreads = 16_000_000;

const sessions = new Map<string, Session>();

function sessionOf(kernel: string, model: () => OnnxModel, threads: number): Session {
  const key = `${kernel} ${threads}`;
  let session = sessions.get(key);
  if (session === undefined) {
    session = new Session(encodeOnnx(model()), ["y"], {
      intraOpNumThreads: threads,
      // Results live as long as their tensors: an arena would keep the memory of the most there ever were.
      enableCpuMemArena: false,
      // Threads that wait for work in a loop are quick at the next call, but keep others from the processor, those of the next
      // session among them.
      extra: { session: { intra_op: { spin_duration_us: "20" } } },
    });
    if (sessions.size >= mostSessions) {
      const [[oldest, unused]] = sessions;
      unused.dispose();
      sessions.delete(oldest);
    }
  } else sessions.delete(key);
  sessions.set(key, session);
  return session;
}

const run = (
  key: string,
  model: () => OnnxModel,
  feeds: Readonly<Record<string, OrtTensor>>,
  threads = mostThreads,
): FloatArray => sessionOf(key, model, threads).run(feeds)["y"].data as FloatArray;

const feedOf = ({ data, sizes }: Shaped): OrtTensor => ({
  type: "float32",
  data,
  dims: sizes,
  location: "cpu",
});

const matrices = ({ data, batch, rows, columns, transposed }: MatrixBatch): OrtTensor =>
  feedOf({ data, sizes: transposed ? [batch, columns, rows] : [batch, rows, columns] });

const optionsKey = ({ stride, padding, dilation, groups }: ConvOptions): string =>
  `${stride};${padding};${dilation};${groups}`;

export const onnxruntimeKernels: HeavyKernels = {
  matmul(a, b) {
    const multiplications = a.batch * a.rows * a.columns * b.columns;
    return run(
      `matmul ${a.transposed} ${b.transposed}`,
      () => matmulModel(a.transposed, b.transposed),
      { a: matrices(a), b: matrices(b) },
      multiplications < leastForThreads ? 1 : mostThreads,
    );
  },

  convolution: {
    forward(x, w, bias, options) {
      const feeds = { x: feedOf(x), w: feedOf(w) };
      return run(
        `conv ${optionsKey(options)} ${bias !== null}`,
        () => convolutionModel(options, bias !== null),
        bias === null ? feeds : { ...feeds, b: feedOf(bias) },
      );
    },

    inputGradient: (x, w, outputPadding, options) =>
      run(
        `conv by input ${optionsKey(options)} ${outputPadding}`,
        () => inputGradientModel(options, outputPadding),
        { x: feedOf(x), w: feedOf(w) },
      ),

    weightGradient(g, x, weightSizes, options) {
      const outputSizes = g.sizes.slice(2);
      return run(
        `conv by weight ${optionsKey(options)} ${weightSizes} ${outputSizes}`,
        () => weightGradientModel(weightSizes, outputSizes, options),
        { x: feedOf(x), g: feedOf(g) },
      );
    },
  },
};
