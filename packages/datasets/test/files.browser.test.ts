import { encodePng } from "@unet/image";
import { describe, expect, it } from "vitest";
import { directoryFolder, filesFolder, readFolder, urlFolder } from "../src/index.js";
import { EXPECTED, fingerprints } from "./same-bits.js";

const picture = (values: number[]) =>
  encodePng({ width: values.length, height: 1, channels: 1, data: Uint8Array.from(values) });

/** A file as `<input webkitdirectory>` gives it. */
function chosen(bytes: Uint8Array, path: string): File {
  const file = new File([bytes as BlobPart], path.slice(path.lastIndexOf("/") + 1));
  Object.defineProperty(file, "webkitRelativePath", { value: path });
  return file;
}

describe("folders in the browser", () => {
  it("reads chosen files", async () => {
    const files = [
      chosen(await picture([1, 2]), "mine/images/a.png"),
      chosen(await picture([0, 255]), "mine/masks/a.png"),
    ];
    const sample = await (await readFolder(filesFolder(files))).get(0);
    expect(sample.name).toBe("images/a.png");
    expect([...sample.image.data]).toEqual([1, 2]);
    expect([...sample.labels.data]).toEqual([0, 1]);
  });

  it("reads a directory handle", async () => {
    const root = await navigator.storage.getDirectory();
    const mine = await root.getDirectoryHandle("mine", { create: true });
    for (const [folder, values] of [
      ["images", [7, 8, 9]],
      ["masks", [0, 1, 1]],
    ] as const) {
      const handle = await mine.getDirectoryHandle(folder, { create: true });
      const writable = await (await handle.getFileHandle("a.png", { create: true })).createWritable();
      await writable.write((await picture([...values])) as BlobPart as Blob);
      await writable.close();
    }
    const dataset = await readFolder(directoryFolder(mine));
    expect(dataset.names).toEqual(["images/a.png"]);
    expect([...(await dataset.get(0)).labels.data]).toEqual([0, 1, 1]);
    await root.removeEntry("mine", { recursive: true });
  });

  it("reads addresses, of which the caller says the list", async () => {
    const dataset = await readFolder(urlFolder("fixtures/cells", ["images/a b.png", "masks/a b.png"]));
    const asked: string[] = [];
    const real = globalThis.fetch;
    globalThis.fetch = async (address) => {
      asked.push(String(address));
      return new Response((await picture([0, 1, 1])) as BlobPart as Blob);
    };
    try {
      expect([...(await dataset.get(0)).labels.data]).toEqual([0, 1, 1]);
    } finally {
      globalThis.fetch = real;
    }
    const base = new URL("fixtures/cells/", location.href).href;
    expect(asked).toEqual([`${base}images/a%20b.png`, `${base}masks/a%20b.png`]);
  });

  it("says that a path is for Node", async () => {
    await expect(readFolder("some/folder")).rejects.toThrow("filesFolder");
  });

  it("makes the same synthetic images as Node", async () => {
    expect(await fingerprints()).toEqual(EXPECTED);
  });
});
