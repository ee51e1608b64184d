/** What kind of tensor one is — dtype, type, device, memory format, sizes of its memory — and how it becomes another; as PyTorch 2.13 answers. */
import { afterEach, describe, expect, test } from "vitest";
import { nn, torch } from "../../runtime/index.ts";

const x = torch.arange(6).reshape([2, 3]).to(torch.float32);

describe("dtypes", () => {
  afterEach(() => torch.setDefaultDtype(torch.float32));

  test("print their limits as torch does", () => {
    expect(String(torch.finfo())).toBe(
      "finfo(resolution=1e-06, min=-3.40282e+38, max=3.40282e+38, eps=1.19209e-07, smallest_normal=1.17549e-38, tiny=1.17549e-38, dtype=float32)",
    );
    expect(String(torch.finfo(torch.float16))).toBe(
      "finfo(resolution=0.001, min=-65504, max=65504, eps=0.000976562, smallest_normal=6.10352e-05, tiny=6.10352e-05, dtype=float16)",
    );
    expect(String(torch.iinfo(torch.int64))).toBe("iinfo(min=-9.22337e+18, max=9.22337e+18, dtype=int64)");
    expect(() => torch.iinfo(torch.bool)).toThrow("torch.bool is not supported by torch.iinfo");
  });

  test("have other names, and tell what they hold", () => {
    expect([torch.float, torch.double, torch.half, torch.int, torch.long, torch.short].map(String)).toEqual([
      "torch.float32",
      "torch.float64",
      "torch.float16",
      "torch.int32",
      "torch.int64",
      "torch.int16",
    ]);
    const facts = [torch.float16, torch.uint8, torch.int8, torch.bool].map((dtype) => [
      dtype.isFloatingPoint,
      dtype.isComplex,
      dtype.isSigned,
    ]);
    expect(facts).toEqual([
      [true, false, true],
      [false, false, false],
      [false, false, true],
      [false, false, false],
    ]);
  });

  test("say what they can be cast to; the default is a floating one", () => {
    expect(torch.canCast(torch.float64, torch.int32)).toBe(false);
    expect(torch.canCast(torch.int32, torch.float16)).toBe(true);
    expect(() => torch.setDefaultDtype(torch.int32)).toThrow(
      "only floating-point types are supported as the default type",
    );
    torch.setDefaultDtype(torch.float64);
    expect([torch.finfo().dtype, torch.resultType(1, 1.5).name]).toEqual(["float64", "float64"]);
  });
});

describe("to", () => {
  test("gives the tensor itself where nothing changes", () => {
    const same = [x.to("cpu"), x.cpu(), x.to({ memoryFormat: torch.preserveFormat }), x.to(torch.float32)];
    expect(same.map((tensor) => tensor === x)).toEqual([true, true, true, true]);
    expect(x.to(torch.float32, { copy: true }) === x).toBe(false);
    expect(x.to("cpu", torch.float64).dtype).toBe(torch.float64);
    expect(x.to(torch.tensor([1n])).dtype).toBe(torch.int64);
  });

  test("refuses other devices in torch's words", () => {
    const errorOf = (run: () => unknown): string => {
      try {
        run();
      } catch (error) {
        return String(error);
      }
      return "none";
    };
    expect(errorOf(() => x.to("cuda"))).toBe("AssertionError: Torch not compiled with CUDA enabled");
    expect(errorOf(() => x.cuda())).toBe("AssertionError: Torch not compiled with CUDA enabled");
    expect(errorOf(() => torch.zeros([2], { device: "cuda:0" }))).toBe(
      "AssertionError: Torch not compiled with CUDA enabled",
    );
    expect(errorOf(() => new nn.Linear(1, 1).to("mps"))).toBe(
      "RuntimeError: PyTorch is not linked with support for mps devices",
    );
    expect(errorOf(() => torch.device("float64"))).toBe("RuntimeError: Invalid device string: 'float64'");
    expect(errorOf(() => torch.device(""))).toBe("RuntimeError: Device string must not be empty");
    expect(errorOf(() => torch.device("tpu"))).toBe(
      "RuntimeError: Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone device type at start of device string: tpu",
    );
  });

  test("lets programs choose a device as they do for torch", () => {
    const device = torch.device(torch.cuda.isAvailable() ? "cuda" : "cpu");
    const model = new nn.Linear(3, 1).to(device, torch.float64);
    expect([device, model.weight.dtype.name, x.isCuda, x.getDevice()]).toEqual(["cpu", "float64", false, -1]);
  });
});

describe("memory formats", () => {
  const image = torch.arange(24).reshape([1, 2, 3, 4]);

  test("are kept, asked for and recognised", () => {
    const turned = image.contiguous({ memoryFormat: torch.channelsLast });
    expect(turned.strides).toEqual([24, 1, 8, 2]);
    expect(turned.tolist()).toEqual(image.tolist());
    expect(turned.isContiguous()).toBe(false);
    expect(turned.isContiguous({ memoryFormat: torch.channelsLast })).toBe(true);
    expect(turned.contiguous({ memoryFormat: torch.channelsLast })).toBe(turned);
    expect(turned.to(torch.float64).strides).toEqual([24, 1, 8, 2]);
    expect(turned.to(torch.float64, { memoryFormat: torch.contiguousFormat }).strides).toEqual([
      24, 12, 4, 1,
    ]);
    expect(turned.clone().strides).toEqual([24, 1, 8, 2]);
    expect(image.clone({ memoryFormat: torch.channelsLast }).strides).toEqual([24, 1, 8, 2]);
    expect(x.t().to(torch.float64).strides).toEqual([1, 3]);
    expect(x.t().to({ memoryFormat: torch.contiguousFormat }).strides).toEqual([1, 3]);
    expect(x.isContiguous({ memoryFormat: torch.channelsLast })).toBe(false);
  });

  test("need the rank they are for", () => {
    expect(() => x.contiguous({ memoryFormat: torch.channelsLast })).toThrow(
      "required rank 4 tensor to use channels_last format",
    );
    expect(() => image.contiguous({ memoryFormat: torch.channelsLast3d })).toThrow(
      "required rank 5 tensor to use channels_last_3d format",
    );
  });
});

describe("types and facts", () => {
  test("have torch's older names", () => {
    expect([x.type(), x.gt(1).type(), x.half().type(), x.byte().type()]).toEqual([
      "torch.FloatTensor",
      "torch.BoolTensor",
      "torch.HalfTensor",
      "torch.ByteTensor",
    ]);
    expect([x.type("torch.LongTensor").dtype, x.type(torch.int16).dtype]).toEqual([torch.int64, torch.int16]);
    expect(() => x.type("torch.FooTensor")).toThrow("invalid type: 'torch.FooTensor'");
  });

  test("are told by functions and methods alike", () => {
    expect([x.isComplex(), torch.isComplex(x), x.isConj(), x.isNeg(), torch.isInference(x)]).toEqual(
      new Array(5).fill(false),
    );
    expect([x.isSigned(), torch.isSigned(x.byte()), torch.isFloatingPoint(x)]).toEqual([true, false, true]);
    expect([x.isSameSize(x.mul(2)), x.isSameSize(x.t())]).toEqual([true, false]);
    expect([x.nelement(), x.ndimension(), x.itemsize, x.nbytes]).toEqual([6, 2, 4, 24]);
    expect([torch.isNonzero(torch.tensor([0.5])), torch.isNonzero(torch.tensor([false]))]).toEqual([
      true,
      false,
    ]);
    expect(() => torch.isNonzero(x)).toThrow("Boolean value of Tensor with more than one value is ambiguous");
    expect(() => torch.isNonzero(torch.tensor([]))).toThrow(
      "Boolean value of Tensor with no values is ambiguous",
    );
  });

  test("are there under the names of exported programs", () => {
    const { aten } = torch.ops;
    expect([
      aten.sym_size.int(x, 0),
      aten.sym_numel(x),
      aten.sym_stride.int(x, 0),
      aten.sym_storage_offset(x.index([1])),
      aten.sym_is_contiguous(x.t()),
    ]).toEqual([2, 6, 3, 3, false]);
    expect(() => aten.sym_size.int(x, 5)).toThrow(
      "Dimension out of range (expected to be in range of [-2, 1], but got 5)",
    );
  });

  test("conjugate transposes are transposes", () => {
    expect([x.H.sizes, x.mH.sizes, x.adjoint().sizes]).toEqual(new Array(3).fill([3, 2]));
    const batch = torch.ones([2, 3, 4]);
    expect(() => batch.H).toThrow(
      "tensor.H is only supported on matrices (2-D tensors). Got 3-D tensor. For batches of matrices, consider using tensor.mH",
    );
    expect(() => batch.index([0, 0]).mH).toThrow(
      "tensor.mH is only supported on matrices or batches of matrices. Got 1-D tensor.",
    );
    expect(() => batch.index([0, 0]).adjoint()).toThrow(
      "tensor.adjoint() is only supported on matrices or batches of matrices. Got 1-D tensor.",
    );
  });
});

describe("resize_", () => {
  test("keeps the elements in their order, and memory that is shared", () => {
    expect(torch.arange(6).resize_([2, 2]).tolist()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    const base = torch.arange(6).reshape([2, 3]);
    expect(base.index([1]).resize_([2]).tolist()).toEqual([3, 4]);
    expect(base.sizes).toEqual([2, 3]);
    const grown = torch.arange(3).resize_([2, 2]);
    expect([grown.sizes, grown.reshape([-1]).tolist().slice(0, 3)]).toEqual([
      [2, 2],
      [0, 1, 2],
    ]);
    expect(
      torch
        .ones([3])
        .resizeAs_(torch.ones([1, 2]))
        .tolist(),
    ).toEqual([[1, 1]]);
    expect(torch.arange(24).resize_([1, 2, 3, 4], { memoryFormat: torch.channelsLast }).strides).toEqual([
      24, 1, 8, 2,
    ]);
  });

  test("refuses what torch refuses, in its words", () => {
    expect(() => torch.ones([3], { requiresGrad: true }).resize_([2])).toThrow(
      "cannot resize variables that require grad",
    );
    expect(() => torch.ones([3]).resize_([-1, 2])).toThrow("numel: integer multiplication overflow");
    expect(() => torch.ones([3]).resize_([1, 2], { memoryFormat: torch.preserveFormat })).toThrow(
      "Unsupported memory formatPreserve",
    );
  });
});
