import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { openDataset } from "@unet/datasets";
import { segMeasure } from "@unet/metrics";
import { dataFolder, evaluate, outFolder, trainOnce, unet } from "./unet.mjs";

export const title =
  "PhC-C2DH-U373, sequence 02: trained on frames 0-29, tracked over 30-59, SEG on the gold frames of these (the same cells are in both)";

export const options = {
  /** Default: the recipe's, which take an hour or more. */
  steps: { type: "string" },
  seed: { type: "string", default: "0" },
};

export async function* measure({ steps: asked, seed }) {
  const folder = dataFolder("ctc/PhC-C2DH-U373");
  const data = `ctc:${folder}:02`;
  const out = outFolder(`u373-${asked ?? "all"}-${seed}`);
  const time = asked ? ["--steps", asked] : [];
  const truth = ["--truth", "both", "--border", "50"];
  const frames = ["--samples", "0-29", "--validation", "none"];
  const { steps } = await trainOnce(
    out,
    "--recipe",
    "u373",
    "--data",
    data,
    ...truth,
    ...frames,
    ...time,
    "--seed",
    seed,
  );
  const later = `${out}-frames`;
  rmSync(later, { recursive: true, force: true });
  mkdirSync(later);
  for (let frame = 30; frame < 60; frame++)
    symlinkSync(`${folder}/02/t0${frame}.tif`, `${later}/t0${frame}.tif`);
  const gold = await openDataset(data, { truth: "gold" });
  const scored = gold.names.flatMap((name, i) => (frameOf(name) >= 30 ? [i] : []));
  const start = ["--start", `${folder}/02_ST/SEG/man_seg029.tif`];
  const peers = { "silver truth": await silver(gold, scored, data), "paper, hidden IoU": 0.9203 };
  for (const [what, from] of Object.entries({ "from the truth of frame 29": start, "without --start": [] })) {
    const tracked = `${out}-tracked${from.length > 0 ? "-start" : ""}`;
    rmSync(tracked, { recursive: true, force: true });
    await unet("track", out, later, ...from, "--out", tracked);
    const only = ["--truth", "gold", "--samples", scored.join(","), "--measures", "seg,iou"];
    const { seg, iou } = await evaluate(tracked, data, ...only);
    yield { case: `SEG, ${what}, ${steps} steps`, unit: "", ours: seg, peers, runs: 1 };
    yield { case: `IoU of the foreground, ${what}`, unit: "", ours: iou, peers: {}, runs: 1 };
  }
}

/** What the best programs of the challenge made of the same frames. */
async function silver(gold, scored, data) {
  const all = await openDataset(data, { truth: "silver" });
  const stream = segMeasure.stream();
  for (const index of scored) {
    const program = all.names.findIndex((name) => frameOf(name) === frameOf(gold.names[index]));
    stream.add((await all.get(program)).labels, (await gold.get(index)).labels);
  }
  return stream.result().score;
}

function frameOf(name) {
  return Number(/t(\d+)\.tif$/.exec(name)[1]);
}
