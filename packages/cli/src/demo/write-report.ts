import { mkdir } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import type { BackendInfo } from "@unet/backend";
import { encodePng, type Image } from "@unet/image";
import { writeWhole } from "@unet/image/node";
import { colourLabels, drawOutlines, heatMap, montage, toGrey } from "@unet/image/picture";
import { renderReport } from "../report/html.js";
import { rasterise } from "../report/rasterise.js";
import { type DemoImage, type DemoResult, demoSettings } from "./run-demo.js";

/** The report's title, by which a later demo knows it for its own. */
export const DEMO_TITLE = "U-Net on synthetic cells";

/**
 * Writes `report.html`, `loss.png`, and for each held-out image a PNG a panel and one of all together.
 *
 * @returns the report's path
 */
export async function writeDemoReport(
  result: DemoResult,
  backend: BackendInfo,
  out: string,
): Promise<string> {
  await mkdir(out, { recursive: true });
  const figures = [];
  const pictures: Array<[name: string, png: Uint8Array]> = [];
  for (const [index, segmented] of result.heldOut.entries()) {
    const panels = panelsOf(segmented);
    const name = `cells-${index + 1}`;
    const all = panels.map(({ image }) => image);
    pictures.push([`${name}.png`, await encodePng(montage(all, { columns: 5 }))]);
    const encoded = [];
    for (const { caption, file, image } of panels) {
      const png = await encodePng(image);
      pictures.push([`${name}-${file}.png`, png]);
      encoded.push({ caption, png });
    }
    figures.push({ title: `Held-out image ${index + 1}`, panels: encoded });
  }
  const { curve } = await import("../report/curve.js");
  const dots = result.training.history.map(({ step, loss }) => ({ step, value: loss }));
  const svg = curve({ label: "cross-entropy", dots });
  pictures.push(["loss.png", await rasterise(svg, 1560)]);

  const { ours, otsu, seconds, training, network, parameters, task } = result;
  const { images, seeds } = demoSettings;
  const { threshold, split, minimumSize } = task.out;
  const path = join(out, "report.html");
  await writeWhole(
    path,
    renderReport({
      title: DEMO_TITLE,
      lead: `A U-Net (Ronneberger, Fischer and Brox 2015) trained from scratch on ${images.training} images by the recipe "${task.recipe}", then tried on ${images.heldOut} images of other seeds that it never saw.`,
      headlines: [
        { value: ours.iou.toFixed(3), label: "foreground IoU" },
        { value: ours.seg.toFixed(3), label: "SEG" },
        { value: `${Math.round(seconds.total)} s`, label: `on ${backend.name}` },
      ],
      tables: [
        {
          rows: [
            ["Held-out images", "IoU", "SEG"],
            ["U-Net", ours.iou.toFixed(3), ours.seg.toFixed(3)],
            ["Otsu's threshold + connected components", otsu.iou.toFixed(3), otsu.seg.toFixed(3)],
          ],
          note: "IoU: intersection over union of all cell pixels. SEG: the Cell Tracking Challenge's measure, the mean over true cells of the IoU with the object that covers more than half of the cell, 0 where none does; joined cells cost.",
        },
      ],
      figures,
      charts: [{ title: "Loss", svg }],
      details: [
        [
          "network",
          `${parameters.toLocaleString("en")} parameters: depth ${network.depth}, ${network.filters} filters at the top, ${network.padding === "same" ? "padded" : "valid"} convolutions`,
        ],
        [
          "optimiser",
          `${training.config.optimizer}, rate ${training.config.learningRate}, ${training.config.schedule} schedule`,
        ],
        [
          "steps",
          `${training.steps}, one deformed tile of ${training.config.tileSize} × ${training.config.tileSize} px each`,
        ],
        [
          "loss",
          `cross-entropy of background, interior, and rims of ${training.config.rims.join(" and ")} px`,
        ],
        [
          "objects",
          `score from ${threshold} on, parted by ${split}, none below ${minimumSize} px: chosen on ${images.validation} other images`,
        ],
        [
          "seeds",
          `${seeds.training} for training, ${seeds.validation} for those, ${seeds.heldOut} for the held-out images`,
        ],
        ["backend", `${backend.name}${backend.device ? ` (${backend.device})` : ""}`],
        [
          "machine",
          `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} threads, Node ${process.versions.node}`,
        ],
        [
          "time",
          `${seconds.training.toFixed(1)} s training, ${seconds.segmentation.toFixed(1)} s segmentation`,
        ],
      ],
    }),
  );
  // After the report, which says that they are its own.
  for (const [name, png] of pictures) await writeWhole(join(out, name), png);
  return path;
}

function panelsOf({ sample, classes, scores, instances }: DemoImage): Array<{
  caption: string;
  file: string;
  image: Image<Uint8Array>;
}> {
  return [
    { caption: "input", file: "input", image: toGrey(sample.image) },
    { caption: "truth", file: "truth", image: colourLabels(sample.labels) },
    { caption: "what is learnt: interior, rims", file: "classes", image: colourLabels(classes) },
    { caption: "score of cell", file: "scores", image: heatMap(scores, { low: 0, high: 1 }) },
    { caption: "instances found", file: "instances", image: drawOutlines(sample.image, instances) },
  ];
}
