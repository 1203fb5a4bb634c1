import { checkLabels, type Dataset, type Finding } from "@unet/datasets";
import { writeWhole } from "@unet/image/node";
import type { Command } from "commander";
import { openData } from "../data.js";
import { inFlags } from "../messages/in-words.js";
import { wrap } from "../messages/wrap.js";
import { assertOutputs } from "../outputs/assert-outputs.js";
import { drawFindings } from "../report/findings-picture.js";
import { type CommonOptions, command, tell } from "../usage/command.js";
import { addDataOptions, type DataOptions, dataOptionsOf } from "../usage/data-options.js";
import { wholeNumber } from "../usage/options.js";

interface CheckOptions extends CommonOptions, DataOptions {
  classes: number;
  heldOut?: string;
  seed: number;
  picture?: string;
}

export function checkCommand(): Command {
  const made = command("check", "Say what is wrong with annotated images before training on them.")
    .argument("<data>", "isbi2012:DIR, ctc:DIR:SEQUENCE, folder:DIR or synthetic images")
    .option("--held-out <data>", "images that will not be trained on: none may be in both")
    .option("--classes <n>", "classes, background counted, as in unet train", wholeNumber(2), 2)
    .option("--seed <n>", "of synthetic images", wholeNumber(0), 0)
    .option("--picture <file>", "draw the suspicious images with their labels, as PNG");
  return addDataOptions(made).action(check);
}

async function check(spec: string, options: CheckOptions): Promise<void> {
  const { heldOut, classes, seed, picture, json } = options;
  // Labels beyond the classes are findings, so the reader is not told how many there are.
  const open = (data: string) => openData(data, { ...dataOptionsOf(options), seed });
  assertOutputs({ "--picture": picture }, [spec, heldOut]);
  const sets: Dataset[] = [await open(spec)];
  if (heldOut) sets.push(await open(heldOut));
  const findings = await checkLabels(sets[0], { classes, heldOut: sets[1] });
  if (picture) await writeWhole(picture, await drawFindings(sets, findings));

  const count = (severity: Finding["severity"]) =>
    findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings] = [count("error"), count("warning")];
  const images = sets.reduce((sum, { length }) => sum + length, 0);
  if (json) console.log(JSON.stringify({ data: spec, heldOut, images, errors, warnings, findings }));
  else {
    for (const finding of findings) print(finding);
    if (picture) tell(`${picture} is written`);
    const verdict = `${images} image${images === 1 ? "" : "s"}: ${errors || "no"} errors, ${warnings || "no"} warnings`;
    if (errors === 0) console.log(verdict);
  }
  if (errors > 0) throw new Error(`${spec}: ${errors} of the findings in ${images} images are errors`);
}

/** A row of the table: how bad, where, and below it what is wrong and what helps. */
function print({ severity, sample, problem, remedy }: Finding): void {
  console.log(`${severity.padEnd(9)}${sample || "all images"}`);
  for (const line of wrap(inFlags(problem), 70)) console.log(`${" ".repeat(9)}${line}`);
  if (severity !== "info")
    for (const line of wrap(`→ ${inFlags(remedy)}`, 70)) console.log(`${" ".repeat(9)}${line}`);
}
