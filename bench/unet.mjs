import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(import.meta.resolve("@unet/cli/package.json")).replace(
  "package.json",
  "bin/unet.mjs",
);

/**
 * Runs the command `unet` as a person would, and shows it; progress goes to standard error.
 *
 * @param {string[]} given
 * @returns what it prints with `--json`, a value for each line
 * @throws where it ends by an error
 */
export async function unet(...given) {
  console.error(`$ unet ${given.join(" ")}`);
  const child = spawn(process.execPath, [program, ...given, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (text) => {
    printed += text;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`unet ${given[0]} ended with ${code}`);
  return printed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Trains into `out`; one that was interrupted goes on, and one that has ended isn't trained again. */
export async function trainOnce(out, ...given) {
  const [trained] = existsSync(`${out}/checkpoints`)
    ? await unet("train", "--resume", out)
    : await unet("train", ...given, "--out", out);
  return trained;
}

/** The measures that `unet evaluate` takes, by name: their values, and `details` of each. */
export async function evaluate(...given) {
  const [{ measures }] = await unet("evaluate", ...given);
  const details = Object.fromEntries(measures.map(({ name, details }) => [name, details]));
  return { ...Object.fromEntries(measures.map(({ name, value }) => [name, value])), details };
}

/**
 * The scores of membranes that are compared with PyTorch's: V^Rand, V^Info, each the best over thresholds, the share of
 * wrong pixels likewise, and the three errors that ISBI 2012 reported.
 */
export async function membraneScores(prediction, data, slices, ...more) {
  const measures = "vrand,vinfo,pixel,rand,warping";
  const { details, ...found } = await evaluate(
    prediction,
    data,
    "--samples",
    slices,
    "--measures",
    measures,
    ...more,
  );
  return { ...found, wrong: details.pixel.best.error };
}

/** What some of {@link membraneScores} are called. */
export const membraneNames = { vrand: "V^Rand", vinfo: "V^Info", wrong: "wrong px" };

/** A folder of the benches, whose results are kept. */
export function outFolder(name) {
  return fileURLToPath(new URL(`out/${name}`, import.meta.url));
}

/** The folder of a data set under UNET_DATA. */
export function dataFolder(name) {
  const workspace = fileURLToPath(new URL("..", import.meta.url));
  const folder = `${process.env.UNET_DATA ?? `${workspace}../shared/data`}/${name}`;
  if (!existsSync(folder)) throw new Error(`${folder} is missing: set UNET_DATA to a folder with ${name}/`);
  return folder;
}

/** The middle one of an odd number of values. */
export function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
