/** The `torch` namespace: every operator, creation from data, and what torch offers besides. */
import * as given from "./from-values.ts";
import * as functions from "./ops/functions.ts";
import * as members from "./torch-members.ts";

/**
 * Everything torch offers, under torch's names in camelCase. The type names the modules, so that an editor finds the documentation
 * of each name.
 */
export const torch: typeof functions & typeof given & typeof members = {
  ...functions,
  ...given,
  ...members,
};
