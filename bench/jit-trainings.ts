/** Training steps by way of traces on our own layers; jit.py has the same in PyTorch, drawn from the same seeds. */
import { jitTrace, nn, type Tensor, torch } from "../runtime/index.ts";

/** A model with its loss: what a training step is made of. */
abstract class Trained extends nn.Module {
  abstract loss(x: Tensor, target: Tensor): Tensor;

  override forward(x: Tensor, target: Tensor): Tensor {
    return this.loss(x, target);
  }
}

class TrainedPerceptron extends Trained {
  first = new nn.Linear(784, 256);
  second = new nn.Linear(256, 64);
  third = new nn.Linear(64, 10);

  override loss(x: Tensor, target: Tensor): Tensor {
    const hidden = torch.relu(this.second.forward(torch.relu(this.first.forward(x))));
    return nn.functional.crossEntropy(this.third.forward(hidden), target);
  }
}

class TrainedConvolutions extends Trained {
  first = new nn.Conv2d(1, 16, 3, { padding: 1 });
  second = new nn.Conv2d(16, 32, 3, { padding: 1 });
  last = new nn.Linear(32 * 7 * 7, 10);

  override loss(x: Tensor, target: Tensor): Tensor {
    const half = nn.functional.maxPool2d(torch.relu(this.first.forward(x)), 2) as Tensor;
    const quarter = nn.functional.maxPool2d(torch.relu(this.second.forward(half)), 2) as Tensor;
    return nn.functional.crossEntropy(this.last.forward(quarter.flatten(1)), target);
  }
}

const learningRate = 0.01;

/** Forward, loss, backward and the update of the parameters in one. */
class WholeStep extends nn.Module {
  model: Trained;

  constructor(model: Trained) {
    super();
    this.model = model;
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    const loss = this.model.loss(x, target);
    const parameters = this.model.parameters();
    const gradients = torch.autograd.grad(loss, parameters);
    torch.noGrad(() => {
      for (const [i, parameter] of parameters.entries())
        parameter.sub_(gradients[i], { alpha: learningRate });
    });
    return loss.detach();
  }
}

/** A step of training by way of a trace; gives the loss. */
export interface TrainingStep {
  readonly step: () => Tensor;
  readonly traced: {
    readonly explain: () => { readonly executor: string; readonly buildTime: number | null };
  };
}

/** What makes a model to train, and the shape of a batch. */
export interface Training {
  readonly make: () => Trained;
  readonly shape: readonly number[];
}

/** The training steps by name. */
export const trainings: Readonly<Record<string, Training>> = {
  "training step, MLP, batch 64": { make: () => new TrainedPerceptron(), shape: [64, 784] },
  "training step, CNN, batch 32": { make: () => new TrainedConvolutions(), shape: [32, 1, 28, 28] },
};

/** Both ways to train by a trace, from the same weights and on the same batch. */
export const trainingWays: Readonly<Record<string, (training: Training) => TrainingStep>> = {
  "as one graph": (training) => {
    const { model, x, target } = drawn(training);
    const step = new WholeStep(model);
    const state = structuredState(model);
    const traced = jitTrace(step, x, target);
    // Recording it was a step already.
    model.loadStateDict(state);
    return { step: () => torch.noGrad(() => traced(x, target)), traced };
  },
  "backward() of a trace": (training) => {
    const { model, x, target } = drawn(training);
    const traced = jitTrace(model, x, target);
    const optimizer = new torch.optim.SGD(model.parameters(), { lr: learningRate });
    const step = (): Tensor => {
      optimizer.zeroGrad();
      const loss = traced(x, target);
      loss.backward();
      optimizer.step();
      return loss;
    };
    return { step: () => torch.enableGrad(step), traced };
  },
};

function drawn({ make, shape }: Training): {
  readonly model: Trained;
  readonly x: Tensor;
  readonly target: Tensor;
} {
  torch.manualSeed(7);
  const model = make();
  const x = torch.randn([...shape]);
  return { model, x, target: torch.randint(0, 10, [shape[0]]) };
}

const structuredState = (model: nn.Module): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(model.stateDict()).map(([name, tensor]) => [name, tensor.clone()]));
