/** Random numbers are PyTorch's own, bit for bit: the generator, its state and every distribution. */
import { createHash } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { fillBernoulli, fillBernoulliEach } from "../../runtime/random/bernoulli.ts";
import { fillCauchy, fillGeometric, fillLogNormal } from "../../runtime/random/continuous.ts";
import { defaultGenerator, initialSeed, manualSeed, seed } from "../../runtime/random/default-generator.ts";
import { Generator } from "../../runtime/random/generator.ts";
import { fillFrom, fillFullRange, fillIntegers, fillPermutation } from "../../runtime/random/integers.ts";
import { fillNormal } from "../../runtime/random/normal.ts";
import { fillUniform } from "../../runtime/random/uniform.ts";
import { bfloat16, float32, float64 } from "../../runtime/tensor/dtype.ts";
import { bfloat16FromFloat32, bfloat16ToFloat32 } from "../../runtime/tensor/half.ts";

// The expected numbers are PyTorch 2.13's; the goldens (golden/rng.ts) cover rand, randn, randint and friends at length.

const seeded = (value: number | bigint = 0) => new Generator().manualSeed(value);

function rand(generator: Generator, length: number): number[] {
  const out = new Float32Array(length);
  fillUniform(out, float32, 0, 1, generator);
  return Array.from(out);
}

describe("the generator", () => {
  test("gives torch's numbers for a seed", () => {
    const out = new Float32Array(3);
    fillNormal(out, float32, 0, 1, seeded(0));
    expect(Array.from(out)).toEqual([1.5409960746765137, -0.293428897857666, -2.1787893772125244]);
    expect(rand(seeded(0), 2)).toEqual([0.49625658988952637, 0.7682217955589294]);
  });

  test("uses the low 32 bits of the seed, and keeps all 64", () => {
    expect(rand(seeded(2n ** 32n + 5n), 3)).toEqual(rand(seeded(5), 3));
    expect(seeded(-1).initialSeed()).toBe(18446744073709551615n);
    expect(new Generator().initialSeed()).toBe(67280421310721n);
  });

  test("refuses seeds that are no 64-bit numbers", () => {
    expect(() => seeded(1.5)).toThrow("manual_seed expected a whole number, got 1.5");
    expect(() => seeded(2n ** 64n)).toThrow(
      "manual_seed expected a seed from -2^63 to 2^64 - 1, got 18446744073709551616",
    );
    expect(() => seeded("0" as unknown as number)).toThrow(
      "manual_seed expected a number or bigint, got string",
    );
  });

  test("keeps the second normal of a pair over other draws, but not over a new seed", () => {
    const generator = seeded(0);
    const one = () => {
      const out = new Float32Array(1);
      fillNormal(out, float32, 0, 1, generator);
      return out[0];
    };
    one();
    rand(generator, 2);
    expect(one()).toBe(Math.fround(-0.293428897857666));
    one();
    generator.manualSeed(0);
    expect(one()).toBe(Math.fround(1.5409960746765137));
  });

  test("saves the very bytes torch.get_rng_state() gives, and continues from them", () => {
    const generator = seeded(1234);
    fillNormal(new Float32Array(3), float32, 0, 1, generator);
    const state = generator.getState();
    expect(createHash("sha256").update(state).digest("hex")).toBe(
      "61ab54738454789974a284828e3dc95b605e9f11e5720b1e1af1cdb05c674fc5",
    );
    const next = rand(generator, 700);
    expect(rand(new Generator().setState(state), 700)).toEqual(next);
    expect(generator.clone().initialSeed()).toBe(1234n);
    expect(() => generator.setState(new Uint8Array(3))).toThrow(
      "Expected a CPUGeneratorImplState of size 5056 but found the input RNG state size to be 3",
    );
    expect(() => generator.setState(new Uint8Array(5056))).toThrow("Invalid mt19937 state");
  });
});

describe("the default generator", () => {
  afterAll(() => void seed());

  test("starts anew by manualSeed, and unforeseeably by seed", () => {
    manualSeed(7);
    expect(initialSeed()).toBe(7n);
    const first = rand(defaultGenerator, 4);
    manualSeed(7);
    expect(rand(defaultGenerator, 4)).toEqual(first);
    const chosen = seed();
    expect(initialSeed()).toBe(chosen);
    expect(seed()).not.toBe(chosen);
  });
});

describe("distributions", () => {
  test("uniform numbers round once, in their own precision", () => {
    const out = new Float64Array(5);
    fillUniform(out, float64, -2.3, 5.1, seeded(0));
    expect(Array.from(out)).toEqual([
      4.8783922133684925, 2.9378669965584305, 1.0994337791431363, 4.5135328625025055, 2.4731784889084594,
    ]);
  });

  test("half precisions draw as float32 does", () => {
    const out = new Float32Array(17);
    const generator = seeded(0);
    fillNormal(out, bfloat16, 0, 1, generator);
    expect(Array.from(out.subarray(0, 3), (value) => bfloat16ToFloat32(bfloat16FromFloat32(value)))).toEqual([
      -1.125, -1.3515625, -1.6953125,
    ]);
    expect(rand(generator, 2)).toEqual([0.17591017484664917, 0.2698335647583008]);
  });

  test("random_ takes a dtype's whole range", () => {
    const generator = seeded(0);
    const draw = <T extends Int32Array | Uint8Array | Float32Array | Float64Array>(
      out: T,
      dtype: "int32" | "uint8" | "bool" | "float32" | "float64",
    ) => {
      fillFullRange(out, dtype, generator);
      return Array.from(out);
    };
    expect(draw(new Int32Array(4), "int32")).toEqual([209652396, 398764591, 924231285, 1478610112]);
    expect(draw(new Uint8Array(4), "uint8")).toEqual([67, 251, 195, 103]);
    expect(draw(new Uint8Array(4), "bool")).toEqual([1, 1, 1, 0]);
    expect(draw(new Float32Array(2), "float32")).toEqual([374452, 2832907]);
    expect(draw(new Float64Array(2), "float64")).toEqual([3162496332773046, 5236253499639255]);
  });

  test("random_ with a lower bound only goes up to the dtype's greatest", () => {
    const generator = seeded(0);
    const wide = new BigInt64Array(2);
    fillFrom(wide, 5n, "int64", generator);
    expect(Array.from(wide)).toEqual([900450186894289465n, 3969543146641149130n]);
    const bytes = new Uint8Array(2);
    fillFrom(bytes, 5n, "uint8", generator);
    expect(Array.from(bytes)).toEqual([79, 214]);
    fillFrom(wide, -(2n ** 63n), "int64", generator);
    expect(Array.from(wide)).toEqual([-8395423546819117721n, 7815051614634499795n]);
  });

  test("permutations hold every index once", () => {
    const out = new BigInt64Array(5);
    fillPermutation(out, seeded(0));
    expect(Array.from(out).sort()).toEqual([0n, 1n, 2n, 3n, 4n]);
  });

  test("cauchy, log-normal and geometric numbers are torch's", () => {
    const generator = seeded(0);
    const out = new Float32Array(3);
    fillCauchy(out, 1, 2, generator);
    expect(Array.from(out)).toEqual([22.195459365844727, 2.5295345783233643, 0.743401288986206]);
    fillLogNormal(out, 0.5, 0.7, generator);
    expect(Array.from(out)).toEqual([3.995309591293335, 1.0189794301986694, 1.844608187675476]);
    fillGeometric(out, 0.3, generator);
    expect(Array.from(out)).toEqual([3, 2, 4]);
  });

  test("say what their parameters must be", () => {
    const out = new Float32Array(1);
    const generator = seeded(0);
    expect(() => fillUniform(out, float32, 3, 1, generator)).toThrow(
      "uniform_ expects to return a [from, to) range, but found from=3 > to=1",
    );
    expect(() => fillNormal(out, float32, 0, -1, generator)).toThrow(
      "normal expects std >= 0.0, but found std -1",
    );
    expect(() => fillIntegers(out, 5n, 3n, generator)).toThrow(
      "random_ expects 'from' to be less than 'to', but got from=5 >= to=3",
    );
    expect(() => fillBernoulli(out, 1.5, generator)).toThrow(
      "bernoulli_ expects p to be in [0, 1], but got p=1.5",
    );
    expect(() => fillBernoulliEach(out, [2], float32, generator)).toThrow(/^Expected p_in >= 0 && p_in <= 1/);
    expect(() => fillGeometric(out, 0, generator)).toThrow(
      "geometric_ expects p to be in (0, 1), but got p=0",
    );
  });
});
