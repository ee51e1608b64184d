/**
 * A document to draw in: as much of the DOM as D3's selections and Observable Plot use to build a picture, which shows itself as
 * SVG, or as HTML where a figure holds more. Nothing is laid out, styled or listened to.
 */
import type { MimeBundle } from "../channel.ts";

const svgNamespace = "http://www.w3.org/2000/svg";
const emptyTags = new Set(["br", "hr", "img", "input", "link", "meta"]);

export interface DrawingDocument {
  readonly documentElement: DrawnElement;
  readonly defaultView: { readonly Event: typeof Event };
  createElement(tag: string): DrawnElement;
  createElementNS(namespace: string, tag: string): DrawnElement;
  createTextNode(text: string): DrawnText;
}

export function drawingDocument(): DrawingDocument {
  const document: DrawingDocument = {
    get documentElement() {
      return root;
    },
    defaultView: { Event },
    createElement: (tag) =>
      tag === "canvas" ? new DrawnCanvas(document, tag, null) : new DrawnElement(document, tag, null),
    createElementNS: (namespace, tag) => new DrawnElement(document, tag, namespace),
    createTextNode: (text) => new DrawnText(document, String(text)),
  };
  const root = new DrawnElement(document, "html", "http://www.w3.org/1999/xhtml");
  return document;
}

abstract class DrawnNode {
  readonly ownerDocument: DrawingDocument;
  parentNode: DrawnElement | null = null;

  constructor(document: DrawingDocument) {
    this.ownerDocument = document;
  }

  abstract textContent: string;
  abstract get outerHTML(): string;

  get nextSibling(): DrawnNode | null {
    const siblings = this.parentNode?.childNodes ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }

  remove(): void {
    this.parentNode?.removeChild(this);
  }
}

export class DrawnText extends DrawnNode {
  textContent: string;

  constructor(document: DrawingDocument, text: string) {
    super(document);
    this.textContent = text;
  }

  get outerHTML(): string {
    return this.parentNode?.tagName === "style" ? this.textContent : escaped(this.textContent);
  }
}

export class DrawnElement extends DrawnNode {
  readonly tagName: string;
  readonly namespaceURI: string | null;
  readonly childNodes: DrawnNode[] = [];
  readonly #attributes = new Map<string, string>();
  readonly style = {
    setProperty: (name: string, value: unknown): void => this.#setStyle(name, String(value)),
    removeProperty: (name: string): void => this.#setStyle(name, null),
    getPropertyValue: (name: string): string => this.#styles().get(name) ?? "",
  };

  constructor(document: DrawingDocument, tag: string, namespace: string | null) {
    super(document);
    this.tagName = tag;
    this.namespaceURI = namespace;
  }

  get children(): readonly DrawnElement[] {
    return this.childNodes.filter((node) => node instanceof DrawnElement);
  }
  get firstChild(): DrawnNode | null {
    return this.childNodes[0] ?? null;
  }
  get lastChild(): DrawnNode | null {
    return this.childNodes.at(-1) ?? null;
  }

  get textContent(): string {
    return this.childNodes.map((node) => node.textContent).join("");
  }
  set textContent(text: string) {
    this.childNodes.length = 0;
    this.append(String(text));
  }

  setAttribute(name: string, value: unknown): void {
    this.#attributes.set(name, String(value));
  }
  setAttributeNS(_namespace: string | null, name: string, value: unknown): void {
    this.setAttribute(name, value);
  }
  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }
  hasAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }
  removeAttribute(name: string): void {
    this.#attributes.delete(name);
  }

  appendChild<Node extends DrawnNode>(node: Node): Node {
    return this.insertBefore(node, null);
  }
  insertBefore<Node extends DrawnNode>(node: Node, before: DrawnNode | null): Node {
    node.remove();
    const at = before === null ? -1 : this.childNodes.indexOf(before);
    this.childNodes.splice(at < 0 ? this.childNodes.length : at, 0, node);
    node.parentNode = this;
    return node;
  }
  removeChild<Node extends DrawnNode>(node: Node): Node {
    const at = this.childNodes.indexOf(node);
    if (at >= 0) this.childNodes.splice(at, 1);
    node.parentNode = null;
    return node;
  }
  append(...nodes: readonly (DrawnNode | string)[]): void {
    for (const node of nodes)
      this.appendChild(typeof node === "string" ? this.ownerDocument.createTextNode(node) : node);
  }
  replaceWith(...nodes: readonly DrawnNode[]): void {
    const parent = this.parentNode;
    for (const node of nodes) parent?.insertBefore(node, this);
    this.remove();
  }

  querySelector(): null {
    return null;
  }
  querySelectorAll(): readonly never[] {
    return [];
  }
  addEventListener(): void {}
  removeEventListener(): void {}
  dispatchEvent(): boolean {
    return true;
  }

  get outerHTML(): string {
    const isPicture = this.tagName === "svg" && this.parentNode?.namespaceURI !== svgNamespace;
    const namespaces = isPicture ? ` xmlns="${svgNamespace}" xmlns:xlink="http://www.w3.org/1999/xlink"` : "";
    const attributes = [...this.#attributes]
      .filter(([name]) => !isPicture || !name.startsWith("xmlns"))
      .map(([name, value]) => ` ${name}="${escaped(value)}"`);
    const open = `<${this.tagName}${namespaces}${attributes.join("")}>`;
    if (emptyTags.has(this.tagName)) return open;
    return `${open}${this.childNodes.map((node) => node.outerHTML).join("")}</${this.tagName}>`;
  }

  [Symbol.for("Jupyter.display")](): MimeBundle {
    const html = this.outerHTML;
    // In a page of its own colours a picture takes them over; elsewhere it stands alone.
    return this.tagName === "svg"
      ? { "text/html": html, "image/svg+xml": html, "text/plain": "SVG picture" }
      : { "text/html": html, "text/plain": `HTML ${this.tagName}` };
  }

  #styles(): Map<string, string> {
    const declarations = (this.getAttribute("style") ?? "").split(";").flatMap((one) => {
      const colon = one.indexOf(":");
      return colon < 0 ? [] : [[one.slice(0, colon).trim(), one.slice(colon + 1).trim()] as const];
    });
    return new Map(declarations);
  }

  #setStyle(name: string, value: string | null): void {
    const styles = this.#styles();
    if (value === null) styles.delete(name);
    else styles.set(name, value);
    this.setAttribute("style", [...styles].map(([key, text]) => `${key}: ${text};`).join(" "));
  }
}

interface Brush {
  fillStyle: string;
  fillRect(x: number, y: number, width: number, height: number): void;
}

/** A canvas that remembers its rectangles, of which the ramps of colour legends are made. */
class DrawnCanvas extends DrawnElement {
  width = 300;
  height = 150;
  readonly #rectangles: string[] = [];

  getContext(): Brush {
    const rectangles = this.#rectangles;
    return {
      fillStyle: "black",
      fillRect(x, y, width, height) {
        rectangles.push(
          `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${escaped(String(this.fillStyle))}"/>`,
        );
      },
    };
  }

  toDataURL(): string {
    const box = `viewBox="0 0 ${this.width} ${this.height}" preserveAspectRatio="none" shape-rendering="crispEdges"`;
    const svg = `<svg xmlns="${svgNamespace}" ${box}>${this.#rectangles.join("")}</svg>`;
    return `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
