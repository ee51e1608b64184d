/**
 * Devices by name. Tracebook computes on the CPU alone; the names of others are known so that they are refused in
 * torch's words. Source: c10/core/Device.cpp, torch/cuda/__init__.py.
 */
import { RuntimeError } from "../errors.ts";

/** A Python assertion that does not hold: what torch raises for CUDA where it was built without. */
export class AssertionError extends Error {
  override readonly name: string = "AssertionError";
}

const kinds =
  "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone";

/** The name of a device, checked. Throws torch's RuntimeError for what is none. */
export function device(name: string, index: number | null = null): string {
  if (name === "") throw new RuntimeError("Device string must not be empty");
  const type = /^([a-zA-Z_]+)(:\d+)?$/.exec(name)?.[1];
  if (type === undefined) throw new RuntimeError(`Invalid device string: '${name}'`);
  if (!kinds.split(", ").includes(type)) {
    throw new RuntimeError(`Expected one of ${kinds} device type at start of device string: ${type}`);
  }
  return index === null ? name : `${name}:${index}`;
}

/** Throws as torch does on a machine that has the CPU alone. */
export function checkDevice(name: string): void {
  const type = device(name).replace(/:.*/, "");
  if (type === "cuda") throw new AssertionError("Torch not compiled with CUDA enabled");
  if (type === "meta")
    throw new RuntimeError("Expected the device cpu, the only one Tracebook computes on, but got meta");
  if (type !== "cpu") throw new RuntimeError(`PyTorch is not linked with support for ${type} devices`);
}

/** `torch.cuda`: says that there is none, for programs that ask. */
export const cuda = { isAvailable: () => false, deviceCount: () => 0 } as const;
