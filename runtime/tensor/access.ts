/**
 * Elements in and out: a view's elements as a row-major array of numbers, and a tensor made of computed numbers.
 * Kernels use only these, so that strides and memory layouts stay out of them.
 */
import type { DType } from "./dtype.ts";
import { contiguousStrides, elementOffsets, forEachRun, numelOf } from "./geometry.ts";
import {
  allocateNumbers,
  allocateUnset,
  decodeInt64,
  encode,
  isDirect,
  type NumberArray,
  readElement,
  Storage,
  type StorageArray,
  storageArrays,
  writeElement,
} from "./storage.ts";
import { copyStrided } from "./strided-copy.ts";
import { Tensor } from "./tensor.ts";

/**
 * The elements in row-major order, as the numbers kernels compute with. A contiguous tensor of a directly held dtype
 * gives a window on its own memory, so the result must not be written to.
 */
export function valuesOf(tensor: Tensor): NumberArray {
  const { dtype, storage, offset } = tensor;
  const n = numelOf(tensor.sizes);
  if (isDirect(dtype)) {
    const data = storage.data as NumberArray;
    if (tensor.isContiguous())
      return offset === 0 && data.length === n ? data : data.subarray(offset, offset + n);
    const values = allocateUnset(dtype, n);
    copyStrided(data, tensor.sizes, tensor.strides, offset, values);
    return values;
  }
  const values = allocateNumbers(dtype, n);
  if (tensor.isContiguous()) {
    if (dtype.name === "int64") decodeInt64(storage.words(), offset, values);
    else for (let i = 0; i < n; i++) values[i] = readElement(storage, dtype, offset + i);
    return values;
  }
  const offsets = elementOffsets(tensor.sizes, tensor.strides, offset);
  for (let i = 0; i < n; i++) values[i] = readElement(storage, dtype, offsets[i]);
  return values;
}

/** The elements in row-major order in their memory layout: exact for every dtype, int64 as bigints. */
export function rawValuesOf(tensor: Tensor): StorageArray {
  const { storage, dtype, offset } = tensor;
  const n = numelOf(tensor.sizes);
  if (tensor.isContiguous()) {
    return offset === 0 && storage.data.length === n
      ? storage.data
      : storage.data.subarray(offset, offset + n);
  }
  const values = new storageArrays[dtype.name](n);
  copyStrided(storage.data, tensor.sizes, tensor.strides, offset, values);
  return values;
}

/** A new contiguous tensor of computed numbers; takes the array over. */
export function fromValues(values: NumberArray, sizes: readonly number[], dtype: DType): Tensor {
  return new Tensor(new Storage(encode(values, dtype)), dtype, sizes, contiguousStrides(sizes), 0);
}

/** The number of a one-element tensor. */
export function firstValue(tensor: Tensor): number {
  return readElement(tensor.storage, tensor.dtype, tensor.offset);
}

/** The elements converted to another dtype's numbers: floats are cut toward zero, anything but 0 is true. */
export function valuesAs(tensor: Tensor, dtype: DType): NumberArray {
  const values = valuesOf(tensor);
  return tensor.dtype === dtype ? values : convertValues(values, tensor.dtype, dtype);
}

/** Converts computed numbers between dtypes as a C++ cast does (float16 and bfloat16 are rounded when encoded). */
export function convertValues(values: NumberArray, from: DType, to: DType): NumberArray {
  const result = allocateNumbers(to, values.length);
  if (to.category === "bool") {
    for (let i = 0; i < result.length; i++) result[i] = values[i] !== 0 ? 1 : 0;
  } else if (to.name === "int64" && from.category === "floating") {
    for (let i = 0; i < result.length; i++) result[i] = Math.trunc(values[i]);
  } else if (to.name === "int32" && from.category === "floating") {
    // What does not fit becomes the least number, as the processor's conversion has it.
    for (let i = 0; i < result.length; i++) {
      result[i] = values[i] > -2147483649 && values[i] < 2147483648 ? values[i] : -2147483648;
    }
  } else if (to.category === "integral" && from.category === "floating") {
    // Narrower ones keep the low bits of that.
    for (let i = 0; i < result.length; i++)
      result[i] = values[i] > -2147483649 && values[i] < 2147483648 ? values[i] : 0;
  } else {
    result.set(values);
  }
  return result;
}

/** Overwrites a view's elements with row-major numbers and marks the storage as changed. */
export function writeValues(tensor: Tensor, values: NumberArray): void {
  const { storage, dtype, sizes, strides, offset } = tensor;
  storage.version++;
  // An empty view may begin past the end of its memory.
  if (values.length === 0) return;
  if (isDirect(dtype)) {
    const data = storage.data as NumberArray;
    if (tensor.isContiguous()) {
      data.set(values, offset);
      return;
    }
    let k = 0;
    forEachRun(sizes, strides, offset, (start, count, stride) => {
      for (let i = 0; i < count; i++) data[start + i * stride] = values[k++];
    });
    return;
  }
  let k = 0;
  forEachRun(sizes, strides, offset, (start, count, stride) => {
    for (let i = 0; i < count; i++) writeElement(storage, dtype, start + i * stride, values[k++]);
  });
}

/** Overwrites a view's elements with row-major memory of the same dtype and marks the storage as changed. */
export function writeRawValues(tensor: Tensor, raw: StorageArray): void {
  const data = tensor.storage.data;
  tensor.storage.version++;
  let k = 0;
  forEachRun(tensor.sizes, tensor.strides, tensor.offset, (start, count, stride) => {
    for (let i = 0; i < count; i++) data[start + i * stride] = raw[k++];
  });
}
