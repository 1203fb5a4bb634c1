import type { Track } from "@unet/datasets";
import type { Image, LabelImage, LabelKind } from "@unet/image";
import {
  type ClassScores,
  classScores,
  detMeasure,
  dice,
  type InstanceScores,
  instanceScores,
  iou,
  type MeasureStream,
  pixelError,
  randError,
  segMeasure,
  traMeasure,
  vInfo,
  vRand,
  warpingError,
} from "@unet/metrics";
import { UsageError } from "../messages/errors.js";

/** One image of what is evaluated, with its truth. */
export interface Measured {
  labels: LabelImage;
  /** Probability of the foreground, where it is known: one channel, 0 … 1. */
  probability?: Image<Float32Array>;
  /** The foreground after thresholding, 0 or 1. */
  regions?: Image<Float32Array>;
  truth: LabelImage;
}

/** Track tables on both sides. */
export type Tables = Record<"prediction" | "truth", Track[]>;

/** A measure of `unet evaluate`. */
interface EvaluatedMeasure {
  /**
   * Where no measure is named it is taken for every truth, of instances, of more classes than one beside background,
   * or of one with known probabilities; `"named"` only where it is named.
   */
  fits: "both" | "instances" | "severalClasses" | "probabilities" | "named";
  /** Against what: the data set's labels, or a sequence's markers. */
  against?: "markers";
  meaning: string;
  start(tables?: Tables): Taken;
}

/** A measure that is fed image by image. */
interface Taken {
  /** Adds an image, and answers the measure of that image alone, where there is one. */
  add(image: Measured): number | undefined;
  /** Further values of that image, by name. */
  more?(): Record<string, number>;
  /** The value of all images so far, and all that the measure says. */
  result(): { value: number; details: unknown };
}

const measures = {
  iou: {
    fits: "both",
    meaning: "intersection over union of all foreground",
    start: () => ofLabels(iou.stream(), (value) => value),
  },
  dice: {
    fits: "both",
    meaning: "Dice coefficient of all foreground",
    start: () => ofLabels(dice.stream(), (value) => value),
  },
  miou: {
    fits: "severalClasses",
    meaning: "mean IoU of the classes from 1 on",
    start: ofClasses,
  },
  mdice: {
    fits: "severalClasses",
    meaning: "mean Dice coefficient of the classes from 1 on",
    start: () => {
      const { add, result } = ofLabels(classScores.stream(), ({ dice }) => dice);
      return { add, result: () => ({ value: result().value, details: undefined }) };
    },
  },
  seg: {
    fits: "instances",
    meaning: "SEG: mean IoU of the true objects",
    start: () => ofLabels(segMeasure.stream(), ({ score }) => score),
  },
  det: {
    fits: "named",
    against: "markers",
    meaning: "DET: 1 − cost of putting detections right",
    start: () => ofLabels(detMeasure.stream(), ({ score }) => score),
  },
  tra: {
    fits: "named",
    against: "markers",
    meaning: "TRA: 1 − cost of putting tracks right",
    start: (tables?: Tables) => {
      if (!tables) throw new UsageError("tra needs ctc:DIR:SEQUENCE and a folder with res_track.txt");
      const stream = traMeasure.stream(tables);
      return {
        add: ({ labels, truth }: Measured) => void stream.add(labels, truth),
        result: () => {
          const details = stream.result();
          return { value: details.score, details };
        },
      };
    },
  },
  f1: {
    fits: "instances",
    meaning: "F1 of objects at an IoU above 0.5",
    start: () => ofLabels(instanceScores.stream(), ({ perThreshold }: InstanceScores) => perThreshold[0].f1),
  },
  ap: {
    fits: "instances",
    meaning: "TP / (TP + FP + FN), mean over IoU 0.5 … 0.95",
    start: () => ofLabels(instanceScores.stream(), ({ averagePrecision }) => averagePrecision),
  },
  pixel: {
    fits: "probabilities",
    meaning: "pixel error: 1 − largest F-score",
    start: () => ofProbabilities("pixel", pixelError.stream(), ({ challenge }) => challenge),
  },
  rand: {
    fits: "probabilities",
    meaning: "Rand error: 1 − largest F-score",
    start: () => ofProbabilities("rand", randError.stream(), ({ challenge }) => challenge),
  },
  warping: {
    fits: "probabilities",
    meaning: "warping error: least share of splits and mergers",
    start: () => ofProbabilities("warping", warpingError.stream(), ({ challenge }) => challenge),
  },
  vrand: {
    fits: "probabilities",
    meaning: "V^Rand after border thinning; of probabilities the largest",
    start: () => ofRegions("vrand", vRand.stream(), ({ score }) => score),
  },
  vinfo: {
    fits: "probabilities",
    meaning: "V^Info after border thinning; of probabilities the largest",
    start: () => ofRegions("vinfo", vInfo.stream(), ({ score }) => score),
  },
} satisfies Record<string, EvaluatedMeasure>;

/** A name that `--measures` takes. */
export type EvaluateMeasure = keyof typeof measures;

/** Every {@link EvaluateMeasure}. */
export const evaluateMeasures = Object.keys(measures) as EvaluateMeasure[];

/** The measures that fit a truth and what is known of the prediction, where none was named. */
export function fittingMeasures(
  kind: LabelKind,
  { probabilities, severalClasses }: { probabilities: boolean; severalClasses: boolean },
): EvaluateMeasure[] {
  const fitting = [
    "both",
    severalClasses ? "severalClasses" : kind === "classes" && probabilities ? "probabilities" : kind,
  ];
  return evaluateMeasures.filter((name) => fitting.includes(measures[name].fits));
}

/** Whether a measure compares with the markers of a sequence, where there are any. */
export function isOfMarkers(name: EvaluateMeasure): boolean {
  return (measures[name] as EvaluatedMeasure).against === "markers";
}

/** One line of the result. */
export interface MeasureResult {
  name: EvaluateMeasure;
  value: number;
  meaning: string;
  /** The measure's full result: thresholds, counts. */
  details: unknown;
}

/** The values of one image, by the names of measures and, of single classes, such as `iou_1`. */
export type ImageValues = Partial<Record<string, number>>;

/** Measures image after image, and keeps none of them. */
export function startMeasures(names: EvaluateMeasure[], tables?: Tables) {
  const taken = names.map((name): Taken & { name: EvaluateMeasure } => ({
    name,
    ...measures[name].start(tables),
  }));
  return {
    /** The values of one more image. */
    add: (image: Measured): ImageValues =>
      Object.assign({}, ...taken.map(({ name, add, more }) => ({ [name]: add(image), ...more?.() }))),
    /** The values of all. */
    results: (): MeasureResult[] =>
      taken.map(({ name, result }) => ({ name, meaning: measures[name].meaning, ...result() })),
  };
}

function ofLabels<Result>(
  stream: MeasureStream<LabelImage, Result>,
  scoreOf: (result: Result) => number,
): Taken {
  return {
    add: ({ labels, truth }) => scoreOf(stream.add(labels, truth)),
    result: () => withDetails(stream.result(), scoreOf),
  };
}

/** Class by class: the mean, and for each image the values of each class. */
function ofClasses(): Taken {
  const stream = classScores.stream();
  let last: ClassScores | undefined;
  return {
    add({ labels, truth }) {
      last = stream.add(labels, truth);
      return last.iou;
    },
    more: () =>
      Object.assign(
        {},
        ...(last?.perClass.slice(1) ?? []).map(
          ({ class: label, iou, dice, seg, f1, averagePrecision: ap }) =>
            // A class that is on neither side has no column.
            !Number.isNaN(iou) && {
              [`iou_${label}`]: iou,
              [`dice_${label}`]: dice,
              [`seg_${label}`]: seg,
              [`f1_${label}`]: f1,
              [`ap_${label}`]: ap,
            },
        ),
      ),
    result: () => withDetails(stream.result(), ({ iou }) => iou),
  };
}

function ofProbabilities<Result>(
  name: string,
  stream: MeasureStream<Image, Result>,
  scoreOf: (result: Result) => number,
): Taken {
  return {
    add({ probability, truth }) {
      if (probability) return scoreOf(stream.add(probability, truth));
      throw new UsageError(`${name} needs probabilities, and the prediction holds labels`);
    },
    result: () => withDetails(stream.result(), scoreOf),
  };
}

/** Measures the thresholded foreground where there is one, else the probabilities. */
function ofRegions<Result>(
  name: string,
  stream: MeasureStream<Image, Result>,
  scoreOf: (result: Result) => number,
): Taken {
  const { add, result } = ofProbabilities(name, stream, scoreOf);
  return {
    result,
    add: ({ regions, ...image }) => add(regions ? { ...image, probability: regions } : image),
  };
}

function withDetails<Result>(result: Result, scoreOf: (result: Result) => number) {
  return { value: scoreOf(result), details: typeof result === "number" ? undefined : result };
}
