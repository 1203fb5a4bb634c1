import { fork, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { randomAt } from "@unet/image";
import { instanceMeasurer, labelInstances, labelInstancesTiled } from "@unet/inference/instances";
import { median } from "./measure.mjs";

export const title =
  "Objects from float scores: 4096² in memory beside Python's; larger ones in strips, each in a process of its own";

const RUNS = 7;
const python = process.env.UNET_PYTHON ?? "python3";
const install = `${python} -m pip install scipy scikit-image (UNET_PYTHON names another Python)`;
const hasPeers = () => spawnSync(python, ["-c", "import scipy.ndimage, skimage.measure"]).status === 0;

export async function* measure() {
  const peers = hasPeers();
  if (!peers) console.log(`scipy and skimage are missing: ${install}\n`);
  yield* compare("cells", pairs(4096, 6250), peers);
  yield* compare("noise", noise(4096), peers);
  for (const [size, objects, options] of [
    [2048, 1562, {}],
    [16384, 100_000, {}],
    [16384, 100_000, { fillHoles: true, minimumSize: 100, watershed: true }],
  ]) {
    const { seconds, peak, count, unsplit } = await inChild({ size, objects, options });
    const what = `${size}²${options.watershed ? ", holes, watershed" : ""}: ${count} objects`;
    if (unsplit > 0) throw new Error(`${what}: ${unsplit} are left unsplit`);
    yield { case: what, unit: "s", ours: seconds, peers: {}, runs: 1 };
    yield { case: `${what}, peak memory`, unit: "MB", ours: peak, peers: {}, runs: 1 };
  }
}

/** Ours and the peers take turns on the same scores; all threshold and label 4-connected pixels. */
async function* compare(name, source, withPeers) {
  const { width, height } = source;
  const scores = await source.read({ x: 0, y: 0, width, height });
  const ours = () => Math.max(0, countOf(labelInstances(scores, { channel: 0 })));
  const folder = await mkdtemp(join(tmpdir(), "unet-instances-"));
  try {
    await writeFile(join(folder, "scores"), new Uint8Array(scores.data.buffer));
    const peers = withPeers ? startPeers(join(folder, "scores"), width) : noPeers;
    const times = { ours: [] };
    const count = ours();
    for (let run = 0; run < RUNS; run++) {
      const before = performance.now();
      labelInstances(scores, { channel: 0 });
      times.ours.push(performance.now() - before);
      for (const peer of peers.names) {
        const answer = await peers.ask(peer);
        if (answer.count !== count) throw new Error(`${peer} finds ${answer.count} objects, not ${count}`);
        times[peer] ??= [];
        times[peer].push(answer.ms);
      }
    }
    peers.stop();
    const medians = Object.fromEntries(peers.names.map((peer) => [peer, median(times[peer])]));
    const own = median(times.ours);
    const ratio = peers.names.length > 0 ? own / Math.min(...Object.values(medians)) : undefined;
    const what = `${width}² of ${name}: ${count} objects`;
    yield { case: what, unit: "ms", ours: own, peers: medians, ratio, runs: RUNS };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function countOf({ data }) {
  let most = 0;
  for (const label of data) if (label > most) most = label;
  return most;
}

const noPeers = { names: [], stop() {} };

/** A Python that labels when asked. */
function startPeers(path, width) {
  const child = spawn(python, ["-c", peerProgram, path, String(width)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (name) => {
    child.stdin.write(`${name}\n`);
    return JSON.parse((await lines.next()).value);
  };
  return { names: ["scipy", "skimage"], ask, stop: () => child.stdin.end() };
}

const peerProgram = `
import json, sys, time
import numpy, scipy.ndimage, skimage.measure
scores = numpy.fromfile(sys.argv[1], numpy.float32).reshape(-1, int(sys.argv[2]))
label = {
    "scipy": lambda: scipy.ndimage.label(scores >= 0.5)[0],
    "skimage": lambda: skimage.measure.label(scores >= 0.5, connectivity=1),
}
for line in sys.stdin:
    start = time.perf_counter()
    labels = label[line.strip()]()
    ms = 1000 * (time.perf_counter() - start)
    print(json.dumps({"ms": ms, "count": int(labels.max())}), flush=True)
`;

/** Labels an image that is drawn as it is read, and tells time and peak of resident memory. */
function inChild(task) {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(task)]);
  return new Promise((resolve, reject) => {
    child.on("message", resolve);
    child.on("exit", (code) => code !== 0 && reject(new Error(`the process ended with ${code}`)));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { size, objects, options } = JSON.parse(process.argv[2]);
  const measurer = instanceMeasurer();
  const start = performance.now();
  const summary = await labelInstancesTiled(pairs(size, objects), measurer, { channel: 0, ...options });
  const seconds = (performance.now() - start) / 1000;
  const measured = measurer.measures().length;
  if (measured !== summary.count) throw new Error(`${measured} objects measured, ${summary.count} labelled`);
  process.send({
    seconds,
    peak: process.resourceUsage().maxRSS / 1000,
    count: summary.count,
    unsplit: summary.unsplit.length,
  });
}

/** Pairs of discs that overlap, each with a hole, in a grid of twice as many columns as rows; drawn as they are read. */
function pairs(size, objects) {
  const columns = Math.ceil(Math.sqrt(1.6 * objects));
  const rows = Math.ceil(objects / columns);
  const [cellWidth, cellHeight] = [size / columns, size / rows];
  const read = async ({ x: left, y: top, width, height }) => {
    const data = new Float32Array(width * height).fill(0.1);
    const fill = (y, middle, half, value) => {
      const from = Math.max(Math.ceil(middle - half), left);
      const to = Math.min(Math.floor(middle + half) + 1, left + width);
      if (to > from) data.fill(value, (y - top) * width + from - left, (y - top) * width + to - left);
    };
    for (let y = top; y < top + height; y++) {
      const row = Math.floor((y + 0.5) / cellHeight);
      const dy = y - Math.floor((row + 0.5) * cellHeight);
      const count = Math.min(columns, objects - row * columns);
      for (const centre of [-9, 9]) {
        const outer = 12 ** 2 - (dy - centre) ** 2;
        const hole = 2 ** 2 - (dy - centre) ** 2;
        if (outer < 0) continue;
        const first = Math.max(Math.floor(left / cellWidth) - 1, 0);
        const last = Math.min(Math.ceil((left + width) / cellWidth) + 1, count);
        for (let column = first; column < last; column++) {
          const middle = Math.floor((column + 0.5) * cellWidth);
          fill(y, middle, Math.sqrt(outer), 0.9);
          if (hole >= 0) fill(y, middle, Math.sqrt(hole), 0.2);
        }
      }
    }
    return { width, height, channels: 1, data };
  };
  return { width: size, height: size, channels: 1, read };
}

/** Noise, twice smoothed along rows and columns: ragged objects of some dozen pixels. */
function noise(size) {
  const random = randomAt(1, 0, 0);
  const data = Float32Array.from({ length: size * size }, random);
  for (const step of [1, size, 1, size]) {
    for (let i = step; i < data.length; i++) data[i] = (data[i] + data[i - step]) / 2;
  }
  return {
    width: size,
    height: size,
    channels: 1,
    read: async () => ({ width: size, height: size, channels: 1, data }),
  };
}
