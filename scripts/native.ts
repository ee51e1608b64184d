/**
 * `npm run native`: builds the native addon of `@tensorflow/tfjs-node`, whose own install step downloads a library that is
 * not everywhere to be had. The library comes from the Python package tensorflow-cpu instead, which has the same one with its
 * headers; Node's headers come from this Node's installation. Linux only, and it needs a C++ compiler and about 2 GB.
 * `TRACEBOOK_BACKEND=tensorflow` then asks for it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { pythonWith } from "../test/python.ts";

const root = resolve(import.meta.dirname, "..");
const addon = join(root, "node_modules/@tensorflow/tfjs-node");
const tensorflow = join(root, "node_modules/.cache/tensorflow-cpu");
/** The one that the addon is known to build with. */
const tensorflowVersion = "2.21.0";

function run(what: string, command: string, args: readonly string[], cwd = root): void {
  process.stdout.write(`${what}\n`);
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (status !== 0) throw new Error(`${what}: failed${error === undefined ? "" : ` (${error.message})`}`);
}

function installAddon(): void {
  if (existsSync(join(addon, "package.json"))) return;
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const wanted = `@tensorflow/tfjs-node@${optionalDependencies["@tensorflow/tfjs-node"]}`;
  run("Fetching the addon's sources", "npm", ["install", "--no-save", "--ignore-scripts", wanted]);
}

function installTensorFlow(): void {
  if (existsSync(join(tensorflow, "tensorflow"))) return;
  const what = `Fetching TensorFlow ${tensorflowVersion}, about 270 MB`;
  const args = ["install", "--quiet", "--no-deps", "--no-compile", "--target", tensorflow];
  run(what, pythonWith("pip"), ["-m", "pip", ...args, `tensorflow-cpu==${tensorflowVersion}`]);
}

/** The addon looks for headers and libraries in its own folder `deps`; what it calls libtensorflow is the C++ library here. */
function linkLibraries(): void {
  const deps = join(addon, "deps");
  const from = join(tensorflow, "tensorflow");
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, "lib"), { recursive: true });
  symlinkSync(join(from, "include"), join(deps, "include"));
  for (const [library, name] of [
    ["libtensorflow_cc.so.2", "libtensorflow.so"],
    ["libtensorflow_framework.so.2", "libtensorflow_framework.so"],
  ]) {
    symlinkSync(join(from, library), join(deps, "lib", library));
    symlinkSync(library, join(deps, "lib", name));
  }
}

function build(): void {
  const tool = join(root, "node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp");
  const installation = dirname(dirname(process.execPath));
  const hasHeaders = existsSync(join(installation, "include/node/node_api.h"));
  const headers = hasHeaders ? [`--nodedir=${installation}`] : [];
  run("Building the addon", process.execPath, [tool, "install", "--build-from-source", ...headers], addon);
}

function check(): void {
  const program = `import("@tensorflow/tfjs-node").then((tf) => {
    if (tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0] !== 11) throw new Error("a product is wrong");
    console.log("TensorFlow " + tf.version["tfjs-node"] + " is ready: TRACEBOOK_BACKEND=tensorflow asks for it");
  })`;
  run("Trying it", process.execPath, ["-e", program]);
}

if (process.platform !== "linux") throw new Error("npm run native builds on Linux only");
installAddon();
installTensorFlow();
linkLibraries();
build();
check();
