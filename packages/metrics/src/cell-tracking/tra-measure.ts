import type { LabelImage } from "@unet/image";
import { assertPair, pairUp } from "../measure.js";
import { matchObjects, type ObjectMatches } from "../objects/match-objects.js";
import { type DetectionErrors, detectionCost, detectionErrors, scoreOf } from "./det-measure.js";
import { type Edge, edgesOf, type Track, type TrackedLabels, type Vertex } from "./tracks.js";

/** What {@link traMeasure} answers. */
export interface TraResult extends DetectionErrors {
  /** 1 is perfect, 0 is no better than nothing; NaN where there is no marker. */
  score: number;
  /** AOGM, the weighted sum of the errors. */
  cost: number;
  /** True links. */
  edges: number;
  /** True links that the prediction lacks. */
  missingEdges: number;
  /** Links of the prediction that the truth lacks. */
  superfluousEdges: number;
  /** Links of both that are of a track in one and to a parent in the other. */
  wrongEdges: number;
}

/**
 * TRA of the Cell Tracking Challenge (Matula et al. 2015): what it costs to make the predicted graph of cells and
 * links the true one, against what it costs to build it from nothing. AOGM = AOGM-D of {@link detMeasure} +
 * superfluous edges + 1.5 · missing edges + wrong edges; TRA = 1 − min(AOGM, AOGM₀) / AOGM₀,
 * AOGM₀ = 10 · markers + 1.5 · edges. Links count only between objects that match one marker alone.
 *
 * @param prediction instance labels and track table
 * @param truth markers and track table; ignored pixels are left out
 * @throws RangeError where the images don't belong together, or a track table contradicts its images or itself
 */
export function traMeasure(prediction: TrackedLabels, truth: TrackedLabels): TraResult {
  const stream = traMeasure.stream({ prediction: prediction.tracks, truth: truth.tracks });
  for (const [found, expected] of pairUp(prediction.labels, truth.labels, "traMeasure")) {
    stream.add(found, expected);
  }
  return stream.result();
}

/** {@link traMeasure} of frames that are not at hand all at once: added one after the other, from frame 0 on. */
traMeasure.stream = (tracks: Record<"prediction" | "truth", readonly Track[]>): TrackingStream => {
  const frames: ObjectMatches[] = [];
  return {
    add(prediction, truth) {
      assertPair(prediction, truth, frames.length, "traMeasure");
      frames.push(matchObjects(prediction, truth));
    },
    result: () => compareGraphs(frames, tracks),
  };
};

/** What {@link traMeasure} has seen so far: counts of each frame, not its pixels. */
export interface TrackingStream {
  add(prediction: LabelImage, truth: LabelImage): void;
  /** Of all frames so far. */
  result(): TraResult;
}

function compareGraphs(
  frames: ObjectMatches[],
  tracks: Record<"prediction" | "truth", readonly Track[]>,
): TraResult {
  const trueEdges = edgesOf(
    tracks.truth,
    frames.map(({ expected }) => expected),
    "traMeasure, truth",
  );
  const predictedEdges = edgesOf(
    tracks.prediction,
    frames.map(({ found }) => found),
    "traMeasure, prediction",
  );
  const markers = frames.map(soleMarkers);
  const markerOf = ({ frame, label }: Vertex) => markers[frame].get(label);

  const kinds = new Map(trueEdges.map((edge) => [keyOf(edge), edge.kind]));
  const errors = { missingEdges: trueEdges.length, superfluousEdges: 0, wrongEdges: 0 };
  for (const { from, to, kind } of predictedEdges) {
    const [source, target] = [markerOf(from), markerOf(to)];
    if (source === undefined || target === undefined) continue;
    const trueKind = kinds.get(keyOf({ from: { ...from, label: source }, to: { ...to, label: target } }));
    if (!trueKind) errors.superfluousEdges++;
    else {
      errors.missingEdges--;
      if (trueKind !== kind) errors.wrongEdges++;
    }
  }

  const detection = detectionErrors(frames);
  const cost =
    detectionCost(detection) + errors.superfluousEdges + 1.5 * errors.missingEdges + errors.wrongEdges;
  const fromNothing = 10 * detection.markers + 1.5 * trueEdges.length;
  return { score: scoreOf(cost, fromNothing), cost, ...detection, edges: trueEdges.length, ...errors };
}

/** The marker of each predicted object that matches just one. */
function soleMarkers({ matches }: ObjectMatches): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { label } of matches.values()) counts.set(label, (counts.get(label) ?? 0) + 1);
  const sole = new Map<number, number>();
  for (const [marker, { label }] of matches) if (counts.get(label) === 1) sole.set(label, marker);
  return sole;
}

const keyOf = ({ from, to }: Pick<Edge, "from" | "to">) =>
  `${from.frame}:${from.label}-${to.frame}:${to.label}`;
