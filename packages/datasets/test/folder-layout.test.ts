import { describe, expect, it } from "vitest";
import { findPairs } from "../src/formats/folder-layout.js";

const pairsIn = (list: string[], options = {}) =>
  findPairs("data", list, options).pairs.map(({ image, masks }) => [image, ...masks]);
const leftOut = (list: string[], options = {}) => findPairs("data", list, options).leftOut;

describe("findPairs", () => {
  it("matches images with masks at any depth, of any folder name that is in use, JPEG and capitals too", () => {
    expect(pairsIn(["train/images/x/a.jpg", "train/labels/x/a.tif", "train/images/y/a.png"])).toEqual([
      ["train/images/x/a.jpg", "train/labels/x/a.tif"],
    ]);
    expect(pairsIn(["Images/a.TIF", "Mask/a.PNG", "images/b.jpeg", "annotations/b.tiff"])).toEqual([
      ["Images/a.TIF", "Mask/a.PNG"],
      ["images/b.jpeg", "annotations/b.tiff"],
    ]);
    expect(pairsIn(["images/a.ome.tif", "masks/a.png"])).toEqual([["images/a.ome.tif", "masks/a.png"]]);
    expect(pairsIn(["raw/a.png", "images/a.png", "gt/a.png"], { images: "raw", masks: "gt" })).toEqual([
      ["raw/a.png", "gt/a.png"],
    ]);
  });

  it("matches names whose accents are composed otherwise", () => {
    expect(pairsIn(["images/zelle-\u00e4.png", "masks/zelle-a\u0308.png"])).toHaveLength(1);
  });

  it("takes a suffix off, and tells masks by it in one folder", () => {
    const files = ["images/a.png", "masks/a_mask.png", "masks/a.png"];
    expect(pairsIn(files, { maskSuffix: "_mask" })).toEqual([["images/a.png", "masks/a_mask.png"]]);
    expect(leftOut(files, { maskSuffix: "_mask" })).toBe(
      "data: left out 1 mask without an image (masks/a.png)",
    );
    expect(pairsIn(["b/a.tif", "b/a_masks.tif", "c.png", "c_masks.png"], { maskSuffix: "_masks" })).toEqual([
      ["b/a.tif", "b/a_masks.tif"],
      ["c.png", "c_masks.png"],
    ]);
  });

  it("says in one line what is left out, with counts", () => {
    const files = [
      ...["images/a.png", "masks/a.png", "images/b.png", "images/c.png", "masks/d.png", "overview.png"],
      ...["images/e.gif", "notes.txt", ".DS_Store", "images/._a.png"],
    ];
    expect(leftOut(files)).toBe(
      "data: left out 2 images without a mask (images/b.png, …), 1 mask without an image (masks/d.png), 1 picture in other folders (overview.png), 2 files of another kind (images/e.gif, …), 2 hidden files (.DS_Store, …)",
    );
    expect(leftOut(["images/a.png", "masks/a.png"])).toBeUndefined();
  });

  it("takes one mask an object where the folder is named like its only image", () => {
    expect(pairsIn(["n1/images/n1.png", "n1/masks/p.png", "n1/masks/q.png"])).toEqual([
      ["n1/images/n1.png", "n1/masks/p.png", "n1/masks/q.png"],
    ]);
    expect(pairsIn(["images/data.png", "masks/p.png"])).toEqual([["images/data.png", "masks/p.png"]]);
    for (const files of [
      ["images/cell.png", "masks/cell_mask.png"],
      ["cell/images/cell.png", "cell/masks/cell_mask.png"],
    ]) {
      expect(() => pairsIn(files)).toThrow(
        /cell\.png has no mask: expected .*masks\/cell\.png .*cell_mask\.png is the mask of .*cell\.png if you give the option maskSuffix "_mask"$/,
      );
    }
    expect(() => pairsIn(["images/1.png", "masks/1.gif"])).toThrow("masks/1.gif is of another kind");
    expect(() => pairsIn(["images/1.png", "masks/10.png"])).toThrow(/\(or \.tif\)$/);
    expect(() => pairsIn(["a.png", "a_masks.tif"])).toThrow(
      '; it has 2 in other folders, such as a_masks.tif; a_masks.tif is the mask of a.png if you give the option maskSuffix "_masks"',
    );
    expect(() => pairsIn(["images/cell.png", "masks/p.png", "masks/q.png"])).toThrow(
      "data/images/cell.png has no mask: expected masks/cell.png or labels/cell.png (or .tif)",
    );
  });

  it("refuses to choose between files", () => {
    expect(() => pairsIn(["images/a.png", "masks/a.png", "masks/a.tif"])).toThrow(
      "data: masks/a.png and masks/a.tif could each be the mask of images/a.png; leave one of them",
    );
    expect(() => pairsIn(["images/a.png", "masks/a.png", "labels/a.png"])).toThrow(
      "leave one of them, or say which folder has the masks by the option masks",
    );
    expect(() => pairsIn(["images/a.png", "images/a.tif", "masks/a.png"])).toThrow(
      "data: images/a.png and images/a.tif have the same name; leave one of them",
    );
  });
});
