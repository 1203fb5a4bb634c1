import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as Plot from "@observablehq/plot";
import { writeWhole } from "@unet/image/node";
import { parseHTML } from "linkedom";
import { dataFolder, membraneScores, outFolder, trainOnce } from "./unet.mjs";

export const title =
  "Error against the number of training slices, with and without elastic deformation (ISBI 2012, slices 18-23, same steps)";

export const options = {
  /** Numbers of training slices, the first ones of 0-17. */
  slices: { type: "string", default: "1,2,5,15" },
  steps: { type: "string", default: "1140" },
  seed: { type: "string", default: "0" },
};

/** Each run is kept; the figure is drawn again after each. */
export async function* measure({ slices: counts, steps, seed }) {
  const data = `isbi2012:${dataFolder("isbi2012")}`;
  mkdirSync(outFolder("few-images"), { recursive: true });
  const done = [];
  for (const slices of counts.split(",").map(Number)) {
    for (const elastic of [true, false]) {
      const out = outFolder(`few-images/${slices}-${elastic ? "elastic" : "stiff"}-${steps}-${seed}`);
      const augmentation = { interpolation: "bilinear", ...(!elastic && { elastic }) };
      writeFileSync(`${out}.json`, JSON.stringify({ recipe: "membranes", training: { augmentation } }));
      const which = [
        "--samples",
        `0-${slices - 1}`,
        "--validation",
        "none",
        "--steps",
        steps,
        "--seed",
        seed,
      ];
      await trainOnce(out, "--config", `${out}.json`, "--data", data, ...which);
      done.push({ slices, elastic, ...(await membraneScores(out, data, "18-23", "--tta")) });
      await drawFigure(done, { steps, seed });
    }
    const [ours, peer] = done.slice(-2);
    for (const [name, read] of Object.entries(errors)) {
      const peers = { "not elastic": read(peer) };
      yield { case: `${slices} slices, ${name}`, unit: "", ours: read(ours), peers, runs: 1 };
    }
  }
}

const errors = {
  "1 − V^Rand": ({ vrand }) => 1 - vrand,
  "1 − V^Info": ({ vinfo }) => 1 - vinfo,
  "wrong pixels": ({ wrong }) => wrong,
};

/** Writes `results/few-images.svg`: a panel for each error. */
async function drawFigure(runs, { steps, seed }) {
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
    caption: `${steps} steps each, seed ${seed}`,
  });
  const drawing = svg.localName === "svg" ? svg : svg.querySelector("svg");
  drawing.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  await writeWhole(fileURLToPath(new URL("results/few-images.svg", import.meta.url)), drawing.outerHTML);
}

const colourOf = ({ deformation }) => (deformation === "without" ? "#d9730d" : "#0b6bcb");
