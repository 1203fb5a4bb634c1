import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encodePng, type Image, writeImage } from "@unet/image";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main } from "../src/main.js";
import { inFlags } from "../src/messages/in-words.js";
import { captured, unwrapped } from "./run-unet.js";

let folder: string;
const { output, errors } = captured();

beforeAll(async () => {
  process.env.UNET_BACKEND = "cpu";
  folder = await mkdtemp(join(tmpdir(), "unet-data-"));
});
afterAll(() => rm(folder, { recursive: true }));

const SIDE = 24;
type Draw = (x: number, y: number) => number;
const texture: Draw = (x, y) => (x * 37 + y * 11) % 251;
const disc = (x: number, y: number, cx = 12, cy = 12, r = 6) => (x - cx) ** 2 + (y - cy) ** 2 < r ** 2;
const square: Draw = (x, y) => (disc(x, y) ? 1 : 0);

function drawn(
  make: new (length: number) => Image["data"],
  channels: number,
  draw: Draw,
  side = SIDE,
): Image {
  const data = new make(side * side * channels);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    data[i] = draw(pixel % side, Math.floor(pixel / side));
  }
  return { width: side, height: side, channels, data };
}
const bytes = (draw: Draw, side?: number) => drawn(Uint8Array, 1, draw, side);
const noise = (seed: number) => bytes((x, y) => texture(x + seed, y * seed));

type Content = Image | Image[] | string | Uint8Array;

/** A folder of such files, in which every data set has two good pairs to begin with, unless it brings them. */
async function dataset(name: string, files: Record<string, Content>): Promise<string> {
  const data = join(folder, name.replace(/\W+/g, "-"));
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(data, file)), { recursive: true });
    if (typeof content === "string" || content instanceof Uint8Array)
      await writeFile(join(data, file), content);
    else await writeImage(join(data, file), content);
  }
  return data;
}

const pair = (mask: Content, image: Content = noise(3)) => ({
  "images/a.png": noise(1),
  "masks/a.png": bytes(square),
  "images/b.tif": image,
  "masks/b.tif": mask,
});
const times =
  (factor: number): Draw =>
  (x, y) =>
    factor * square(x, y);
const float = (draw: Draw) => drawn(Float32Array, 1, draw);

const coloured = drawn(Uint8Array, 3, texture);
for (let i = 0; i < coloured.data.length; i += 3) coloured.data[i] = 77;

describe("check and train agree", () => {
  const sets: Array<[name: string, fits: boolean, files: Record<string, Content>, args?: string[]]> = [
    ["good pairs", true, pair(bytes(square))],
    ["0 and 255", true, pair(bytes(times(255)))],
    ["0 and 65535", true, pair(drawn(Uint16Array, 1, times(65535)))],
    ["whole floats", true, pair(float(square))],
    ["fractions", false, pair(float(times(0.5)))],
    ["a class too many", false, pair(bytes(times(2)))],
    ["three classes, told", true, pair(bytes(times(2))), ["--classes", "3"]],
    ["numbered objects as classes", false, pair(bytes(times(7)))],
    ["numbered objects", true, pair(bytes(times(7))), ["--kind", "instances"]],
    ["marks as objects", true, pair(bytes(times(255))), ["--kind", "instances"]],
    ["a class beside 255", false, pair(bytes((x, y) => (x < 3 ? 255 : square(x, y))))],
    ["ignored 255", true, pair(bytes((x, y) => (x < 3 ? 255 : square(x, y)))), ["--ignore", "255"]],
    ["grey as RGB", true, pair(drawn(Uint8Array, 3, times(255)))],
    [
      "colours",
      false,
      pair({
        ...drawn(Uint8Array, 3, times(255)),
        data: drawn(Uint8Array, 3, (x, y) => 200 * square(x, y)).data.map((v, i) =>
          i % 3 === 0 ? v : 0,
        ) as Uint8Array,
      }),
    ],
    [
      ...(["colours, told", true] as const),
      {
        ...{ "images/a.png": noise(1), "images/b.png": noise(2) },
        ...{ "masks/a.png": drawn(Uint8Array, 3, times(9)), "masks/b.png": drawn(Uint8Array, 3, times(9)) },
      },
      ["--colours", "#000000=0,#090909=1"],
    ],
    ["a mask of another size", false, pair(bytes(square, 20))],
    ["an image of grey as RGB", true, pair(bytes(square), drawn(Uint8Array, 3, texture))],
    ["an image in colour", false, pair(bytes(square), coloured)],
    ["an image in colour, to be grey", true, pair(bytes(square), coloured), ["--channels", "grey"]],
    [
      "not a number",
      false,
      pair(
        bytes(square),
        float((x) => (x === 3 ? Number.NaN : x)),
      ),
    ],
    ["numbers of another type", true, pair(bytes(square), float(texture))],
    [
      "an image of one grey",
      true,
      pair(
        bytes(square),
        bytes(() => 7),
      ),
    ],
    ["an empty mask", true, pair(bytes(() => 0))],
    ["all ignored", false, { "images/a.png": noise(1), "masks/a.png": bytes(() => 9) }, ["--ignore", "9"]],
    ["one image", true, { "images/a.png": noise(1), "masks/a.png": bytes(square) }],
    ["a damaged image", false, { ...pair(bytes(square)), "images/b.tif": "II*\0no more" }],
    ["a damaged mask", false, { ...pair(bytes(square)), "masks/b.tif": "P5 nothing" }],
    [
      "a JPEG as mask",
      false,
      { "images/a.png": noise(1), "masks/a.jpg": Uint8Array.of(0xff, 0xd8, 0xff, 0xe0) },
    ],
    ["probabilities as mask", false, {}],
    ["an image without mask", true, { ...pair(bytes(square)), "images/c.png": noise(5) }],
    ["no mask at all", false, { "images/a.png": noise(1) }],
    ["a suffix", false, { "images/a.png": noise(1), "masks/a_mask.png": bytes(square) }],
    [
      "a suffix, told",
      true,
      { "images/a.png": noise(1), "masks/a_mask.png": bytes(square) },
      ["--mask-suffix", "_mask"],
    ],
    ["two masks for one image", false, { ...pair(bytes(square)), "masks/b.png": bytes(square) }],
    [
      "a mask an object",
      true,
      {
        "n1/images/n1.png": noise(1),
        "n1/masks/p.png": bytes(times(255)),
        "n1/masks/q.png": bytes((x) => (x > 20 ? 255 : 0)),
      },
    ],
    [
      "a mask an object, as classes",
      true,
      {
        "n1/images/n1.png": noise(1),
        "n1/masks/p.png": bytes(times(255)),
        "n1/masks/q.png": bytes((x) => (x > 20 ? 255 : 0)),
      },
      ["--kind", "classes"],
    ],
    [
      "objects and classes",
      false,
      { ...pair(bytes(square)), "n1/images/n1.png": noise(1), "n1/masks/p.png": bytes(times(255)) },
    ],
    ["a stack with a stack", true, pair([bytes(square), bytes(() => 0)], [noise(7), noise(8)])],
    ["a stack with one mask", false, pair(bytes(square), [noise(7), noise(8)])],
    ["a plane of a stack", true, pair(bytes(square), [noise(7), noise(8)]), ["--z", "0"]],
  ];

  test.each(sets)("%s: %s", async (name, fits, files, args = []) => {
    if (name === "probabilities as mask") {
      const marked = await encodePng(bytes(times(255)) as Image<Uint8Array>, { holds: "probabilities" });
      Object.assign(files, { "images/a.png": noise(1), "masks/a.png": marked });
    }
    const data = `folder:${await dataset(name, files)}`;
    const checked = await main(["check", data, ...args]);
    const out = join(folder, "runs", name.replace(/\W+/g, "-"));
    const settings = [
      "--steps",
      "1",
      "--filters",
      "1",
      "--depth",
      "1",
      "--tile-size",
      "24",
      "--workers",
      "0",
    ];
    const trained = await main(["train", "--data", data, "--out", out, ...settings, ...args, "--json"]);
    expect({ checked, trained }, errors.join("")).toEqual(
      fits ? { checked: 0, trained: 0 } : { checked: 1, trained: 1 },
    );
  });
});

test("a run keeps how its data is read, for --resume and as a file of settings", async () => {
  const data = await dataset("kept", {
    ...{ "raw/a.png": noise(1), "raw/b.png": noise(2) },
    ...{ "gt/a-m.png": bytes((x, y) => (x < 2 ? 255 : 100 * square(x, y))), "gt/b-m.png": bytes(times(100)) },
  });
  const out = join(folder, "runs", "kept");
  const how = [
    "--images",
    "raw",
    "--masks",
    "gt",
    "--mask-suffix=-m",
    "--ignore",
    "255",
    "--colours",
    "0=0,100=1",
  ];
  const settings = ["--steps", "2", "--filters", "1", "--depth", "1", "--tile-size", "24", "--workers", "0"];
  expect(
    await main(["train", "--data", `folder:${data}`, "--out", out, ...how, ...settings]),
    errors.join(""),
  ).toBe(0);
  const config = JSON.parse(await readFile(join(out, "config.json"), "utf8"));
  expect(config.data.options).toMatchObject({
    ...{ images: "raw", masks: "gt", maskSuffix: "-m", ignore: [255], colours: { "0": 0, "100": 1 } },
  });
  expect(await main(["train", "--resume", out]), errors.join("")).toBe(0);
  const again = join(folder, "runs", "again");
  expect(await main(["train", "--config", join(out, "config.json"), "--out", again]), errors.join("")).toBe(
    0,
  );
  const history = async (run: string) => readFile(join(run, "history.jsonl"), "utf8");
  expect(await history(again)).toBe(await history(out));
});

test("every command that reads annotated images takes the same options, and speaks in them", async () => {
  const data = await dataset("one pair", {
    "images/cell.png": noise(1),
    "masks/cell_mask.png": bytes(times(3)),
  });
  const png = join(folder, "figure.png");
  for (const args of [
    ["check", `folder:${data}`],
    ["train", "--data", `folder:${data}`, "--out", join(folder, "runs/none")],
    ["preview", "--data", `folder:${data}`, "--out", png],
    ["weights", `folder:${data}`, "--out", png],
    ["evaluate", join(data, "masks/cell_mask.png"), `folder:${data}`],
  ]) {
    expect(await main(args)).toBe(1);
    expect(unwrapped(errors.at(-1)!)).toBe(
      `unet: ${data}/images/cell.png has no mask: expected masks/cell.png or labels/cell.png (or .tif); masks/cell_mask.png is the mask of images/cell.png if you give --mask-suffix _mask\n`,
    );
  }
  const how = ["--mask-suffix", "_mask", "--kind", "instances"];
  expect(
    await main(["preview", "--data", `folder:${data}`, "--out", png, "--tiles", "1", "--depth", "1", ...how]),
  ).toBe(0);
  expect(await main(["weights", `folder:${data}`, "--out", png, ...how])).toBe(0);
  const measured = ["evaluate", join(data, "masks/cell_mask.png"), `folder:${data}`, "--json", ...how];
  expect(await main(measured)).toBe(0);
  expect(JSON.parse(output.at(-1)!)).toMatchObject({ kind: "instances", as: "labels" });
  expect(await main(["check", "synthetic-cells:1", "--colours", "0=1"])).toBe(1);
  expect(unwrapped(errors.at(-1)!)).toContain("--colours is for folder:DIR, not for synthetic-cells");
  expect(await main(["check", "synthetic-cells:1", "--kind", "classes"])).toBe(1);
  expect(unwrapped(errors.at(-1)!)).toContain(
    "synthetic-cells:1 has instances, so --kind classes doesn't fit it",
  );
  expect(await main(["check", "synthetic-cells:1", "--colours", "red=1"])).toBe(2);
});

test("messages of the packages speak in the command's options", () => {
  expect(
    inFlags('give the option maskSuffix "_mask", the option classes 8 or the option kind "instances"'),
  ).toBe("give --mask-suffix _mask, --classes 8 or --kind instances");
  expect(inFlags('say so by the option colours {"#000000": 0, "#ff0000": 1}')).toBe(
    "say so by --colours '#000000=0,#ff0000=1'",
  );
});
