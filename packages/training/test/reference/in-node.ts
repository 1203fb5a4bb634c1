import { readFile } from "node:fs/promises";
import { type BackendName, probeBackends, useBackend } from "@unet/backend";
import { beforeAll, describe, expect } from "vitest";
import { testAgreement } from "./agreement.js";
import { testLosses } from "./losses.js";

/** Runs the reference tests on one backend; skips them, with `needs` in the name, where it can't be had. */
export async function testBackend(name: BackendName, needs = ""): Promise<void> {
  const available = needs === "" || (await canStart(name));
  describe.skipIf(!available)(`${name}${available ? "" : ` (needs ${needs})`}`, () => {
    beforeAll(async () => {
      expect((await useBackend({ prefer: [name] })).name).toBe(name);
    });
    testAgreement(async (file) => {
      const bytes = await readFile(new URL(`../fixtures/unet/${file}`, import.meta.url));
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    });
    testLosses();
  });
}

async function canStart(name: BackendName): Promise<boolean> {
  const probes = await probeBackends();
  return probes.some((probe) => probe.name === name && probe.available);
}
