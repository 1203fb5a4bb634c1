import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import {
  BackendUnavailableError,
  backendNames,
  defaultOrder,
  probeBackends,
  useBackend,
} from "@unet/backend";
import { afterEach, describe, expect, test, vi } from "vitest";
import { findSecondCore } from "../src/second-core.js";
import { expectHandMadeConvolution } from "./small-networks.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("useBackend", () => {
  test("Node's order", () => {
    expect(defaultOrder).toEqual(["tensorflow-gpu", "webgpu", "simd", "tensorflow", "wasm", "cpu"]);
  });

  test("says what it skipped, and why", async () => {
    const info = await useBackend({ prefer: ["webgl", "cpu"] });
    expect(info).toEqual({
      name: "cpu",
      device: "plain JavaScript",
      skipped: [{ name: "webgl", reason: "Node has no WebGL" }],
    });
    expect(tf.getBackend()).toBe("cpu");
  });

  test("calls at the same time both get what they ask for", async () => {
    const both = await Promise.all([useBackend({ prefer: ["wasm"] }), useBackend({ prefer: ["wasm"] })]);
    expect(both.map(({ name }) => name)).toEqual(["wasm", "wasm"]);
    const [wrong, right] = await Promise.allSettled([
      useBackend({ prefer: ["webgl"] }),
      useBackend({ prefer: ["cpu"] }),
    ]);
    expect([wrong.status, right.status]).toEqual(["rejected", "fulfilled"]);
    expect(tf.getBackend()).toBe("cpu");
  });

  test("the cpu backend advertises nothing", async () => {
    const warn = vi.spyOn(console, "warn");
    await useBackend({ prefer: ["cpu"] });
    await expectHandMadeConvolution();
    expect(warn).not.toHaveBeenCalled();
  });

  test("fails with all reasons where none can be had", async () => {
    await useBackend({ prefer: ["cpu"] });
    const failure = useBackend({ prefer: ["webgl"] });
    await expect(failure).rejects.toThrow(BackendUnavailableError);
    await expect(failure).rejects.toThrow("no backend can be had (webgl: Node has no WebGL)");
    expect(tf.getBackend()).toBe("cpu");
  });

  test("names that are none", async () => {
    const failure = useBackend({ prefer: ["cuda" as "cpu"] });
    await expect(failure).rejects.toThrow(RangeError);
    await expect(failure).rejects.toThrow(
      `useBackend: prefer: there is no backend "cuda"; there are ${backendNames.join(", ")}`,
    );
    await expect(useBackend({ prefer: [] })).rejects.toThrow("useBackend: prefer is empty");
  });

  test("UNET_BACKEND counts for nothing where the environment is not asked, and stays as it is", async () => {
    vi.stubEnv("UNET_BACKEND", "cpu");
    expect((await useBackend({ prefer: ["wasm"], environment: false })).name).toBe("wasm");
    expect(process.env.UNET_BACKEND).toBe("cpu");
  });

  test("UNET_BACKEND forces one", async () => {
    vi.stubEnv("UNET_BACKEND", "cpu");
    expect(await useBackend({ prefer: ["wasm"] })).toMatchObject({ name: "cpu", skipped: [] });
  });

  test("UNET_BACKEND fails loudly where it can't be had, or is none", async () => {
    vi.stubEnv("UNET_BACKEND", "webgl");
    await expect(useBackend({ prefer: ["cpu"] })).rejects.toThrow(
      "UNET_BACKEND=webgl can't be had (webgl: Node has no WebGL)",
    );
    vi.stubEnv("UNET_BACKEND", "cuda");
    await expect(useBackend()).rejects.toThrow(
      'UNET_BACKEND: there is no backend "cuda"; there are tensorflow-gpu,',
    );
  });
});

describe("probeBackends", () => {
  test("tells of every backend, and leaves the current one and its tensors", async () => {
    await useBackend({ prefer: ["cpu"] });
    const tensor = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    const probes = await probeBackends();
    expect(tf.getBackend()).toBe("cpu");
    expect(tf.memory().numTensors).toBe(before);
    expect(Array.from(tensor.dataSync())).toEqual([1, 2]);
    tensor.dispose();
    expect(probes.map(({ name }) => name)).toEqual([...defaultOrder, "webgl"]);
    for (const { available, device, reason } of probes) {
      expect(available ? reason : device).toBeUndefined();
      expect(available ? device : reason).toMatch(/^\S.*$/);
    }
    expect(probes.find(({ name }) => name === "wasm")).toEqual({
      name: "wasm",
      available: true,
      device: "WebAssembly SIMD, 1 thread",
    });
    const simd = probes.find(({ name }) => name === "simd");
    expect(simd).toMatchObject({ available: true });
    expect(simd?.device).toMatch(/^WebAssembly relaxed SIMD, \d+ threads?$/);
  });

  test("wasm works after it was probed", async () => {
    expect(await useBackend({ prefer: ["wasm"] })).toMatchObject({ name: "wasm" });
    await expectHandMadeConvolution();
    await probeBackends();
    await expectHandMadeConvolution();
  });
});

describe("a second tfjs-core", () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  /** A project with the given packages in its node_modules, each an empty CommonJS module. */
  function project(packages: string[]): string {
    const folder = mkdtempSync(join(tmpdir(), "unet-second-core-"));
    folders.push(folder);
    for (const name of packages) {
      const parts = join(folder, "node_modules", ...name.split("/"));
      mkdirSync(parts, { recursive: true });
      writeFileSync(
        join(parts, "package.json"),
        JSON.stringify({ name, version: "4.22.0", main: "index.js" }),
      );
      writeFileSync(join(parts, "index.js"), "");
    }
    return folder;
  }

  test("is named with its remedy where the project has its own", async () => {
    const folder = project(["@tensorflow/tfjs-core"]);
    const line = await findSecondCore(folder);
    expect(line).toContain("there are two copies of @tensorflow/tfjs-core: ");
    expect(line).toContain(`for ${folder}, `);
    expect(line).toContain(join(folder, "node_modules/@tensorflow/tfjs-core/index.js"));
    expect(line).toMatch(/; keep one version of it in package\.json, then npm dedupe$/);
  });

  test("is named where a package beside it resolves another", async () => {
    const folder = project([
      "@tensorflow/tfjs-layers",
      "@tensorflow/tfjs-layers/node_modules/@tensorflow/tfjs-core",
    ]);
    expect(await findSecondCore(folder)).toContain("for @tensorflow/tfjs-layers, ");
  });

  test("there is none in this workspace, nor where nothing is installed", async () => {
    expect(await findSecondCore()).toBeUndefined();
    expect(await findSecondCore(project([]))).toBeUndefined();
  });

  test("keeps useBackend from starting anything", async () => {
    const folder = project(["@tensorflow/tfjs-core"]);
    vi.spyOn(process, "cwd").mockReturnValue(folder);
    const failure = useBackend({ prefer: ["cpu"] });
    await expect(failure).rejects.toThrow(BackendUnavailableError);
    await expect(failure).rejects.toThrow("npm dedupe");
  });
});
