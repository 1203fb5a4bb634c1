import { IGNORE, type LabelImage } from "@unet/image";
import {
  balancedClassWeights,
  cellsAndClasses,
  cellsOf,
  classMap,
  countClasses,
} from "@unet/loss/weight-map";
import { describe, expect, test } from "vitest";

const labelImage = (...rows: number[][]): LabelImage => ({
  width: rows[0].length,
  height: rows.length,
  data: Int32Array.from(rows.flat()),
});

describe("classMap", () => {
  const instances = labelImage([0, 3, 3, IGNORE, 7]);

  test("instances are class 1, background 0, ignored pixels ignored", () => {
    expect(classMap(instances, "instances")).toEqual(labelImage([0, 1, 1, IGNORE, 1]));
  });

  test("classOf gives some instances another class", () => {
    expect(classMap(instances, "instances", { 7: 2 })).toEqual(labelImage([0, 1, 1, IGNORE, 2]));
    expect(classMap(instances, "instances", { 3: IGNORE })).toEqual(labelImage([0, -1, -1, -1, 1]));
  });

  test("a class map is taken as it is", () => {
    expect(classMap(instances, "classes")).toBe(instances);
  });

  test("refuses what is no class or no kind", () => {
    expect(() => classMap(instances, "instances", { 7: 1.5 })).toThrow(
      "classMap: classOf gives instance 7 the class 1.5, but a class is 0, 1, 2, … or −1 to ignore it",
    );
    expect(() => classMap(instances, "cells" as "classes")).toThrow(
      'classMap: kind must be "classes" or "instances", got "cells"',
    );
  });
});

test("cellsOf: the 4-connected components of each class above 0, in raster order", () => {
  const classes = labelImage([1, 1, 2, 0], [0, 0, 1, IGNORE], [2, 0, 1, 1]);
  expect(cellsOf(classes)).toEqual(labelImage([1, 1, 2, 0], [0, 0, 3, IGNORE], [4, 0, 3, 3]));
});

describe("cellsAndClasses", () => {
  test("the components of a class map, and the map itself", () => {
    const classes = labelImage([0, 1, 0, 1, 2]);
    expect(cellsAndClasses(classes, "classes")).toEqual({ cells: labelImage([0, 1, 0, 2, 3]), classes });
  });

  test("touching instances are separated, and given their classes", () => {
    const { cells, classes } = cellsAndClasses(labelImage([7, 7, 7, 9, 9, 0]), "instances", {
      classOf: { 9: 2 },
    });
    expect(cells).toEqual(labelImage([7, 7, 0, 9, 9, 0]));
    expect(classes).toEqual(labelImage([1, 1, 0, 2, 2, 0]));
  });

  test("with rims instances stay as they are", () => {
    const instances = labelImage([7, 7, 7, 7, 9, 9]);
    const { cells, classes } = cellsAndClasses(instances, "instances", { rims: [1] });
    expect(cells).toBe(instances);
    expect(classes).toEqual(labelImage([1, 1, 1, 2, 2, 1]));
    expect(() => cellsAndClasses(instances, "classes", { rims: [1] })).toThrow(
      "cellsAndClasses: rims need instances, but the labels are classes",
    );
  });
});

describe("balancedClassWeights", () => {
  const first = labelImage([0, 0, 0, 1]);
  const second = labelImage([0, IGNORE, IGNORE, 1]);

  test("is N / (C · n) over all class maps together, without ignored pixels", () => {
    expect(balancedClassWeights([first, second], 2)).toEqual([6 / (2 * 4), 6 / (2 * 2)]);
  });

  test("takes summed counts too, and only classes that occur share the weight", () => {
    expect(countClasses(first, 4)).toEqual([3, 1, 0, 0]);
    expect(balancedClassWeights([4, 2, 0])).toEqual([6 / (2 * 4), 6 / (2 * 2), 0]);
    expect(balancedClassWeights([0, 0])).toEqual([0, 0]);
  });

  test("names the label that is no class", () => {
    expect(() => balancedClassWeights([labelImage([0, 0], [0, 255])], 2)).toThrow(
      "countClasses: the label at x 1, y 1 is 255, but 2 classes are 0 … 1 (−1: ignore)",
    );
    expect(() => countClasses(labelImage([-2]), 2)).toThrow("the label at x 0, y 0 is -2");
    expect(() => balancedClassWeights([1, -1])).toThrow(
      "balancedClassWeights: counts must not be negative, got -1",
    );
  });
});
