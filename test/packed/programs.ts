import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "./project.js";
import { shortSnippet } from "./readme.js";

/** Makes tiles in a worker, and prints how many are as they are on the program's own thread. */
const streamProgram = `import { cutTile, tileStream } from "@unet/augmentation";
import { syntheticCells } from "@unet/datasets";

const sample = await syntheticCells({ count: 1, width: 90, height: 70, seed: 1 }).get(0);
const options = { inputSize: 64, outputSize: 24, seed: 1 };
const stream = tileStream([sample], options);
let equal = 0;
for (let index = 0; index < 5; index++) {
  const { value } = await stream.next();
  const { image, labels } = cutTile(sample, { ...options, index });
  const same = (ours, theirs) => ours.length === theirs.length && ours.every((x, i) => x === theirs[i]);
  if (same(value.image.data, image.data) && same(value.labels.data, labels.data)) equal++;
}
console.log(equal + " tiles are equal");
`;

/** One after the other, since each starts when it is imported. */
const wholeProgram = `const { count } = await import("./every.mjs");
console.log(count + " entry points");
const { useBackend } = await import("@unet/backend");
const { name } = await useBackend({ wasmPaths: globalThis.wasmPaths });
console.log("computes with " + name);
await import("./stream.mjs");
await import("./snippet.mjs");
`;

/**
 * Writes the programs that every bundler and runtime is to run: `program.mjs` imports the others. It prints how many
 * entry points there are, the backend, how many tiles of a worker are right, and what the README's snippet prints.
 *
 * @returns the entry points
 */
export async function writePrograms(project: Project): Promise<string[]> {
  const names = await entryPoints(project.folder);
  const imports = names.map((name, i) => `import * as module${i} from "${name}";\n`).join("");
  const modules = `[${names.map((_, i) => `module${i}`).join(", ")}]`;
  const every = `${imports}export const count = ${modules}.filter((module) => Object.keys(module).length > 0).length;\n`;
  await project.write("every.mjs", every);
  // what is Node's alone has the types of Node, which the consumer doesn't install
  await project.write("every.ts", every.replace('"@unet/image/node"', '"@unet/image"'));
  await project.write("stream.mjs", streamProgram);
  await project.write("snippet.mjs", shortSnippet);
  await project.write("program.mjs", wholeProgram);
  return names;
}

/** All that a program may import of the installed packages; the command is none of it. */
async function entryPoints(folder: string): Promise<string[]> {
  const scope = join(folder, "node_modules/@unet");
  const names = (await readdir(scope)).filter((name) => name !== "cli").sort();
  const each = names.map(async (name) => {
    const { exports } = JSON.parse(await readFile(join(scope, name, "package.json"), "utf8"));
    const paths = Object.keys(exports).filter((path) => !/package\.json$|\*/.test(path));
    return paths.map((path) => `@unet/${name}${path.slice(1)}`);
  });
  return (await Promise.all(each)).flat();
}
