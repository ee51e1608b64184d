/** The debugger: breakpoints, stack, scopes, variables, evaluation and steps, over debug_request. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { murmur2 } from "../../kernel/debug/murmur2.ts";
import { KernelClient, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
let sequence = 0;
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv });
});
afterAll(() => kernel.stop());

const debug = async (command: string, args: object = {}) => {
  sequence += 1;
  const content = { type: "request", seq: sequence, command, arguments: args };
  return (await kernel.request("debug_request", content, "control")).reply.content;
};
const stops = (): number =>
  kernel.received.filter((m) => m.type === "debug_event" && m.content.event === "stopped").length;
const stopped = (count: number) => kernel.wait(() => stops() >= count);

test("kernel_info claims the debugger, debugInfo tells how cells are named", async () => {
  expect((await kernel.request("kernel_info_request", {})).reply.content).toMatchObject({
    debugger: true,
    supported_features: ["kernel subshells", "debugger"],
  });
  const { body } = await debug("debugInfo");
  expect(body).toMatchObject({
    isStarted: false,
    hashMethod: "Murmur2",
    breakpoints: [],
    stoppedThreads: [],
  });
  const dumped = await debug("dumpCell", { code: "let a = 1" });
  expect(dumped.body.sourcePath).toBe(
    `${body.tmpFilePrefix}${murmur2("let a = 1", body.hashSeed)}${body.tmpFileSuffix}`,
  );
});

test("a cell stops at its breakpoint; stack, scopes, variables, evaluate, step and continue work", async () => {
  const code =
    "function area(w: number, h: number) {\n  const product = w * h\n  return { product }\n}\nlet side = 3\narea(side, 4)";
  expect((await debug("initialize")).success).toBe(true);
  await debug("attach");
  const { sourcePath } = (await debug("dumpCell", { code })).body;
  const set = await debug("setBreakpoints", { source: { path: sourcePath }, breakpoints: [{ line: 3 }] });
  expect(set.body.breakpoints).toEqual([{ verified: true, line: 3, source: { path: sourcePath } }]);
  await debug("configurationDone");

  const id = kernel.begin(code);
  await stopped(1);
  const { stackFrames } = (await debug("stackTrace", { threadId: 1 })).body;
  expect(stackFrames.map((frame: { name: string; line: number }) => [frame.name, frame.line])).toEqual([
    ["area", 3],
    ["Cell In[1]", 6],
  ]);
  expect(stackFrames[0].source.path).toBe(sourcePath);
  const { scopes } = (await debug("scopes", { frameId: stackFrames[0].id })).body;
  expect(scopes[0].name).toBe("Locals");
  const { variables } = (await debug("variables", { variablesReference: scopes[0].variablesReference })).body;
  expect(variables.map((one: { name: string; value: string }) => [one.name, one.value])).toEqual([
    ["w", "3"],
    ["h", "4"],
    ["product", "12"],
  ]);
  expect((await debug("evaluate", { expression: "product * 2", frameId: 0 })).body).toMatchObject({
    result: "24",
    type: "number",
  });
  expect((await debug("evaluate", { expression: "nope", frameId: 0 })).success).toBe(false);
  expect(await kernel.heartbeat()).toBeLessThan(500);
  expect((await debug("stepOut", { threadId: 1 })).success).toBe(true);
  await stopped(2);
  await debug("continue", { threadId: 1 });
  expect((await kernel.answered(id)).result).toBe("{ product: 12 }");
});

test("a breakpoint in a cell that ran before stops its functions", async () => {
  const code = "function later(n: number) {\n  return n + 1\n}";
  await kernel.execute(code);
  const { sourcePath } = (await debug("dumpCell", { code })).body;
  await debug("setBreakpoints", { source: { path: sourcePath }, breakpoints: [{ line: 2 }] });
  const id = kernel.begin("later(1)");
  await stopped(3);
  expect((await debug("stackTrace")).body.stackFrames[0]).toMatchObject({ name: "later", line: 2 });
  await debug("continue");
  expect((await kernel.answered(id)).result).toBe("2");
});

test("the variable inspector lists the session's variables and their members", async () => {
  await kernel.execute("const listed = { deep: [1, 2] }, text = 'x'");
  const { variables } = (await debug("inspectVariables")).body;
  const found = variables.find((one: { name: string }) => one.name === "listed");
  expect(variables.find((one: { name: string }) => one.name === "text")).toMatchObject({
    value: '"x"',
    type: "string",
    variablesReference: 0,
  });
  const members = (await debug("variables", { variablesReference: found.variablesReference })).body.variables;
  expect(members).toMatchObject([{ name: "deep", value: "Array(2)", type: "Array" }]);
});

test("rich inspection gives a variable's MIME bundle, of the session and at a breakpoint", async () => {
  await kernel.execute("const shown = torch.ones([2]), markup = html`<b>x</b>`; shown");
  const rich = async (variableName: string, frameId?: number) =>
    (await debug("richInspectVariables", { variableName, frameId })).body.data;
  expect(await rich("markup")).toEqual({ "text/html": "<b>x</b>", "text/plain": "<b>x</b>" });
  expect((await rich("shown"))["text/plain"]).toBe("torch_tensor\n 1\n 1\n[ CPUFloatType{2} ]");
  expect(await rich("not a name")).toEqual({});
  const code = "function local(inner: number[]) {\n  return inner.length\n}\nlocal([1, 2])";
  const { sourcePath } = (await debug("dumpCell", { code })).body;
  await debug("setBreakpoints", { source: { path: sourcePath }, breakpoints: [{ line: 2 }] });
  const count = stops();
  const id = kernel.begin(code);
  await stopped(count + 1);
  expect(await rich("inner", 0)).toEqual({ "text/plain": "[ 1, 2 ]" });
  expect(
    (await debug("copyToGlobals", { srcVariableName: "inner", dstVariableName: "kept", srcFrameId: 0 }))
      .success,
  ).toBe(true);
  await debug("continue");
  await kernel.answered(id);
  expect((await kernel.execute("kept.length")).result).toBe("2");
});

test("breakpoints and stack of a cell that was transformed are in the cell's own lines", async () => {
  const code =
    "enum Mode { A, B }\nfunction pick(mode: Mode) {\n  const name = Mode[mode]\n  return name\n}\npick(Mode.B)";
  const { sourcePath } = (await debug("dumpCell", { code })).body;
  await debug("setBreakpoints", { source: { path: sourcePath }, breakpoints: [{ line: 4 }] });
  const count = stops();
  const id = kernel.begin(code);
  await stopped(count + 1);
  const { stackFrames } = (await debug("stackTrace")).body;
  expect(stackFrames.map(({ name, line }: { name: string; line: number }) => [name, line])).toEqual([
    ["pick", 4],
    [expect.stringMatching(/^Cell In/), 6],
  ]);
  await debug("continue");
  expect((await kernel.answered(id)).result).toBe("'B'");
});

test("an uncaught error stops the cell where it is thrown, if the front end wants that", async () => {
  await debug("setExceptionBreakpoints", { filters: ["uncaught"] });
  const count = stops();
  await kernel.execute("try { throw new Error('caught') } catch {}");
  expect(stops()).toBe(count);
  const id = kernel.begin("function fails() {\n  throw new Error('uncaught')\n}\nfails()");
  await stopped(count + 1);
  expect((await debug("stackTrace")).body.stackFrames[0]).toMatchObject({ name: "fails", line: 2 });
  await debug("setExceptionBreakpoints", { filters: [] });
  await debug("continue");
  expect((await kernel.answered(id)).reply.content.ename).toBe("Error");
});

test("files that cells load are listed as modules, with their text", async () => {
  await kernel.execute("%%writefile loaded.mjs\nexport const loaded = 1;");
  expect((await kernel.execute("import { loaded } from './loaded.mjs'; loaded")).result).toBe("1");
  const { modules, totalModules } = (await debug("modules")).body;
  const found = modules.find(({ name }: { name: string }) => name === "loaded.mjs");
  expect(totalModules).toBe(modules.length);
  expect((await debug("source", { source: { path: found.path } })).body.content).toBe(
    "export const loaded = 1;\n",
  );
  expect((await debug("source", { source: { path: "/no/such/file.ts" } })).success).toBe(false);
});

test("after disconnect cells run through, and an unknown request is refused by name", async () => {
  await debug("disconnect");
  expect((await kernel.execute("area(2, 2).product")).result).toBe("4");
  expect(await debug("noSuchCommand")).toMatchObject({
    success: false,
    message: "noSuchCommand: this debugger does not know this request",
  });
});
