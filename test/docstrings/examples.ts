import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** An example in a docstring. */
export interface Example {
  /** The file that it stands in, from the root. */
  file: string;
  /** The line of its first line of code, from 1. */
  line: number;
  code: string;
}

/** All examples of the packages' sources: what stands between ```ts and ``` in a docstring. */
export function examplesIn(root: string): Example[] {
  const packages = readdirSync(join(root, "packages"));
  const files = packages.flatMap((name) =>
    (readdirSync(join(root, "packages", name, "src"), { recursive: true }) as string[])
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".wasm.ts"))
      .map((path) => `packages/${name}/src/${path}`),
  );
  return files.sort().flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    return [...text.matchAll(/^ *\* ```ts\n([\s\S]*?)^ *\* ```/gm)].map(({ index, 1: lines }) => ({
      file,
      line: text.slice(0, index).split("\n").length + 1,
      code: lines.replace(/^ *\* ?/gm, ""),
    }));
  });
}

/** Runs an example with these values under their names; it may declare the same names anew. */
export async function runExample({ code }: Example, values: Record<string, unknown>): Promise<void> {
  const plain = ts.transpile(code, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext });
  const names = Object.keys(values);
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const run = new AsyncFunction(...names, `"use strict"; {\n${plain.replace(/^export \{\};?$/m, "")}\n}`);
  await run(...names.map((name) => values[name]));
}
