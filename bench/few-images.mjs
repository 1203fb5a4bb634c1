import { fileURLToPath } from "node:url";
import * as Plot from "@observablehq/plot";
import { openDataset, subset } from "@unet/datasets";
import { writeWhole } from "@unet/image/node";
import { parseHTML } from "linkedom";
import {
  dataFolder,
  membraneScores,
  Results,
  range,
  scoresAndTruth,
  settingsOf,
  summaryOf,
  thresholdsOf,
  trainingFlags,
  trainOnce,
} from "./real-images.mjs";

export const title =
  "Error against the number of training slices, with and without elastic deformation (ISBI 2012, slices 18-23, same steps)";

export const options = {
  ...trainingFlags,
  recipe: { type: "string", default: "adamw" },
  /** Numbers of training slices, the first ones of 0-17. */
  slices: { type: "string", default: "1,2,5,15" },
};

/** Runs that are done are kept in `results/few-images.json`; the figure is drawn of all with the same settings. */
export async function* measure(flags) {
  const results = new Results("few-images");
  const common = settingsOf(flags, { steps: 1140 });
  const data = await openDataset(`isbi2012:${dataFolder("isbi2012")}`);
  const done = [];
  for (const slices of flags.slices.split(",").map(Number)) {
    for (const elastic of [true, false]) {
      const augmentation = { ...common.training.augmentation, ...(!elastic && { elastic }) };
      const settings = { ...common, training: { ...common.training, augmentation }, slices };
      const run = results.find(settings) ?? (await results.add(await trainAndScore(settings, data)));
      done.push({ slices, elastic, ...run.evaluation });
      await drawFigure(done, run.settings);
    }
    const [ours, peer] = done.slice(-2);
    for (const [name, read] of Object.entries(errors)) {
      const peers = { "not elastic": read(peer) };
      yield { case: `${slices} slices, ${name}`, unit: "", ours: read(ours), peers, runs: 1 };
    }
  }
}

const errors = {
  "1 − V^Rand": ({ vrand }) => 1 - vrand.best,
  "1 − V^Info": ({ vinfo }) => 1 - vinfo.best,
  "wrong pixels": ({ wrong }) => wrong.best,
};

async function trainAndScore(settings, data) {
  console.error(`${settings.slices} slices, augmentation ${JSON.stringify(settings.training.augmentation)}`);
  const samples = subset(data, range(`0-${settings.slices - 1}`));
  const trained = await trainOnce("few-images", settings, { samples });
  const scored = (slices) => scoresAndTruth(trained.model, subset(data, range(slices)));
  const chosenOn = membraneScores(...(await scored("15-17")));
  const evaluation = membraneScores(...(await scored("18-23")), thresholdsOf(chosenOn));
  trained.model.dispose();
  return { settings, ...summaryOf(trained), validation: chosenOn, evaluation };
}

/** Writes `results/few-images.svg`: a panel for each error. */
async function drawFigure(runs, { training, seed }) {
  const points = Object.entries(errors).flatMap(([error, read]) =>
    runs.map((run) => ({
      ...{ error, slices: run.slices, value: read(run) },
      deformation: run.elastic ? "with elastic deformation" : "without",
    })),
  );
  const { document } = parseHTML("<html><body></body></html>");
  const svg = Plot.plot({
    ...{ document, width: 960, height: 320, marginLeft: 52, marginTop: 44, marginBottom: 40 },
    style: { background: "white", color: "#1b1f24", fontSize: "12px", fontFamily: "sans-serif" },
    x: {
      type: "log",
      label: "training slices",
      ticks: [...new Set(runs.map(({ slices }) => slices))],
      tickFormat: "d",
    },
    y: { label: "error on slices 18–23, best over thresholds", grid: true, zero: true },
    fx: { label: null, domain: Object.keys(errors) },
    marks: [
      Plot.frame({ stroke: "#dfe3e8" }),
      Plot.line(points, {
        fx: "error",
        x: "slices",
        y: "value",
        z: "deformation",
        stroke: colourOf,
        strokeWidth: 2,
      }),
      Plot.dot(points, { fx: "error", x: "slices", y: "value", fill: colourOf, r: 4 }),
      ...["with elastic deformation", "without"].map((deformation, line) =>
        Plot.text([{ error: "wrong pixels", deformation }], {
          ...{
            fx: "error",
            text: "deformation",
            fill: colourOf,
            frameAnchor: "top-right",
            dx: -8,
            dy: 8 + 16 * line,
          },
        }),
      ),
    ],
    caption: `${training.steps} steps each, seed ${seed}`,
  });
  const drawing = svg.localName === "svg" ? svg : svg.querySelector("svg");
  drawing.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  await writeWhole(fileURLToPath(new URL("results/few-images.svg", import.meta.url)), drawing.outerHTML);
}

const colourOf = ({ deformation }) => (deformation === "without" ? "#d9730d" : "#0b6bcb");
