import { existsSync } from "node:fs";
import { join } from "node:path";
import { connectedComponents, type LabelImage, randomAt, type Sample } from "@unet/image";
import { describe, expect, it } from "vitest";
import {
  checkLabels,
  type Dataset,
  DatasetError,
  openDataset,
  subset,
  syntheticCells,
  syntheticMembranes,
} from "../src/index.js";

const data = process.env.UNET_DATA ?? join(import.meta.dirname, "../../../../shared/data");
const cells = syntheticCells({ count: 3, width: 128, height: 96 });
const membranes = syntheticMembranes({ count: 2, width: 128, height: 96 });

async function changed(change: (sample: Sample) => Partial<Sample>): Promise<Sample> {
  const sample = await membranes.get(0);
  return { ...sample, ...change(sample) };
}

async function problems(sample: Sample, classes?: number): Promise<string[]> {
  const findings = await checkLabels([sample], { classes });
  return findings.filter(({ severity }) => severity !== "info").map(({ problem }) => problem);
}

describe("checkLabels", () => {
  it("finds nothing wrong with good data and says how often each class comes", async () => {
    const findings = await checkLabels(membranes, { classes: 2 });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ severity: "info", sample: "" });
    expect(findings[0].problem).toMatch(/^class 0 \d\d\.\d %, class 1 \d\d\.\d %$/);
    const instances = await checkLabels(cells);
    expect(instances).toHaveLength(1);
    expect(instances[0].problem).toMatch(/^\d+ objects; background \d\d\.\d %, objects \d\d\.\d %$/);
  });

  it("names the pixel of a label out of range", async () => {
    const seven = await changed(({ labels }) => ({ labels: { ...labels, data: labels.data.with(130, 7) } }));
    expect(await problems(seven, 2)).toEqual(["the labels hold 7 at x = 2, y = 1, but 2 classes are 0 … 1"]);
    const negative = await changed(({ labels }) => ({
      labels: { ...labels, data: labels.data.with(0, -5) },
    }));
    expect(await problems(negative)).toEqual(["the labels hold -5 at x = 0, y = 0"]);
  });

  it.each([
    [0, ["the mask is empty"]],
    [1, ["every pixel is of class 1", "no pixel is of class 0"]],
    [-1, ["every pixel is ignored", "every pixel of all images is ignored", "no pixel is of class 0"]],
  ])("notices a mask of only %i", async (label, expected) => {
    const flat = await changed(({ labels }) => ({
      labels: { ...labels, data: new Int32Array(labels.data.length).fill(label) },
    }));
    expect(await problems(flat)).toEqual(expected);
  });

  it("notices sizes that differ, numbers that are none and images of one grey", async () => {
    const small = { width: 2, height: 2, data: new Int32Array(4) };
    expect(await problems(await changed(() => ({ labels: small })))).toEqual([
      "the image is 128 × 96 px, labels 2 × 2",
    ]);
    const data = new Float32Array(128 * 96);
    const image = { width: 128, height: 96, channels: 1, data };
    expect(await problems(await changed(() => ({ image })))).toEqual(["every pixel of the image is 0"]);
    data[129] = Number.NaN;
    expect(await problems(await changed(() => ({ image })))).toContain("the image is NaN at x = 1, y = 1");
  });

  describe.each(["classes", "instances"] as const)("recognises damaged masks of %s", (kind) => {
    const damage = async (change: (labels: LabelImage) => Int32Array): Promise<Sample> => {
      const sample = await cells.get(0);
      const drawn =
        kind === "instances"
          ? sample.labels
          : { ...sample.labels, data: sample.labels.data.map((label) => (label > 0 ? 255 : 0)) };
      return { ...sample, kind, labels: { ...drawn, data: change(drawn) } };
    };
    const ragged = expect.stringMatching(/^the mask has \d+ values, many in lines 1 px thin/);

    it("resized with interpolation", async () => {
      const blurred = await damage(({ data, width }) =>
        data.map((_, i) => {
          let sum = 0;
          for (const k of [-1, 0, 1]) {
            for (const row of [-width, 0, width]) sum += data[i + k + row] ?? 0;
          }
          return Math.round(sum / 9);
        }),
      );
      expect(await problems(blurred)).toContainEqual(ragged);
    });

    it("saved as JPEG", async () => {
      const noise = randomAt(1, "jpeg", 0);
      const noisy = await damage(({ data, width }) =>
        data.map((label, i) => {
          const nearEdge = [-3, 3, -3 * width, 3 * width].some((step) => data[i + step] !== label);
          return nearEdge ? Math.max(0, Math.round(label + 12 * (noise() - 0.5))) : label;
        }),
      );
      expect(await problems(noisy)).toContainEqual(ragged);
    });
  });

  it("recognises numbered objects taken for classes, and values that are no classes", async () => {
    const numbered: Sample = { ...(await cells.get(0)), kind: "classes" };
    const count = new Set(numbered.labels.data).size;
    expect(await problems(numbered)).toEqual([
      `nearly each of the ${count} labels is in one place: they look like the numbers of objects`,
    ]);
    const grey = await changed(({ labels }) => ({
      labels: { ...labels, data: labels.data.map((v, i) => (i % 128 < 64 ? 3 : 6) * v) },
    }));
    expect(await problems(grey)).toContain("no pixel is of class 1, 2, 4, 5");
  });

  it("recognises masks that say where objects are but don't number them", async () => {
    const sample = await cells.get(0);
    const data = sample.labels.data.map((label) => (label % 2 === 1 ? 1 : 0));
    const parts = connectedComponents({ ...sample.labels, data }).data.reduce((a, b) => Math.max(a, b));
    expect(parts).toBeGreaterThan(1);
    expect(await problems({ ...sample, labels: { ...sample.labels, data } })).toContain(
      `its only object lies in ${parts} parts that don't touch`,
    );
  });

  it("goes on where a sample can't be read, and notices numbers of another type", async () => {
    const broken: Dataset = {
      length: 2,
      names: ["a.png", "b.png"],
      async get(index) {
        if (index === 0) throw new DatasetError("a.png is cut short");
        return membranes.get(1);
      },
    };
    const [first, ...rest] = await checkLabels(broken);
    expect(first).toEqual({
      severity: "error",
      sample: "a.png",
      problem: "a.png is cut short",
      remedy: "mend the file, or leave it out",
    });
    expect(rest.map(({ severity }) => severity)).toEqual(["info"]);
    const { image, ...sample } = await membranes.get(1);
    const float = { ...sample, image: { ...image, data: Float32Array.from(image.data) } };
    const findings = await checkLabels([await membranes.get(0), float]);
    expect(findings[0]).toMatchObject({
      severity: "warning",
      problem: "its numbers are Float32, those of synthetic-membranes[0] Uint8",
    });
  });

  it.each([
    ["membranes", membranes],
    ["cells", syntheticCells({ count: 2, seed: 1 })],
    ["fluorescent cells", syntheticCells({ count: 2, style: "fluorescence", seed: 5 })],
  ])("finds by how much labels are shifted (%s)", async (_, dataset) => {
    const sample = await dataset.get(1);
    const { width, data } = sample.labels;
    const moved = data.map((_, i) => data[i + 4 - 3 * width] ?? 0);
    const labels = { ...sample.labels, data: moved };
    expect(await problems({ ...sample, labels })).toContain(
      "the labels fit the image better when moved by x = 4, y = -3 px",
    );
  });

  it("finds the same image twice, in one set and across two", async () => {
    const twice = await checkLabels(subset(cells, [0, 1, 0]));
    expect(twice[0]).toMatchObject({ severity: "warning", problem: "the same image as synthetic-cells[0]" });
    const across = await checkLabels(subset(cells, [0, 1]), { heldOut: subset(cells, [2, 1]) });
    expect(across.filter(({ severity }) => severity === "error")).toEqual([
      {
        severity: "error",
        sample: "synthetic-cells[1]",
        problem: "the same image as synthetic-cells[1], which is trained on",
        remedy: "hold out images that training never sees",
      },
    ]);
  });

  it("names classes that never come and images of another sort", async () => {
    const findings = await checkLabels(membranes, { classes: 3 });
    expect(findings.at(-1)?.problem).toBe("no pixel is of class 2");
    const mixed = await checkLabels([await cells.get(0), await membranes.get(0)]);
    expect(mixed[0].problem).toBe("1 channels and classes, but synthetic-cells[0] has 1 and instances");
  });

  it.skipIf(!existsSync(data))("raises no false alarm on good real data (needs UNET_DATA)", async () => {
    for (const spec of [
      `isbi2012:${data}/isbi2012`,
      `ctc:${data}/ctc/PhC-C2DH-U373:02`,
      `folder:${data}/dsb2018`,
    ]) {
      const findings = await checkLabels(await openDataset(spec));
      expect(findings.filter(({ severity }) => severity !== "info")).toEqual([]);
    }
  });
});
