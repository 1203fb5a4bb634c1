import { normalisations } from "@unet/image";
import { defaultConfig, measureNames, type TrainingConfig } from "@unet/training";
import { type Command, Option } from "commander";
import { notNegative, positive, positives, wholeNumber } from "../options.js";

/** A flag and the setting that it gives: the same field of a configuration file. */
interface Flag<Field> {
  field: Field;
  option: Option;
}

const flag = <Field>(
  field: Field,
  flags: string,
  text: string,
  read: (text: string) => unknown,
): Flag<Field> => ({
  field,
  option: new Option(flags, text).argParser(read),
});
const choice = <Field>(field: Field, flags: string, text: string, names: readonly string[]): Flag<Field> => ({
  field,
  option: new Option(flags, text).choices(names),
});
const { checkpointEvery, keepCheckpoints } = defaultConfig;

const trainingFlags: Flag<keyof TrainingConfig>[] = [
  flag("steps", "--steps <n>", "optimiser steps, over which the schedule runs", wholeNumber(1)),
  flag("minutes", "--minutes <n>", "so much time; without --steps as many steps as fit", notNegative),
  flag("tileSize", "--tile <px>", "side of a tile's input", wholeNumber(1)),
  flag("accumulate", "--accumulate <n>", "tiles a step", wholeNumber(1)),
  choice("optimizer", "--optimizer <name>", "that changes the weights", ["sgd", "adam", "adamw"]),
  flag("learningRate", "--rate <x>", "learning rate, the highest", positive),
  flag("momentum", "--momentum <x>", "of sgd", notNegative),
  flag("weightDecay", "--weight-decay <x>", "weight decay a step, times the learning rate", notNegative),
  flag("clipNorm", "--clip <norm>", "longest gradient; 0: any", notNegative),
  choice("schedule", "--schedule <name>", "of the learning rate", [
    "constant",
    "step",
    "cosine",
    "one-cycle",
  ]),
  flag("warmup", "--warmup <steps>", "over which the rate rises", wholeNumber(0)),
  flag("decayEvery", "--decay-every <steps>", "after which the rate of step falls", wholeNumber(1)),
  flag("average", "--average <decay>", "keep the weights' moving average, e.g. 0.999", notNegative),
  flag("freeze", "--freeze <levels>", "that keep their weights, e.g. enc0,enc1", (text) => text.split(",")),
  flag(
    "loss",
    "--loss <name>",
    'weightedCrossEntropy, dice, tversky, focal, or a sum such as "dice + 0.5 * focal"',
    String,
  ),
  flag("classWeights", "--class-weights <list>", "in the loss: balanced, or e.g. 1,1", (text) =>
    text === "balanced" ? text : text.split(",").map(Number),
  ),
  flag("w0", "--w0 <x>", "height of the border weight; 0: none", notNegative),
  flag("sigma", "--sigma <px>", "width of the border weight", positive),
  flag("rims", "--rims <px>", "widths of rims of instances that are classes, e.g. 4,12", positives),
  flag(
    "paste",
    "--paste <n>",
    "times that each image is also seen with objects pasted on; instances",
    wholeNumber(0),
  ),
  choice("normalisation", "--normalisation <how>", "of grey values", normalisations),
  { field: "augmentation", option: new Option("--no-augmentation", "cut plain tiles, not deformed ones") },
  flag("checkpointEvery", "--checkpoint-every <n>", `steps (default: ${checkpointEvery})`, wholeNumber(1)),
  flag(
    "keepCheckpoints",
    "--keep-checkpoints <n>",
    `the last ones (default: ${keepCheckpoints})`,
    wholeNumber(1),
  ),
  flag("validateEvery", "--validate-every <n>", "steps", wholeNumber(0)),
  flag(
    "validations",
    "--validations <n>",
    "so many evaluations, spread evenly over the steps",
    wholeNumber(0),
  ),
  choice("measure", "--measure <name>", "that says which model is best", measureNames),
  flag("patience", "--patience <n>", "evaluations without a better one, then stop; 0: never", wholeNumber(0)),
  { field: "keepBest", option: new Option("--no-keep-best", "keep the last model, not the best") },
];

/** Fields of the model that have a flag; a file may name every option of `createUNet`. */
type ModelField =
  | "filters"
  | "depth"
  | "classes"
  | "padding"
  | "dropout"
  | "upsampling"
  | "batchNormalisation";

const modelFlags: Flag<ModelField>[] = [
  flag("filters", "--filters <n>", "channels of the first level; the paper has 64", wholeNumber(1)),
  flag("depth", "--depth <n>", "poolings", wholeNumber(1)),
  flag(
    "classes",
    "--classes <n>",
    "background counted; instances then get no rims (default: 2, and one a rim)",
    wholeNumber(2),
  ),
  choice("padding", "--padding <kind>", "of the convolutions", ["valid", "same"]),
  choice("upsampling", "--upsampling <kind>", "on the way up", ["transpose", "nearest", "bilinear"]),
  { field: "batchNormalisation", option: new Option("--batch-normalisation", "after each 3×3 convolution") },
  flag("dropout", "--dropout <rate>", "at the end of the contracting path", notNegative),
];

/** Each setting by its field, with its flag. */
export const settingFlags = [...modelFlags, ...trainingFlags].map(({ field, option }): [string, string] => [
  field,
  option.long ?? "",
]);

/** Adds the flags of the model and of the training to a command. */
export function addSettings(command: Command): void {
  for (const { option } of [...modelFlags, ...trainingFlags]) command.addOption(option);
}

/** The settings that flags gave, by the names of their fields; nothing for flags that weren't given. */
export function settingsOf(command: Command): {
  model: Partial<Record<ModelField, unknown>>;
  training: Partial<TrainingConfig>;
} {
  const given = <Field extends string>(flags: Flag<Field>[]) =>
    Object.fromEntries(
      flags
        .filter(({ option }) => command.getOptionValueSource(option.attributeName()) === "cli")
        .map(({ field, option }) => [field, command.getOptionValue(option.attributeName())]),
    );
  return { model: given(modelFlags), training: given(trainingFlags) };
}
