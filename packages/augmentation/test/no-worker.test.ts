import { Worker } from "node:worker_threads";
import { afterEach, expect, test, vi } from "vitest";
import { expectedTiles, take } from "./tile-stream.js";

/** How a bundler that leaves a worker's script out makes a worker end; a page that may have none; one that dies later. */
const scripts: Record<string, () => Worker> = {
  "its script is not there": () => new Worker(new URL("file:///no/such/script.js")),
  "its script does not run": () => new Worker("throw new Error('no')", { eval: true }),
  "there may be none": () => {
    throw new Error("workers are not allowed here");
  },
};
let start = scripts["there may be none"];

vi.mock("@unet/image/node", () => ({
  workerThreads: {
    Worker: class {
      constructor() {
        // biome-ignore lint/correctness/noConstructorReturn: stands for the class, with another script
        return start();
      }
    },
  },
}));

afterEach(() => vi.restoreAllMocks());

test.each(Object.keys(scripts))(
  "the caller's thread makes the same tiles where %s, and says so once",
  async (name) => {
    start = scripts[name];
    const notices: string[] = [];
    const onNotice = (notice: string) => notices.push(notice);
    expect(await take(7, { workers: 2, onNotice })).toEqual(expectedTiles(7));
    expect(notices).toEqual([
      expect.stringMatching(/^tileStream: no worker starts here \(.+\), so tiles are made/),
    ]);
  },
);

test("on the console where nobody listens", async () => {
  start = scripts["there may be none"];
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  expect(await take(1)).toEqual(expectedTiles(1));
  expect(warn.mock.calls).toEqual([[expect.stringContaining("(workers are not allowed here)")]]);
});

test("a worker that ran and then ends is an error", async () => {
  const program = `const { parentPort } = require("node:worker_threads");
    parentPort.postMessage("ready");
    parentPort.once("message", () => process.exit(3));`;
  start = () => new Worker(program, { eval: true });
  await expect(take(1, { onNotice: expect.unreachable })).rejects.toThrow(
    "tileStream: a worker stopped: it exited with code 3; with workers: 0 none is needed",
  );
});
