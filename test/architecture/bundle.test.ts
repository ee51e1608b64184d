/** What bundling must leave as it is: traces, archives and printouts name modules by their classes. */
import { expect, test } from "vitest";

const bundle: Record<string, object> = await import("../../dist/runtime.js" as string);

test.each(["nn", "optim", "data", "torch"])("every class of %s has its own name in the bundle", (space) => {
  const classes = Object.entries(bundle[space]).filter(
    ([key, value]) => /^[A-Z]/.test(key) && typeof value === "function",
  );

  expect(classes.length).toBeGreaterThan(0);
  expect(classes.map(([, { name }]) => name)).toEqual(classes.map(([key]) => key));
});
