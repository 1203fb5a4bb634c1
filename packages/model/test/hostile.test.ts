import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { createUNet, loadModel, ModelFormatError, modelFromBytes, modelToBytes } from "@unet/model";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hostileChanges, hostilePaths, hostileTexts, type ModelJson } from "./hostile-models.js";

let folder: string;
let path: string;
let text: string;
let weights: Uint8Array<ArrayBuffer>;
let tensors: number;
let resident: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-hostile-"));
  const model = createUNet({ depth: 1, filters: 2, batchNormalisation: true });
  const bytes = await modelToBytes(model);
  model.dispose();
  const length = new DataView(bytes.buffer).getUint32(0, true);
  text = new TextDecoder().decode(bytes.subarray(4, 4 + length));
  weights = bytes.slice(4 + length);
  resident = process.resourceUsage().maxRSS;
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
beforeEach(async () => {
  path = join(folder, String(count++));
  await mkdir(path);
  tensors = tf.memory().numTensors;
});

const jsonOf = (change: (json: ModelJson) => unknown) => {
  const json = JSON.parse(text) as ModelJson;
  change(json);
  return JSON.stringify(json);
};

/** Writes the files of a model into the folder. */
async function write(json: string | Uint8Array, bin: Uint8Array = weights): Promise<void> {
  await writeFile(join(path, "model.json"), json);
  await writeFile(join(path, "weights.bin"), bin);
}

/** The same model as bytes. */
function bytesOf(json: string, bin: Uint8Array = weights): Uint8Array {
  const header = new TextEncoder().encode(json);
  const length = new Uint8Array(new Uint32Array([header.length]).buffer);
  return new Uint8Array(Buffer.concat([length, header, bin]));
}

/** The same model as an IOHandler's. */
function handlerOf(json: string): tf.io.IOHandler {
  return {
    load: async () => {
      const { weightsManifest, ...rest } = JSON.parse(json) ?? {};
      return { ...rest, weightSpecs: weightsManifest?.[0]?.weights, weightData: weights.buffer };
    },
  };
}

/** Asserts that it is refused in one line, and leaves no tensors. */
async function refused(attempt: Promise<unknown>, problem: RegExp): Promise<void> {
  const error = await attempt.then(
    () => undefined,
    (error) => error,
  );
  expect(error, "is refused").toBeInstanceOf(ModelFormatError);
  expect(error.message).toMatch(problem);
  expect(error.message.split("\n")).toHaveLength(1);
  expect(error.message.length).toBeLessThan(600);
  expect(tf.memory().numTensors).toBe(tensors);
}

const texts = Object.entries(hostileTexts);
const changes = Object.entries(hostileChanges);

test("what is changed below opens as it is, in each way", async () => {
  await write(text);
  for (const model of [
    await loadModel(path),
    await modelFromBytes(bytesOf(text)),
    await loadModel(handlerOf(text)),
  ]) {
    model.dispose();
  }
  expect(tf.memory().numTensors).toBe(tensors);
});

describe(`${texts.length} texts that are no model.json`, () => {
  test.each(texts)("%s", async (_, [json, problem]) => {
    await write(json);
    await refused(loadModel(path), problem);
    await refused(modelFromBytes(bytesOf(json)), /no JSON|model|nested|has 5000000/);
  });
});

describe(`${changes.length} changes of a model.json, in a folder, as bytes, from an IOHandler`, () => {
  test.each(changes)("%s", async (_, [change, problem]) => {
    const json = jsonOf(change);
    await write(json);
    await refused(loadModel(path), problem);
    await refused(modelFromBytes(bytesOf(json)), problem);
    const ofPaths = /without lists|that is no list|files/.test(problem.source);
    if (!ofPaths) await refused(loadModel(handlerOf(json)), problem);
    expect(({} as Record<string, unknown>).polluted).toBe(undefined);
  });
});

describe(`${hostilePaths.length} paths of weights that leave the folder`, () => {
  test.each(hostilePaths.map((name) => [JSON.stringify(name), name]))("%s", async (_, name) => {
    await write(jsonOf((json) => Object.assign(json.weightsManifest[0], { paths: [name] })));
    await writeFile(join(folder, "weights.bin"), weights);
    await refused(loadModel(path), /names weights outside its folder/);
  });
});

describe("files that aren't what they should be", () => {
  test("weights in a folder within are read", async () => {
    await write(jsonOf((json) => Object.assign(json.weightsManifest[0], { paths: ["a/b.bin", "c.bin"] })));
    await mkdir(join(path, "a"));
    await writeFile(join(path, "a/b.bin"), weights.subarray(0, 40));
    await writeFile(join(path, "c.bin"), weights.subarray(40));
    (await loadModel(path)).dispose();
  });

  test("a link out of the folder, to a file and to a folder", async () => {
    await write(text);
    await writeFile(join(folder, "weights.bin"), weights);
    await rm(join(path, "weights.bin"));
    await symlink("../weights.bin", join(path, "weights.bin"));
    await refused(loadModel(path), /weights\.bin is a link out of its folder/);
    await symlink("..", join(path, "up"));
    await writeFile(
      join(path, "model.json"),
      jsonOf((json) => Object.assign(json.weightsManifest[0], { paths: ["up/weights.bin"] })),
    );
    await refused(loadModel(path), /is a link out of its folder/);
  });

  test("a link within the folder, and a link to the folder, are followed", async () => {
    await write(text);
    await writeFile(join(path, "w.bin"), weights);
    await rm(join(path, "weights.bin"));
    await symlink("w.bin", join(path, "weights.bin"));
    await symlink(path, `${path}-link`);
    (await loadModel(`${path}-link`)).dispose();
  });

  test("a link to itself", async () => {
    await write(text);
    await rm(join(path, "weights.bin"));
    await symlink("weights.bin", join(path, "weights.bin"));
    await refused(loadModel(path), /ELOOP/);
  });

  test("folders and pipes", async () => {
    await write(text);
    await rm(join(path, "weights.bin"));
    await mkdir(join(path, "weights.bin"));
    await refused(loadModel(path), /weights\.bin is no file/);
    await rm(join(path, "weights.bin"), { recursive: true });
    execFileSync("mkfifo", [join(path, "weights.bin")]);
    await refused(loadModel(path), /weights\.bin is no file/);
    await rm(join(path, "model.json"));
    execFileSync("mkfifo", [join(path, "model.json")]);
    await refused(loadModel(path), /model\.json is no file/);
  });

  test("no weights, too few, too many", async () => {
    await write(text, weights.subarray(1));
    await refused(loadModel(path), /cut short or of another model: \d+ bytes, \d+ expected/);
    await refused(modelFromBytes(bytesOf(text, weights.subarray(1))), /cut short/);
    await write(text, new Uint8Array([...weights, 0]));
    await refused(loadModel(path), /cut short or of another model/);
    await rm(join(path, "weights.bin"));
    await refused(loadModel(path), /holds no weights\.bin/);
  });
});

describe("the checksum of the weights", () => {
  test.each([0, 1, 0.5])("a damaged byte is told, at %d of them", async (share) => {
    const damaged = weights.slice();
    damaged[Math.round(share * (damaged.length - 1))] ^= 1;
    await write(text, damaged);
    await refused(loadModel(path), /the weights are damaged or of another model: their checksum is sha256:/);
    await refused(modelFromBytes(bytesOf(text, damaged)), /the weights are damaged/);
    const handler = {
      load: async () => ({ ...(await handlerOf(text).load!()), weightData: damaged.buffer }),
    };
    await refused(loadModel(handler), /the weights are damaged/);
  });

  test.each(["", "sha256:", "sha256:zz", "md5:00", "0".repeat(100_000)])(
    "is of another kind: %.20s",
    async (sum) => {
      await write(jsonOf((json) => Object.assign(json, { signature: { weights: sum } })));
      await refused(loadModel(path), /their checksum is sha256:/);
    },
  );

  test.each([undefined, null, {}, { weights: 5 }, { inputs: {} }])("isn't there: %j", async (signature) => {
    await write(jsonOf((json) => Object.assign(json, { signature })));
    (await loadModel(path)).dispose();
  });
});

describe("IOHandlers that don't give a model", () => {
  test.each<[string, unknown, RegExp]>([
    ["nothing", () => undefined, /holds no layers model/],
    ["null", async () => null, /holds no layers model/],
    ["an object within itself", async () => circular(), /no JSON/],
    ["text as weights", async () => ({ ...(await whole()), weightData: "weights" }), /no ArrayBuffer/],
    ["no weights", async () => ({ ...(await whole()), weightData: undefined }), /0 bytes, \d+ expected/],
    ["no specs", async () => ({ ...(await whole()), weightSpecs: undefined }), /the weights none/],
    ["neither", async () => ({ modelTopology: JSON.parse(text).modelTopology }), /which the weights lack/],
    ["an error that is null", () => Promise.reject(null), /can be read \(null\)/],
  ])("%s", async (_, load, problem) => {
    await refused(loadModel({ load } as tf.io.IOHandler), problem);
  });
  const whole = () => handlerOf(text).load!();
  const circular = () => {
    const object: Record<string, unknown> = {};
    object.modelTopology = object;
    return object;
  };
});

describe("servers that don't give a model", () => {
  let server: Server;
  let address: string;
  const sent: Record<string, RequestListener> = {};
  beforeAll(async () => {
    server = createServer((request, response) => {
      const answer = sent[new URL(request.url!, "http://x").pathname];
      if (answer) answer(request, response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    for (const name of Object.keys(sent)) delete sent[name];
    sent["/m/model.json"] = (_, response) => response.end(text);
    sent["/m/weights.bin"] = (_, response) => response.end(weights);
  });
  /** Sends zeros as long as they are taken, for ever. */
  const endless: RequestListener = (_, response) => {
    const send = () => {
      while (!response.destroyed && response.write(Buffer.alloc(2 ** 16, " "))) {}
    };
    response.on("drain", send);
    send();
  };

  test("one that does", async () => {
    const model = await loadModel(`${address}/m/model.json?key=1#here`);
    model.dispose();
  });

  test.each<[string, () => void, RegExp]>([
    ["no model.json", () => delete sent["/m/model.json"], /can be read \(404/],
    ["no weights", () => delete sent["/m/weights.bin"], /weights\.bin holds .* \(404/],
    ["a model.json without end", () => Object.assign(sent, { "/m/model.json": endless }), /or more, 4194304/],
    [
      "weights without end",
      () => Object.assign(sent, { "/m/weights.bin": endless }),
      /\d+ bytes, \d+ expected/,
    ],
    [
      "weights that are said to be long",
      () => {
        sent["/m/weights.bin"] = (_, response) =>
          response.writeHead(200, { "content-length": 1e12 }).write("a");
      },
      /1000000000000 bytes, \d+ expected/,
    ],
    [
      "weights cut short",
      () => {
        sent["/m/weights.bin"] = (_, response) => response.end(weights.subarray(4));
      },
      /cut short/,
    ],
    [
      "a connection that breaks",
      () => {
        sent["/m/weights.bin"] = (_, response) => {
          response.writeHead(200, { "content-length": weights.length }).write(weights.subarray(4));
          setTimeout(() => response.destroy(), 50);
        };
      },
      /holds no model that can be read/,
    ],
    [
      "weights out of the folder in disguise",
      () => {
        const json = jsonOf(({ weightsManifest }) =>
          Object.assign(weightsManifest[0], { paths: ["%2e%2e/w"] }),
        );
        sent["/m/model.json"] = (_, response) => response.end(json);
      },
      /names weights outside its folder/,
    ],
  ])("%s", async (_, arrange, problem) => {
    arrange();
    await refused(loadModel(`${address}/m/model.json`), problem);
  });

  test("no server", () =>
    refused(loadModel("http://127.0.0.1:9/model.json"), /holds no model that can be read/));
});

test("all of it took less than a gigabyte", () => {
  expect((process.resourceUsage().maxRSS - resident) / 2 ** 20).toBeLessThan(1);
});
