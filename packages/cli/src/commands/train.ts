import { openDataset, subset } from "@unet/datasets";
import { normalisations } from "@unet/image";
import { createUNet } from "@unet/model";
import { defaultConfig, type TrainingConfig, train } from "@unet/training";
import { type Command, Option } from "commander";
import { type CommonOptions, command, interruptible, startBackend, tell } from "../command.js";
import { notNegative, positive, sampleNumbers, wholeNumber } from "../options.js";
import { trainingProgress } from "../progress.js";
import { chooseSamples } from "../samples.js";

interface TrainOptions extends CommonOptions {
  data: string;
  out: string;
  samples?: number[];
  validation?: number[];
  steps: number;
  tile?: number;
  filters: number;
  depth: number;
  classes: number;
  kind?: "classes" | "instances";
  padding: "valid" | "same";
  rate: number;
  momentum: number;
  w0: number;
  sigma: number;
  normalisation: TrainingConfig["normalisation"];
  augmentation: boolean;
  dropout: number;
  seed: number;
  workers: number;
}

export function trainCommand(): Command {
  return command("train", "Train a U-Net on annotated images, as the paper does.", { computes: true })
    .requiredOption(
      "--data <spec>",
      "isbi2012:DIR, ctc:DIR:SEQUENCE, folder:DIR, synthetic-cells:COUNT or synthetic-membranes:COUNT",
    )
    .requiredOption("--out <folder>", "folder of the run: model, checkpoint, history")
    .option(
      "--samples <numbers>",
      "samples to train on, e.g. 0-17 (default: all but the validation)",
      sampleNumbers,
    )
    .option(
      "--validation <numbers>",
      "samples only to evaluate on, e.g. 18-23 (default: the last fifth)",
      sampleNumbers,
    )
    .option("--steps <n>", "optimiser steps, one tile each", wholeNumber(1), defaultConfig.steps)
    .option("--tile <px>", "side of a tile's input (default: output of at most 388)", wholeNumber(1))
    .option("--filters <n>", "channels of the first level; the paper has 64", wholeNumber(1), 16)
    .option("--depth <n>", "poolings; the paper has 4", wholeNumber(1), 4)
    .option("--classes <n>", "classes, background counted", wholeNumber(2), 2)
    .addOption(
      new Option("--kind <kind>", "what the masks of a folder hold").choices(["classes", "instances"]),
    )
    .addOption(
      new Option("--padding <kind>", "of the convolutions").choices(["valid", "same"]).default("valid"),
    )
    .option("--rate <x>", "learning rate", positive, defaultConfig.learningRate)
    .option("--momentum <x>", "momentum", notNegative, defaultConfig.momentum)
    .option("--w0 <x>", "height of the border weight; 0 switches it off", notNegative, defaultConfig.w0)
    .option("--sigma <px>", "width of the border weight", positive, defaultConfig.sigma)
    .addOption(
      new Option("--normalisation <how>", "of grey values")
        .choices(normalisations)
        .default(defaultConfig.normalisation),
    )
    .option(
      "--dropout <rate>",
      "share of values dropped at the end of the contracting path",
      notNegative,
      0.5,
    )
    .option("--no-augmentation", "cut plain tiles, not deformed ones")
    .option("--seed <n>", "decides weights, tiles and masks", wholeNumber(0), 0)
    .option("--workers <n>", "threads that make tiles; 0: none beside the main one", wholeNumber(0), 1)
    .action(runTraining);
}

async function runTraining(options: TrainOptions): Promise<void> {
  const { data, kind, classes } = options;
  const dataset = await openDataset(data, { seed: options.seed, kind, classes });
  const chosen = chooseSamples(dataset.length, options);
  const first = await dataset.get(chosen.training[0]);
  const backend = await startBackend(options);
  const { filters, depth, padding, dropout, seed } = options;
  const model = createUNet({
    inputChannels: first.image.channels,
    filters,
    depth,
    classes,
    padding,
    dropout,
    seed,
  });
  const progress = trainingProgress();
  if (!options.json) {
    tell(
      `data       ${options.data}: ${chosen.training.length} to train on, ${chosen.validation.length} to evaluate`,
    );
    tell(
      `model      ${model.countParams().toLocaleString("en")} parameters, ${filters} filters, depth ${depth}`,
    );
  }
  try {
    const result = await train({
      model,
      samples: subset(dataset, chosen.training),
      validation: chosen.validation.length > 0 ? subset(dataset, chosen.validation) : undefined,
      config: {
        steps: options.steps,
        tileSize: options.tile,
        learningRate: options.rate,
        momentum: options.momentum,
        w0: options.w0,
        sigma: options.sigma,
        normalisation: options.normalisation,
        augmentation: options.augmentation ? {} : false,
      },
      seed,
      workers: options.workers,
      signal: interruptible(),
      onEvent: options.json ? undefined : progress.onEvent,
      out: options.out,
    });
    progress.stop();
    const { steps, history, validation } = result;
    const summary = {
      out: options.out,
      backend: backend.name,
      steps,
      loss: history.at(-1)?.loss,
      validation,
    };
    if (options.json) console.log(JSON.stringify(summary));
    else {
      if (validation) {
        const ratio = validation.loss / validation.constantLoss;
        console.log(
          `validation loss ${validation.loss.toFixed(4)}, ${ratio.toFixed(2)} × that of the best constant probabilities (${validation.constantLoss.toFixed(4)})`,
        );
      }
      console.log(`${steps} steps done; the model is in ${options.out}`);
    }
  } finally {
    progress.stop();
    model.dispose();
  }
}
