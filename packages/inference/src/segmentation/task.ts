import type { LayersModel } from "@tensorflow/tfjs-layers";

/** What is looked for: separate objects, the regions between membranes, or the class of each pixel. */
export type Aim = "instances" | "membranes" | "classes";

/** Every {@link Aim}. */
export const aims: readonly Aim[] = ["instances", "membranes", "classes"];

/**
 * How a network is used: what it must be shown, and how its scores become a result. Plain JSON, which `train` writes into
 * `model.json` under `task`, and which `segment` follows.
 *
 * ```json
 * { "recipe": "instances", "aim": "instances", "scale": 0.5,
 *   "out": { "score": [0, 1, 0.5], "threshold": 0.45, "split": "scores", "minimumSize": 40, "fillHoles": true } }
 * ```
 */
export interface Task {
  /** The recipe that the network was trained by. */
  recipe?: string;
  aim: Aim;
  /** Factor by which an image is resized before the network sees it; results are of the image's own size. */
  scale: number;
  /** Whether scores are averaged over the 8 symmetries of the square, which takes eight times as long. Default false. */
  symmetries?: boolean;
  out: TaskOutput;
  /** What the validation images said of `out`, where it was chosen on them. */
  calibration?: Calibration;
}

/** How the probabilities of a pixel's classes become objects. */
export interface TaskOutput {
  /** Weights of the classes' probabilities, whose sum is the pixel's score: `[0, 1]` is that of class 1. */
  score: number[];
  /** A pixel belongs to an object from this score on. */
  threshold: number;
  /**
   * How joined objects are parted: `"none"`, by a watershed of the `"distance"` to the border or of the `"scores"`, or
   * along `"contours"` in which gaps are closed (`ultrametricContours`), which needs the whole image in memory.
   */
  split: "none" | "distance" | "scores" | "contours";
  /** Smaller objects are dropped, px of the image. */
  minimumSize: number;
  /** Whether background that an object encloses becomes its own. */
  fillHoles: boolean;
}

/** How well a task's settings did on the images that they were chosen on. */
export interface Calibration {
  /** Images that the settings were chosen on. */
  images: number;
  /**
   * Measures by name, such as `f1` and `seg`, estimated leaving one image out: each is segmented by the settings that are
   * best on the others. With a single image they are those of the chosen settings, which flatters.
   */
  measures: Record<string, number>;
}

/** What a network does whose model says nothing of it: class 1, from one half on, as connected components. */
export const plainTask: Task = {
  aim: "instances",
  scale: 1,
  out: { score: [0, 1], threshold: 0.5, split: "none", minimumSize: 0, fillHoles: false },
};

/** {@link plainTask} for a network of so many classes; of a single one that is the score. */
export function plainTaskFor(classes: number): Task {
  const score = Array.from({ length: classes }, (_, i) => (i === Math.min(1, classes - 1) ? 1 : 0));
  return { ...plainTask, out: { ...plainTask.out, score } };
}

/**
 * The task that a model's metadata hold, or nothing for a model without one.
 *
 * @throws RangeError that names the field that is wrong
 */
export function taskOf(model: LayersModel): Task | undefined {
  const { task } = (model.getUserDefinedMetadata() ?? {}) as { task?: unknown };
  if (task === undefined) return undefined;
  const classes = model.outputs[0].shape.at(-1) as number;
  return checkTask(task, classes);
}

/**
 * Checks a task that was read from a file or made by a program.
 *
 * @param classes of the network, background counted
 * @param whose begins the message
 * @throws RangeError that names the field, what it holds and what would be right
 */
export function checkTask(task: unknown, classes: number, whose = "the model's "): Task {
  const fail = (field: string, right: string, given: unknown): never => {
    throw new RangeError(`${whose}${field} must be ${right}, got ${JSON.stringify(given)?.slice(0, 80)}`);
  };
  if (!isObject(task)) return fail("task", "an object", task);
  const { recipe, aim, scale, symmetries, out, calibration } = task;
  if (recipe !== undefined && typeof recipe !== "string") fail("task.recipe", "a name", recipe);
  if (!aims.includes(aim as Aim)) fail("task.aim", `one of ${aims.join(", ")}`, aim);
  if (!(isNumber(scale) && scale >= 0.01 && scale <= 100)) {
    fail("task.scale", "a number from 0.01 to 100", scale);
  }
  if (symmetries !== undefined && typeof symmetries !== "boolean") {
    fail("task.symmetries", "true or false", symmetries);
  }
  if (calibration !== undefined && !isObject(calibration)) fail("task.calibration", "an object", calibration);
  if (!isObject(out)) return fail("task.out", "an object", out);
  const { score, threshold, split, minimumSize, fillHoles } = out;
  if (!(Array.isArray(score) && score.length === classes && score.every(isNumber))) {
    fail("task.out.score", `a number for each of ${classes} classes`, score);
  }
  if (!isNumber(threshold)) fail("task.out.threshold", "a number", threshold);
  if (!splits.includes(split as TaskOutput["split"])) {
    fail("task.out.split", `one of ${splits.join(", ")}`, split);
  }
  if (!(isNumber(minimumSize) && minimumSize >= 0))
    fail("task.out.minimumSize", "0 or a number of px", minimumSize);
  if (typeof fillHoles !== "boolean") fail("task.out.fillHoles", "true or false", fillHoles);
  return task as unknown as Task;
}

/** Every way to part joined objects. */
export const splits: ReadonlyArray<TaskOutput["split"]> = ["none", "distance", "scores", "contours"];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
