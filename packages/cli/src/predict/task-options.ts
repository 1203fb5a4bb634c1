import { checkTask, type Predictor, plainTaskFor, splits, type Task, type TaskOutput } from "@unet/inference";
import { type Command, InvalidArgumentError } from "commander";
import { UsageError } from "../messages/errors.js";
import { tell } from "../usage/command.js";
import { notNegative, scaleFactor, wholeNumber } from "../usage/options.js";

/** Settings that override those of the model's task. */
export interface TaskOptions {
  class?: number;
  scale?: number;
  threshold?: number;
  minimumSize?: number;
  fillHoles?: boolean;
  split?: TaskOutput["split"] | true;
}

/**
 * Adds the options of {@link TaskOptions}.
 *
 * @param parting whether there is one that says how joined objects are parted
 */
export function withTaskOptions(command: Command, { parting = true } = {}): Command {
  command
    .option(
      "--class <n>",
      "the class whose probabilities or objects are wanted (default: the model's score)",
      wholeNumber(0),
    )
    .option(
      "--scale <x>",
      "factor by which images are resized for the network (default: the model's)",
      scaleFactor,
    )
    .option(
      "--threshold <p>",
      "score from which a pixel belongs to an object (default: the model's)",
      notNegative,
    )
    .option("--minimum-size <px>", "smallest object that is kept (default: the model's)", wholeNumber(0))
    .option("--fill-holes", "background that an object encloses becomes its own (default: the model's)")
    .option("--no-fill-holes", "background in objects stays background");
  if (!parting) return command;
  return command.option(
    "--split [how]",
    `part joined objects: ${splits.join(", ")} (default: as the model says; without a word, distance)`,
    splitOf,
  );
}

function splitOf(text: string): TaskOutput["split"] {
  if ((splits as readonly string[]).includes(text)) return text as TaskOutput["split"];
  throw new InvalidArgumentError(`It must be one of ${splits.join(", ")}, or nothing after it.`);
}

/**
 * The task of a network, with the settings that options override.
 *
 * @throws UsageError where there is no such class
 */
export function taskBy({ task, classes }: Predictor, options: TaskOptions): Task {
  const base = task ?? plainTaskFor(classes);
  const { class: wanted, scale = base.scale, split = base.out.split } = options;
  if (wanted !== undefined && wanted >= classes) {
    throw new UsageError(`--class must be 0 to ${classes - 1} for this model, got ${wanted}`);
  }
  const { threshold = base.out.threshold, minimumSize = base.out.minimumSize } = options;
  const { fillHoles = base.out.fillHoles } = options;
  const made: Task = {
    ...base,
    // A single class is looked for as objects.
    ...(wanted !== undefined && base.aim === "classes" && { aim: "instances" as const }),
    scale,
    out: {
      score:
        wanted === undefined ? base.out.score : base.out.score.map((_, label) => (label === wanted ? 1 : 0)),
      threshold,
      split: split === true ? "distance" : split,
      minimumSize,
      fillHoles,
    },
  };
  if (task && !isSame(task, made)) delete made.calibration;
  return checkTask(made, classes, "");
}

const isSame = (a: Task, b: Task) =>
  a.scale === b.scale && JSON.stringify(inOrder(a.out)) === JSON.stringify(inOrder(b.out));
const inOrder = ({ score, threshold, split, minimumSize, fillHoles }: TaskOutput) => [
  ...[score, threshold, split, minimumSize, fillHoles],
];

/** What {@link tellTask} is told beside the task. */
interface TellTaskOptions {
  /** Whether the task is the model's, and not what is done where a model has none. */
  known: boolean;
  /** How scores are averaged over turned images. */
  tta: "none" | "symmetries" | "rotations";
  /** Whether its way to part joined objects is followed. Default true. */
  parting?: boolean;
}

/** Says in a line what a network is used for, and how. */
export function tellTask(task: Task, { known, tta, parting = true }: TellTaskOptions): void {
  const { aim, recipe, scale, out, calibration } = task;
  const { score, threshold, split, minimumSize, fillHoles } = out;
  const likeliest = aim === "classes" && score.length > 2;
  const said = [
    ...(scale === 1 ? [] : [`at scale ${rounded(scale)}`]),
    ...(tta === "none" ? [] : [tta === "symmetries" ? "mean of 8 symmetries" : "mean of 7 rotations"]),
    likeliest ? "the likeliest class" : `threshold ${rounded(threshold)}`,
    ...(aim === "classes"
      ? []
      : [
          ...(parting ? [split === "none" ? "not split" : `split by ${split}`] : []),
          ...(minimumSize > 0 ? [`smallest ${rounded(minimumSize)} px`] : []),
          ...(fillHoles ? ["holes filled"] : []),
        ]),
  ].join(", ");
  const by = recipe === undefined ? "" : ` by "${recipe}"`;
  const chosen = calibration
    ? ` (calibrated on ${calibration.images} image${calibration.images === 1 ? "" : "s"})`
    : known
      ? ""
      : " (the model says nothing of itself)";
  tell(`task       ${aim}${by}: ${said}${chosen}`);
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}
