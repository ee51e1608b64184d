/** A graph of tensors as one session of ONNX Runtime: tensors in, tensors out, in the order of the graph's inputs and outputs. */
import { checkInterrupt } from "../../interrupt.ts";
import { encodeExternally, type OnnxModel } from "../../onnx/proto.ts";
import { namesOf, type OrtTensor, Session } from "../../onnx/session.ts";
import { rawValuesOf } from "../../tensor/access.ts";
import { type Tensor, tensorFromArray } from "../../tensor/tensor.ts";

/** Gives sessions back whose graphs nobody can run any more. */
const collected = new FinalizationRegistry<Session>((session) => session.dispose());

/** A loaded model that is run on tensors. */
export class GraphSession {
  readonly #session: Session;
  /** True after `dispose`: it cannot be run any more. */
  disposed = false;

  /** Throws where ONNX Runtime is missing or refuses the model. */
  constructor(model: OnnxModel) {
    const { bytes, external } = encodeExternally(model);
    this.#session = new Session(bytes, namesOf(model), { external });
    collected.register(this, this.#session, this);
  }

  /** The results, whose memory is their own. */
  run(tensors: readonly Tensor[]): Tensor[] {
    checkInterrupt();
    return this.#session.run(tensors.map(inputOf)).map(tensorOf);
  }

  /** Gives back its memory now. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    collected.unregister(this);
    this.#session.dispose();
  }
}

const inputOf = (tensor: Tensor): OrtTensor => ({
  dtype: tensor.dtype,
  data: rawValuesOf(tensor),
  sizes: tensor.sizes,
});

const tensorOf = ({ dtype, data, sizes }: OrtTensor): Tensor => tensorFromArray(data, dtype, sizes);
