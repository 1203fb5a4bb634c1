import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, tellingLine } from "./run.mjs";

/** The folder of an installed package, seen from the current directory, else from ours; else undefined. */
export function findPackage(name) {
  for (const from of [join(process.cwd(), "index.js"), fileURLToPath(import.meta.url)]) {
    try {
      return dirname(createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // not installed there
    }
  }
  return undefined;
}

/** Puts links to the library where the package's build and its addon look for it. */
export function link(folder, library) {
  const deps = join(folder, "deps");
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, "lib"), { recursive: true });
  const links = {
    "lib/libtensorflow_cc.so.2": "libtensorflow_cc.so.2",
    "lib/libtensorflow_framework.so.2": "libtensorflow_framework.so.2",
    "lib/libtensorflow.so": "libtensorflow_cc.so.2",
    "lib/libtensorflow_framework.so": "libtensorflow_framework.so.2",
    include: "include",
  };
  for (const [name, file] of Object.entries(links)) symlinkSync(join(library, file), join(deps, name));
}

/** Compiles the addon with the package's node-pre-gyp, against this Node's own headers where it has them. */
export async function build(folder) {
  const preGyp = createRequire(join(folder, "package.json")).resolve("@mapbox/node-pre-gyp/bin/node-pre-gyp");
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, "include", "node", "common.gypi")) ? [`--nodedir=${prefix}`] : [];
  const nodeGyp = findNodeGyp(prefix);
  await run(
    "the addon does not build",
    process.execPath,
    [preGyp, "install", "--build-from-source", ...headers],
    { cwd: folder, env: { ...process.env, ...(nodeGyp && { npm_config_node_gyp: nodeGyp }) } },
  );
}

/**
 * Loads the package in a process of its own and multiplies two matrices there.
 *
 * @returns {{ version?: string, device?: string, problem?: string }} TensorFlow's version, and the GPU
 *   or CPU that it computes on; or the problem, one line
 */
export function probe(folder) {
  const program = fileURLToPath(new URL("probe.mjs", import.meta.url));
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3" };
  const child = spawnSync(process.execPath, [program, folder], { encoding: "utf8", env });
  if (child.status === 0) return JSON.parse(child.stdout.trim().split("\n").at(-1));
  return { problem: tellingLine(child.stderr) || `node ended with ${child.signal ?? child.status}` };
}

/** npm brings node-gyp: the one beside this Node, else of the npm on the PATH; else undefined. */
function findNodeGyp(prefix) {
  const inNpm = join("node_modules", "node-gyp", "bin", "node-gyp.js");
  const onPath = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "npm"))
    .filter((npm) => existsSync(npm))
    .map((npm) => join(dirname(dirname(realpathSync(npm))), inNpm));
  return [join(prefix, "lib", "node_modules", "npm", inNpm), ...onPath].find((file) => existsSync(file));
}
