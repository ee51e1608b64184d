/** Memory of loops over large tensors in one cell stays bounded: nothing has to be disposed of. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  // As install.py has the kernel started.
  const memory = { MALLOC_MMAP_THRESHOLD_: "33554432", MALLOC_TRIM_THRESHOLD_: "268435456" };
  kernel = await KernelClient.start({ argv: tracebookArgv, env: { ...process.env, ...memory } });
});
afterAll(() => kernel.stop());

/** The most resident memory while `step` is done so many times in one synchronous cell. */
async function mostMemory(step: string, times: number): Promise<number> {
  const code = `
    let most = 0;
    for (let i = 0; i < ${times}; i++) {
      ${step};
      if (i % 100 === 0) most = Math.max(most, process.memoryUsage.rss());
    }
    most`;
  const { result } = await kernel.execute(code, {}, 250_000);
  return Number(result);
}

test("20,000 sums of 1 MB in one cell stay under 600 MB", { timeout: 300_000 }, async () => {
  await kernel.execute("const a = torch.zeros([262144]), b = torch.zeros([262144])");
  const most = await mostMemory("a.add(b)", 20_000);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(600e6);
});

test("2,000 products of 1 MB, which a library makes, do so too", { timeout: 300_000 }, async () => {
  await kernel.execute("const left = torch.ones([512, 8]), right = torch.ones([8, 512])");
  const most = await mostMemory("left.matmul(right)", 2_000);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(600e6);
});
