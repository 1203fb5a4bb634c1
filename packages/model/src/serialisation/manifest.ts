import type { io } from "@tensorflow/tfjs-core";
import { ModelFormatError } from "../errors.js";
import { checkMetadata } from "./metadata.js";

/** A layer or a model in a topology, or what else TensorFlow.js makes by the name of its class. */
interface Described {
  class_name: string;
  config: unknown;
}

/** What a `model.json` says. */
export interface Manifest {
  topology: Described;
  /** The weights in the order of their bytes. */
  specs: io.WeightsManifestEntry[];
  /** Bytes that they take. */
  bytes: number;
  /** The files that hold them, in order: inside the folder of `model.json`. */
  paths: string[];
  metadata?: object;
  /** What `checksumOf` gave for the weights. */
  checksum?: string;
}

/** Largest `model.json` that is read, bytes; that of a network of a thousand layers has 1 MB. */
export const MAX_JSON_BYTES = 4 * 2 ** 20;
const MAX_NESTING = 100;
const MAX_FILES = 10_000;

/**
 * Reads the text of a `model.json`, and checks all of it but whether the layers fit together.
 *
 * @param where what is being opened, for the message
 */
export function parseManifest(json: string, where: string): Manifest {
  const fail = (problem: string, cause?: unknown): never => {
    throw new ModelFormatError(`${where}: model.json ${problem}`, { cause });
  };
  if (json.length > MAX_JSON_BYTES) fail(`has ${json.length} characters, ${MAX_JSON_BYTES} at most are read`);
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch (cause) {
    fail("is damaged: it is no JSON", cause);
  }
  if (nesting(content) > MAX_NESTING) fail(`is nested more than ${MAX_NESTING} deep`);
  if (!isObject(content)) return fail("holds no layers model");
  const { modelTopology, weightsManifest = [], userDefinedMetadata, signature } = content;
  const topology = isObject(modelTopology) ? (modelTopology.model_config ?? modelTopology) : undefined;
  if (!isObject(topology) || typeof topology.class_name !== "string" || !isObject(topology.config)) {
    return fail("holds no layers model");
  }
  if (!Array.isArray(weightsManifest)) return fail("has a weightsManifest that is no list");
  const specs: io.WeightsManifestEntry[] = [];
  const paths: string[] = [];
  for (const group of weightsManifest) {
    if (!isObject(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights)) {
      return fail("has a weightsManifest with a group without lists of paths and weights");
    }
    for (const path of group.paths) {
      if (!staysInside(path)) fail(`names weights outside its folder: ${JSON.stringify(path)}`);
      paths.push(path);
    }
    for (const spec of group.weights) {
      const problem = problemOf(spec);
      if (problem) fail(`describes a weight wrongly: ${problem}`);
      specs.push(spec);
    }
  }
  if (paths.length > MAX_FILES) fail(`names ${paths.length} files of weights, ${MAX_FILES} at most are read`);
  const bytes = specs.reduce((sum, spec) => sum + bytesOf(spec), 0);
  if (!Number.isSafeInteger(bytes)) fail("describes weights of more bytes than there can be");
  const checksum = isObject(signature) ? signature.weights : undefined;
  if (userDefinedMetadata !== undefined && !isObject(userDefinedMetadata)) {
    return fail("has a userDefinedMetadata that is no object");
  }
  checkMetadata(userDefinedMetadata, specs, where);
  return {
    topology: topology as unknown as Described,
    specs,
    bytes,
    paths,
    metadata: userDefinedMetadata,
    ...(typeof checksum === "string" && { checksum }),
  };
}

/** @throws ModelFormatError where the weights have another number of bytes than `model.json` describes */
export function assertBytes(count: number, { bytes }: Manifest, where: string): void {
  if (count === bytes) return;
  throw new ModelFormatError(
    `${where}: the weights are cut short or of another model: ${count} bytes, ${bytes} expected`,
  );
}

/** Whether the value is an object, and no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How deep lists and objects lie within each other; counted without recursion, which depth could exhaust. */
function nesting(content: unknown): number {
  let depth = 0;
  for (let level = [content]; depth <= MAX_NESTING; depth++) {
    level = level.flatMap((value) =>
      value !== null && typeof value === "object" ? Object.values(value) : [],
    );
    if (level.length === 0) break;
  }
  return depth;
}

/** Whether a path, with `/`, names something in the folder that it is relative to. */
function staysInside(path: unknown): path is string {
  if (typeof path !== "string" || /[\\\0]|^[a-z][a-z0-9+.-]*:/i.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

const widths: Record<string, number> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

/** What is wrong with a weight's description, if anything is. */
function problemOf(spec: unknown): string | undefined {
  if (!isObject(spec)) return "it is no object";
  const { name, shape, dtype, quantization } = spec;
  if (typeof name !== "string" || name === "") return "it has no name";
  const of = name.slice(0, 80);
  if (!Array.isArray(shape) || !shape.every((side) => Number.isSafeInteger(side) && side >= 0)) {
    return `${of} has the shape ${JSON.stringify(shape)?.slice(0, 80)}`;
  }
  if (shape.length > 8) return `${of} has ${shape.length} axes`;
  if (!["float32", "int32", "bool"].includes(dtype as string)) return `${of} is of type ${clip(dtype)}`;
  if (quantization === undefined) return undefined;
  if (!isObject(quantization) || !["uint8", "uint16", "float16"].includes(quantization.dtype as string)) {
    return `${of} is quantised to ${clip(isObject(quantization) ? quantization.dtype : quantization)}`;
  }
  const { scale, min, dtype: stored } = quantization;
  const affine = Number.isFinite(scale) && Number.isFinite(min);
  return affine || stored === "float16" ? undefined : `${of} is quantised without scale and min`;
}

function clip(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 80);
}

function bytesOf({ shape, dtype, quantization }: io.WeightsManifestEntry): number {
  return shape.reduce((product, side) => product * side, widths[quantization?.dtype ?? dtype]);
}
