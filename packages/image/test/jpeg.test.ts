import { readFileSync } from "node:fs";
import { randomAt, readImage, readLabels, UnreadableImageError } from "@unet/image";
import { describe, expect, test } from "vitest";

interface Decoded {
  width: number;
  height: number;
  channels: number;
  data: number[];
}

const folder = new URL("fixtures/jpeg/", import.meta.url);
const values: Record<string, Decoded> = JSON.parse(readFileSync(new URL("values.json", folder), "utf8"));
const bytesOf = (file: string) => new Uint8Array(readFileSync(new URL(file, folder)));

describe("JPEG as Pillow and tifffile decode it, turned as EXIF says, alone and inside TIFF", () => {
  test.each(Object.keys(values))("%s", async (file) => {
    const { width, height, channels, data } = values[file];
    const image = await readImage(bytesOf(file));
    expect(image).toMatchObject({ width, height, channels });
    // Decoders round differently, and fill in halved colours by another rule.
    const most = file === "colour-420.jpg" || file === "colour-tables.tif" ? 12 : 3;
    const furthest = data.reduce((far, value, i) => Math.max(far, Math.abs(value - image.data[i])), 0);
    expect(furthest).toBeLessThanOrEqual(most);
  });
});

test("that a picture was turned is said", async () => {
  const notices: string[] = [];
  await readImage(bytesOf("orientation-6.jpg"), { onNotice: (line) => notices.push(line) });
  expect(notices).toEqual([expect.stringContaining("it is turned as its EXIF orientation says")]);
});

test.each(["grey.jpg", "grey-strips.tif"])("labels are not read from %s", async (file) => {
  await expect(readLabels(bytesOf(file))).rejects.toThrow(TypeError);
  await expect(readLabels(bytesOf(file))).rejects.toThrow("JPEG, which changes values");
});

test("a JPEG that is cut short, damaged or too large is unreadable, and takes no time", async () => {
  for (const file of Object.keys(values).filter((name) => name.endsWith(".jpg"))) {
    const bytes = bytesOf(file);
    const random = randomAt(1, file, 0);
    for (let i = 0; i < 20; i++) {
      await expect(readImage(bytes.subarray(0, Math.floor(random() * bytes.length)))).rejects.toThrow(
        UnreadableImageError,
      );
      const changed = bytes.slice();
      changed[Math.floor(random() * bytes.length)] ^= 1 << Math.floor(8 * random());
      const read = await readImage(changed, { maxPixels: 2 ** 20 }).catch((error: Error) => error);
      if (read instanceof Error) expect(read).toBeInstanceOf(UnreadableImageError);
      else expect(read.data.length).toBe(read.width * read.height * read.channels);
    }
  }
  const bytes = bytesOf("grey.jpg");
  const frame = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0);
  new DataView(bytes.buffer).setUint32(frame + 5, 0xffffffff);
  await expect(readImage(bytes)).rejects.toThrow("the JPEG is cut short");
  await expect(readImage(bytesOf("colour.jpg"), { maxPixels: 400 })).rejects.toThrow("27 × 18");
});

test.each([
  ["GIF89a", "a GIF"],
  ["BM6...", "a BMP"],
  ["RIFF....WEBP", "a WebP"],
  ["....ftypheic", "a HEIC or HEIF"],
  ["ZISRAWFILE", "a CZI (Zeiss)"],
  ["\xda\xce\xbe\x0a", "an ND2 (Nikon)"],
  ["\x70\0\0\0", "a LIF (Leica)"],
  [`${"\0".repeat(128)}DICM`, "a DICOM"],
  ["\x89HDF\r\n", "an HDF5 (or IMS, NetCDF)"],
  ["%PDF-1.7", "a PDF"],
  ["<!DOCTYPE html><html>", "a web page"],
  ["version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS, not the file itself"],
])("what %j begins is named", async (text, name) => {
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  await expect(readImage(bytes)).rejects.toThrow(
    `it is ${name}, which can't be read; save it as PNG or TIFF`,
  );
});
