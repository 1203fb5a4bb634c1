import { describe, expect, test } from "vitest";
import { applyEdit, type Edit } from "../src/labels/edits.js";
import { LabelLayer } from "../src/labels/label-layer.js";
import { brushRegion, polygonRegion } from "../src/labels/region.js";
import { renderLabels } from "../src/labels/render-labels.js";
import { decodeRuns, encodeRuns } from "../src/labels/runs.js";

/** Labels of rows of digits; `.` is background, `?` unknown. */
function layerOf(...rows: string[]): LabelLayer {
  const values = [...rows.join("")].map((c) => (c === "." ? 0 : c === "?" ? -1 : Number(c)));
  return new LabelLayer({ width: rows[0].length, height: rows.length, data: Int32Array.from(values) });
}

function rowsOf({ labels: { width, height, data } }: LabelLayer): string[] {
  return Array.from({ length: height }, (_, y) =>
    [...data.subarray(y * width, (y + 1) * width)]
      .map((label) => (label < 0 ? "?" : label === 0 ? "." : String(label)))
      .join(""),
  );
}

function edited(layer: LabelLayer, edit: Edit): string[] {
  applyEdit(layer, edit);
  return rowsOf(layer);
}

const at = (x: number, y: number) => ({ x: x + 0.5, y: y + 0.5 });

describe("runs", () => {
  test("hold the labels and say what is damaged", () => {
    const labels = Int32Array.of(0, 0, 7, 7, 7, -1, 0);
    expect([...encodeRuns(labels)]).toEqual([2, 0, 3, 7, 1, -1, 1, 0]);
    expect([...decodeRuns(encodeRuns(labels), 7)]).toEqual([...labels]);
    expect(encodeRuns(new Int32Array(0)).length).toBe(0);
    expect(() => decodeRuns(Int32Array.of(2, 0), 3)).toThrow("not those of 3 pixels");
    expect(() => decodeRuns(Int32Array.of(5, 0), 3)).toThrow("damaged");
    expect(() => decodeRuns(Int32Array.of(-1, 0, 4, 0), 3)).toThrow("damaged");
  });
});

describe("regions", () => {
  test("of a brush: the pixels whose centre is near enough", () => {
    const region = brushRegion([{ x: 2.5, y: 2.5 }], 1, { width: 9, height: 9 });
    expect(region?.mask.reduce((sum, value) => sum + value, 0)).toBe(5);
    const line = brushRegion([at(1, 4), at(6, 4)], 0.5, { width: 9, height: 9 });
    expect(line?.mask.reduce((sum, value) => sum + value, 0)).toBe(6);
    expect(brushRegion([at(50, 50)], 3, { width: 9, height: 9 })).toBeUndefined();
  });

  test("of a polygon: the pixels whose centre is inside", () => {
    const square = [
      { x: 1, y: 1 },
      { x: 4, y: 1 },
      { x: 4, y: 3 },
      { x: 1, y: 3 },
    ];
    const region = polygonRegion(square, { width: 6, height: 6 });
    expect(region?.mask.reduce((sum, value) => sum + value, 0)).toBe(6);
    expect(polygonRegion(square.slice(0, 2), { width: 6, height: 6 })).toBeUndefined();
  });
});

describe("edits", () => {
  test("a brush draws beside other objects, and over them only when told", () => {
    const stroke = { type: "brush" as const, points: [at(0, 1), at(5, 1)], radius: 0.5, label: 4 };
    expect(edited(layerOf("......", "..22..", "......"), stroke)).toEqual(["......", "442244", "......"]);
    expect(edited(layerOf("......", "..22..", "......"), { ...stroke, over: true })).toEqual([
      "......",
      "444444",
      "......",
    ]);
    expect(edited(layerOf("..33..", "..22..", "......"), { ...stroke, label: 0, only: [2] })).toEqual([
      "..33..",
      "......",
      "......",
    ]);
    expect(edited(layerOf("......", "..22..", "......"), { ...stroke, label: -1 })[1]).toBe("??????");
  });

  test("a lasso gives an object a number of its own", () => {
    const layer = layerOf(".....", ".....", ".....");
    const points = [
      { x: 0, y: 0 },
      { x: 3, y: 0 },
      { x: 3, y: 2 },
      { x: 0, y: 2 },
    ];
    const { objects } = applyEdit(layer, { type: "polygon", points, label: layer.nextLabel() });
    expect(objects).toEqual([1]);
    expect(layer.nextLabel()).toBe(2);
    expect(rowsOf(layer)).toEqual(["111..", "111..", "....."]);
  });

  test("filling stops at other labels, and is refused where the area is open", () => {
    const ring = layerOf(".....", ".111.", ".1.1.", ".111.", ".....");
    expect(edited(ring, { type: "fill", at: at(2, 2), label: 1 })[2]).toBe(".111.");
    expect(() => applyEdit(ring, { type: "fill", at: at(0, 0), label: 5 })).toThrow(
      "open to the image's border",
    );
  });

  test("splitting loses no pixel: the larger part keeps its number", () => {
    const layer = layerOf(".......", ".22222.", ".22222.", ".......");
    const { objects } = applyEdit(layer, { type: "split", points: [at(2, 0), at(2, 3)] });
    expect(objects).toEqual([2, 3]);
    const [, upper, lower] = rowsOf(layer);
    expect(upper).toBe(lower);
    expect(upper).toMatch(/^\.3+2+\.$/);
    expect(() => applyEdit(layer, { type: "split", points: [at(5, 1), at(5, 1)] })).toThrow("from one side");
    expect(() => applyEdit(layer, { type: "split", points: [at(0, 0), at(1, 0)] })).toThrow(
      "across the object",
    );
  });

  test("merging, deleting, holes, unknown background", () => {
    expect(edited(layerOf("1.2", "1.2", "333"), { type: "merge", objects: [3, 1] })).toEqual([
      "1.2",
      "1.2",
      "111",
    ]);
    expect(() => applyEdit(layerOf("1"), { type: "merge", objects: [1] })).toThrow("two or more");
    expect(edited(layerOf("1.2", "1.2"), { type: "remove", objects: [1, 9] })).toEqual(["..2", "..2"]);
    expect(edited(layerOf("11111", "1.1.1", "11111", "1...."), { type: "fill-holes", objects: [1] })).toEqual(
      ["11111", "11111", "11111", "1...."],
    );
    const layer = layerOf("1..", "...");
    expect(edited(layer, { type: "background", becomes: "unknown" })).toEqual(["1??", "???"]);
    expect(edited(layer, { type: "background", becomes: "known" })).toEqual(["1..", "..."]);
  });

  test("every step can be taken back and done again, and the oldest are forgotten", () => {
    const layer = layerOf("....", "....");
    applyEdit(layer, { type: "brush", points: [at(0, 0)], radius: 0.5, label: 1 });
    applyEdit(layer, { type: "brush", points: [at(3, 1)], radius: 0.5, label: 2 });
    applyEdit(layer, { type: "merge", objects: [1, 2] });
    expect(rowsOf(layer)).toEqual(["1...", "...1"]);
    expect(layer.history).toMatchObject({ undo: 3, redo: 0 });
    expect(layer.undo()).toEqual({ x: 3, y: 1, width: 1, height: 1 });
    layer.undo();
    expect(rowsOf(layer)).toEqual(["1...", "...."]);
    layer.redo();
    expect(rowsOf(layer)).toEqual(["1...", "...2"]);
    applyEdit(layer, { type: "remove", objects: [1] });
    expect(layer.history).toMatchObject({ undo: 3, redo: 0 });
    expect(layer.redo()).toBeUndefined();
    for (let i = 0; i < 3; i++) layer.undo();
    expect(layer.undo()).toBeUndefined();
    expect(rowsOf(layer)).toEqual(["....", "...."]);

    const small = new LabelLayer({ width: 64, height: 1, data: new Int32Array(64) }, 100);
    for (let x = 0; x < 20; x++) {
      applyEdit(small, { type: "brush", points: [at(x, 0)], radius: 0.5, label: x + 1, over: true });
    }
    expect(small.history.bytes).toBeLessThanOrEqual(100);
    expect(small.history.undo).toBeLessThan(20);
    expect(small.nextLabel()).toBe(21);
  });

  test("what a slider does is one step", () => {
    const layer = layerOf("....");
    for (const label of [1, 2, 3]) {
      applyEdit(layer, { type: "replace", labels: new Int32Array(4).fill(label), series: "scores" });
    }
    expect(layer.history.undo).toBe(1);
    layer.undo();
    expect(rowsOf(layer)).toEqual(["...."]);
  });
});

test("labels are drawn with an opaque outline and a clear background", () => {
  const layer = layerOf(".....", ".111.", ".111.", ".111.", ".....");
  const part = { level: 0, x: 0, y: 0, width: 5, height: 5 };
  const out = renderLabels(layer.labels, part, { fill: 0.5, selected: [] });
  const alpha = (x: number, y: number) => out[4 * (5 * y + x) + 3];
  expect([alpha(0, 0), alpha(1, 1), alpha(2, 2), alpha(4, 4)]).toEqual([0, 255, 128, 0]);
  const chosen = renderLabels(layer.labels, part, { fill: 0.5, selected: [1] });
  expect([...chosen.subarray(4 * 6, 4 * 7)]).toEqual([255, 255, 255, 255]);
  const coarse = renderLabels(
    layer.labels,
    { level: 1, x: 0, y: 0, width: 3, height: 3 },
    { fill: 0.5, selected: [] },
  );
  expect(coarse[4 * 4 + 3]).toBe(255);
});
