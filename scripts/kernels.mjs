#!/usr/bin/env node
// `pnpm kernels`: compiles packages/*/assembly/PATH.ts (AssemblyScript) into packages/*/src/PATH.wasm.ts, a
// WebAssembly module as text, so that no bundler and no server needs to know of it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The kernels' sources, from the root. */
export function kernelSources() {
  const folders = readdirSync(`${root}/packages`).map((name) => `packages/${name}/assembly`);
  return folders
    .filter((folder) => existsSync(`${root}/${folder}`))
    .flatMap((folder) =>
      readdirSync(`${root}/${folder}`, { recursive: true }).map((file) => `${folder}/${file}`),
    )
    .filter((path) => path.endsWith(".ts"));
}

/** Where the kernel of a source lies. */
export function kernelPath(source) {
  return source.replace("/assembly/", "/src/").replace(/\.ts$/, ".wasm.ts");
}

/** The text of the module that a kernel's source compiles to. */
export async function compileKernel(source) {
  const options = ["--outFile", "kernel.wasm", "-O3", "--noAssert", "--runtime", "stub", "--use", "abort="];
  let binary;
  const { error, stderr } = await asc.main([source, ...options, "--enable", "simd", "--baseDir", root], {
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
  const text = Buffer.from(binary).toString("base64");
  return `// Compiled by \`pnpm kernels\` from assembly/${source.split("/assembly/")[1]}.
const binary =
  "${text}";

/** A new instance of the kernel, with a memory of its own. */
export function instantiate(): WebAssembly.Exports {
  const bytes = Uint8Array.from(atob(binary), (character) => character.charCodeAt(0));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const source of kernelSources()) {
    writeFileSync(`${root}/${kernelPath(source)}`, await compileKernel(source));
    console.log(`${source} → ${kernelPath(source)}`);
  }
}
