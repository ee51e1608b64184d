/** `nn.functional` as users call it: the functions of functional/, whose parameters name values in a trace. */
import * as functions from "./functional/index.ts";
import { namingParameters } from "../dispatch/value-name.ts";

/** The layers as functions: `nn.functional.relu(x)`. */
export const functional = namingParameters(functions);
