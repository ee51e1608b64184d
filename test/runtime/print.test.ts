/** Tensors print as libtorch, R torch and PyTorch print them: whole texts, the print goldens and the number formats below them. */
import { afterEach, describe, expect, test } from "vitest";
import { formatFixed, formatGeneral, formatScientific } from "../../runtime/print/c-format.ts";
import { formatTensor, type PrintView } from "../../runtime/print/format-tensor.ts";
import { getPrintOptions, resetPrintOptions, setPrintOptions } from "../../runtime/print/options.ts";
import { type DType, float32, float64, int64 } from "../../runtime/tensor/dtype.ts";
import { openPackedSet } from "../golden/files.ts";
import { runPrint } from "../golden/print.ts";

afterEach(resetPrintOptions);

const view = (
  values: readonly number[],
  sizes: readonly number[] = [values.length],
  dtype: DType = float32,
): PrintView => ({
  dtype,
  sizes,
  values,
  requiresGrad: false,
  gradFn: null,
});
const print = (tensor: PrintView) => formatTensor(tensor, getPrintOptions());

describe("C's number formats", () => {
  test("send exact binary ties to the even digit", () => {
    expect(formatFixed(0.03125, 4)).toBe("0.0312");
    expect(formatFixed(0.09375, 4)).toBe("0.0938");
    expect([0.5, 1.5, 2.5, -2.5].map((value) => formatFixed(value, 0))).toEqual(["0", "2", "2", "-2"]);
    expect(formatScientific(1.25, 1)).toBe("1.2e+00");
    expect(formatScientific(125000, 1)).toBe("1.2e+05");
    expect(formatScientific(9.5, 0)).toBe("1e+01");
    expect(formatGeneral(12345, 4)).toBe("1.234e+04");
    expect(formatGeneral(2.5, 1)).toBe("2");
  });

  test("round the exact binary value, not the shortest decimal", () => {
    expect(formatFixed(1.005, 2)).toBe("1.00");
    expect(formatFixed(0.00005, 4)).toBe("0.0001");
    expect(formatFixed(1e23, 1)).toBe("99999999999999991611392.0");
    expect(formatScientific(5e-324, 4)).toBe("4.9407e-324");
  });

  test("choose between notations and drop zeros as %g does", () => {
    expect(formatGeneral(100000, 6)).toBe("100000");
    expect(formatGeneral(100000, 4)).toBe("1e+05");
    expect(formatGeneral(1234567, 6)).toBe("1.23457e+06");
    expect(formatGeneral(0.0001, 6)).toBe("0.0001");
    expect(formatGeneral(0.00001, 6)).toBe("1e-05");
    expect(formatGeneral(999999.5, 6)).toBe("1e+06");
  });

  test("write zeros with their sign and non-finite values in C's words", () => {
    expect(formatGeneral(-0, 6)).toBe("-0");
    expect(formatFixed(-0.00001, 4)).toBe("-0.0000");
    expect([Number.NaN, Infinity, -Infinity].map((value) => formatFixed(value, 4))).toEqual([
      "nan",
      "inf",
      "-inf",
    ]);
  });
});

test("tensors print as R torch, libtorch and PyTorch print them", async () => {
  const results = await runPrint(openPackedSet("print"), {});
  expect(results.filter((result) => result.status !== "passed")).toEqual([]);
  expect(results.length).toBeGreaterThan(5000);
});

describe("print options", () => {
  test("R's style is the default", () => {
    expect(print(view([-1, 0, 1]))).toBe("torch_tensor\n-1\n 0\n 1\n[ CPUFloatType{3} ]");
  });

  test("lines limits R's printout and -1 lifts the limit", () => {
    setPrintOptions({ lines: 2 });
    expect(print(view([1, 2, 3]))).toBe(
      "torch_tensor\n 1\n 2\n... [the output was truncated (use n=-1 to disable)]\n[ CPUFloatType{3} ]",
    );
    setPrintOptions({ lines: -1 });
    expect(print(view(Array(40).fill(1))).split("\n")).toHaveLength(42);
  });

  test("python style takes PyTorch's own settings", () => {
    setPrintOptions({ style: "python", precision: 2 });
    expect(print(view([1.12345]))).toBe("tensor([1.12])");
    setPrintOptions({ threshold: 5, edgeitems: 2 });
    expect(print({ ...view([], [10], int64), values: Array.from({ length: 10 }, (_, i) => BigInt(i)) })).toBe(
      "tensor([0, 1,  ..., 8, 9])",
    );
    setPrintOptions({ profile: "default", sciMode: true });
    expect(print(view([1.5, 200], [2], float64))).toBe(
      "tensor([1.5000e+00, 2.0000e+02], dtype=torch.float64)",
    );
    setPrintOptions({ linewidth: 30 });
    expect(print(view([1.5, 2.5, 3.5, 4.5]))).toBe("tensor([1.5000, 2.5000,\n        3.5000, 4.5000])");
  });

  test("no edge items leave the size instead", () => {
    setPrintOptions({ style: "python", edgeitems: 0, threshold: 3 });
    expect(print(view([1, 2, 3, 4], [2, 2]))).toBe("tensor([...], size=(2, 2))");
    expect(print(view([1, 2, 3, 4]))).toBe("tensor([...], size=(4,))");
  });

  test("a value no printer understands is refused and changes nothing", () => {
    expect(() => setPrintOptions({ style: "c" as "r" })).toThrow(
      'setPrintOptions: style must be one of r, libtorch, python; got "c"',
    );
    expect(() => setPrintOptions({ precision: -1 })).toThrow(
      "setPrintOptions: precision must be a whole number from 0 to 100; got -1",
    );
    expect(() => setPrintOptions({ width: 3 } as object)).toThrow(
      /there is no option "width"; the options are style/,
    );
    expect(getPrintOptions().style).toBe("r");
  });
});
