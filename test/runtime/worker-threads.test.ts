/** The runtime in worker threads: traces run there, and a worker may be terminated at any moment. */
import process from "node:process";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { jitTrace, type Tensor, torch } from "../../runtime/index.ts";

const program = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(workerData).then(({ jitTrace, nn, torch }) => {
    torch.manualSeed(1);
    const net = new nn.Linear(8, 4);
    const x = torch.randn([3, 8]);
    const traced = jitTrace(net, x);
    for (let i = 0; i < 50; i++) traced(x).sum().backward();
    const result = torch.noGrad(() => traced(x));
    torch.ones([256, 256]).matmul(torch.ones([256, 256]));
    parentPort.postMessage([torch.allclose(result, net.forward(x)), torch.backend().name]);
  });
`;

test.each([
  ["the WebAssembly kernels", {}, "wasm"],
  ["ONNX Runtime where it is asked for", { TRACEBOOK_BACKEND: "onnxruntime" }, "onnxruntime"],
])(
  "workers with %s run traces beside the main thread's and are terminated without harm",
  async (_, env, backend) => {
    const bundle = new URL("../../dist/runtime.js", import.meta.url).href;
    const traced = jitTrace((x: Tensor) => x.matmul(x), torch.ones([8, 8]));
    traced.executor = "compiled";

    const workers = [1, 2, 3].map(
      () => new Worker(program, { eval: true, workerData: bundle, env: { ...process.env, ...env } }),
    );
    const answers = workers.map((worker) => new Promise((resolve) => worker.once("message", resolve)));
    for (let i = 0; i < 20; i++)
      expect(
        traced(torch.ones([8, 8]))
          .sum()
          .item(),
      ).toBe(512);

    expect(await Promise.all(answers)).toEqual([1, 2, 3].map(() => [true, backend]));
    expect(await Promise.all(workers.map((worker) => worker.terminate()))).toHaveLength(3);
    expect(
      traced(torch.ones([8, 8]))
        .sum()
        .item(),
    ).toBe(512);
    expect(traced.explain().executor).toBe("compiled");
  },
);
