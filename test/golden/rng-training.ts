/**
 * The training runs of the random number goldens: model, data and twenty steps of an optimizer, all from one seed.
 */

import { nn, type Tensor, torch } from "../../runtime/index.ts";
import { compareTensor, prefixed } from "./op-values.ts";
import { evaluatePython } from "./python-call.ts";
import type { GoldenTensor, Tolerance } from "./values.ts";

type State = Readonly<Record<string, GoldenTensor>>;

export interface TrainingCase {
  readonly seed: number;
  readonly model: string;
  readonly optimizer: string;
  readonly x: GoldenTensor;
  readonly y: GoldenTensor;
  readonly initial_state: State;
  readonly first_grads: State;
  readonly losses: readonly number[];
  readonly final_state: State;
}

/** A model of the goldens, as its `source` describes it. */
interface Setup {
  readonly model: InstanceType<typeof nn.Module>;
  readonly forward: (x: Tensor) => Tensor;
  readonly data: () => readonly [x: Tensor, y: Tensor];
  readonly loss: (output: Tensor, y: Tensor) => Tensor;
}

const { functional: F } = nn;
const classify = (output: Tensor, y: Tensor): Tensor => F.crossEntropy(output, y);

const setups: Readonly<Record<string, () => Setup>> = {
  mlp: () => {
    const model = new nn.Sequential(new nn.Linear(4, 8), new nn.Tanh(), new nn.Linear(8, 3));
    return {
      model,
      forward: (x) => model.forward(x) as Tensor,
      data: () => [torch.randn([10, 4]), torch.randint(0, 3, [10])],
      loss: classify,
    };
  },
  regr: () => {
    const model = new nn.Sequential(
      new nn.Linear(4, 20),
      new nn.GELU(),
      new nn.LayerNorm(20),
      new nn.Linear(20, 1),
    );
    return {
      model,
      forward: (x) => model.forward(x) as Tensor,
      data: () => [torch.randn([10, 4]), torch.randn([10, 1])],
      loss: (output, y) => F.mseLoss(output, y),
    };
  },
  cnn: () => {
    class Cnn extends nn.Module {
      conv = new nn.Conv2d(1, 3, 3, { padding: 1 });
      fc = new nn.Linear(27, 4);
      override forward(x: Tensor): Tensor {
        return this.fc.forward(F.maxPool2d(torch.relu(this.conv.forward(x)), 2).flatten(1));
      }
    }
    const model = new Cnn();
    return {
      model,
      forward: (x) => model.forward(x),
      data: () => [torch.randn([6, 1, 6, 6]), torch.randint(0, 4, [6])],
      loss: classify,
    };
  },
  cnn_bn: () => {
    class CnnBn extends nn.Module {
      conv = new nn.Conv2d(1, 4, 3);
      bn = new nn.BatchNorm2d(4);
      drop = new nn.Dropout(0.25);
      fc = new nn.Linear(4, 3);
      override forward(x: Tensor): Tensor {
        const features = torch.relu(this.bn.forward(this.conv.forward(x)));
        return this.fc.forward(this.drop.forward(features.mean([2, 3])));
      }
    }
    const model = new CnnBn();
    return {
      model,
      forward: (x) => model.forward(x),
      data: () => [torch.randn([6, 1, 6, 6]), torch.randint(0, 3, [6])],
      loss: classify,
    };
  },
};

const exact: Tolerance = { rtol: 0, atol: 0 };
/**
 * Losses to 1e-5, as golden/rng/README.md asks, until rounding has grown by itself: PyTorch run again on another
 * processor, or in float64, leaves its own record of these runs by 2e-5 (Adagrad) and 2e-4 (Nesterov) after ten steps.
 */
const lossTolerance = (step: number): number => (step < 10 ? 1e-5 : 5e-4);
/** Gradients and weights add up more rounding. */
const weightTolerance: Tolerance = { rtol: 1e-3, atol: 1e-4 };

/** Repeats a recorded training run from its seed. Throws an Error where it first differs. */
export function runTraining(golden: TrainingCase): void {
  const setup = setups[golden.model];
  if (setup === undefined) throw new Error(`there is no model ${golden.model} here`);
  torch.manualSeed(golden.seed);
  const { model, forward, data, loss } = setup();
  compareState("initial state", currentState(model), golden.initial_state, exact);
  const [x, y] = data();
  prefixed("x: ", () => compareTensor(x, golden.x, exact));
  prefixed("y: ", () => compareTensor(y, golden.y, exact));
  const optimizer = evaluatePython(golden.optimizer, { torch, p: [...model.parameters()] }) as {
    zeroGrad(): void;
    step(): void;
  };
  golden.losses.forEach((expected, step) => {
    optimizer.zeroGrad();
    const value = loss(forward(x), y);
    const got = value.item();
    if (!(Math.abs(got - expected) <= lossTolerance(step) * Math.max(1, Math.abs(expected)))) {
      throw new Error(`loss of step ${step}: expected ${expected}, got ${got}`);
    }
    value.backward();
    if (step === 0) compareState("first gradient of", gradients(model), golden.first_grads, weightTolerance);
    optimizer.step();
  });
  compareState("final", currentState(model), determined(golden), weightTolerance);
}

/**
 * The final state but the bias before a batch norm, whose gradient is 0 so that adaptive steps follow rounding errors
 * alone, and the running mean that follows it.
 */
function determined({ model, final_state: state }: TrainingCase): State {
  if (model !== "cnn_bn") return state;
  return Object.fromEntries(
    Object.entries(state).filter(([key]) => key !== "conv.bias" && key !== "bn.running_mean"),
  );
}

const currentState = (model: Setup["model"]): ReadonlyMap<string, Tensor> =>
  new Map(Object.entries(model.stateDict()));

function gradients(model: Setup["model"]): ReadonlyMap<string, Tensor> {
  const result = new Map<string, Tensor>();
  for (const [name, parameter] of model.namedParameters()) {
    if (parameter.grad !== null) result.set(name, parameter.grad);
  }
  return result;
}

function compareState(
  what: string,
  actual: ReadonlyMap<string, Tensor>,
  expected: State,
  tolerance: Tolerance,
): void {
  for (const [key, golden] of Object.entries(expected)) {
    prefixed(`${what} ${key}: `, () => {
      const tensor = actual.get(key);
      if (tensor === undefined) throw new Error(`missing; there are ${[...actual.keys()].join(", ")}`);
      compareTensor(tensor, golden, tolerance);
    });
  }
}
