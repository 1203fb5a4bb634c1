import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileKernel, kernelPath, kernelSources } from "../scripts/kernels.mjs";

const root = join(import.meta.dirname, "..");

test.each(kernelSources())("%s is what its compiled module was made from", async (source: string) => {
  const compiled = readFileSync(join(root, kernelPath(source)), "utf8");
  expect(compiled, "run `pnpm kernels`").toBe(await compileKernel(source));
});
