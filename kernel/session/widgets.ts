/**
 * Widgets by the protocol of Jupyter Widgets 2.1 over comms: sliders and progress bars of `@jupyter-widgets/controls`, and
 * anywidget front ends given as an ES module. The front end needs the extension of ipywidgets or anywidget, respectively.
 */
import type { Comm, Comms } from "./comms.ts";
import { pack, unpack } from "./widget-buffers.ts";

const protocolVersion = "2.1.0";

/** Values a widget shares with the front end. */
export type WidgetState = Record<string, unknown>;

/** A model shared with the front end; as a cell's result it shows its view. */
export interface Widget {
  readonly id: string;
  get(name: string): unknown;
  /** Changes a value here and on the page. */
  set(name: string, value: unknown): void;
  /** Called after the front end has changed this value. */
  onChange(name: string, listener: (value: unknown) => void): void;
  /** Sends a message of one's own to the front end's code. */
  send(content: unknown, buffers?: readonly Uint8Array[]): void;
  onMessage(listener: (content: unknown, buffers: readonly Uint8Array[]) => void): void;
  close(): void;
}

/** An anywidget: its code, style and shared values. */
export interface AnyWidgetOptions {
  /** Source of an ES module which exports `render({ model, el })` (anywidget's front-end module). */
  readonly esm: string;
  readonly css?: string;
  readonly state?: WidgetState;
}

export interface Widgets {
  /** A widget of any model; most want one of the others. */
  create(state: WidgetState): Widget;
  anywidget(options: AnyWidgetOptions): Widget;
  slider(options?: {
    readonly value?: number;
    readonly min?: number;
    readonly max?: number;
    readonly step?: number;
    readonly description?: string;
  }): Widget;
  progress(options?: {
    readonly value?: number;
    readonly min?: number;
    readonly max?: number;
    readonly description?: string;
  }): Widget;
}

export function widgetsOf(comms: Comms): Widgets {
  const create = (state: WidgetState): Widget => widgetOn(comms, state);
  const control = (name: string, state: WidgetState): Widget => {
    const layout = create({ ...module("base"), _model_name: "LayoutModel", _view_name: "LayoutView" });
    const styleName = name === "FloatSlider" ? "SliderStyleModel" : "ProgressStyleModel";
    const style = create({ ...module("controls"), _model_name: styleName, ...viewOfStyle });
    return create({
      ...module("controls"),
      _model_name: `${name}Model`,
      _view_name: `${name}View`,
      layout: `IPY_MODEL_${layout.id}`,
      style: `IPY_MODEL_${style.id}`,
      ...state,
    });
  };
  return {
    create,
    anywidget: ({ esm, css = "", state = {} }) =>
      create({
        _model_module: "anywidget",
        _model_name: "AnyModel",
        _model_module_version: "*",
        _view_module: "anywidget",
        _view_name: "AnyView",
        _view_module_version: "*",
        _view_count: null,
        _anywidget_id: "tracebook",
        _esm: esm,
        _css: css,
        ...state,
      }),
    slider: ({ value = 0, min = 0, max = 100, step = 1, description = "" } = {}) =>
      control("FloatSlider", {
        value,
        min,
        max,
        step,
        description,
        readout: true,
        continuous_update: true,
        orientation: "horizontal",
        readout_format: ".2f",
      }),
    progress: ({ value = 0, min = 0, max = 100, description = "" } = {}) =>
      control("FloatProgress", {
        _view_name: "ProgressView",
        value,
        min,
        max,
        description,
        bar_style: "",
        orientation: "horizontal",
      }),
  };
}

const viewOfStyle = {
  _view_name: "StyleView",
  _view_module: "@jupyter-widgets/base",
  _view_module_version: "2.0.0",
};

function module(kind: string): WidgetState {
  const [name, version] =
    kind === "base" ? ["@jupyter-widgets/base", "2.0.0"] : ["@jupyter-widgets/controls", "2.0.0"];
  return {
    _model_module: name,
    _model_module_version: version,
    _view_module: name,
    _view_module_version: version,
    _view_count: null,
  };
}

interface FrontEndMessage {
  readonly method?: string;
  readonly state?: WidgetState;
  readonly buffer_paths?: readonly (readonly (string | number)[])[];
  readonly content?: unknown;
}

function widgetOn(comms: Comms, initial: WidgetState): Widget {
  const state: WidgetState = { ...initial };
  const changes = new Map<string, ((value: unknown) => void)[]>();
  const messages: ((content: unknown, buffers: readonly Uint8Array[]) => void)[] = [];
  const { buffers, ...opening } = pack(state);
  const comm: Comm = comms.open("jupyter.widget", opening, {
    metadata: { version: protocolVersion },
    buffers,
  });
  const send = (method: "update" | "echo_update", changed: WidgetState): void => {
    const { buffers, ...content } = pack(changed);
    comm.send({ method, ...content }, { buffers });
  };
  comm.onMessage = ({ data, buffers }) => {
    const { method, state: changed = {}, buffer_paths = [], content } = data as FrontEndMessage;
    unpack(changed, buffer_paths, buffers);
    if (method === "request_state") send("update", state);
    if (method === "custom") for (const listener of messages) listener(content, buffers);
    if (method !== "update") return;
    Object.assign(state, changed);
    // The front end waits for this before it sends the next change.
    send("echo_update", changed);
    for (const [name, value] of Object.entries(changed))
      for (const listener of changes.get(name) ?? []) listener(value);
  };
  const widget: Widget = {
    id: comm.id,
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      send("update", { [name]: value });
    },
    onChange: (name, listener) => void changes.set(name, [...(changes.get(name) ?? []), listener]),
    send: (content, buffers = []) => comm.send({ method: "custom", content }, { buffers }),
    onMessage: (listener) => void messages.push(listener),
    close: () => comm.close(),
  };
  return Object.defineProperty(widget, Symbol.for("Jupyter.display"), {
    value: () => ({
      "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 0, model_id: comm.id },
      "text/plain": `${initial["_model_name"]}(${initial["description"] ?? ""})`,
    }),
  });
}
