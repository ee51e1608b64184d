/** `nn.functional` as users call it: the functions of functional/, whose parameters name values in a trace. */

import { namingParameters } from "../dispatch/value-name.ts";
import * as functions from "./functional/index.ts";

/** The layers as functions: `nn.functional.relu(x)`. */
export const functional = namingParameters(functions);
