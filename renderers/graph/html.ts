/** A diagram as one HTML file: interactive, with Vega inlined, so that it needs neither a network nor a notebook. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { VegaSpec } from "../chart/svg.ts";

/** The page of a specification. Its size is about half a megabyte, most of it Vega. */
export async function htmlOf(spec: VegaSpec, title: string): Promise<string> {
  const vega = await readFile(new URL("vega.min.js", vegaFolder()), "utf8");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>
  body { margin: 24px; font: 14px Helvetica, Arial, sans-serif; color-scheme: light dark; }
  .vega-bind { display: inline-block; margin: 8px 16px 0 0; }
  #vg-tooltip { position: fixed; display: none; padding: 8px; max-width: 420px; border-radius: 4px; pointer-events: none;
    background: canvas; color: canvastext; border: 1px solid #8b93a1; white-space: pre-line; font-size: 12px; }
</style>
<div id="picture"></div>
<div id="controls"></div>
<div id="vg-tooltip"></div>
<script>${vega.replaceAll("</script", "<\\/script")}</script>
<script>
  const box = document.getElementById("vg-tooltip");
  function tooltip(handler, event, item, value) {
    if (value === null || value === undefined || value === "") { box.style.display = "none"; return; }
    box.textContent = typeof value === "object"
      ? Object.entries(value).filter(([, text]) => text !== undefined).map(([name, text]) => name === "title" ? text : name + ": " + text).join("\\n")
      : String(value);
    box.style.display = "block";
    box.style.left = Math.min(event.clientX + 12, innerWidth - box.offsetWidth - 8) + "px";
    box.style.top = Math.min(event.clientY + 12, innerHeight - box.offsetHeight - 8) + "px";
  }
  const spec = ${JSON.stringify(spec).replaceAll("<", "\\u003c")};
  const view = new vega.View(vega.parse(spec), { container: "#picture", bind: "#controls", hover: true, tooltip });
  view.runAsync();
</script>
</html>
`;
}

/** Vega's build folder: its package exports the ES modules alone, the bundle for pages lies beside them. */
function vegaFolder(): URL {
  return new URL("./", pathToFileURL(createRequire(import.meta.url).resolve("vega")));
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
