import type { Image, LabelImage } from "@unet/image";
import { labelInstances, trackInstances } from "@unet/inference/instances";
import fc from "fast-check";
import { expect, test } from "vitest";

const [width, height] = [60, 30];

/** Scores of discs, 1 within and 0 outside; where two overlap, nothing tells them apart but their outline. */
function discs(...centres: Array<[x: number, y: number, radius: number]>): Image<Float32Array> {
  const data = new Float32Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    for (const [u, v, radius] of centres) {
      const depth = radius - Math.hypot(x - u, y - v);
      data[i] = Math.max(data[i], Math.min(1, depth / 8 + 0.5));
    }
  }
  return { width, height, channels: 1, data };
}

async function track(frames: Iterable<Image> | AsyncIterable<Image>, options = {}): Promise<LabelImage[]> {
  const found: LabelImage[] = [];
  for await (const labels of trackInstances(frames, { channel: 0, smoothing: 1, ...options }))
    found.push(labels);
  return found;
}

const at = (labels: LabelImage, x: number, y: number) => labels.data[y * width + x];
const numbers = ({ data }: LabelImage) => [...new Set(data)].filter((label) => label > 0).sort();

test("cells that meet stay two, each with its number, until they part", async () => {
  const places = [15, 18, 21, 22, 23, 22, 19, 15];
  const frames = places.map((x) => discs([x, 15, 9], [60 - x, 15, 9]));
  const joined = frames.map((scores) => numbers(labelInstances(scores, { channel: 0 })).length);
  expect(joined).toEqual([2, 2, 1, 1, 1, 1, 2, 2]);
  const found = await track(frames);
  for (const labels of found) {
    expect(numbers(labels)).toEqual([1, 2]);
    // where they are joined, the border is where the outline narrows, half-way
    const sides = labels.data.map((label, i) => (label > 0 ? 1 + Number(i % width > 30) : 0));
    const elsewhere = labels.data.filter((label, i) => label !== sides[i] && Math.abs((i % width) - 30) > 1);
    expect(elsewhere).toEqual(new Int32Array(0));
  }
});

test("a cell in which scores sink for a frame stays one", async () => {
  const whole = discs([30, 15, 12]);
  const cut = discs([30, 15, 12]);
  for (let y = 0; y < height; y++) cut.data[y * width + 30] = Math.min(cut.data[y * width + 30], 0.55);
  const found = await track([whole, cut, whole]);
  expect(found.map(numbers)).toEqual([[1], [1], [1]]);
  expect(found[1]).toEqual(found[0]);
});

test("a cell that its neighbour swallows without a trace stays where it was", async () => {
  const flat = (...columns: Array<[from: number, to: number]>): Image => {
    const data = new Float32Array(width * height);
    for (let y = 10; y < 20; y++)
      for (const [from, to] of columns) data.fill(1, y * width + from, y * width + to);
    return { width, height, channels: 1, data };
  };
  const found = await track([flat([10, 28], [32, 40]), flat([10, 40]), flat([10, 40])]);
  for (const labels of found) expect(numbers(labels)).toEqual([1, 2]);
  for (const labels of found.slice(1)) {
    const row = Array.from(labels.data.subarray(15 * width, 16 * width));
    expect(row.indexOf(1)).toBe(10);
    expect(row.lastIndexOf(2)).toBe(39);
    // 1 ends at 27 and 2 begins at 32 in the first frame: half-way is 29.5
    expect(row.lastIndexOf(1)).toBeGreaterThanOrEqual(28);
    expect(row.lastIndexOf(1)).toBeLessThanOrEqual(30);
    expect(row.indexOf(2)).toBe(row.lastIndexOf(1) + 1);
  }
});

test("what is joined from the first frame on is one object; annotated objects before it divide it", async () => {
  const frame = discs([22, 15, 9], [38, 15, 9]);
  expect(numbers((await track([frame]))[0])).toEqual([1]);
  const data = new Int32Array(width * height);
  for (let i = 0; i < data.length; i++) if (frame.data[i] > 0.5) data[i] = i % width < 30 ? 7 : 4;
  const [labels] = await track([frame], { start: { width, height, data } });
  expect(numbers(labels)).toEqual([4, 7]);
  expect([at(labels, 22, 15), at(labels, 38, 15)]).toEqual([7, 4]);
});

test("new objects get new numbers, never one of an object that is gone", async () => {
  const frames = [discs([10, 15, 6], [30, 15, 6]), discs([10, 15, 6]), discs([10, 15, 6], [50, 15, 6])];
  const found = await track(frames);
  expect(found.map(numbers)).toEqual([[1, 2], [1], [1, 3]]);
  expect(at(found[2], 50, 15)).toBe(3);
});

test("a part that comes to touch goes to the neighbour, and small objects are dropped", async () => {
  const frames = [discs([20, 15, 9]), discs([20, 15, 9], [31, 15, 5]), discs([20, 15, 9], [50, 15, 3])];
  const found = await track(frames, { minimumSize: 40 });
  expect(found.map(numbers)).toEqual([[1], [1], [1]]);
  expect(at(found[1], 33, 15)).toBe(1);
  expect(at(found[2], 50, 15)).toBe(0);
});

const sequences = fc.array(
  fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: width - 1 }),
      fc.integer({ min: 0, max: height - 1 }),
      fc.integer({ min: 2, max: 10 }),
    ),
    { maxLength: 5 },
  ),
  { minLength: 1, maxLength: 4 },
);

test("objects cover what labelInstances finds, and each number is one connected region", async () => {
  await fc.assert(
    fc.asyncProperty(sequences, async (centres) => {
      const frames = centres.map((each) => discs(...each));
      const found = await track(frames);
      for (const [k, labels] of found.entries()) {
        const foreground = labelInstances(frames[k], { channel: 0 });
        expect(labels.data.map((label) => Math.sign(label))).toEqual(
          foreground.data.map((label) => Math.sign(label)),
        );
        for (const number of numbers(labels)) {
          const object = { ...labels, data: labels.data.map((label) => (label === number ? 1 : 0)) };
          const image = { ...object, channels: 1, data: Uint8Array.from(object.data) };
          const parts = labelInstances(image, { channel: 0, threshold: 1, connectivity: 8 });
          expect(numbers(parts)).toEqual([1]);
        }
      }
    }),
    { numRuns: 30 },
  );
});

test("frames may come one by one, and a sequence without any gives none", async () => {
  async function* later() {
    yield discs([20, 15, 9]);
    yield discs([22, 15, 9]);
  }
  expect((await track(later())).map(numbers)).toEqual([[1], [1]]);
  expect(await track([])).toEqual([]);
});

test("what is impossible is refused", async () => {
  const frame = discs([20, 15, 9]);
  await expect(track([frame], { depth: -1 })).rejects.toThrow(
    "trackInstances: depth must be 0 or more, got -1",
  );
  const small = { width: 2, height: 1, channels: 1, data: new Float32Array(2) };
  await expect(track([frame, small])).rejects.toThrow(
    "trackInstances: frames must be of one size; got one of 2 × 1, the one before 60 × 30",
  );
  await expect(track([frame], { channel: 1 })).rejects.toThrow("channel must be 0 to 0, got 1");
});
