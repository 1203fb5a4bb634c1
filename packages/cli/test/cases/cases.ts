import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readFolder } from "@unet/datasets";
import { type Image, readImage, readStack } from "@unet/image";
import { tiffSource } from "@unet/inference/tiff";
import { type Ran, runUnet } from "../run-unet.js";

/** One of the shared cases: an input that went wrong, and what is right. */
export interface Case {
  /** Within the folder of the cases. */
  path: string;
  right: string;
  /** What comes out, by the way that a user takes. */
  ours(): Promise<string>;
  /** Whether that is right; default: where it is the same as `right`. */
  isRight?(ours: string): boolean;
}

/** All cases of the folder, in the order of its README. `scratch` is a folder for what commands write. */
export function casesIn(folder: string, scratch: string): Case[] {
  const file = (name: string) => join(folder, name);
  const refusedFor = (reason: RegExp) => (ours: string) => /^refused: /.test(ours) && reason.test(ours);

  /** Trains on a folder for a step, then segments images with what came out. */
  const trainAndPredict = async (name: string, ...images: string[]): Promise<Ran> => {
    const run = join(scratch, `run-${name}`);
    if (!existsSync(run)) {
      const what = ["--data", `folder:${file(name)}`, "--kind", "instances", "--out", run];
      const size = ["--filters", "2", "--depth", "1", "--tile-size", "32", "--steps", "1", "--workers", "0"];
      const trained = await runUnet("train", ...what, ...size);
      if (trained.code !== 0) return trained;
    }
    const out = images.length === 1 ? `${basename(images[0])}.tif` : name;
    return runUnet("predict", run, ...images, "--out", join(scratch, out), "--json");
  };

  return [
    {
      path: "evaluate/f1",
      right: "SEG 1, F1 1",
      async ours() {
        const [a, b] = [file("evaluate/f1_int32.tif"), file("evaluate/f1_uint16.tif")];
        return agreed(
          await each(
            [
              [a, b],
              [b, a],
              [a, a],
              [b, b],
            ],
            (pair) => measured(pair, ["seg", "f1"]),
          ),
        );
      },
    },
    {
      path: "evaluate/f2",
      right: "IOU 1",
      ours: () => measured([file("evaluate/f2_pred.png"), file("evaluate/f2_truth.png")], ["iou"]),
    },
    {
      path: "evaluate/f3",
      right: "IOU 1",
      async ours() {
        const mask = file("evaluate/f3_bool.tif");
        const pairs = [mask, file("evaluate/f3_truth.png")].map((truth) => [mask, truth]);
        return agreed(await each(pairs, (pair) => measured(pair, ["iou"])));
      },
    },
    {
      path: "evaluate/f4",
      right: "refused (not 0 … 1), or IOU 1",
      ours: () => measured([file("evaluate/f4_float_0_255.tif"), file("evaluate/f4_truth.png")], ["iou"]),
      isRight: (ours) => ours === "IOU 1" || refusedFor(/0 (…|to) 1/)(ours),
    },
    {
      path: "evaluate/f5",
      right: "the same for both truths",
      async ours() {
        const truths = ["evaluate/f5_truth255.png", "evaluate/f5_truth1.png"];
        const [a, b] = await each(truths, (truth) => measured([file("evaluate/f5_prob.tif"), file(truth)]));
        if (a !== b) return `${a} and ${b}`;
        return a.startsWith("refused") ? a : "the same for both truths";
      },
    },
    {
      path: "mask-per-object-bool",
      right: "0: 54 px, 1: 4 px, 2: 6 px",
      ours: () =>
        orRefusal(async () => {
          const { labels } = await (await readFolder(file("mask-per-object-bool"))).get(0);
          return [0, 1, 2]
            .map((label) => `${label}: ${labels.data.filter((x) => x === label).length} px`)
            .join(", ");
        }),
    },
    {
      path: "one-pair",
      right: "7 objects, or an error that names what was expected",
      ours: () =>
        orRefusal(async () => {
          const { labels } = await (await readFolder(file("one-pair"), { kind: "instances" })).get(0);
          return `${new Set(labels.data).size - 1} objects`;
        }),
      isRight: (ours) => ours === "7 objects" || refusedFor(/expected .*masks\/cell\.png/)(ours),
    },
    {
      path: "stack-pair",
      right: "4 samples, or an error",
      ours: () =>
        orRefusal(async () => {
          const data = await readFolder(file("stack-pair"), { kind: "instances" });
          for (let index = 0; index < data.length; index++) await data.get(index);
          return `${data.length} samples`;
        }),
      isRight: (ours) => ours === "4 samples" || refusedFor(/page/)(ours),
    },
    {
      path: "two-channels",
      right: "2 channels in train and in predict, or an error",
      ours: () =>
        orRefusal(async () => {
          const data = await readFolder(file("two-channels"), { kind: "instances" });
          const channels = await each([0, 1, 2], async (index) => (await data.get(index)).image.channels);
          const folder = file("two-channels/images");
          const images = readdirSync(folder).map((name) => join(folder, name));
          const { code, err } = await trainAndPredict("two-channels", ...images);
          const both = code === 0 ? "in train and in predict" : `in train; predict ${refusal(err)}`;
          return `${[...new Set(channels)].join(" or ")} channels ${both}`;
        }),
      isRight: (ours) => ours === "2 channels in train and in predict" || refusedFor(/channel/)(ours),
    },
    {
      path: "mixed-extensions",
      right: "0.jpg 1.jpg 2.jpg 3.png, or a word about those left out",
      ours: () =>
        orRefusal(async () => {
          const notices: string[] = [];
          const data = await readFolder(file("mixed-extensions"), { onNotice: (line) => notices.push(line) });
          for (let index = 0; index < data.length; index++) await data.get(index);
          return [data.names?.map((name) => basename(name)).join(" "), ...notices].join("; ");
        }),
      isRight: (ours) => ours.startsWith("0.jpg 1.jpg 2.jpg 3.png") || /\b3\b.*(JPEG|\.jpg)/.test(ours),
    },
    { path: "tiff/ij_one_ifd.tif", right: "3 × 8²: 1; 2; 3", ours: () => pagesOf("ij_one_ifd.tif") },
    { path: "tiff/depth.tif", right: "3 × 16²: 1; 2; 3", ours: () => pagesOf("depth.tif") },
    {
      path: "tiff/czyx.ome.tif",
      right: "3 × 16²: 10,20; 11,21; 12,22",
      ours: () => pagesOf("czyx.ome.tif"),
    },
    {
      path: "tiff/two_series.ome.tif",
      right: "2 × 96²: 134,121; 142,113",
      ours: () => pagesOf("two_series.ome.tif"),
    },
    { path: "tiff/d_pyramid_chain.tif", right: "1 × 96²: 134", ours: () => pagesOf("d_pyramid_chain.tif") },
    {
      path: "tiff/png_named.tif",
      right: "read, and segmented",
      ours: () =>
        orRefusal(async () => {
          await readImage(file("tiff/png_named.tif"));
          const { code, err } = await trainAndPredict("mixed-extensions", file("tiff/png_named.tif"));
          return code === 0 ? "read, and segmented" : `read; predict ${refusal(err)}`;
        }),
    },
    {
      path: "ome4_zyx.zarr",
      right: "3 planes, or an error that says how to choose one",
      async ours() {
        const { code, out, err } = await trainAndPredict("mixed-extensions", file("ome4_zyx.zarr"));
        return code === 0 ? `${JSON.parse(out).pages} planes` : refusal(err);
      },
      isRight: (ours) => ours === "3 planes" || refusedFor(/--z/)(ours),
    },
    {
      path: "sentences.md",
      right: "none of 10 is left",
      async ours() {
        const text = readFileSync(file("sentences.md"), "utf8");
        const quoted = [...text.matchAll(/^\d+\. "([^"]+)"/gm)].map(([, sentence]) => sentence);
        const sources = wordsOf(["packages", "docs"].map(sourcesBelow).join("\n"));
        const left = quoted.filter((sentence) => sources.includes(wordsOf(sentence)));
        return left.length === 0 ? `none of ${quoted.length} is left` : `left: ${left.join("; ")}`;
      },
    },
  ];

  /** Pages, size and first values of each channel, as `readStack` and `tiffSource` read them. */
  function pagesOf(name: string): Promise<string> {
    const path = file(join("tiff", name));
    const tell = (pages: Image[]) => {
      const values = pages.map(({ channels, data }) => [...data.subarray(0, channels)].join(","));
      return `${pages.length} × ${pages[0].width}²: ${values.join("; ")}`;
    };
    return orRefusal(async () => {
      const bySource: Image[] = [];
      for (let index = 0, length = 1; index < length; index++) {
        const source = await tiffSource(path, { index });
        try {
          ({ length } = source);
          bySource.push(
            await source.read({ x: 0, y: 0, width: source.width, height: Math.min(1, source.height) }),
          );
        } finally {
          await source.close();
        }
      }
      const [stack, source] = [await readStack(path), bySource].map(tell);
      return stack === source ? stack : `readStack ${stack}; tiffSource ${source}`;
    });
  }
}

async function measured([prediction, truth]: string[], names?: string[]): Promise<string> {
  const named = names ? ["--measures", names.join(), "--json"] : ["--json"];
  const { code, out, err } = await runUnet("evaluate", prediction, truth, ...named);
  if (code !== 0) return refusal(err);
  const { measures } = JSON.parse(out) as { measures: Array<{ name: string; value: number }> };
  return measures.map(({ name, value }) => `${name.toUpperCase()} ${value}`).join(", ");
}

/** The one answer where all are the same, all of them otherwise. */
function agreed(answers: string[]): string {
  return [...new Set(answers)].join("; ");
}

function refusal(err: string): string {
  return `refused: ${err
    .replace(/^[\s\S]*unet: /, "")
    .replace(/\s+/g, " ")
    .trim()}`;
}

async function orRefusal(read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    return refusal(error instanceof Error ? error.message : String(error));
  }
}

async function each<Given, Got>(given: Given[], make: (one: Given) => Promise<Got>): Promise<Got[]> {
  const got: Got[] = [];
  for (const one of given) got.push(await make(one));
  return got;
}

/** All sources and documents in a folder of the repository. */
function sourcesBelow(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !/^(node_modules|dist|test)$/.test(name))
    .map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sourcesBelow(path);
      return /\.(ts|md)$/.test(entry.name) ? readFileSync(path, "utf8") : "";
    })
    .join("\n");
}

/** A text without line breaks and the asterisks and slashes of comments. */
function wordsOf(text: string): string {
  return text.replace(/(\s|\*|\/\/)+/g, " ").toLowerCase();
}
