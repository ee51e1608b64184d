/** `nn.functional` as users call it: the functions of functional/, whose parameters name values in a trace. */
import * as functions from "./functional/index.ts";
import { namingParameters } from "../dispatch/value-name.ts";

export const functional = namingParameters(functions);
