/** Comms in both directions, widgets on top of them, progress bars and markup. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, type Received, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv });
});
afterAll(() => kernel.stop());

const ofType = (type: string) => (message: Received) => message.type === type;
const shown = (outputs: readonly Received[]) =>
  outputs.filter(({ type }) => type !== "execute_input").map(({ content }) => content.data);

test("a cell opens a comm, sends, hears the front end and closes", async () => {
  const { outputs } = await kernel.execute(
    "const heard: unknown[] = []; const comm = comms.open('my.target', { hello: 1 }); comm.onMessage = (m) => { heard.push(m.data, m.buffers.length) }; comm.send({ more: 2 }, { buffers: [new Uint8Array([1, 2])] })",
  );
  const [open, message] = outputs.slice(1);
  expect(open).toMatchObject({
    type: "comm_open",
    content: { target_name: "my.target", data: { hello: 1 } },
  });
  expect(message).toMatchObject({
    type: "comm_msg",
    content: { comm_id: open.content.comm_id, data: { more: 2 } },
  });
  expect([...message.buffers[0]]).toEqual([1, 2]);
  const info = await kernel.request("comm_info_request", { target_name: "my.target" });
  expect(info.reply.content.comms).toEqual({ [open.content.comm_id]: { target_name: "my.target" } });
  kernel.send("comm_msg", { comm_id: open.content.comm_id, data: { back: 3 } }, "shell", {
    buffers: [Buffer.from("x")],
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await kernel.execute("heard")).result).toBe("[ { back: 3 }, 1 ]");
  await kernel.execute("comm.close()");
  expect((await kernel.request("comm_info_request", {})).reply.content.comms).toEqual({});
});

test("the front end opens a registered target; an unknown one is closed", async () => {
  await kernel.execute("comms.register('from.front', (c, m) => c.send({ echo: m.data }))");
  kernel.send("comm_open", { comm_id: "known", target_name: "from.front", data: { a: 1 } });
  const echo = await kernel.wait(
    (message) => message.type === "comm_msg" && message.content.comm_id === "known",
  );
  expect(echo.content.data).toEqual({ echo: { a: 1 } });
  kernel.send("comm_open", { comm_id: "unknown", target_name: "nobody", data: {} });
  await kernel.wait((message) => message.type === "comm_close" && message.content.comm_id === "unknown");
  expect(Object.keys((await kernel.request("comm_info_request", {})).reply.content.comms)).toEqual(["known"]);
});

test("an anywidget shares its state both ways and shows its view", async () => {
  const { outputs } = await kernel.execute(
    "const counter = widgets.anywidget({ esm: 'export default { render() {} }', state: { value: 1 } }); let last: number; counter.onChange('value', (v) => { last = v }); counter",
  );
  const open = outputs.find(ofType("comm_open"));
  expect(open?.metadata).toEqual({ version: "2.1.0" });
  expect(open?.content).toMatchObject({
    target_name: "jupyter.widget",
    data: { state: { _model_module: "anywidget", value: 1 } },
  });
  expect(outputs.at(-1)?.content.data["application/vnd.jupyter.widget-view+json"]).toEqual({
    version_major: 2,
    version_minor: 0,
    model_id: open?.content.comm_id,
  });
  kernel.send("comm_msg", {
    comm_id: open?.content.comm_id,
    data: { method: "update", state: { value: 7 }, buffer_paths: [] },
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await kernel.execute("[counter.get('value'), last!]")).result).toBe("[ 7, 7 ]");
  const { outputs: set } = await kernel.execute("counter.set('value', 8)");
  expect(set.at(-1)?.content.data).toEqual({ method: "update", state: { value: 8 }, buffer_paths: [] });
});

test("sliders and progress bars of @jupyter-widgets are models with layout and style", async () => {
  const { outputs } = await kernel.execute("widgets.slider({ value: 3, description: 'size' })");
  const models = outputs.filter(ofType("comm_open")).map(({ content }) => content.data.state);
  expect(models.map((state) => state._model_name)).toEqual([
    "LayoutModel",
    "SliderStyleModel",
    "FloatSliderModel",
  ]);
  expect(models[2]).toMatchObject({ value: 3, description: "size", _view_name: "FloatSliderView" });
  const bar = await kernel.execute("widgets.progress({ value: 3 })");
  const names = bar.outputs.filter(ofType("comm_open")).map(({ content }) => content.data.state);
  expect(names.map((state) => state._model_name)).toEqual([
    "LayoutModel",
    "ProgressStyleModel",
    "FloatProgressModel",
  ]);
  expect(names[2]).toMatchObject({ value: 3, _view_name: "ProgressView" });
});

test("bytes in a widget's state travel as buffers, both ways", async () => {
  const { outputs } = await kernel.execute(
    "const image = widgets.anywidget({ esm: '', state: { pixels: { red: new Uint8Array([1, 2]) } } })",
  );
  const open = outputs.find(ofType("comm_open"));
  expect(open?.content.data).toMatchObject({
    state: { pixels: { red: null } },
    buffer_paths: [["pixels", "red"]],
  });
  expect(open?.buffers.map((buffer) => [...buffer])).toEqual([[1, 2]]);
  const data = { method: "update", state: { pixels: { red: null } }, buffer_paths: [["pixels", "red"]] };
  kernel.send("comm_msg", { comm_id: open?.content.comm_id, data }, "shell", {
    buffers: [Buffer.from([3, 4])],
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await kernel.execute("[...image.get('pixels').red]")).result).toBe("[ 3, 4 ]");
});

test("progress follows a loop, synchronous or not", async () => {
  const { outputs, result } = await kernel.execute(
    "let n = 0; for (const x of progress([1, 2, 3], { label: 'sum' })) n += x; n",
  );
  expect(result).toBe("6");
  const texts = outputs
    .filter(({ content }) => content.transient)
    .map(({ content }) => content.data["text/plain"]);
  expect(texts[0]).toMatch(/^sum \[ {30}\] 0\/3 in /);
  expect(texts.at(-1)).toMatch(/^sum \[█{30}\] 3\/3 in /);
  expect(
    (await kernel.execute("n = 0; for await (const x of progress(new Set([4]))) n += x; n")).result,
  ).toBe("4");
});

test("html, md, svg, tex and json show themselves", async () => {
  const { outputs } = await kernel.execute(
    "display(html`<b>1</b>`); display(md`# T`); display(svg`<svg/>`); display(tex`x^2`); json({ a: [1] })",
  );
  expect(shown(outputs)).toEqual([
    { "text/html": "<b>1</b>", "text/plain": "<b>1</b>" },
    { "text/markdown": "# T", "text/plain": "# T" },
    { "image/svg+xml": "<svg/>", "text/plain": "<svg/>" },
    { "text/latex": "$$x^2$$", "text/plain": "x^2" },
    { "application/json": { a: [1] }, "text/plain": "{ a: [ 1 ] }" },
  ]);
});
