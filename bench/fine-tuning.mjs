import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { useBackend } from "@unet/backend";
import { openDataset, subset } from "@unet/datasets";
import { randomAt } from "@unet/image";
import { countImages, scoresOf } from "@unet/make-networks/scores";
import { loadNetwork } from "@unet/networks";
import { loadRun } from "@unet/training";
import { dataFolder, median, outFolder, trainOnce } from "./unet.mjs";

export const title =
  "Five images of another kind: the network nuclei as it is, trained further for 2 minutes, and from scratch for 10";

export const options = {
  /** Draws of five images, whose median is taken. */
  draws: { type: "string", default: "3" },
  minutes: { type: "string", default: "2" },
  scratch: { type: "string", default: "10" },
};

/** The measures that are compared. */
const measures = ["AP at IoU 0.5", "AP at IoU 0.75"];

export async function* measure({ draws, minutes, scratch }) {
  await useBackend();
  const found = { ours: [], "as it is": [], [`from scratch, ${scratch} minutes`]: [] };
  for (let draw = 0; draw < Number(draws); draw++) {
    const { training, others } = await drawn(draw);
    const data = [
      "--data",
      `folder:${training}`,
      "--kind",
      "instances",
      "--channels",
      "grey",
      "--validation",
      "4",
    ];
    const out = (name) => outFolder(`fine-tuning/${name}-${draw}`);
    await trainOnce(out(`tuned-${minutes}`), ...data, "--from", "nuclei", "--minutes", minutes);
    await trainOnce(out(`scratch-${scratch}`), ...data, "--minutes", scratch);
    const models = [
      loadRun(out(`tuned-${minutes}`)),
      loadNetwork("nuclei"),
      loadRun(out(`scratch-${scratch}`)),
    ];
    for (const [i, scores] of Object.values(found).entries()) {
      const model = await models[i];
      scores.push(scoresOf(await countImages(model, others, "instances"), "instances"));
      model.dispose();
    }
  }
  for (const name of measures) {
    const middle = (scores) => median(scores.map((each) => each[name].value));
    const { ours, ...peers } = found;
    yield {
      case: `brightfield: ${name}`,
      unit: "",
      ours: middle(ours),
      peers: Object.fromEntries(Object.entries(peers).map(([peer, scores]) => [peer, middle(scores)])),
      runs: Number(draws),
    };
  }
}

/** Five of the purple-on-white images of DSB 2018, in grey, which the network was not made for; and the other eight. */
async function drawn(draw) {
  const data = dataFolder("nuclei/brightfield");
  const all = await openDataset(`folder:${data}`, { kind: "instances", channels: "grey" });
  const order = all.names.map((_, i) => i);
  const random = randomAt(draw, "fine-tuning", 0);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  const training = outFolder(`fine-tuning/images-${draw}`);
  rmSync(training, { recursive: true, force: true });
  for (const part of ["images", "masks"]) {
    mkdirSync(`${training}/${part}`, { recursive: true });
    for (const i of order.slice(0, 5)) {
      const file = `${part}/${all.names[i].replace(/^.*\//, "")}`;
      symlinkSync(`${data}/${file}`, `${training}/${file}`);
    }
  }
  return { training, others: subset(all, order.slice(5)) };
}
