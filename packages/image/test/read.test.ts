import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { randomAt, readImage, readLabels, readStack, UnreadableImageError } from "@unet/image";
import { describe, expect, test } from "vitest";
import manifest from "./fixtures/manifest.json" with { type: "json" };

const pathOf = (file: string) => fileURLToPath(new URL(`./fixtures/${file}`, import.meta.url));
const { width, height } = manifest;

/** The values that `reference/make-fixtures.py` gave a file. */
function expected(channels: number, modulus: number, page: number, map = (value: number) => value): number[] {
  const values: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) values.push(map((7 * x + 13 * y + 29 * c + 41 * page) % modulus));
    }
  }
  return values;
}

const types: Record<string, { array: string; map?: (value: number) => number }> = {
  uint8: { array: "Uint8Array" },
  uint16: { array: "Uint16Array" },
  uint32: { array: "Float32Array" },
  int16: { array: "Float32Array", map: (value) => (value << 16) >> 16 },
  int32: { array: "Float32Array" },
  float16: { array: "Float32Array", map: (value) => value / 8 - 3 },
  float32: { array: "Float32Array", map: (value) => value / 8 - 3 },
  float64: { array: "Float32Array", map: (value) => value / 8 - 3 },
  bits1: { array: "Uint8Array", map: (value) => value * 255 },
  bits2: { array: "Uint8Array", map: (value) => value * 85 },
  bits4: { array: "Uint8Array", map: (value) => value * 17 },
};
const palettes = manifest.files.filter(({ kind }) => kind === "palette");
const images = manifest.files.filter(({ kind }) => kind !== "palette");

test.each(images)(
  "reads $file as Pillow and tifffile wrote it",
  async ({ file, channels, modulus, kind, pages }) => {
    const { array, map } = types[kind];
    const stack = await readStack(pathOf(file));
    expect(stack).toHaveLength(pages);
    for (const [page, image] of stack.entries()) {
      expect(image).toMatchObject({ width, height, channels });
      expect(image.data.constructor.name).toBe(array);
      expect(Array.from(image.data)).toEqual(expected(channels, modulus, page, map));
    }
  },
);

test.each(palettes)("$file: indices as labels, colours as an image", async ({ file, modulus }) => {
  const indices = expected(1, modulus, 0);
  expect(Array.from((await readLabels(pathOf(file))).data)).toEqual(indices);
  const image = await readImage(pathOf(file));
  expect(image.channels).toBe(3);
  const colours = indices.flatMap((i) => [(5 * i) % 256, (3 * i + 80) % 256, (3 * i + 160) % 256]);
  expect(Array.from(image.data)).toEqual(colours);
});

test.each([
  ["one-bit.png", 2],
  ["one-bit.tif", 2],
  ["two-bits.png", 4],
  ["four-bits.png", 16],
  ["uint8-le.tif", 256],
  ["uint16-be.tif", 65536],
  ["uint32-le.tif", 100000],
] as const)("labels keep the integers of %s", async (file, modulus) => {
  expect(Array.from((await readLabels(pathOf(file))).data)).toEqual(expected(1, modulus, 0));
});

test("labels keep their integers where 0 means white, images are inverted", async () => {
  const stored = expected(1, 65536, 0, (value) => 65535 - value);
  expect(Array.from((await readLabels(pathOf("uint16-minis-white.tif"))).data)).toEqual(stored);
});

test.each([
  ["uint8-rgba.png", "uint8-rgba.png: its alpha channel is dropped"],
  ["uint8-rgba.tif", "uint8-rgba.tif: its alpha channel is dropped"],
  ["uint8-grey-alpha.png", "uint8-grey-alpha.png: its alpha channel is dropped"],
  ["uint16-minis-white.tif", "uint16-minis-white.tif: 0 means white in it, so its values are inverted"],
  ["uint8-pages.tif", undefined],
])("what reading %s changes is said", async (file, notice) => {
  const notices: string[] = [];
  await readStack(pathOf(file), { onNotice: (line) => notices.push(line) });
  expect(notices).toEqual(notice === undefined ? [] : [pathOf(notice)]);
});

test("one page is read by its number; bytes, blobs and URLs are sources too", async () => {
  const path = pathOf("uint8-pages.tif");
  const bytes = await readFile(path);
  const third = expected(1, 256, 2);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  for (const source of [path, new URL(`file://${path}`), bytes, buffer, new Blob([buffer])]) {
    expect(Array.from((await readImage(source, { page: 2 })).data)).toEqual(third);
  }
});

describe("what can't be read gets one line", () => {
  const refused = async (attempt: Promise<unknown>, message: string | RegExp) => {
    const error = await attempt.then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain("\n");
    return error;
  };

  test("a colour space, a bit order, a layout that would be misread", async () => {
    await refused(readImage(pathOf("cmyk.tif")), "its colour space is CMYK; convert it to grey or RGB");
    await refused(readImage(pathOf("ycbcr.tif")), "its colour space is YCbCr");
    await refused(readImage(pathOf("one-bit-interlaced.png")), "save it again without interlacing");
  });

  test("an address that holds the image is cut short in the message", async () => {
    const error = await refused(readImage(new URL(`data:text/plain,${"x".repeat(1000)}`)), "neither a PNG");
    expect(error?.message.length).toBeLessThan(150);
  });

  test("a missing file, a folder, an empty file, another format", async () => {
    expect(await refused(readImage("nowhere.png"), "nowhere.png: no such file")).toBeInstanceOf(
      UnreadableImageError,
    );
    await refused(readImage(pathOf(".")), "it is a folder; give an image file");
    await refused(readImage(new Uint8Array(0)), "the file is empty");
    await refused(
      readImage(new TextEncoder().encode("GIF89a…")),
      "it is a GIF, which can't be read; save it as PNG or TIFF",
    );
  });

  test("a page that is not there", async () => {
    await refused(
      readImage(pathOf("uint8-pages.tif"), { page: 3 }),
      "it has 3 images; image 3 was asked for",
    );
    await refused(readImage(pathOf("uint8-grey.png"), { page: 1 }), "it has 1 image; image 1 was asked for");
  });

  test("more pixels than maxPixels, before they are decoded", async () => {
    for (const file of ["uint8-grey.png", "uint8-le.tif"]) {
      await refused(readImage(pathOf(file), { maxPixels: 1000 }), "45 × 37 is more than maxPixels, 1000");
    }
  });

  test.each(manifest.files)(
    "$file damaged: cut short never passes, nor do changed bits harm",
    async ({ file }) => {
      const bytes = new Uint8Array(await readFile(pathOf(file)));
      const whole = await readImage(bytes);
      const random = randomAt(1, file, 0);
      for (let i = 0; i < 60; i++) {
        const cut = bytes.subarray(0, Math.floor(random() * bytes.length));
        const read = await readImage(cut).catch((error: Error) => {
          expect(error).toBeInstanceOf(UnreadableImageError);
        });
        if (read) expect(read).toEqual(whole);
      }
      for (let i = 0; i < 60; i++) {
        const changed = bytes.slice();
        changed[Math.floor(random() * bytes.length)] ^= 1 << Math.floor(8 * random());
        const read = await readImage(changed).catch((error: Error) => {
          expect(error).toBeInstanceOf(UnreadableImageError);
          expect(error.message).not.toContain("\n");
        });
        if (read && file.endsWith(".png")) expect(read).toEqual(whole);
      }
    },
  );

  describe("a TIFF whose directory", () => {
    test.each([
      [
        "points back at itself",
        (tiff) => tiff.setUint32(nextOf(tiff), directoryOf(tiff), true),
        "form a loop",
      ],
      [
        "has a strip of no bytes",
        (tiff) => tiff.setUint16(tiff.getUint32(entry(tiff, 279) + 8, true) + 2, 0),
        "never written",
      ],
      [
        "has more rows than strips",
        (tiff) => tiff.setUint32(entry(tiff, 257) + 8, 370, true),
        "does not say where all",
      ],
      [
        "has 2³¹ rows",
        (tiff) => tiff.setUint32(entry(tiff, 257) + 8, 2 ** 31, true),
        "is more than maxPixels",
      ],
      [
        "has no rows",
        (tiff) => tiff.setUint32(entry(tiff, 257) + 8, 0, true),
        "45 × 0 pixels, which is empty",
      ],
      ["has 65535 channels", (tiff) => tiff.setUint16(entry(tiff, 277) + 8, 65535, true), "can't be read"],
    ] satisfies [string, (tiff: DataView) => void, string][])("%s", async (_, damage, message) => {
      const bytes = new Uint8Array(await readFile(pathOf("uint8-le.tif")));
      damage(new DataView(bytes.buffer));
      expect(await refused(readImage(bytes), message)).toBeInstanceOf(UnreadableImageError);
    });

    const directoryOf = (tiff: DataView) => tiff.getUint32(4, true);
    const nextOf = (tiff: DataView) => directoryOf(tiff) + 2 + 12 * tiff.getUint16(directoryOf(tiff), true);
    function entry(tiff: DataView, tag: number): number {
      let at = directoryOf(tiff) + 2;
      while (tiff.getUint16(at, true) !== tag) at += 12;
      return at;
    }
  });

  test("a PNG with a wrong checksum", async () => {
    const bytes = new Uint8Array(await readFile(pathOf("uint8-grey.png")));
    bytes[bytes.indexOf(0x49, 40) + 10] ^= 1;
    expect(await refused(readImage(bytes), /./)).toBeInstanceOf(UnreadableImageError);
  });

  test("colours and fractions as labels", async () => {
    expect(
      await refused(
        readLabels(pathOf("uint8-rgb.png")),
        "labels need one channel, but this has 3; read it with readImage and give each colour its label",
      ),
    ).toBeInstanceOf(TypeError);
    await refused(
      readLabels(pathOf("float32-le.tif")),
      "labels must be whole numbers of 32 bits, but x 1, y 0 holds -2.125",
    );
  });
});
