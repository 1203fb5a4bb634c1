import { openDataset, subset } from "@unet/datasets";
import { type LabelImage, readLabelStack, type Sample } from "@unet/image";
import type { Command } from "commander";
import { type CommonOptions, command, startBackend } from "../command.js";
import { UsageError } from "../errors.js";
import { type MeasureName, measureNames, takeMeasures } from "../measures.js";
import { namesOf, sampleNumbers, wholeNumber } from "../options.js";
import { predictWith, readPrediction } from "../prediction.js";
import { isRun } from "../run.js";

interface EvaluateOptions extends CommonOptions {
  samples?: number[];
  measures?: MeasureName[];
  class: number;
}

export function evaluateCommand(): Command {
  return command("evaluate", "Measure a prediction against the truth, as the challenges do.", {
    computes: true,
  })
    .argument("<prediction>", "folder of a run, or a PNG or TIFF of probabilities or labels")
    .argument("<truth>", "a data set such as isbi2012:DIR, or a PNG or TIFF of labels")
    .option("--samples <numbers>", "samples of the data set, e.g. 18-23 (default: all)", sampleNumbers)
    .option(
      "--measures <names>",
      `some of ${measureNames.join(", ")} (default: what fits)`,
      namesOf(measureNames),
    )
    .option("--class <n>", "the class whose probabilities a run is asked for", wholeNumber(0), 1)
    .action(evaluate);
}

async function evaluate(path: string, truth: string, options: EvaluateOptions): Promise<void> {
  const { json, measures: names } = options;
  const run = isRun(path);
  const samples = /^[a-z0-9-]{2,}:/.test(truth) ? await openSamples(truth, options.samples) : undefined;
  if (run && !samples)
    throw new UsageError(`a run needs images too; name a data set such as isbi2012:DIR, not ${truth}`);
  const truths = samples?.map(({ labels }) => labels) ?? (await readLabelStack(truth));
  const kind = samples?.[0].kind ?? kindOf(truths);
  if (run) await startBackend(options);
  const prediction =
    run && samples
      ? await predictWith(path, samples, { channel: options.class, quiet: json })
      : await readPrediction(path, kind);
  if (prediction.labels.length !== truths.length) {
    throw new UsageError(
      `${path} has ${prediction.labels.length} images and ${truth} ${truths.length}; choose some with --samples`,
    );
  }
  const results = takeMeasures({ prediction, truth: truths }, { kind, names });
  if (json) {
    console.log(JSON.stringify({ prediction: path, truth, images: truths.length, kind, measures: results }));
    return;
  }
  console.log(`${truths.length} image${truths.length > 1 ? "s" : ""} with ${kind}`);
  for (const { name, value, meaning } of results) {
    console.log(`  ${name.padEnd(8)}${value.toFixed(4).padStart(8)}  ${meaning}`);
  }
}

async function openSamples(spec: string, indices?: number[]): Promise<Sample[]> {
  const whole = await openDataset(spec);
  const dataset = indices ? subset(whole, indices) : whole;
  const samples: Sample[] = [];
  for (let index = 0; index < dataset.length; index++) samples.push(await dataset.get(index));
  return samples;
}

/** A file of labels holds instances where any is above 1. */
function kindOf(labels: LabelImage[]): "classes" | "instances" {
  return labels.some(({ data }) => data.some((label) => label > 1)) ? "instances" : "classes";
}
