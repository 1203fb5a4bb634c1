import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { syntheticCells, syntheticMembranes } from "@unet/datasets";
import { writeImage, writeLabels } from "@unet/image";
import { writeFolder } from "@unet/image/node";
import { type Command, InvalidArgumentError } from "commander";
import { quoted } from "../messages/errors.js";
import { assertNewFolder } from "../outputs/assert-folder.js";
import { type CommonOptions, command } from "../usage/command.js";
import { wholeNumber } from "../usage/options.js";

interface SynthOptions extends CommonOptions {
  out: string;
  count: number;
  size: [number, number];
  seed: number;
}

export function synthCommand(): Command {
  return command("synth", "Make synthetic microscopy with its truth, as a folder data set.")
    .argument("<kind>", "cells or membranes", kindOf)
    .requiredOption("--out <folder>", "a new or an empty one; gets images/ and masks/")
    .option("--count <n>", "how many images", wholeNumber(1), 10)
    .option("--size <px>", "side, or WIDTHxHEIGHT", sizeOf, [256, 256])
    .option("--seed <n>", "decides every pixel", wholeNumber(0), 0)
    .action(synthesise);
}

async function synthesise(kind: "cells" | "membranes", options: SynthOptions): Promise<void> {
  const { out, count, seed, json } = options;
  const [width, height] = options.size;
  const make = kind === "cells" ? syntheticCells : syntheticMembranes;
  const dataset = make({ count, width, height, seed });
  await assertNewFolder(out, "--out");
  await writeFolder(out, async (folder) => {
    for (const part of ["images", "masks"]) await mkdir(join(folder, part));
    for (let index = 0; index < count; index++) {
      const { image, labels } = await dataset.get(index);
      const name = `${kind}-${String(index).padStart(4, "0")}.png`;
      await writeImage(join(folder, "images", name), image);
      await writeLabels(join(folder, "masks", name), labels);
    }
  });
  if (json) console.log(JSON.stringify({ out, kind, count, width, height, seed }));
  else {
    console.log(`${count} images of ${width} × ${height} with their masks are in ${out}; to train on them:`);
    const what = kind === "cells" ? ["--kind", "instances"] : [];
    const train = ["train", "--data", `folder:${out}`, ...what, "--out", `${out.replace(/[\\/]+$/, "")}-run`];
    console.log(`  unet ${train.map(quoted).join(" ")}`);
  }
}

function kindOf(text: string): "cells" | "membranes" {
  if (text !== "cells" && text !== "membranes")
    throw new InvalidArgumentError("It must be cells or membranes.");
  return text;
}

function sizeOf(text: string): [number, number] {
  const match = /^(\d+)(?:x(\d+))?$/.exec(text);
  if (!match) throw new InvalidArgumentError("It must be a side such as 256, or WIDTHxHEIGHT.");
  const side = wholeNumber(1);
  return [side(match[1]), side(match[2] ?? match[1])];
}
