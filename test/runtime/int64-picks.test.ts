/** Operators that compare and pick int64 take numbers beyond 2^53 exactly; those that compute with them refuse. */
import { expect, test } from "vitest";
import { torch } from "../../runtime/index.ts";
import type { Tensor } from "../../runtime/tensor/tensor.ts";

const wide = 2n ** 60n;
const x = torch.tensor([wide, 3n, -wide, wide + 1n]);
const y = torch.tensor([wide + 1n, 4n, 0n, wide]);

/** The elements exactly, as PyTorch's `tolist` has them. */
const exactly = (tensor: Tensor): string =>
  Array.from(tensor.contiguous().storage.data as BigInt64Array, String).join();

test("extremes, orders and choices are exact", () => {
  expect(exactly(x.max())).toBe("1152921504606846977");
  expect(exactly(x.amin())).toBe("-1152921504606846976");
  const [values, places] = x.sort();
  expect(exactly(values)).toBe("-1152921504606846976,3,1152921504606846976,1152921504606846977");
  expect(places.tolist()).toEqual([2, 1, 0, 3]);
  expect(exactly(x.topk(2)[0])).toBe("1152921504606846977,1152921504606846976");
  expect(exactly(torch.where(x.gt(0), x, y))).toBe("1152921504606846976,3,0,1152921504606846977");
  expect(exactly(torch.maximum(x, y))).toBe("1152921504606846977,4,0,1152921504606846977");
  expect(exactly(x.maskedFill(x.gt(3), 7))).toBe("7,3,-1152921504606846976,7");
  expect(exactly(x.cummax(0)[0])).toBe(
    "1152921504606846976,1152921504606846976,1152921504606846976,1152921504606846977",
  );
});

test("neighbours beyond 2^53 are told apart", () => {
  expect(x.eq(y).tolist()).toEqual([false, false, false, false]);
  expect(x.lt(y).tolist()).toEqual([true, true, true, false]);
  expect(torch.isin(x, y).tolist()).toEqual([true, false, false, true]);
  expect(x.argmax().item()).toBe(3);
});

test("a view of wide numbers is picked from as it lies", () => {
  const columns = torch.stack([x, y], 1);
  expect(exactly(columns.t().amax(1))).toBe("1152921504606846977,1152921504606846977");
  expect(exactly(columns.select(1, 1).narrow(0, 1, 2).min())).toBe("0");
});

test("computing is refused, and so is comparing with floats", () => {
  const words = "JavaScript numbers are exact only up to 2^53";
  expect(() => x.add(1)).toThrow(words);
  expect(() => x.gt(1.5)).toThrow(words);
  expect(() => x.sum()).toThrow(words);
});
