import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodePng, type Image, writeImage, writeLabels } from "@unet/image";
import { beforeEach, describe, expect, it } from "vitest";
import { readMask } from "../src/index.js";
import { grey, labels, rows, scratchFolder } from "./scratch.js";

let folder: string;
beforeEach(async () => {
  folder = await scratchFolder();
});

async function file(name: string, image: Image | Image[]): Promise<string> {
  await writeImage(join(folder, name), image);
  return join(folder, name);
}

/** A TIFF of one row of 1-bit values, as a writer of booleans lays it down. */
function oneBitTiff(bits: number[], whiteIsZero: boolean): Uint8Array {
  const entries = [
    ...[
      [256, bits.length],
      [257, 1],
      [258, 1],
      [259, 1],
      [262, whiteIsZero ? 0 : 1],
    ],
    ...[
      [273, 8],
      [277, 1],
      [278, 1],
      [279, 2],
    ],
  ];
  const view = new DataView(new ArrayBuffer(10 + 2 + 12 * entries.length + 4));
  for (const [i, byte] of [0x49, 0x49, 42, 0, 10].entries()) view.setUint8(i, byte);
  for (const [i, bit] of bits.entries()) {
    view.setUint8(8 + (i >> 3), view.getUint8(8 + (i >> 3)) | (bit << (7 - (i & 7))));
  }
  view.setUint16(10, entries.length, true);
  entries.forEach(([tag, value], i) => {
    view.setUint16(12 + 12 * i, tag, true);
    view.setUint16(14 + 12 * i, 3, true);
    view.setUint32(16 + 12 * i, 1, true);
    view.setUint16(20 + 12 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}

describe("readMask", () => {
  const float = (...values: number[]): Image => ({
    width: values.length,
    height: 1,
    channels: 1,
    data: Float32Array.from(values),
  });

  it("takes integers of any size as they are, and whole floats", async () => {
    for (const values of [
      [0, 7, 2],
      [0, 300, 2],
      [0, 70_000, -1],
    ]) {
      await writeLabels(join(folder, "integers.tif"), labels(values));
      expect(rows((await readMask(join(folder, "integers.tif")))[0])).toEqual([values]);
    }
    expect(rows((await readMask(await file("whole.tif", float(0, 3, 2))))[0])).toEqual([[0, 3, 2]]);
    await expect(readMask(await file("half.tif", float(0, 0.5, 2)))).rejects.toThrow(
      "half.tif holds 0.5 at x = 1, y = 0, but labels are whole numbers of at most 32 bits",
    );
    const marked = join(folder, "marked.png");
    await writeFile(marked, await encodePng(grey([0, 255]), { holds: "probabilities" }));
    await expect(readMask(marked)).rejects.toThrow("marked.png says that it holds probabilities");
  });

  it.each([
    ["0 and 255", grey([255, 0, 255, 255])],
    ["0 and 65535", { ...grey([0]), width: 4, data: Uint16Array.of(65535, 0, 65535, 65535) }],
    ["0 and 255 as floats", float(255, 0, 255, 255)],
    [
      "white and black in RGB",
      {
        ...grey([0]),
        width: 4,
        channels: 3,
        data: Uint8Array.of(255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 255, 255),
      },
    ],
  ] as Array<[string, Image]>)("takes a mask of %s as class 1, or as objects apart", async (_, image) => {
    const path = await file("marks.tif", image);
    expect(rows((await readMask(path, { kind: "classes", classes: 2 }))[0])).toEqual([[1, 0, 1, 1]]);
    const notices: string[] = [];
    const [objects] = await readMask(path, { kind: "instances", onNotice: (line) => notices.push(line) });
    expect(rows(objects)).toEqual([[1, 0, 2, 2]]);
    expect(notices.at(-1)).toBe(
      `${path}: it says where objects are, not which is which: each connected part is an object`,
    );
  });

  it.each([true, false])(
    "takes 1 of 1 bit as object, whatever means white (0 is white: %s)",
    async (white) => {
      const path = join(folder, "bits.tif");
      await writeFile(path, oneBitTiff([1, 0, 0, 1, 1, 0, 0, 0, 0, 1], white));
      expect(rows((await readMask(path))[0])).toEqual([[1, 0, 0, 1, 1, 0, 0, 0, 0, 1]]);
      expect(rows((await readMask(path, { kind: "instances" }))[0])).toEqual([
        [1, 0, 0, 2, 2, 0, 0, 0, 0, 3],
      ]);
    },
  );

  it("ignores the values that it is told to", async () => {
    const path = await file("ignore.png", grey([0, 1, 255, 254]));
    expect(rows((await readMask(path, { kind: "classes", classes: 2, ignore: [255, 254] }))[0])).toEqual([
      [0, 1, -1, -1],
    ]);
    await expect(readMask(path, { kind: "classes", classes: 2, ignore: 255 })).rejects.toThrow(
      'ignore.png holds 254 at x = 3, y = 0, but 2 classes are 0 … 1; give the option kind "instances"',
    );
    const marks = await file("marks.png", grey([0, 255, 128]));
    expect(rows((await readMask(marks, { kind: "classes", ignore: 128 }))[0])).toEqual([[0, 1, -1]]);
  });

  it("reads a page for each plane", async () => {
    const path = await file("pages.tif", [grey([0, 1]), grey([2, 0]), grey([0, 255])]);
    expect((await readMask(path)).map((page) => rows(page)[0])).toEqual([
      [0, 1],
      [2, 0],
      [0, 1],
    ]);
  });

  it("refuses tables that make no sense", async () => {
    const path = await file("table.png", grey([0, 1]));
    await expect(readMask(path, { colours: { red: 1 } })).rejects.toThrow(
      'a key of the option colours must be like "#ff0000" or "255", got "red"',
    );
    await expect(readMask(path, { colours: { "0": 0, "1": -2 } })).rejects.toThrow(
      "the option colours gives 1 the label -2",
    );
  });
});
