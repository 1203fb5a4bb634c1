import { readFileSync } from "node:fs";
import type { Image, LabelImage } from "@unet/image";
import {
  type InstanceMeasures,
  instanceMeasurer,
  instancesToCsv,
  measureInstances,
  summariesToCsv,
  summariseInstances,
} from "@unet/inference/instances";
import { describe, expect, test } from "vitest";

/** What scikit-image tells of the objects of an image, column by column. */
const reference = JSON.parse(readFileSync(new URL("reference/regionprops.json", import.meta.url), "utf8"));
const { width, height } = reference;
const labels: LabelImage = { width, height, data: Int32Array.from(reference.labels) };
const image: Image = { width, height, channels: 2, data: Uint16Array.from(reference.image) };

/** Where our columns differ in name from scikit-image's. */
const ours: Record<string, string> = {
  "centroid-0": "centroid_y",
  "centroid-1": "centroid_x",
  "bbox-0": "y",
  "bbox-1": "x",
};
const tableOf = (rows: InstanceMeasures[]) => {
  const [head, ...lines] = instancesToCsv(rows).trim().split("\r\n");
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [names[i], Number(cell)])));
};

describe(`measures are those of ${reference.by}`, () => {
  test("in px, with the grey values of each channel, in the columns of its names", () => {
    const table = tableOf(measureInstances(labels, undefined, { image }));
    const { "bbox-2": bottom, "bbox-3": right, ...columns } = reference.pixels;
    expect(table).toHaveLength(22);
    for (const [name, values] of Object.entries<number[]>(columns)) {
      for (const [i, row] of table.entries()) {
        expect(row[ours[name] ?? name], `${name} of ${row.label}`).toBeCloseTo(values[i], 6);
      }
    }
    expect(table.map(({ y, height }) => y + height)).toEqual(bottom);
    expect(table.map(({ x, width }) => x + width)).toEqual(right);
  });

  test.each([
    ["square", { x: 250, y: 250, unit: "nm" }, reference.micrometres],
    ["oblong", { x: 0.5, y: 0.25, unit: "µm" }, reference.oblong],
  ])("in µm where pixels are %s", (_, pixelSize, columns: Record<string, number[]>) => {
    const table = tableOf(measureInstances(labels, undefined, { pixelSize }));
    for (const [name, values] of Object.entries(columns)) {
      const column = `${ours[name] ?? name}_${name === "area" ? "um2" : "um"}`;
      for (const [i, row] of table.entries()) {
        expect(row[column], `${column} of ${row.label}`).toBeCloseTo(values[i], 6);
      }
    }
    expect("perimeter_um" in table[0]).toBe(pixelSize.x === pixelSize.y);
  });

  test("part by part to the bit, whatever the parts", () => {
    const whole = measureInstances(labels, undefined, { image });
    for (const rows of [1, 2, 3, 50]) {
      const measurer = instanceMeasurer();
      for (let y = 0; y < height; y += rows) {
        const size = { width, height: Math.min(rows, height - y) };
        const part = { ...size, data: labels.data.subarray(y * width, (y + size.height) * width) };
        const grey = image.data.slice(2 * y * width, 2 * (y + size.height) * width);
        measurer.write({ x: 0, y, ...size }, part, undefined, { ...size, channels: 2, data: grey });
        // Asking in between changes nothing.
        if (y === 30) measurer.measures();
      }
      expect(measurer.measures()).toEqual(whole);
    }
  });
});

describe("measures", () => {
  test("of a rectangle by hand", () => {
    const data = Int32Array.from("000000" + "011110" + "011110" + "000000", Number);
    const [measures] = measureInstances({ width: 6, height: 4, data });
    // Variances of 4 and of 2 pixels side by side: 15/12 and 3/12.
    expect(measures).toEqual({
      label: 1,
      area: 8,
      boundingBox: { x: 1, y: 1, width: 4, height: 2 },
      centroid: { x: 2.5, y: 1.5 },
      perimeter: 8,
      equivalentDiameter: Math.sqrt(32 / Math.PI),
      axisMajorLength: 4 * Math.sqrt(1.25),
      axisMinorLength: 2,
      eccentricity: Math.sqrt(0.8),
      orientation: Math.PI / 2,
      solidity: 1,
    });
  });

  test("of an object far from the corner are those at the corner, moved", () => {
    const small = { width, height, data: labels.data };
    const far = instanceMeasurer();
    far.write({ x: 1_000_000, y: 3_000_000, width, height }, small);
    for (const [i, near] of measureInstances(small).entries()) {
      const { boundingBox, centroid, ...rest } = far.measures()[i];
      expect(rest).toEqual({ ...near, boundingBox: undefined, centroid: undefined });
      expect(centroid.x - 1_000_000).toBeCloseTo(near.centroid.x, 8);
      expect(boundingBox.y - 3_000_000).toBe(near.boundingBox.y);
    }
  });

  test("units that are no length give no µm", () => {
    const [measures] = measureInstances(labels, undefined, { pixelSize: { x: 1, y: 1, unit: "furlong" } });
    expect(measures.um).toBeUndefined();
  });

  test("refuse parts that don't follow each other", () => {
    const part = (y: number, wide = 2) => {
      const rect = { x: 0, y, width: wide, height: 1 };
      return [rect, { width: wide, height: 1, data: new Int32Array(wide) }] as const;
    };
    const measurer = instanceMeasurer();
    measurer.write(...part(4));
    expect(() => measurer.write(...part(6))).toThrow(
      "parts must be as wide as the image and follow each other, 2 px from 0 on, row 5; got 2 px from 0 on, row 6",
    );
    expect(() => measurer.write(...part(5, 3))).toThrow("got 3 px from 0 on, row 5");
    measurer.write(...part(5));
  });

  test("refuse an image of another size", () => {
    const small: Image = { width: 1, height: 1, channels: 1, data: new Uint8Array(1) };
    expect(() => measureInstances(labels, undefined, { image: small })).toThrow(
      `labels, scores and image must be of one size, ${width} × ${height}, got 1 × 1`,
    );
  });
});

describe("a summary", () => {
  const objects = [{ area: 30 }, { area: 50 }];

  test("has count, density and areas, in mm² and µm² where a pixel's size is known", () => {
    const size = { width: 100, height: 200 };
    const plain = { count: 2, densityPerMegapixel: 100, meanArea: 40, totalArea: 80, areaFraction: 0.004 };
    expect(summariseInstances(objects, size)).toEqual(plain);
    // 50 µm × 100 µm.
    const pixelSize = { x: 0.5, y: 0.5, unit: "µm" };
    expect(summariseInstances(objects, { ...size, pixelSize })).toEqual({
      ...plain,
      physical: { densityPerMm2: 400, meanAreaUm2: 10, totalAreaUm2: 20 },
    });
  });

  test("is a line of a table; where there is no object, no mean", () => {
    const size = { width: 10, height: 10 };
    const rows = [
      { image: "a.tif", ...summariseInstances(objects, size) },
      { image: "b.tif", ...summariseInstances([], size) },
    ];
    expect(summariesToCsv(rows)).toBe(
      "image,count,density_per_megapixel,mean_area,total_area,area_fraction\r\n" +
        "a.tif,2,20000,40,80,0.8\r\nb.tif,0,0,,0,0\r\n",
    );
  });
});
