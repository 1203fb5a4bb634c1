import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import {
  type OpenImagesOptions,
  openImages,
  readImage,
  readLabelStack,
  readLabels,
  readStack,
  UnreadableImageError,
} from "@unet/image";
import { openTiff } from "@unet/image/tiff";
import { describe, expect, test } from "vitest";
import { makeTiff, type PageToMake } from "./make-tiff.js";

/** 4 × 2 pixels of one value. */
const page = (value: number, tags?: PageToMake["tags"]): PageToMake => ({
  width: 4,
  height: 2,
  tags,
  data: new Uint8Array(8).fill(value),
});

/** The first pixel of each image, what was noticed, and that all pixels of a channel are equal. */
async function stackOf(bytes: Uint8Array, options: OpenImagesOptions = {}) {
  const notices: string[] = [];
  const stack = await readStack(bytes, { ...options, onNotice: (line) => notices.push(line) });
  for (const { data, channels } of stack) {
    expect([...data].every((value, i) => value === data[i % channels])).toBe(true);
  }
  const parts = await openTiff(bytes, options);
  for (const [i, image] of stack.entries()) {
    expect(await (await parts.open(i)).read({ x: 1, y: 1, width: 1, height: 1 })).toEqual({
      width: 1,
      height: 1,
      channels: image.channels,
      data: image.data.slice(0, image.channels),
    });
  }
  return {
    planes: stack.map(({ data, channels }) => [...data.subarray(0, channels)]),
    notices: notices.map((line) => line.replace(/^an image of \d+ bytes: /, "")),
  };
}

const ome = (images: string) =>
  `<?xml version="1.0"?><!-- <Image> --><OME xmlns="x" UUID="urn:uuid:1">${images}</OME>`;
const pixels = (attributes: string, inside = "") =>
  `<Image ID="Image:0"><Pixels ${attributes} SizeX="4" SizeY="2" Type="uint8">${inside}</Pixels></Image>`;

describe("planes of a TIFF", () => {
  test("pages that say nothing are planes along z", async () => {
    const bytes = makeTiff([page(1), page(2), page(3)]);
    expect(await stackOf(bytes)).toEqual({ planes: [[1], [2], [3]], notices: [] });
    expect((await stackOf(bytes, { z: [2, 0] })).planes).toEqual([[3], [1]]);
  });

  test("ImageJ's channels, slices and frames: channels are of one image", async () => {
    const description = "ImageJ=1.54f\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\n";
    const bytes = makeTiff(
      Array.from({ length: 12 }, (_, i) => page(i, i === 0 ? { 270: description } : {})),
    );
    const all = [0, 2, 4, 6, 8, 10].map((first) => [first, first + 1]);
    expect(await stackOf(bytes)).toEqual({ planes: all, notices: [] });
    expect((await stackOf(bytes, { channel: 1, z: 2 })).planes).toEqual([[5], [11]]);
    expect((await stackOf(bytes, { channel: [1, 0], z: 0, t: 1 })).planes).toEqual([[7, 6]]);
    const { slices, frames } = await openImages(bytes, { z: [0, 1] });
    expect({ slices, frames }).toEqual({ slices: 2, frames: 2 });
  });

  test("ImageJ's planes that follow each other in the file with one page to say so", async () => {
    const description = "ImageJ=1.54f\nimages=3\nslices=3\n";
    const first = { ...page(1), tags: { 270: description } };
    const rest = Uint8Array.from({ length: 16 }, (_, i) => (i < 8 ? 2 : 3));
    expect(await stackOf(makeTiff([first], rest))).toEqual({ planes: [[1], [2], [3]], notices: [] });
    const { planes, notices } = await stackOf(
      makeTiff([{ ...first, tags: { 270: description.replaceAll("3", "300") } }], rest),
    );
    expect(planes).toEqual([[1]]);
    expect(notices).toEqual(["its description says 300 images, but it has 1 page: these are read"]);
  });

  test("16-bit planes that follow each other are read in the file's byte order", async () => {
    const description = "ImageJ=1.54f\nimages=2\n";
    const data = new Uint16Array(8).fill(300);
    const rest = new Uint8Array(new Uint16Array(8).fill(301).buffer);
    const bytes = makeTiff([{ width: 4, height: 2, data, tags: { 270: description } }], rest);
    expect((await stackOf(bytes)).planes).toEqual([[300], [301]]);
  });

  test.each([
    ["XYCZT", [0, 1, 2, 3, 4, 5]],
    ["XYZCT", [0, 3, 1, 4, 2, 5]],
  ])("OME-XML's order %s", async (order, expected) => {
    const text = ome(pixels(`DimensionOrder="${order}" SizeC="2" SizeZ="3" SizeT="1"`));
    const bytes = makeTiff(Array.from({ length: 6 }, (_, i) => page(i, i === 0 ? { 270: text } : {})));
    const planes = [0, 2, 4].map((i) => expected.slice(i, i + 2));
    expect(await stackOf(bytes)).toEqual({ planes, notices: [] });
  });

  test("OME-XML with two images, and with planes in an order of their own", async () => {
    const sizes = `DimensionOrder="XYCZT" SizeC="2" SizeZ="1" SizeT="1"`;
    const two = ome(
      pixels(sizes, `<TiffData IFD="2" PlaneCount="2"/>`) +
        pixels(sizes, `<TiffData IFD="1" FirstC="0"/><TiffData IFD="0" FirstC="1"/>`),
    );
    const bytes = makeTiff([0, 1, 2, 3].map((i) => page(i, i === 0 ? { 270: two } : {})));
    expect(await stackOf(bytes)).toEqual({
      planes: [
        [2, 3],
        [1, 0],
      ],
      notices: [],
    });
  });

  test("OME-XML's channels that a page holds itself", async () => {
    const text = ome(
      pixels(`DimensionOrder="XYCZT" SizeC="3" SizeZ="2" SizeT="1"`, `<Channel SamplesPerPixel="3"/>`),
    );
    const rgb = (value: number, tags: PageToMake["tags"]) => ({
      width: 4,
      height: 2,
      tags: { 262: 2, 277: 3, 258: 8, ...tags },
      data: Uint8Array.from({ length: 24 }, (_, i) => value + (i % 3)),
    });
    const bytes = makeTiff([rgb(10, { 270: text }), rgb(20, {})]);
    expect((await stackOf(bytes)).planes).toEqual([
      [10, 11, 12],
      [20, 21, 22],
    ]);
    expect((await stackOf(bytes, { channel: 2 })).planes).toEqual([[12], [22]]);
  });

  test("OME-XML whose planes are in other files is not believed, and that is said", async () => {
    const elsewhere = `<TiffData IFD="0"><UUID FileName="b.ome.tif">urn:uuid:2</UUID></TiffData>`;
    const text = ome(
      pixels(
        `DimensionOrder="XYCZT" SizeC="1" SizeZ="2" SizeT="1"`,
        `<TiffData IFD="0" FirstZ="1"><UUID>urn:uuid:1</UUID></TiffData>${elsewhere}`,
      ),
    );
    expect(await stackOf(makeTiff([page(1, { 270: text }), page(2)]))).toEqual({
      planes: [[1], [2]],
      notices: [
        "its OME-XML lists 2 planes, some of them in other files, but it has 2 pages: these are read as they are",
      ],
    });
  });

  test("pages that show others smaller or mask them are none", async () => {
    const bytes = makeTiff([page(1), page(2, { 254: 1 }), page(3, { 255: 2 }), page(4, { 254: 4 }), page(5)]);
    expect(await stackOf(bytes)).toEqual({
      planes: [[1], [5]],
      notices: ["3 pages that show others smaller or mask them are left out"],
    });
    expect((await stackOf(makeTiff([page(1, { 254: 2 }), page(2, { 255: 3 })]))).planes).toEqual([[1], [2]]);
  });

  test.each([1, 3])("slices of a page (ImageDepth 3) in tiles of depth %i", async (depth) => {
    const data = new Uint8Array(3 * 16 * 16);
    for (let z = 0; z < 3; z++) data.fill(z + 1, z * 256, (z + 1) * 256);
    const offsets = new Uint8Array(Uint32Array.of(8, 264, 520).buffer);
    const sizes = new Uint8Array(Uint32Array.of(256, 256, 256).buffer);
    const tags: PageToMake["tags"] = depth === 3 ? { 32997: 3, 32998: 3 } : { 32997: 3 };
    const bytes = makeTiff([{ width: 16, height: 16, tile: 16, data, tags }]);
    if (depth === 1) {
      // Three tiles: their places and lengths, at the end of the file.
      const out = new Uint8Array(bytes.length + 24);
      out.set(bytes);
      out.set(offsets, bytes.length);
      out.set(sizes, bytes.length + 12);
      const view = new DataView(out.buffer);
      for (let at = view.getUint32(4, true) + 2; view.getUint16(at, true) !== 0; at += 12) {
        const tag = view.getUint16(at, true);
        if (tag !== 324 && tag !== 325) continue;
        view.setUint32(at + 4, 3, true);
        view.setUint32(at + 8, bytes.length + (tag === 325 ? 12 : 0), true);
      }
      expect((await stackOf(out)).planes).toEqual([[1], [2], [3]]);
    } else expect((await stackOf(bytes)).planes).toEqual([[1], [2], [3]]);
  });
});

describe("a part of a file", () => {
  const bytes = makeTiff([page(1), page(2)]);

  test("is never taken in silence", async () => {
    const notices: string[] = [];
    const onNotice = (line: string) => notices.push(line);
    await readImage(bytes, { onNotice });
    await readLabels(bytes, { onNotice });
    expect(notices).toEqual(
      Array(2).fill(`an image of ${bytes.length} bytes: the first of its 2 images is read`),
    );
    notices.length = 0;
    expect((await readImage(bytes, { z: 1, onNotice })).data[0]).toBe(2);
    expect((await readLabels(bytes, { page: 1, onNotice })).data[0]).toBe(2);
    expect((await readLabelStack(bytes, { onNotice })).map(({ data }) => data[0])).toEqual([1, 2]);
    expect(notices).toEqual([]);
  });

  test.each([
    [{ z: 2 }, "its z goes from 0 to 1; 2 was asked for"],
    [{ t: 1 }, "its t is 0 only; 1 was asked for"],
    [{ channel: 1 }, "its channel is 0 only; 1 was asked for"],
  ])("that is not there is named: %j", async (choice, message) => {
    await expect(readStack(bytes, choice)).rejects.toThrow(RangeError);
    await expect(readStack(bytes, choice)).rejects.toThrow(message);
  });

  test("of labels is one channel", async () => {
    const description = "ImageJ=1.54f\nimages=2\nchannels=2\n";
    const two = makeTiff([page(1, { 270: description }), page(2)]);
    await expect(readLabels(two)).rejects.toThrow(
      "labels need one channel, but this has 2; choose one by the option channel",
    );
    expect((await readLabels(two, { channel: 1 })).data[0]).toBe(2);
  });
});

describe("what hostile files take", () => {
  const refused = async (bytes: Uint8Array, message: string | RegExp, options: OpenImagesOptions = {}) => {
    const attempt = readStack(bytes, options);
    await expect(attempt).rejects.toThrow(UnreadableImageError);
    await expect(attempt).rejects.toThrow(message);
  };

  test("the pixels of all pages together are limited, before any is decoded", async () => {
    const bytes = makeTiff(Array.from({ length: 4 }, (_, i) => page(i)));
    expect(await readStack(bytes, { maxPixels: 32 })).toHaveLength(4);
    await refused(bytes, "its 4 images have 32 pixels, more than maxPixels, 31, allows at once", {
      maxPixels: 31,
    });
    expect(await readStack(bytes, { maxPixels: 8, z: 3 })).toHaveLength(1);
  });

  test("300,000 pages without entries", async () => {
    const bytes = new Uint8Array(8 + 6 * 300_000);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 0x2a4949, true);
    for (let i = 0; i < 300_000; i++) view.setUint32(4 + 6 * i, 8 + 6 * i, true);
    await refused(bytes, "does not say how large it is");
  });

  test("sizes, slices and planes that the file can't have", async () => {
    await refused(makeTiff([page(1, { 32997: 2 ** 31 })]), "2147483648 slices");
    const text = ome(pixels(`SizeC="1000000000" SizeZ="1000000000" SizeT="1"`));
    expect((await stackOf(makeTiff([page(1, { 270: text })]))).planes).toEqual([[1]]);
    const deep = `<OME>${"<a>".repeat(100_000)}`;
    expect((await stackOf(makeTiff([page(1, { 270: deep })]))).planes).toEqual([[1]]);
    const wide = `<OME><Image ${"a".repeat(1_000_000)}><Pixels/></Image></OME>`;
    expect((await stackOf(makeTiff([page(1, { 270: wide })]))).planes).toEqual([[1]]);
  });

  test.skipIf(process.platform !== "linux")("no file stays open that can't be read", async () => {
    const folder = await mkdtemp(join(tmpdir(), "unet-image-"));
    const path = join(folder, "damaged.tif");
    await writeFile(path, makeTiff([page(1)]).subarray(0, 30));
    const before = (await readdir("/proc/self/fd")).length;
    for (let i = 0; i < 20; i++) {
      await expect(readImage(path)).rejects.toThrow(UnreadableImageError);
      await expect(openTiff(path)).rejects.toThrow(UnreadableImageError);
    }
    await writeFile(path, makeTiff([page(1), page(2)]));
    for (let i = 0; i < 20; i++) {
      await expect(openTiff(path, { z: 9 })).rejects.toThrow(RangeError);
      await (await openTiff(path)).close();
      await readStack(path);
    }
    expect((await readdir("/proc/self/fd")).length).toBeLessThan(before + 5);
    await rm(folder, { recursive: true });
  });
});

describe("integers of 64 bits, NumPy's own", () => {
  const page = (values: bigint[], tags: PageToMake["tags"]): PageToMake => {
    const view = new DataView(new ArrayBuffer(8 * values.length));
    for (const [i, value] of values.entries()) view.setBigInt64(8 * i, value, true);
    const data = new Uint8Array(view.buffer);
    return { width: values.length, height: 1, data, tags: { 258: 64, 339: 2, ...tags } };
  };

  test("are labels, and images as floats, where 32 bits hold them", async () => {
    const labels = makeTiff([page([0n, 1n, -1n, 70_000n, 2n ** 31n - 1n], {})]);
    expect([...(await readLabels(labels)).data]).toEqual([0, 1, -1, 70_000, 2 ** 31 - 1]);
    const image = await readImage(makeTiff([page([3n, 2n ** 24n, 0n], { 339: 1 })]));
    expect(image.data).toEqual(Float32Array.of(3, 2 ** 24, 0));
    const differences = deflateSync(page([5n, -3n, 70_000n], {}).data);
    const predicted = { ...page([0n, 0n, 0n], { 259: 8, 317: 2 }), data: new Uint8Array(differences) };
    expect([...(await readLabels(makeTiff([predicted]))).data]).toEqual([5, 2, 70_002]);
  });

  test("are refused where they don't, by the value", async () => {
    const refusal = (values: bigint[], format: number) =>
      readLabels(makeTiff([page(values, { 339: format })])).catch(({ message }) => message);
    const words = (value: string) =>
      expect.stringContaining(
        `it holds ${value}, a 64-bit integer that 32 bits can't hold; save it with 32 bits`,
      );
    expect(await refusal([1n, 2n ** 31n], 2)).toEqual(words("2147483648"));
    expect(await refusal([2n ** 53n + 1n], 2)).toEqual(words("9007199254740993"));
    expect(await refusal([-1n], 1)).toEqual(words("18446744073709551615"));
  });
});
