import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePng, type Image, type LabelImage, readImage, writeImage, writeLabels } from "@unet/image";
import { argMax, predictTiled } from "@unet/inference";
import { classScores, iou } from "@unet/metrics";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main } from "../src/main.js";
import { openRun } from "../src/run.js";
import { captured, unwrapped } from "./run-unet.js";

let folder: string;
const { output, errors } = captured();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-evaluate-"));
});
afterAll(() => rm(folder, { recursive: true }));

const path = (name: string) => join(folder, name);
const labels = (...rows: string[]): LabelImage => ({
  width: rows[0].length,
  height: rows.length,
  data: Int32Array.from(rows.join(""), Number),
});
const measuresOf = () =>
  Object.fromEntries(
    JSON.parse(output.at(-1)!).measures.map(({ name, value }: { name: string; value: number }) => [
      name,
      value,
    ]),
  );

// One object split, one found, two joined, one missed, and one that is none.
const truth = labels("1111110", "2222000", "3334440", "5500000");
const found = labels("1112220", "2222000".replaceAll("2", "3"), "4444440", "0000077");

test("instances: the measures that fit, a line for each image, and a picture of what is wrong", async () => {
  await writeLabels(path("truth.tif"), [truth, truth]);
  await writeLabels(path("found.tif"), [found, truth]);
  const args = ["evaluate", path("found.tif"), path("truth.tif")];
  expect(await main([...args, "--json", "--csv", path("each.csv"), "--picture", path("wrong.png")])).toBe(0);
  // IoU above 0.5: only object 2 of the first image; all five of the second.
  expect(measuresOf()).toEqual({
    iou: (16 + 18) / (20 + 18),
    dice: (2 * 34) / (18 + 18 + 18 + 18),
    seg: expect.closeTo((1 + 2 * (3 / 6) + 5) / 10, 12),
    f1: expect.closeTo((2 * 6) / (2 * 6 + 4 + 4), 12),
    ap: expect.closeTo(6 / 14, 12),
  });
  const rows = (await readFile(path("each.csv"), "utf8")).trim().split("\r\n");
  expect(rows[0]).toBe("image,iou,dice,seg,f1,ap");
  expect(rows[1]).toBe(`${path("truth.tif")}[0],0.8,0.888888888889,0.4,0.2,0.111111111111`);
  expect(rows[2]).toBe(`${path("truth.tif")}[1],1,1,1,1,1`);
  const { width, height, channels } = await readImage(path("wrong.png"));
  expect([width, channels]).toEqual([1020, 3]);
  expect(height).toBeGreaterThan(250);

  expect(await main(args)).toBe(0);
  expect(output.slice(-6)[0]).toBe("2 images with instances");
  for (const line of output.slice(-6)) expect(line.length).toBeLessThanOrEqual(80);
});

test("classes: probabilities are told from labels, and every ISBI measure can be named", async () => {
  const cells = labels("1110111", "1110111", "1110111");
  const bytes = cells.data.map((label) => (label ? 200 : 20));
  await writeLabels(path("cells.png"), cells);
  await writeImage(path("grey.png"), { ...cells, channels: 1, data: Uint8Array.from(bytes) });
  const args = ["evaluate", path("grey.png"), path("cells.png"), "--json", "--as", "probabilities"];
  expect(await main(args)).toBe(0);
  const perfect = { iou: 1, dice: 1, pixel: 0, rand: 0, warping: 0, vrand: 1 };
  expect(measuresOf()).toEqual({ ...perfect, vinfo: expect.closeTo(1, 12) });
  expect(await main([...args, "--measures", "warping,det"])).toBe(0);
  expect(measuresOf()).toEqual({ warping: 0, det: 1 });

  expect(await main(["evaluate", path("cells.png"), path("cells.png"), "--measures", "warping"])).toBe(2);
  expect(unwrapped(errors.join(""))).toContain(
    "warping needs probabilities, and the prediction holds labels",
  );
  expect(await main([...args, "--measures", "hausdorff"])).toBe(2);
});

test("a sequence: files go by frame, DET and TRA by markers in all frames", async () => {
  const [data, result] = [path("ctc"), path("result")];
  for (const part of ["ctc/01", "ctc/01_GT/SEG", "ctc/01_GT/TRA", "result"]) {
    await mkdir(path(part), { recursive: true });
  }
  const markers = ["100000020", "010000020", "001000000"].map((row) => labels(row));
  const objects = ["110000022", "110000000", "011100000"].map((row) => labels(row));
  for (const frame of [0, 1, 2]) {
    const image = { width: 9, height: 1, channels: 1, data: new Uint8Array(9) };
    await writeImage(join(data, `01/t00${frame}.tif`), image);
    await writeLabels(join(data, `01_GT/TRA/man_track00${frame}.tif`), markers[frame]);
    await writeLabels(join(result, `mask00${frame}.tif`), objects[frame]);
  }
  await writeLabels(join(data, "01_GT/SEG/man_seg002.tif"), labels("011000000"));
  await writeFile(join(data, "01_GT/TRA/man_track.txt"), "1 0 2 0\n2 0 1 0\n");
  const args = ["evaluate", result, `ctc:${data}:01`, "--measures", "seg,det,tra", "--json"];

  expect(await main(args)).toBe(2);
  expect(unwrapped(errors.join(""))).toContain("tra needs the track table");
  await writeFile(join(result, "res_track.txt"), "1 0 2 0\n2 0 0 0\n");
  expect(await main([...args, "--csv", path("frames.csv")])).toBe(0);
  // One of five markers is missed, and the edge to it of three.
  expect(measuresOf()).toEqual({
    seg: expect.closeTo(2 / 3, 12),
    det: expect.closeTo(1 - 10 / 50, 12),
    tra: expect.closeTo(1 - 11.5 / 54.5, 12),
  });
  const rows = (await readFile(path("frames.csv"), "utf8")).trim().split("\r\n");
  expect(rows.toSorted()).toEqual([
    "01/t000.tif,,1,",
    "01/t001.tif,,0.5,",
    "01/t002.tif,0.666666666667,1,",
    "image,seg,det,tra",
  ]);

  await rm(join(result, "mask002.tif"));
  expect(await main(args)).toBe(2);
  expect(unwrapped(errors.join(""))).toContain("has 2 images and the truth 1, and their names don't match");
});

describe("what the numbers of a file are", () => {
  const row = (...values: number[]): Image<Float32Array> => ({
    ...{ width: values.length, height: 1, channels: 1, data: Float32Array.from(values) },
  });
  const evaluated = async (...args: string[]) => {
    expect(await main(["evaluate", ...args, "--json"]), errors.join("")).toBe(0);
    const { as, kind } = JSON.parse(output.at(-1)!);
    return { as, kind, ...measuresOf() };
  };

  test("integers of every type are labels, and whole floats where the truth is of instances", async () => {
    const touching = labels("12");
    for (const [name, most] of Object.entries({ "8.tif": 2, "16.tif": 300, "32.tif": 70_000 })) {
      const wide = { ...touching, width: 3, data: Int32Array.of(1, 2, most) };
      await writeLabels(path(name), wide);
      expect(await evaluated(path(name), path(name))).toMatchObject({ as: "labels", seg: 1, f1: 1, iou: 1 });
    }
    await writeLabels(path("truth12.tif"), touching);
    await writeImage(path("whole.tif"), row(1, 2));
    expect(await evaluated(path("whole.tif"), path("truth12.tif"))).toMatchObject({ as: "labels", seg: 1 });
  });

  test("a number above the truth's classes is foreground", async () => {
    await writeLabels(path("above.png"), labels("012"));
    await writeLabels(path("binary.png"), labels("011"));
    expect(await evaluated(path("above.png"), path("binary.png"))).toEqual({
      ...{ as: "labels", kind: "classes", iou: 1, dice: 1 },
    });
  });

  test("0 and 255 are 0 and 1 on either side, and objects apart where the truth is of instances", async () => {
    const probabilities = row(0.9, 0, 0.9);
    await writeImage(path("probabilities.tif"), probabilities);
    await writeLabels(path("one.png"), labels("101"));
    const marks = { ...probabilities, data: Uint8Array.of(255, 0, 255) };
    await writeImage(path("marks.png"), marks);
    const right = { as: "probabilities", kind: "classes", iou: 1, dice: 1, pixel: 0, rand: 0 };
    expect(await evaluated(path("probabilities.tif"), path("one.png"))).toMatchObject(right);
    expect(await evaluated(path("probabilities.tif"), path("marks.png"))).toMatchObject(right);
    expect(await evaluated(path("marks.png"), path("one.png"))).toMatchObject({ as: "labels", iou: 1 });
    await writeLabels(path("two.tif"), labels("102"));
    expect(await evaluated(path("marks.png"), path("two.tif"))).toMatchObject({ seg: 1, f1: 1 });
    const asObjects = [path("two.tif"), path("marks.png"), "--kind", "instances"];
    expect(await evaluated(...asObjects)).toMatchObject({ kind: "instances", seg: 1 });
  });

  test("a file that says so holds probabilities, and --as decides", async () => {
    await writeLabels(path("cell.png"), labels("0011"));
    const scores = { width: 4, height: 1, channels: 1, data: Uint8Array.of(10, 100, 200, 255) };
    await writeFile(path("said.png"), await encodePng(scores, { holds: "probabilities" }));
    await writeFile(path("unsaid.png"), await encodePng(scores));
    expect(await evaluated(path("said.png"), path("cell.png"))).toMatchObject({
      as: "probabilities",
      iou: 1,
    });
    expect(await evaluated(path("unsaid.png"), path("cell.png"))).toMatchObject({ as: "labels", iou: 0.5 });
    expect(errors.join("")).not.toContain("integers are");
    const asScores = [path("unsaid.png"), path("cell.png"), "--as", "probabilities"];
    expect(await evaluated(...asScores)).toMatchObject({ as: "probabilities", iou: 1 });
    expect(await main(["evaluate", path("unsaid.png"), path("cell.png")])).toBe(0);
    expect(errors.join("").replace(/\s+/g, " ")).toContain(
      `${path("unsaid.png")}: labels, as integers are; --as probabilities takes them as such ${path("cell.png")}: classes, as labels go up to 1`,
    );
  });

  test("other floats are refused, naming file, value and place", async () => {
    await writeLabels(path("first.png"), labels("100"));
    await writeLabels(path("three.tif"), labels("123"));
    await writeImage(path("grey.tif"), row(1, 255, 100));
    await writeImage(path("mixed.tif"), row(0.5, 2, 3));
    await writeImage(path("nan.tif"), row(0, Number.NaN, 1));
    const refused = async (file: string, truth: string, message: string) => {
      expect(await main(["evaluate", path(file), path(truth)])).toBe(2);
      expect(unwrapped(errors.at(-1)!)).toContain(message);
    };
    await refused(
      "grey.tif",
      "first.png",
      `${path("grey.tif")} holds 255 at x = 1, y = 0, which is no probability (0 … 1)`,
    );
    await refused("mixed.tif", "three.tif", "mixed.tif holds 0.5 at x = 0, y = 0, which is no label");
    await refused("nan.tif", "three.tif", "nan.tif holds NaN at x = 1, y = 0");
    const asLabels = [path("grey.tif"), path("first.png"), "--as", "labels"];
    expect(await evaluated(...asLabels)).toMatchObject({ as: "labels", iou: 1 / 3 });
  });
});

test("several classes: each by itself, their mean, and one alone", async () => {
  const expected = labels("111222", "111222", "000000", "330000");
  const predicted = labels("111122", "111222", "000000", "000000");
  await writeLabels(path("expected.png"), expected);
  await writeLabels(path("predicted.png"), predicted);
  const args = ["evaluate", path("predicted.png"), path("expected.png"), "--kind", "classes"];
  expect(await main([...args, "--json", "--csv", path("classes.csv")])).toBe(0);
  const mean = (6 / 7 + 5 / 6 + 0) / 3;
  expect(measuresOf()).toMatchObject({ iou: 12 / 14, miou: expect.closeTo(mean, 12) });
  const { details } = JSON.parse(output.at(-1)!).measures.find(
    ({ name }: { name: string }) => name === "miou",
  );
  expect(details.perClass.map(({ iou, f1 }: Record<string, number>) => [iou, f1])).toEqual([
    [10 / 12, null],
    [6 / 7, 1],
    [5 / 6, 1],
    [0, 0],
  ]);
  const [head, values] = (await readFile(path("classes.csv"), "utf8")).trim().split("\r\n");
  expect(head).toBe(
    "image,iou,dice,miou,mdice,iou_1,dice_1,seg_1,f1_1,ap_1,iou_2,dice_2,seg_2,f1_2,ap_2,iou_3,dice_3,seg_3,f1_3,ap_3",
  );
  expect(values.split(",").slice(5, 7)).toEqual(["0.857142857143", "0.923076923077"]);

  output.length = 0;
  expect(await main(args)).toBe(0);
  expect(output).toContain("  miou      0.5635    mean IoU of the classes from 1 on");
  expect(output).toContain("  3         0.0000  0.0000  0.0000  0.0000  0.0000");
  expect(await main([...args, "--json", "--class", "2"])).toBe(0);
  expect(measuresOf()).toEqual({ iou: 5 / 6, dice: 10 / 11 });
});

test("masks with a suffix, in colours, with ignored pixels", async () => {
  await mkdir(path("found"));
  await mkdir(path("drawn"));
  const drawn = { width: 3, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 0, 0, 0, 9, 9, 9) };
  for (const name of ["a", "b"]) {
    await writeLabels(path(`found/${name}.png`), labels("101"));
    await writeImage(path(`drawn/${name}_gt.png`), drawn);
  }
  const args = ["evaluate", path("found"), path("drawn"), "--mask-suffix", "_gt", "--json"];
  expect(await main(args)).toBe(1);
  expect(unwrapped(errors.join(""))).toContain(
    "a_gt.png is a mask in colour: #ff0000 at x = 0, y = 0; say what its colours mean by --colours '#000000=0,#ff0000=1'",
  );
  expect(await main([...args, "--colours", "#000000=0,#ff0000=1,#090909=ignore"])).toBe(0);
  expect(measuresOf()).toMatchObject({ iou: 1, dice: 1 });
});

test("a run of three classes: the likeliest class of each pixel against the truth's", async () => {
  process.env.UNET_BACKEND = "cpu";
  const side = 24;
  const drawn = (draw: (x: number, y: number) => number) =>
    Array.from({ length: side * side }, (_, i) => draw(i % side, Math.floor(i / side)));
  const mask = drawn((x, y) => (x < 8 ? 0 : y < 12 ? 1 : 2));
  for (const part of ["three/images", "three/masks"]) await mkdir(path(part), { recursive: true });
  const shape = { width: side, height: side };
  for (const [k, name] of ["a", "b"].entries()) {
    const grey = mask.map((label, i) => 90 * label + ((i * (k + 3)) % 40));
    await writeImage(path(`three/images/${name}.png`), {
      ...shape,
      channels: 1,
      data: Uint8Array.from(grey),
    });
    await writeLabels(path(`three/masks/${name}.png`), { ...shape, data: Int32Array.from(mask) });
  }
  const [run, data] = [path("three/run"), `folder:${path("three")}`];
  const network = [
    "--recipe",
    "paper",
    "--classes",
    "3",
    "--filters",
    "4",
    "--depth",
    "1",
    "--tile-size",
    "24",
    "--padding",
    "same",
  ];
  const how = [
    "--validation",
    "1",
    "--steps",
    "20",
    "--optimizer",
    "adam",
    "--learning-rate",
    "0.01",
    "--workers",
    "0",
  ];
  expect(await main(["train", "--data", data, "--out", run, ...network, ...how]), errors.join("")).toBe(0);
  expect(await readFile(join(run, "report.html"), "utf8")).toContain(
    "<th>Class</th><th>IoU</th><th>Dice</th><th>SEG</th><th>F1</th><th>AP</th>",
  );

  const model = await openRun(run);
  const image = await readImage(path("three/images/b.png"));
  const scores = await predictTiled(image, model);
  model.dispose();
  const truth = { ...shape, data: Int32Array.from(mask) };
  const expected = classScores(argMax(scores), truth);
  const foreground = iou(argMax(scores), truth);
  const args = ["evaluate", run, data, "--samples", "1", "--json"];
  expect(await main(args), errors.join("")).toBe(0);
  expect(measuresOf()).toEqual({
    iou: foreground,
    dice: expect.any(Number),
    miou: expected.iou,
    mdice: expected.dice,
  });
  expect(expected.iou).toBeGreaterThan(0.4);
  // Class 1 alone is no measure of all foreground.
  expect(await main([...args, "--class", "1", "--measures", "iou"])).toBe(0);
  const one = { ...shape, data: Int32Array.from(mask, (label) => (label === 1 ? 1 : 0)) };
  const scored = Int32Array.from(mask, (_, i) => (scores.data[3 * i + 1] >= 0.5 ? 1 : 0));
  expect(measuresOf()).toEqual({ iou: iou({ ...shape, data: scored }, one) });
  // What predict writes into 8 bits is known for probabilities again.
  const [picture, mask8] = [path("three/b-1.png"), path("three/masks/b.png")];
  expect(await main(["predict", run, path("three/images/b.png"), "--out", picture, "--class", "1"])).toBe(0);
  const ofFile = [
    "evaluate",
    picture,
    mask8,
    "--kind",
    "classes",
    "--class",
    "1",
    "--measures",
    "iou",
    "--json",
  ];
  expect(await main(ofFile), errors.join("")).toBe(0);
  expect(JSON.parse(output.at(-1)!).as).toBe("probabilities");
  expect(measuresOf()).toEqual({ iou: iou({ ...shape, data: scored }, one) });
  expect(await main([...args, "--class", "3"])).toBe(2);
  expect(await main(["evaluate", run, data, "--samples", "1", "--as", "labels"])).toBe(2);
  expect(unwrapped(errors.at(-1)!)).toContain("--as is for files; a run gives probabilities");
});

test("a prediction in the colours of the truth is read by them", async () => {
  const colours = [
    [0, 0, 0],
    [255, 0, 0],
    [0, 0, 255],
    [255, 0, 0],
  ].flat();
  await writeImage(path("painted.png"), { width: 4, height: 1, channels: 3, data: Uint8Array.from(colours) });
  await writeLabels(path("numbered.png"), labels("0121"));
  const table = "#000000=0,#ff0000=1,#0000ff=2";
  const args = [path("painted.png"), path("painted.png"), "--kind", "classes", "--json", "--colours", table];
  expect(await main(["evaluate", ...args])).toBe(0);
  expect(measuresOf()).toMatchObject({ iou: 1, miou: 1 });
  // One that holds their numbers isn't.
  expect(await main(["evaluate", path("numbered.png"), ...args.slice(1)])).toBe(0);
  expect(measuresOf()).toMatchObject({ iou: 1, miou: 1 });
});

test("classes that are on neither side take no line and no column", async () => {
  await writeLabels(path("far.png"), { width: 4, height: 1, data: Int32Array.of(0, 1, 200, 255) });
  const args = ["evaluate", path("far.png"), path("far.png"), "--kind", "classes", "--ignore", "255"];
  expect(await main([...args, "--csv", path("far.csv")])).toBe(0);
  expect(output.filter((line) => /^ +\d+ /.test(line)).map((line) => line.trim().split(" ")[0])).toEqual([
    ...["0", "1", "200"],
  ]);
  expect((await readFile(path("far.csv"), "utf8")).split("\r\n")[0]).toBe(
    "image,iou,dice,miou,mdice,iou_1,dice_1,seg_1,f1_1,ap_1,iou_200,dice_200,seg_200,f1_200,ap_200",
  );
});

test("a class that is nowhere is refused, and 255 beside small classes is asked about", async () => {
  await writeLabels(path("voc.png"), { width: 4, height: 1, data: Int32Array.of(0, 1, 2, 255) });
  await writeLabels(path("plain.png"), labels("0120"));
  const args = ["evaluate", path("plain.png"), path("voc.png"), "--kind", "classes"];
  expect(await main([...args, "--ignore", "255", "--class", "7"])).toBe(2);
  expect(errors.join("")).toContain("unet: --class is 7, which the truth has nowhere\n");
  errors.length = 0;
  expect(await main(args)).toBe(0);
  expect(errors.join("").replace(/\s+/g, " ")).toContain(
    "the truth holds 255 as a class, but else goes up to 2; give --ignore 255 if nobody annotated it",
  );
  errors.length = 0;
  expect(await main([...args, "--ignore", "255"])).toBe(0);
  expect(errors.join("")).not.toContain("nobody annotated it");
});

test("one number for objects apart is said to be one object", async () => {
  await writeLabels(path("apart.png"), labels("101"));
  await writeLabels(path("two.png"), labels("102"));
  expect(await main(["evaluate", path("apart.png"), path("two.png"), "--json"])).toBe(0);
  expect(errors.join("").replace(/\s+/g, " ")).toContain(
    "apart.png: its only object, 1, lies in 2 parts that don't touch; number the objects, or save 0 and 255, whose connected parts are objects",
  );
});

describe("planes", () => {
  // Each plane has one pixel of its own, so that no other can stand in for it.
  const planes = Array.from({ length: 6 }, (_, plane) =>
    labels([..."000000"].map((_, x) => (x === plane ? 1 : 0)).join("")),
  );
  const evaluate = async (...args: string[]) => {
    output.length = 0;
    errors.length = 0;
    return main(["evaluate", ...args, "--measures", "iou"]);
  };

  const said = () => errors.join("").replace(/\s+/g, " ");

  test("are chosen by depth and time of the truth and of the prediction", async () => {
    await writeLabels(path("grid.tif"), planes, { frames: 2 });
    await writeLabels(path("chosen.tif"), [planes[4], planes[5]]);
    const choice = ["--z", "1-2", "--t", "1", "--json", "--csv", path("planes.csv")];
    for (const prediction of ["grid.tif", "chosen.tif"]) {
      expect(await evaluate(path(prediction), path("grid.tif"), ...choice)).toBe(0);
      expect(JSON.parse(output[0])).toMatchObject({ images: 2, measures: [{ value: 1 }] });
    }
    expect(said()).toContain(
      "chosen.tif: its 2 planes along z are taken as the chosen (said once, of the first such file)",
    );
    expect((await readFile(path("planes.csv"), "utf8")).split("\r\n").slice(1, 3)).toEqual([
      `${path("grid.tif")}[4],1`,
      `${path("grid.tif")}[5],1`,
    ]);
    expect(await evaluate(path("grid.tif"), path("grid.tif"), "--z", "3")).toBe(1);
    expect(said()).toContain("grid.tif: its z goes from 0 to 2; 3 was asked for");
  });

  test("that lie otherwise in depth and time are not compared", async () => {
    await writeLabels(path("two-frames.tif"), planes, { frames: 2 });
    await writeLabels(path("three-frames.tif"), planes, { frames: 3 });
    expect(await evaluate(path("three-frames.tif"), path("two-frames.tif"))).toBe(2);
    expect(said()).toContain(
      "three-frames.tif has 2 slices and 3 frames, but the truth 3 slices and 2 frames; choose some by --z and --t",
    );
  });

  test("of several channels need one of them", async () => {
    const channels = (first: LabelImage, second: LabelImage) => ({
      ...{ width: 6, height: 1, channels: 2 },
      data: Uint8Array.from({ length: 12 }, (_, i) => [first, second][i % 2].data[i >> 1]),
    });
    await writeImage(path("channels.tif"), [channels(planes[0], planes[1]), channels(planes[2], planes[3])]);
    await writeLabels(path("second.tif"), [planes[1], planes[3]]);
    const args = [path("channels.tif"), path("second.tif"), "--json"];
    expect(await evaluate(...args)).toBe(1);
    expect(said()).toContain("labels need one channel, but this has 2; choose one by --channel");
    expect(await evaluate(...args, "--channel", "1")).toBe(0);
    expect(JSON.parse(output[0])).toMatchObject({ images: 2, measures: [{ value: 1 }] });
    expect(await evaluate(...args, "--channel", "0")).toBe(0);
    expect(JSON.parse(output[0])).toMatchObject({ images: 2, measures: [{ value: 0 }] });
  });

  test("of the stacks of a folder go by file and page", async () => {
    for (const name of ["images", "labels", "predicted"])
      await mkdir(path(`stacks/${name}`), { recursive: true });
    // In the order of their names b.tif comes first on one side, in that of their pages a.tif.
    for (const [name, pages] of [
      ["a", planes.slice(0, 3)],
      ["b", [planes[3]]],
    ] as const) {
      await writeLabels(path(`stacks/images/${name}.tif`), [...pages]);
      await writeLabels(path(`stacks/labels/${name}.tif`), [...pages]);
      await writeLabels(path(`stacks/predicted/${name}.tif`), [...pages]);
    }
    for (const truth of [`folder:${path("stacks")}`, path("stacks/labels")]) {
      expect(await evaluate(path("stacks/predicted"), truth, "--json")).toBe(0);
      expect(JSON.parse(output[0])).toMatchObject({ images: 4, measures: [{ value: 1 }] });
    }
    // Where one plane of each stack was predicted, its file has no pages.
    await writeLabels(path("stacks/predicted/a.tif"), planes[0]);
    expect(await evaluate(path("stacks/predicted"), `folder:${path("stacks")}`, "--z", "0", "--json")).toBe(
      0,
    );
    expect(JSON.parse(output[0])).toMatchObject({ images: 2, measures: [{ value: 1 }] });
  });
});
