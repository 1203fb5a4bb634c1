import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { AugmentationOptions } from "../test-time-augmentation/symmetries.js";
import { activate } from "./activation.js";
import { asPredictor } from "./as-predictor.js";
import { commonTask } from "./common-task.js";
import type { OnnxNetwork } from "./onnx.js";
import type { Predictor } from "./predictor.js";

/**
 * Several networks as one: the mean of their scores, each with its activation applied first. They must be shown the same
 * image, so their normalisation and the scale of their tasks must be the same; so must the geometry, the channels and the
 * classes. Computed one after the other.
 *
 * ```ts
 * const scores = await predictTiled(image, meanOf([first, second, third]));
 * ```
 *
 * @throws RangeError where there is no network, or one differs from the first, naming what
 */
export function meanOf(
  networks: ReadonlyArray<LayersModel | OnnxNetwork | Predictor>,
  { activation = "softmax" }: AugmentationOptions = {},
): Predictor {
  const members = networks.map((network) => asPredictor(network));
  if (members.length === 0) throw new RangeError("meanOf: give at least one network");
  const [first, ...others] = members;
  if (others.length === 0) return first;
  for (const [i, other] of others.entries()) assertLike(first, other, i + 2);
  const { classes, geometry } = first;
  const most = members.reduce((bytes, { bytesPerPixel = 3000 }) => Math.max(bytes, bytesPerPixel), 0);
  return {
    ...first,
    gives: "scores",
    task: commonTask(members.map(({ task }) => task)),
    bytesPerPixel: most + 4 * 2 * classes,
    maxPixels: members.reduce<number | undefined>(least, undefined),
    async predict(tiles) {
      const pixels = geometry.outputSize(tiles.width) * geometry.outputSize(tiles.height);
      const mean = new Float32Array(tiles.count * pixels * classes);
      for (const member of members) {
        const scores = await member.predict(tiles);
        if (member.gives !== "scores") activate(scores, classes, activation);
        for (let i = 0; i < mean.length; i++) mean[i] += scores[i] / members.length;
      }
      return mean;
    },
  };
}

function least(before: number | undefined, { maxPixels }: Predictor): number | undefined {
  return maxPixels === undefined ? before : Math.min(maxPixels, before ?? maxPixels);
}

function assertLike(first: Predictor, other: Predictor, number: number): void {
  for (const [what, of] of Object.entries(compared)) {
    const [a, b] = [of(first), of(other)];
    if (a === b) continue;
    throw new RangeError(
      `meanOf: networks must agree in their ${what}; the first has ${a}, number ${number} has ${b}`,
    );
  }
}

/** What networks must have in common. */
const compared: Record<string, (network: Predictor) => string | number> = {
  "number of channels": ({ channels }) => channels,
  "number of classes": ({ classes }) => classes,
  normalisation: ({ normalisation = "none" }) => normalisation,
  "tile geometry": ({ geometry: { padding, margin, multiple, inputSize } }) =>
    `${padding} convolutions, a margin of ${margin} px and inputs of ${inputSize(1)} px in steps of ${multiple}`,
};
