import { normalisations } from "@unet/image";
import type { UNetConfig } from "@unet/model";
import { defaultConfig, measureNames, type TrainingConfig } from "@unet/training";
import { type Command, Option } from "commander";
import { notNegative, positive, positives, wholeNumber } from "../usage/options.js";

const flag = (flags: string, text: string, read: (text: string) => unknown) =>
  new Option(flags, text).argParser(read);
const choice = (flags: string, text: string, names: readonly string[]) =>
  new Option(flags, text).choices(names);
const { checkpointEvery, keepCheckpoints } = defaultConfig;

/** Flags of the training, each called as its field of `TrainingConfig`: `--learning-rate` is `learningRate`. */
const trainingFlags: Option[] = [
  flag("--steps <n>", "optimiser steps, over which the schedule runs", wholeNumber(1)),
  flag("--minutes <n>", "so much time; without --steps as many steps as fit", notNegative),
  flag("--tile-size <px>", "side of a tile's input", wholeNumber(1)),
  flag("--accumulate <n>", "tiles a step", wholeNumber(1)),
  choice("--optimizer <name>", "that changes the weights", ["sgd", "adam", "adamw"]),
  flag("--learning-rate <x>", "the highest that the schedule reaches", positive),
  flag("--momentum <x>", "of sgd", notNegative),
  flag("--weight-decay <x>", "weight decay a step, times the learning rate", notNegative),
  flag("--clip-norm <norm>", "longest gradient; 0: any", notNegative),
  choice("--schedule <name>", "of the learning rate", ["constant", "step", "cosine", "one-cycle"]),
  flag("--warmup <steps>", "over which the learning rate rises", wholeNumber(0)),
  flag("--decay-every <steps>", "after which the learning rate of step falls", wholeNumber(1)),
  flag("--average <decay>", "keep the weights' moving average, e.g. 0.999", notNegative),
  flag("--freeze <levels>", "that keep their weights, e.g. enc0,enc1", (text) => text.split(",")),
  flag(
    "--loss <name>",
    'weightedCrossEntropy, dice, tversky, focal, or a sum such as "dice + 0.5 * focal"',
    String,
  ),
  flag("--class-weights <list>", "in the loss: balanced, or e.g. 1,1", (text) =>
    text === "balanced" ? text : text.split(",").map(Number),
  ),
  flag("--w0 <x>", "height of the border weight; 0: none", notNegative),
  flag("--sigma <px>", "width of the border weight", positive),
  flag("--rims <px>", "widths of rims of instances that are classes, e.g. 4,12", positives),
  flag("--paste <n>", "times that each image is also seen with objects pasted on; instances", wholeNumber(0)),
  choice("--normalisation <how>", "of grey values", normalisations),
  new Option("--no-augmentation", "cut plain tiles, not deformed ones"),
  flag("--checkpoint-every <n>", `steps (default: ${checkpointEvery})`, wholeNumber(1)),
  flag("--keep-checkpoints <n>", `the last ones (default: ${keepCheckpoints})`, wholeNumber(1)),
  flag("--validate-every <n>", "steps", wholeNumber(0)),
  flag("--validations <n>", "so many evaluations, spread evenly over the steps", wholeNumber(0)),
  choice("--measure <name>", "that says which model is best", measureNames),
  flag("--patience <n>", "evaluations without a better one, then stop; 0: never", wholeNumber(0)),
  new Option("--no-keep-best", "keep the last model, not the best"),
];

/** Flags of the model, each called as its option of `createUNet`, of which a file may name all. */
const modelFlags: Option[] = [
  flag("--filters <n>", "channels of the first level; the paper has 64", wholeNumber(1)),
  flag("--depth <n>", "poolings", wholeNumber(1)),
  flag(
    "--classes <n>",
    "background counted; instances then get no rims (default: 2, and one a rim)",
    wholeNumber(2),
  ),
  choice("--padding <kind>", "of the convolutions", ["valid", "same"]),
  choice("--upsampling <kind>", "on the way up", ["transpose", "nearest", "bilinear"]),
  new Option("--batch-normalisation", "after each 3×3 convolution"),
  flag("--dropout <rate>", "at the end of the contracting path", notNegative),
];

/** Adds the flags of the model and of the training to a command. */
export function addSettings(command: Command): void {
  for (const option of [...modelFlags, ...trainingFlags]) command.addOption(option);
}

/** The settings that flags gave, by the names of their fields; nothing for flags that weren't given. */
export function settingsOf(command: Command): {
  model: Partial<UNetConfig>;
  training: Partial<TrainingConfig>;
} {
  const given = (flags: Option[]) =>
    Object.fromEntries(
      flags
        .map((option) => option.attributeName())
        .filter((name) => command.getOptionValueSource(name) === "cli")
        .map((name) => [name, command.getOptionValue(name)]),
    );
  return { model: given(modelFlags), training: given(trainingFlags) };
}
