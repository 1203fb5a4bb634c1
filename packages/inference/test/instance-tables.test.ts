import type { Image, LabelImage } from "@unet/image";
import {
  csvTable,
  type InstanceFeature,
  instanceMeasurer,
  instanceOutliner,
  instancesToCsv,
  labelInstances,
  measureInstances,
  outlineInstances,
  type Ring,
} from "@unet/inference/instances";
import { describe, expect, test } from "vitest";
import { randomScores } from "./random-scores.js";

const labelsOf = (...rows: string[]): LabelImage => ({
  width: rows[0].length,
  height: rows.length,
  data: Int32Array.from(rows.join(""), Number),
});

const pieces = (labels: LabelImage, scores: Image, rows: number) =>
  Array.from({ length: Math.ceil(labels.height / rows) }, (_, k) => {
    const [y, bottom] = [k * rows, Math.min((k + 1) * rows, labels.height)];
    const { width } = labels;
    const size = { width, height: bottom - y };
    return [
      { x: 0, y, ...size },
      { ...size, data: labels.data.subarray(y * width, bottom * width) },
      { ...size, channels: 1, data: scores.data.subarray(y * width, bottom * width) },
    ] as const;
  });

/** Labels of ragged objects, and the scores they come from. */
const random = (seed: number, connectivity: 4 | 8) => {
  const scores = randomScores(seed, 20 + (seed % 13), 20 + (seed % 7), seed % 3);
  return { scores, labels: labelInstances(scores, { channel: 0, connectivity }) };
};
const cases = Array.from({ length: 30 }, (_, seed) => random(seed, seed % 2 ? 8 : 4));

describe("measures", () => {
  test("of one object by hand", () => {
    const labels = labelsOf("0000", "0330", "0030", "5000");
    const scores = {
      width: 4,
      height: 4,
      channels: 1,
      data: Float32Array.from(labels.data, (_, i) => i / 16),
    };
    expect(measureInstances(labels, scores)).toEqual([
      {
        label: 3,
        area: 3,
        boundingBox: { x: 1, y: 1, width: 2, height: 2 },
        centroid: { x: 5 / 3, y: 4 / 3 },
        perimeter: 2 + Math.SQRT2,
        equivalentDiameter: expect.closeTo(Math.sqrt(12 / Math.PI), 12),
        axisMajorLength: expect.closeTo(4 / Math.sqrt(3), 12),
        axisMinorLength: expect.closeTo(4 / 3, 12),
        eccentricity: expect.closeTo(Math.sqrt(2 / 3), 12),
        orientation: Math.PI / 4,
        solidity: 1,
        meanScore: (5 + 6 + 10) / 16 / 3,
      },
      {
        label: 5,
        area: 1,
        boundingBox: { x: 0, y: 3, width: 1, height: 1 },
        centroid: { x: 0, y: 3 },
        perimeter: 0,
        equivalentDiameter: expect.closeTo(Math.sqrt(4 / Math.PI), 12),
        axisMajorLength: 0,
        axisMinorLength: 0,
        eccentricity: 0,
        orientation: -Math.PI / 4,
        solidity: 1,
        meanScore: 0.75,
      },
    ]);
  });

  test("part by part are those of the whole", () => {
    for (const { labels, scores } of cases) {
      for (const rows of [1, 6]) {
        const measurer = instanceMeasurer();
        for (const piece of pieces(labels, scores, rows)) measurer.write(...piece);
        expect(measurer.measures()).toEqual(measureInstances(labels, scores));
      }
    }
  });

  test("refuse scores of another size or without that channel", () => {
    const labels = labelsOf("01", "10");
    const scores = { width: 2, height: 1, channels: 1, data: new Float32Array(2) };
    expect(() => measureInstances(labels, scores)).toThrow("must be of one size, 2 × 2, got 2 × 1");
    const right = { ...scores, height: 2, data: new Float32Array(4) };
    expect(() => measureInstances(labels, right, { channel: 1 })).toThrow("channel must be 0 to 0, got 1");
  });
});

describe("CSV", () => {
  const [measures] = measureInstances(labelsOf("0110", "0100"));

  test("has a column for each measure that there is", () => {
    const head =
      "label,area,x,y,width,height,centroid_x,centroid_y,perimeter,equivalent_diameter_area," +
      "axis_major_length,axis_minor_length,eccentricity,orientation,solidity";
    const [names, line] = instancesToCsv([measures]).split("\r\n");
    expect(names).toBe(head);
    expect(line).toMatch(/^1,3,1,0,2,2,1.3333333333333333,0.3333333333333333,3.414/);
    expect(instancesToCsv([])).toBe(`${head}\r\n`);
    const grey = { mean: 1, min: 0, max: 2, sum: 3 };
    const um = { ...measures, area: 0.75 };
    const all = instancesToCsv([{ ...measures, meanScore: 0.25, um, intensity: [grey] }]).split("\r\n");
    expect(all[0]).toBe(
      `${head.replace("centroid_y", "centroid_y,mean_score")},area_um2,centroid_x_um,centroid_y_um,perimeter_um,` +
        "equivalent_diameter_area_um,axis_major_length_um,axis_minor_length_um," +
        "intensity_mean,intensity_min,intensity_max,intensity_sum",
    );
    expect(all[1]).toMatch(/^1,3,1,0,2,2,1.3\d*,0.3\d*,0.25,.*,0.75,.*,1,0,2,3$/);
  });

  test("names image and page first, quoted where it must be", () => {
    const lines = instancesToCsv([
      { ...measures, image: 'a "b", c.tif', page: 0 },
      { ...measures, image: "d" },
    ]).split("\r\n");
    expect(lines[0]).toMatch(/^image,page,label,/);
    expect(lines[1]).toMatch(/^"a ""b"", c\.tif",0,1,/);
    expect(lines[2]).toMatch(/^d,,1,/);
  });

  test("keeps a spreadsheet from taking a name for a formula, and numbers as they are", () => {
    const names = ["=1+1", "+a", "-b", "@c", "\td", "\re", "f=g", " =h", "'i", "=j,k"];
    const table = csvTable(
      ["name", "change"],
      [...names.map((name, i) => [name, -i / 4]), [undefined, Number.NaN]],
    );
    expect(table).toBe(
      "name,change\r\n'=1+1,0\r\n'+a,-0.25\r\n'-b,-0.5\r\n'@c,-0.75\r\n'\td,-1\r\n\"'\re\",-1.25\r\n" +
        "f=g,-1.5\r\n =h,-1.75\r\n'i,-2\r\n\"'=j,k\",-2.25\r\n,\r\n",
    );
  });

  test("is read back by a reader of RFC 4180, line breaks and quotes in cells too", () => {
    const cells = ['a "quoted", b', "two\nlines", "two\r\nlines", '"', ",", "", "plain"];
    const text = csvTable(
      ["name"],
      cells.map((cell) => [cell]),
    );
    const read = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))\r\n/g)];
    expect(read.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain)).toEqual([
      "name",
      ...cells,
    ]);
  });
});

/** Σ(xᵢyᵢ₊₁ − xᵢ₊₁yᵢ)/2. */
const area = (ring: Ring) =>
  ring.slice(1).reduce((sum, [x, y], i) => sum + (ring[i][0] * y - x * ring[i][1]) / 2, 0);

const polygonsIn = ({ geometry }: InstanceFeature) =>
  geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;

/** Whether a pixel's centre lies in the polygon, by crossings of a ray with all its rings. */
const holds = (polygon: Ring[], x: number, y: number) =>
  polygon.flatMap((ring) =>
    ring
      .slice(1)
      .filter(
        ([toX, toY], i) =>
          toX === ring[i][0] &&
          toX < x + 0.5 &&
          Math.min(toY, ring[i][1]) < y + 0.5 &&
          y + 0.5 < Math.max(toY, ring[i][1]),
      ),
  ).length %
    2 ===
  1;

describe("outlines", () => {
  test("of a square with a hole, by hand", () => {
    const labels = labelsOf("00000", "01110", "01010", "01110");
    expect(outlineInstances(labels)).toEqual({
      type: "FeatureCollection",
      features: [
        {
          type: "Feature",
          id: 1,
          geometry: {
            type: "Polygon",
            coordinates: [
              [
                [1, 1],
                [4, 1],
                [4, 4],
                [1, 4],
                [1, 1],
              ],
              [
                [2, 2],
                [2, 3],
                [3, 3],
                [3, 2],
                [2, 2],
              ],
            ],
          },
          properties: { id: 1, area: 8 },
        },
      ],
    });
  });

  test("pixels that meet at a corner are polygons of their own, a gap closed by a corner is a hole", () => {
    const [diagonal] = outlineInstances(labelsOf("70", "07")).features;
    expect(diagonal.geometry).toEqual({
      type: "MultiPolygon",
      coordinates: [
        [
          [
            [0, 0],
            [1, 0],
            [1, 1],
            [0, 1],
            [0, 0],
          ],
        ],
        [
          [
            [1, 1],
            [2, 1],
            [2, 2],
            [1, 2],
            [1, 1],
          ],
        ],
      ],
    });
    const [ring] = outlineInstances(labelsOf("111", "101", "110")).features;
    expect(ring.geometry.type).toBe("Polygon");
    expect(polygonsIn(ring)[0].map(area)).toEqual([8, -1]);
  });

  test("an island in a hole keeps its own hole", () => {
    // The island hangs on a corner of the hole, so that all is one object of 8-connected pixels.
    const labels = labelsOf("1111111", "1000001", "1000001", "1001111", "1001011", "1001111", "1111111");
    const inner = labelsOf("111111", "100001", "101101", "101011", "101111", "111111");
    for (const image of [labels, inner]) {
      const { features } = outlineInstances(image);
      expect(features).toHaveLength(1);
      const polygons = polygonsIn(features[0]);
      for (let i = 0; i < image.data.length; i++) {
        const [x, y] = [i % image.width, Math.floor(i / image.width)];
        expect(polygons.filter((polygon) => holds(polygon, x, y))).toHaveLength(image.data[i]);
      }
    }
  });

  test("hold the object's pixels and no others; rings are simple and turn as RFC 7946 says", () => {
    for (const { labels, scores } of cases) {
      const { features } = outlineInstances(labels, scores);
      const measures = measureInstances(labels, scores);
      expect(features.map(({ properties }) => properties)).toEqual(
        measures.map(({ label, area, meanScore }) => ({ id: label, area, score: meanScore })),
      );
      const drawn = new Int32Array(labels.data.length);
      for (const feature of features) {
        for (const [outer, ...holes] of polygonsIn(feature)) {
          expect(area(outer)).toBeGreaterThan(0);
          for (const hole of holes) expect(area(hole)).toBeLessThan(0);
          for (const ring of [outer, ...holes]) {
            expect(ring.at(-1)).toEqual(ring[0]);
            expect(new Set(ring.map(String)).size).toBe(ring.length - 1);
            // Each corner turns.
            for (let i = 2; i < ring.length; i++)
              expect(ring[i][0] === ring[i - 1][0]).toBe(ring[i - 2][0] !== ring[i - 1][0]);
          }
          for (let i = 0; i < drawn.length; i++) {
            if (holds([outer, ...holes], i % labels.width, Math.floor(i / labels.width)))
              drawn[i] += feature.id;
          }
        }
      }
      expect(drawn).toEqual(labels.data);
    }
  });

  test("part by part are those of the whole", () => {
    for (const { labels, scores } of cases) {
      const features: InstanceFeature[] = [];
      const outliner = instanceOutliner(labels, (feature) => features.push(feature));
      for (const piece of pieces(labels, scores, 5)) outliner.write(...piece);
      outliner.end();
      features.sort((a, b) => a.id - b.id);
      expect(features).toEqual(outlineInstances(labels, scores).features);
    }
  });

  test("labels that are not connected make one feature", () => {
    const { features } = outlineInstances(labelsOf("1", "0", "1"));
    expect(features).toHaveLength(1);
    expect(features[0]).toMatchObject({ geometry: { type: "MultiPolygon" }, properties: { area: 2 } });
  });
});
