import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { useBackend } from "@unet/backend";
import { readLabels } from "@unet/image";
import { writeWhole } from "@unet/image/node";
import { taskOf } from "@unet/inference";
import { openPart } from "@unet/make-networks/data";
import { countImages, countsOf, scoresOf } from "@unet/make-networks/scores";
import { findNetwork, installedNetworks, loadNetwork } from "@unet/networks";
import { dataFolder, outFolder } from "./unet.mjs";

export const title =
  "The trained networks on the test part of their data, and StarDist trained on the same images for the same time";

export const options = {
  /** Networks between commas; default: all. */
  only: { type: "string" },
  /** That StarDist trains; default: those of our network. */
  minutes: { type: "string" },
};

export async function* measure({ only, minutes }) {
  await useBackend();
  const networks = only ? await Promise.all(only.split(",").map(findNetwork)) : await installedNetworks();
  for (const network of networks) {
    const { name, card } = network;
    const samples = await openPart(name, "test");
    const model = await loadNetwork(network);
    const { aim } = taskOf(model);
    const ours = scoresOf(await countImages(model, samples, aim), aim);
    model.dispose();
    const peer =
      name === "nuclei" ? await starDist(samples, minutes ?? String(card.trained.minutes ?? 45)) : undefined;
    for (const [measure, { value, low, high }] of Object.entries(ours)) {
      const peers = peer ? { StarDist: peer[measure].value } : {};
      const interval = {
        low,
        high,
        ...(peer && { peerLow: peer[measure].low, peerHigh: peer[measure].high }),
      };
      yield { case: `${name}: ${measure}`, unit: "", ours: value, peers, runs: 1, ...interval };
    }
  }
}

const packages = 'stardist==0.9.2 "numpy<2" tensorflow-cpu==2.15.1';

/** What StarDist scores, trained on the same images; nothing where it isn't installed, which is said. */
async function starDist(samples, minutes) {
  const out = outFolder(`networks-stardist-${minutes}`);
  const folder = dataFolder("nuclei/fluorescence");
  const fileOf = (name) => join(out, name.replace(/^.*\//, "").replace(/\.\w+$/, ".tif"));
  if (!samples.names.every((name) => existsSync(fileOf(name)))) {
    mkdirSync(out, { recursive: true });
    const pairs = async (part) =>
      (await openPart("nuclei", part)).names.map((name) => [
        join(folder, name),
        join(folder, name.replace("images/", "masks/")),
      ]);
    const [training, validation] = [await pairs("training"), await pairs("validation")];
    const test = samples.names.map((name) => [join(folder, name), fileOf(name)]);
    const task = { training, validation, test, minutes: Number(minutes), out };
    await writeWhole(join(out, "task.json"), JSON.stringify(task));
    if (!(await run(join(out, "task.json")))) return undefined;
  }
  const counts = [];
  for (let i = 0; i < samples.length; i++) {
    const found = await readLabels(fileOf(samples.names[i]));
    counts.push(countsOf(found, await samples.get(i), "instances"));
  }
  return scoresOf(counts, "instances");
}

/** Runs `peers/stardist_peer.py`; false where a package is missing. */
async function run(task) {
  const script = fileURLToPath(new URL("peers/stardist_peer.py", import.meta.url));
  const child = spawn(process.env.UNET_PYTHON ?? "python3", [script, task], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (text) => {
    printed += text;
  });
  const code = await new Promise((resolve) => {
    child.on("error", () => resolve(127));
    child.on("close", resolve);
  });
  const missing = code === 127 ? "Python" : /^missing (.+)$/m.exec(printed)?.[1];
  if (missing) {
    console.log(
      `Without StarDist: ${missing} is missing. To install it:\n  python3 -m venv stardist && stardist/bin/pip install ${packages}\nand name that Python: UNET_PYTHON=stardist/bin/python\n`,
    );
    return false;
  }
  if (code !== 0) throw new Error(`StarDist ended with ${code}`);
  console.log(printed.trim());
  return true;
}
