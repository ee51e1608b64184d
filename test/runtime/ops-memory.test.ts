/** Memory of loops over large tensors stays bounded: nothing has to be disposed of. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = `
import { torch } from "${new URL("../../runtime/index.ts", import.meta.url).href}";
const [a, b] = [torch.zeros([262144]), torch.zeros([262144])];
let most = 0;
for (let i = 0; i < 20000; i++) {
  a.add(b);
  if (i % 100 === 0) most = Math.max(most, process.memoryUsage.rss());
}
console.log(most);
`;

test("20,000 sums of 1 MB in one synchronous loop stay under 600 MB", { timeout: 300_000 }, () => {
  const tsx = fileURLToPath(import.meta.resolve("tsx"));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", tsx, "--input-type=module", "-e", program],
    {
      encoding: "utf8",
      env: { ...process.env, MALLOC_MMAP_THRESHOLD_: "33554432", MALLOC_TRIM_THRESHOLD_: "268435456" },
    },
  );
  expect(stderr).toBe("");
  const most = Number(stdout);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(600e6);
});
