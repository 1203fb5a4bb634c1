import { type BackendName, useBackend } from "@unet/backend";
import { beforeAll, describe, expect } from "vitest";
import { testAgreement } from "./reference/agreement.js";
import { testLosses } from "./reference/losses.js";

for (const name of ["webgpu", "simd", "webgl", "wasm"] satisfies BackendName[]) {
  describe(`${name} in Chromium`, () => {
    beforeAll(async () => {
      expect((await useBackend({ prefer: [name] })).name).toBe(name);
    });
    testLosses();
    testAgreement(async (file) => {
      const response = await fetch(new URL(`./fixtures/unet/${file}`, import.meta.url));
      return response.arrayBuffer();
    });
  });
}
