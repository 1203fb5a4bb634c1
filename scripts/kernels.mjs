#!/usr/bin/env node
// `pnpm kernels [NAME]`: compiles packages/*/assembly/PATH.ts (AssemblyScript) into packages/*/src/PATH.wasm.ts, a
// WebAssembly module as text, so that no bundler and no server needs to know of it. Where a package has an
// assembly/index.ts, that is one module of all its files, on a memory that threads share: src/kernels.wasm.ts. NAME is a
// part of the path of those that are wanted.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The file that brings all of a package's kernels together. */
const ENTRY = "index.ts";

/** The kernels' sources, from the root. */
export function kernelSources() {
  const folders = readdirSync(`${root}/packages`).map((name) => `packages/${name}/assembly`);
  return folders
    .filter((folder) => existsSync(`${root}/${folder}`))
    .flatMap((folder) => sourcesIn(folder).map((file) => `${folder}/${file}`))
    .filter((path) => path.endsWith(".ts"));
}

function sourcesIn(folder) {
  const files = readdirSync(`${root}/${folder}`, { recursive: true });
  return files.includes(ENTRY) ? [ENTRY] : files;
}

/** Where the kernel of a source lies. */
export function kernelPath(source) {
  return source
    .replace("/assembly/index.ts", "/assembly/kernels.ts")
    .replace("/assembly/", "/src/")
    .replace(/\.ts$/, ".wasm.ts");
}

/** The text of the module that a kernel's source compiles to. */
export async function compileKernel(source) {
  if (basename(source) === ENTRY) return compileShared(source);
  const binary = await compile(source, ["--enable", "simd"]);
  return `// Compiled by \`pnpm kernels\` from assembly/${source.split("/assembly/")[1]}.
const binary =
  "${base64(binary)}";

/** A new instance of the kernel, with a memory of its own. */
export function instantiate(): WebAssembly.Exports {
  const bytes = Uint8Array.from(atob(binary), (character) => character.charCodeAt(0));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
}
`;
}

/** Both variants of a package's kernels, which import their memory. */
async function compileShared(source) {
  const memory = ["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"];
  const plain = await compile(source, ["--enable", "simd", "--enable", "threads", ...memory]);
  const features = ["simd", "relaxed-simd", "threads"].flatMap((feature) => ["--enable", feature]);
  const relaxed = await compile(source, [...features, ...memory]);
  return `// Compiled by \`pnpm kernels\` from assembly/.

/** With relaxed SIMD. */
export const relaxed =
  "${base64(relaxed)}";

/** With plain SIMD. */
export const plain =
  "${base64(plain)}";
`;
}

async function compile(source, flags) {
  const options = ["--outFile", "kernel.wasm", "-O3", "--noAssert", "--runtime", "stub", "--use", "abort="];
  let binary;
  const { error, stderr } = await asc.main([source, ...options, ...flags, "--baseDir", root], {
    readFile: (name, folder) => {
      try {
        return readFileSync(`${folder}/${name}`, "utf8");
      } catch {
        return null;
      }
    },
    writeFile: (_, content) => {
      binary = content;
    },
  });
  if (error) throw new Error(`${source}: ${error.message}\n${stderr}`);
  return binary;
}

function base64(binary) {
  return Buffer.from(binary).toString("base64");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name = ""] = process.argv.slice(2);
  for (const source of kernelSources().filter((path) => path.includes(name))) {
    writeFileSync(`${root}/${kernelPath(source)}`, await compileKernel(source));
    console.log(`${source} → ${kernelPath(source)}`);
  }
}
