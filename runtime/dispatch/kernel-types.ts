/**
 * The TypeScript type of a kernel, read from its schema string: one parameter for each schema argument, in order. Only
 * the table's own rows are typed with it; users see the signature written beside the row.
 */
import type { Generator } from "../random/generator.ts";
import type { DType } from "../tensor/dtype.ts";
import type { Scalar } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";

interface Bases {
  Tensor: Tensor;
  int: number;
  SymInt: number;
  float: number;
  bool: boolean;
  str: string;
  Scalar: Scalar;
  ScalarType: DType;
  Layout: string;
  Device: string;
  MemoryFormat: number;
  Generator: Generator;
}

/** The TypeScript type of one schema type. */
type TypeOf<T extends string> = T extends `${infer Base}(${string})${infer Rest}`
  ? TypeOf<`${Base}${Rest}`>
  : T extends `${infer Inner}?`
    ? TypeOf<Inner> | null
    : T extends `${infer Inner}[${string}]`
      ? readonly TypeOf<Inner>[]
      : T extends keyof Bases
        ? Bases[T]
        : unknown;

type Trim<T extends string> = T extends ` ${infer Rest}` ? Trim<Rest> : T;

/** The argument types of a schema's comma-separated list; pieces without a name (`*`, parts of defaults) are skipped. */
type ArgumentsOf<T extends string> = T extends `${infer Head},${infer Tail}`
  ? [...PieceOf<Trim<Head>>, ...ArgumentsOf<Tail>]
  : PieceOf<Trim<T>>;

type PieceOf<T extends string> = T extends `${infer Base}(a -> *)${infer Rest}`
  ? PieceOf<`${Base}${Rest}`>
  : T extends `${infer Type} ${infer _Name}`
    ? [TypeOf<Type>]
    : [];

/** What a kernel may return: as the schema says. */
export type KernelResult =
  | Tensor
  | readonly Tensor[]
  | number
  | boolean
  | string
  | readonly number[]
  | readonly unknown[];

/** The kernel of a schema string. */
export type KernelOf<S extends string> = S extends `${string}(${infer Arguments}) -> ${string}`
  ? (...args: ArgumentsOf<Arguments>) => KernelResult
  : never;
