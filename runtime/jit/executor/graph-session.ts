/** A graph of tensors as one session of ONNX Runtime: tensors in, tensors out, in the order of the graph's inputs and outputs. */
import { checkInterrupt } from "../../interrupt.ts";
import { encodeExternally, type OnnxModel } from "../../onnx/proto.ts";
import { dtypeOfOrt, type OrtTensor, ortType, Session } from "../../onnx/session.ts";
import { rawValuesOf } from "../../tensor/access.ts";
import { type Tensor, tensorFromArray } from "../../tensor/tensor.ts";

/** Gives sessions back whose graphs nobody can run any more. */
const collected = new FinalizationRegistry<Session>((session) => session.dispose());

/** A loaded model that is run on tensors. */
export class GraphSession {
  readonly #session: Session;
  /** True after `dispose`: it cannot be run any more. */
  disposed = false;
  readonly #inputs: readonly string[];
  readonly #outputs: readonly string[];

  /** Throws where ONNX Runtime is missing or refuses the model. */
  constructor(model: OnnxModel) {
    this.#inputs = model.inputs.map(({ name }) => name);
    this.#outputs = model.outputs.map(({ name }) => name);
    const { bytes, externalData } = encodeExternally(model);
    this.#session = new Session(bytes, this.#outputs, { externalData });
    collected.register(this, this.#session, this);
  }

  /** The results, whose memory is their own. */
  run(tensors: readonly Tensor[]): Tensor[] {
    checkInterrupt();
    const feeds: Record<string, OrtTensor> = {};
    const names = this.#inputs;
    for (let i = 0; i < names.length; i++) feeds[names[i]] = feedOf(tensors[i]);
    const fetched = this.#session.run(feeds);
    const results = new Array<Tensor>(this.#outputs.length);
    for (let i = 0; i < results.length; i++) results[i] = tensorOf(fetched[this.#outputs[i]]);
    return results;
  }

  /** Gives back its memory now. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    collected.unregister(this);
    this.#session.dispose();
  }
}

const feedOf = (tensor: Tensor): OrtTensor => ({
  type: ortType(tensor.dtype),
  data: rawValuesOf(tensor),
  dims: tensor.sizes,
  location: "cpu",
});

const tensorOf = ({ type, data, dims }: OrtTensor): Tensor => tensorFromArray(data, dtypeOfOrt(type), dims);
