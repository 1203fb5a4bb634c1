import { cropMirrored, type Image, type LabelImage, type Rect } from "@unet/image";
import {
  type LabelInstancesOptions,
  type LabelInstancesTiledOptions,
  labelInstances,
  labelInstancesTiled,
} from "@unet/inference/instances";
import { describe, expect, test } from "vitest";
import { randomScores } from "./random-scores.js";
import { distances, filled, flood, inside, large, watershed } from "./reference-labels.js";

/** Labels what is read by window, and remembers the windows. */
async function tiled(image: Image, options: LabelInstancesTiledOptions) {
  const { width, height, channels } = image;
  const labels = new Int32Array(width * height).fill(-7);
  const reads: Rect[] = [];
  const source = {
    width,
    height,
    channels,
    read: async (rect: Rect) => {
      reads.push(rect);
      return cropMirrored(image, rect);
    },
  };
  const sink = {
    write: async (rect: Rect, part: LabelImage) => {
      expect([rect.x, rect.width, part.width, part.height]).toEqual([0, width, width, rect.height]);
      labels.set(part.data, rect.y * width);
    },
  };
  const summary = await labelInstancesTiled(source, sink, { channel: 0, ...options });
  return { labels, summary, reads };
}

/** The same by the naive counterparts. */
function expected(image: Image, options: LabelInstancesOptions): number[] {
  const { threshold = 0.5, connectivity = 4, fillHoles, minimumSize = 0, watershed: split } = options;
  let mask = inside(image, threshold);
  if (fillHoles) mask = filled(mask, image.width, connectivity);
  let labels = flood(mask, image.width, connectivity);
  if (split === true) labels = watershed(labels, distances(labels, image.width), image.width, 1);
  else if (split) labels = watershed(labels, Array.from(image.data), image.width, 0.1);
  return large(labels, minimumSize);
}

const cases = Array.from({ length: 50 }, (_, seed) => {
  const options: LabelInstancesOptions = {
    connectivity: seed % 2 ? 8 : 4,
    fillHoles: seed % 3 !== 0,
    minimumSize: [0, 5, 20][seed % 4] ?? 0,
    watershed: [false, true, { on: "scores" as const }][seed % 5] ?? false,
  };
  const image = randomScores(seed, 20 + ((seed * 7) % 41), 20 + ((seed * 11) % 37), seed % 4);
  return { seed, options, image };
});

describe("labels of windows equal those of the whole, and those found naively", () => {
  test.each(cases)("case $seed: $options", async ({ image, options }) => {
    const whole = labelInstances(image, { channel: 0, ...options });
    expect(Array.from(whole.data)).toEqual(expected(image, options));
    for (const rows of [1, 3, 8, 17, image.height]) {
      const { labels, summary } = await tiled(image, { ...options, rows });
      expect(labels).toEqual(whole.data);
      expect(summary).toEqual({ count: Math.max(...whole.data), unsplit: [] });
    }
  });

  test("the cases have objects that go on over many windows, holes across them, and joined objects", () => {
    const tall = cases.filter(({ image, options }) => {
      const { data, width } = labelInstances(image, { channel: 0, ...options });
      const rows = (label: number) =>
        new Set([...data.keys()].filter((i) => data[i] === label).map((i) => Math.floor(i / width)));
      return rows(1).size > 8;
    });
    const [holes, splits] = (["fillHoles", "watershed"] as const).map((option) =>
      cases.filter(({ image, options }) => {
        const without = labelInstances(image, { channel: 0, ...options, [option]: false }).data;
        return labelInstances(image, { channel: 0, ...options }).data.some(
          (label, i) => label !== without[i],
        );
      }),
    );
    expect(tall.length).toBeGreaterThan(20);
    expect(holes.length).toBeGreaterThan(20);
    expect(splits.length).toBeGreaterThan(15);
  });
});

describe("shapes that windows cut", () => {
  const scores = (...rows: string[]): Image => ({
    width: rows[0].length,
    height: rows.length,
    channels: 1,
    data: Float32Array.from(rows.join(""), Number),
  });

  test("two arms that join in the last row are one object, a comb of them too", async () => {
    const comb = scores("101010101", "101010101", "101010101", "111111111");
    const { labels, summary } = await tiled(comb, { rows: 1 });
    expect(labels).toEqual(Int32Array.from(comb.data));
    expect(summary.count).toBe(1);
  });

  test("a spiral of background is open; closed at its end it is a hole", async () => {
    const spiral = ["1111111", "1000001", "1011101", "1010101", "1010001", "1011111", "1000000"];
    const open = scores(...spiral);
    expect((await tiled(open, { rows: 2, fillHoles: true })).labels).toEqual(Int32Array.from(open.data));
    const closed = scores(...spiral.slice(0, -1), "1111111");
    expect((await tiled(closed, { rows: 2, fillHoles: true })).labels).toEqual(new Int32Array(49).fill(1));
  });

  test("what lies in a hole goes with it", async () => {
    const nested = scores("1111111", "1000001", "1011101", "1010101", "1011101", "1000001", "1111111");
    expect((await tiled(nested, { rows: 3 })).summary.count).toBe(2);
    const { labels, summary } = await tiled(nested, { rows: 3, fillHoles: true, minimumSize: 49 });
    expect(labels).toEqual(new Int32Array(49).fill(1));
    expect(summary.count).toBe(1);
  });
});

describe("bounded memory", () => {
  /** A dumb-bell of two discs, `scale` times as large. */
  const dumbBell = (scale: number, x: number, y: number) => {
    const near = Math.min(
      Math.hypot(x - 10 * scale, y - 10 * scale),
      Math.hypot(x - 23 * scale, y - 10 * scale),
    );
    return near <= 8 * scale ? 1 : 0;
  };
  const width = 105;
  const image: Image = {
    width,
    height: 100,
    channels: 1,
    // A large one above a small one.
    data: Float32Array.from({ length: width * 100 }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      return Math.max(dumbBell(3, x, y), dumbBell(1, x - 30, y - 70));
    }),
  };

  test("an object whose box is too large for it stays whole, and is reported", async () => {
    const whole = labelInstances(image, { channel: 0, watershed: true });
    expect(Math.max(...whole.data)).toBe(4);
    expect((await tiled(image, { watershed: true, rows: 10 })).labels).toEqual(whole.data);
    const { labels, summary } = await tiled(image, { watershed: true, memory: 300_000 });
    expect(summary).toEqual({ count: 3, unsplit: [1] });
    // The large one has one label instead of two, the small ones as before.
    expect(labels).toEqual(whole.data.map((label) => [0, 1, 1, 2, 3][label]));
  });

  test("parts that memory can't keep until their last row are found again, the same", async () => {
    const rows = 4;
    // Fifty dumb-bells side by side, all open at once.
    const many: Image = {
      width: 50 * 34,
      height: 20,
      channels: 1,
      data: Float32Array.from({ length: 50 * 34 * 20 }, (_, i) =>
        dumbBell(1, i % 34, Math.floor(i / (50 * 34))),
      ),
    };
    const box = 32 * 19;
    const memory = 2 * 64 * box;
    const ample = await tiled(many, { watershed: true, rows });
    const scarce = await tiled(many, { watershed: true, rows, memory });
    expect(scarce.reads.length).toBeGreaterThan(ample.reads.length);
    expect(scarce.summary).toEqual({ count: 100, unsplit: [] });
    expect(scarce.labels).toEqual(ample.labels);
    expect(scarce.labels).toEqual(labelInstances(many, { channel: 0, watershed: true }).data);
  });

  test("rows are whole chunks of the sink, even where memory is short", async () => {
    const heightsOf = async (memory: number) => {
      const heights: number[] = [];
      const { width, height, channels } = image;
      const source = { width, height, channels, read: async (rect: Rect) => cropMirrored(image, rect) };
      const block = { width: 32, height: 32 };
      const write = (rect: Rect) => void heights.push(rect.height);
      await labelInstancesTiled(source, { block, write }, { channel: 0, memory });
      return heights;
    };
    expect(await heightsOf(1)).toEqual([32, 32, 32, 4]);
    expect(await heightsOf(4 * 2 * 4 * width * 70)).toEqual([64, 36]);
  });

  test("rows are read together as memory allows, twice, and nothing else", async () => {
    const { reads } = await tiled(image, { memory: 4 * 2 * 4 * width * 30 });
    const heights = reads.map((rect) => rect.height);
    expect(heights).toEqual([30, 30, 30, 10, 30, 30, 30, 10]);
  });
});

test("refuses what can't be, and stops when told", async () => {
  const image = randomScores(1, 8, 8, 1);
  await expect(tiled(image, { channel: 1 })).rejects.toThrow(
    "labelInstancesTiled: channel must be 0 to 0, got 1",
  );
  await expect(tiled(image, { rows: 0 })).rejects.toThrow(
    "labelInstancesTiled: rows must be a whole number of at least 1, got 0",
  );
  await expect(tiled(image, { memory: 0 })).rejects.toThrow("labelInstancesTiled: memory must be positive");
  const wrong = { width: 8, height: 9, channels: 1, read: async () => image };
  await expect(labelInstancesTiled(wrong, { write() {} }, { channel: 0 })).rejects.toThrow(
    'labelInstancesTiled: read({"x":0,"y":0,"width":8,"height":9}) gave 8 × 8 × 1',
  );
  const aborted = AbortSignal.abort();
  await expect(tiled(image, { signal: aborted })).rejects.toThrow(
    expect.objectContaining({ name: "AbortError" }),
  );
});
