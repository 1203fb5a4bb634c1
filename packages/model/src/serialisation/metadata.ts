import type { io } from "@tensorflow/tfjs-core";
import { type Normalisation, normalisations } from "@unet/image";
import { ModelFormatError } from "../errors.js";
import { resolveUNetConfig, type UNetConfig } from "../network/config.js";

/** The version of {@link ModelMetadata} that this package writes and reads. */
export const FORMAT_VERSION = 1;

/** What a saved model says of itself, under `userDefinedMetadata` of its `model.json`. */
export interface ModelMetadata {
  formatVersion: number;
  /** The configuration that `createUNet` was given, defaults filled in. */
  architecture?: UNetConfig;
  /** How images are normalised before the network sees them. */
  normalisation: Normalisation;
  /** The name of each class, in the order of the logits. */
  classNames: string[];
  /** How it was trained: steps, samples, losses. */
  training?: Record<string, unknown>;
  /** What it is for and how it is used: a `Task` of `@unet/inference`, where it was trained for one. */
  task?: object;
}

/** Whether `createUNet` made the model. The layers and the metadata of any other are left as they are. */
export function isOurs(metadata: object | undefined): boolean {
  return (metadata as Partial<ModelMetadata> | undefined)?.architecture !== undefined;
}

/**
 * Checks what a model says of itself, where it is ours: the types, and that the architecture is that of the weights.
 *
 * @throws ModelFormatError that names the field
 */
export function checkMetadata(
  metadata: Partial<Record<keyof ModelMetadata, unknown>> | undefined,
  weights: readonly io.WeightsManifestEntry[],
  where: string,
): void {
  if (metadata?.formatVersion === undefined && !isOurs(metadata)) return;
  const { formatVersion = FORMAT_VERSION, architecture, normalisation, classNames, training } = metadata!;
  if (formatVersion !== FORMAT_VERSION) {
    throw new ModelFormatError(
      `${where}: the model is of format version ${formatVersion}, and this reads ${FORMAT_VERSION}; update @unet/model`,
    );
  }
  const fail = (field: string, right: string, given: unknown): never => {
    const text = String(JSON.stringify(given)).slice(0, 80);
    throw new ModelFormatError(`${where}: the metadata in model.json have ${text} as ${field}, not ${right}`);
  };
  if (normalisation !== undefined && !normalisations.includes(normalisation as Normalisation)) {
    fail("normalisation", `one of ${normalisations.join(", ")}`, normalisation);
  }
  if (classNames !== undefined && !isListOfText(classNames)) {
    fail("classNames", "a list of names", classNames);
  }
  if (training !== undefined && (training === null || typeof training !== "object")) {
    fail("training", "an object", training);
  }
  if (architecture !== undefined) checkArchitecture(architecture, weights, where);
}

function isListOfText(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Whether the weights are those of the architecture, told by a few of which everything else follows. */
function checkArchitecture(given: unknown, weights: readonly io.WeightsManifestEntry[], where: string): void {
  const shapes = new Map(weights.map(({ name, shape }) => [name, shape]));
  const [first, head] = [shapes.get("enc0.conv0/kernel"), shapes.get("head/kernel")];
  const found = {
    inputChannels: first?.at(-2),
    filters: first?.at(-1),
    classes: head?.at(-1),
    depth: [...shapes.keys()].filter((name) => /^enc\d+\.conv0\/kernel$/.test(name)).length,
    batchNormalisation: shapes.has("enc0.bn0/gamma"),
  };
  let architecture: UNetConfig;
  try {
    architecture = resolveUNetConfig(given as UNetConfig, "architecture");
  } catch (cause) {
    throw new ModelFormatError(`${where}: the metadata in model.json: ${(cause as Error).message}`, {
      cause,
    });
  }
  for (const name of Object.keys(found) as Array<keyof typeof found>) {
    if (architecture[name] === found[name]) continue;
    throw new ModelFormatError(
      `${where}: the metadata in model.json have ${name} ${architecture[name]}, the weights ${found[name] ?? "none"}`,
    );
  }
}
