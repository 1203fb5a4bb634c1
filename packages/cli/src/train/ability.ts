import type { Task } from "@unet/inference";
import { quoted } from "../messages/errors.js";
import { WIDTH, wrap } from "../messages/wrap.js";

/** The last lines of a command that made or changed a model: how it is used, what it can do, and what to type next. */
export function lastWords(
  run: string,
  task: Task | undefined,
  options: { bestWeights?: boolean } = {},
): string[] {
  const lines: string[] = [];
  const say = (what: string, text: string) => lines.push(...wrap(`${what.padEnd(11)}${text}`, WIDTH, 11));
  if (task) say("uses", outputOf(task));
  const ability = task && abilityOf(task, options);
  if (ability) say("it", ability);
  // Not wrapped, so that it works when it is pasted.
  lines.push(`next       unet predict ${quoted(run)} IMAGES`);
  return lines;
}

/**
 * What a calibrated model can do, in two sentences: how good, and how that is known. Nothing for a model that isn't
 * calibrated.
 *
 * @param bestWeights whether the weights were chosen on the same images, too
 */
export function abilityOf({ aim, calibration }: Task, { bestWeights = false } = {}): string | undefined {
  if (!calibration) return undefined;
  const { images, measures } = calibration;
  const said = sentences[aim](
    (name) => (measures[name] === undefined ? "–" : measures[name].toFixed(2)),
    measures,
  );
  const chosen = bestWeights ? "threshold and best weights were chosen" : "the threshold was chosen";
  const known =
    images === 1
      ? `estimated on the one image on which ${chosen}, which flatters`
      : `estimated on ${images} images on which ${chosen}, leaving one out at a time`;
  return `${said}; ${known}`;
}

type Say = (number: (name: string) => string, measures: Record<string, number>) => string;

const sentences: Record<Task["aim"], Say> = {
  instances: (number, { found, objects }) =>
    `finds ${number("recall")} of the objects at IoU 0.5, and ${number("precision")} of what it finds are objects (F1 ${number("f1")}, SEG ${number("seg")}; ${found} found, ${objects} true)`,
  membranes: (number) =>
    `parts the regions with V^Rand ${number("vrand")} and V^Info ${number("vinfo")}, where 1 is perfect; ${number("wrong")} of the pixels are wrong`,
  classes: (number, measures) => {
    const each = Object.keys(measures).filter((name) => /^iou\d+$/.test(name));
    const list = each.map((name) => `class ${name.slice(3)} ${number(name)}`).join(", ");
    return `finds the classes with a mean IoU of ${number("miou")}${each.length > 1 ? ` (${list})` : ""}`;
  },
};

/** How scores become a result, in words. */
export function outputOf({ aim, out }: Task): string {
  const { threshold, split, minimumSize, fillHoles, score } = out;
  if (aim === "classes")
    return score.length > 2 ? "the likeliest class" : `class 1 from score ${threshold} on`;
  const parts = {
    none: "not split",
    distance: "split at narrow places",
    scores: "split where the score is low",
    contours: "parted along contours, gaps closed",
  };
  const smallest = minimumSize > 0 ? `, at least ${minimumSize} px` : "";
  return `objects from score ${threshold} on, ${parts[split]}${smallest}${fillHoles ? ", holes filled" : ""}`;
}
