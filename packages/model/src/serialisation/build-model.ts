import { type io, serialization } from "@tensorflow/tfjs-core";
import { initializers, LayersModel, type LayerVariable, layers, models } from "@tensorflow/tfjs-layers";
import { ModelFormatError } from "../errors.js";
import { isObject, type Manifest } from "./manifest.js";

/** How many layers, initialisers and the like are made at most, those of a model within a model for each call. */
const MAX_CALLS = 20_000;
/** How many layers are looked at while their inputs are found: of networks saved in order, each twice. */
const MAX_VISITS = 1_000_000;

/**
 * The model of a topology, all of its weights 0.
 *
 * TensorFlow.js believes what a topology says: it makes each weight before it compares them with those of the file, and
 * looks for ever for the inputs of layers that wait for each other. Here each weight must be one that the file has, and
 * the search ends.
 *
 * @throws ModelFormatError where the layers fit neither each other nor the weights; no tensors are left then
 */
export async function buildModel({ topology, specs }: Manifest, where: string): Promise<LayersModel> {
  const made: LayerVariable[] = [];
  try {
    const calls = callsOf(topology);
    if (calls > MAX_CALLS) throw new Error(`they are ${calls}, of which ${MAX_CALLS} are read at most`);
    // In a class of our own, whose `fromConfig` gets the topology as TensorFlow.js has converted it.
    const fromConfig = (_: unknown, config: { model: Converted }) =>
      askedForWeights(specs, made, () => modelFrom(config.model));
    const wrapped = { class_name: WRAPPER, config: { model: topology } };
    return await models.modelFromJSON(wrapped as never, { [WRAPPER]: [Object, fromConfig] } as never);
  } catch (cause) {
    for (const weight of made) weight.dispose();
    const problem = String((cause as Error).message)
      .split("\n")[0]
      .slice(0, 200);
    throw new ModelFormatError(`${where}: model.json describes layers that make no model: ${problem}`, {
      cause,
    });
  }
}

const WRAPPER = "UNetModelWithinLimits";

/** A model's description in the spelling of TensorFlow.js. */
interface Converted {
  className: string;
  config: object;
}

/** What a class of models has, beyond what its type tells: the last says that weights begin as zeros. */
type FromConfig = (model: unknown, config: object, customObjects: object, zeros: boolean) => LayersModel;

/** Counts what is made from a description that is nested no deeper than `parseManifest` allows. */
function callsOf(node: unknown): number {
  if (Array.isArray(node)) return node.reduce((sum, item) => sum + callsOf(item), 0);
  if (!isObject(node)) return 0;
  const { class_name, config, inbound_nodes } = node;
  if (class_name === undefined) return callsOf(Object.values(node));
  // Its state is of the batch's size, which may be anything.
  if (isObject(config) && config.stateful === true) throw new Error(`a ${class_name} that keeps a state`);
  const times = Array.isArray(inbound_nodes) ? Math.max(1, inbound_nodes.length) : 1;
  return times * (1 + callsOf(config));
}

function modelFrom({ className, config }: Converted): LayersModel {
  const { classNameMap } = serialization.SerializationMap.getMap();
  const [modelClass, fromConfig] = Object.hasOwn(classNameMap, className) ? classNameMap[className] : [];
  const isModel = modelClass === LayersModel || modelClass?.prototype instanceof LayersModel;
  if (!fromConfig || !isModel) throw new Error(`a ${className} is no model`);
  limitVisits(config);
  return (fromConfig as unknown as FromConfig)(modelClass, config, {}, true);
}

/**
 * Lets each list of layers be gone through only so often as its layers' inputs can need.
 *
 * @throws Error where two of its layers have one name, of which TensorFlow.js would take the last
 */
function limitVisits(node: unknown): void {
  if (node === null || typeof node !== "object") return;
  for (const [name, value] of Object.entries(node)) {
    limitVisits(value);
    if (name !== "layers" || !Array.isArray(value)) continue;
    const names = value.map((layer) => layer?.name).filter((name) => typeof name === "string");
    const seen = new Set();
    const twice = names.find((name) => seen.size === seen.add(name).size);
    if (twice !== undefined) throw new Error(`several are named ${twice}`);
    const nodes = value.reduce((sum, layer) => sum + (layer?.inboundNodes?.length ?? 0), 0);
    // Once to make the layers; then each time at least one finds its inputs.
    let passes = 1 + Math.min(nodes, Math.ceil(MAX_VISITS / value.length));
    const iterator = () => {
      if (passes-- === 0) throw new Error("some wait for each other, or for one that isn't there");
      return value.values();
    };
    Object.defineProperty(value, Symbol.iterator, { value: iterator });
  }
}

type AddWeight = (
  this: { name: string },
  ...args: [name: string, shape: unknown, type?: string, initialiser?: unknown, ...rest: unknown[]]
) => LayerVariable;

/**
 * Makes a model of layers each of whose weights must be one of the file's.
 *
 * @param made gets the weights
 */
function askedForWeights(
  specs: readonly io.WeightsManifestEntry[],
  made: LayerVariable[],
  make: () => LayersModel,
): LayersModel {
  const left = new Map<string, number>();
  for (const { shape } of specs) left.set(String(shape), (left.get(String(shape)) ?? 0) + 1);
  const prototype = layers.Layer.prototype as unknown as { addWeight: AddWeight };
  const { addWeight } = prototype;
  prototype.addWeight = function (name, shape, type, _initialiser, ...rest) {
    const count = left.get(String(shape)) ?? 0;
    if (count === 0) throw new Error(`${this.name} asks for a ${name} of ${shape}, which the weights lack`);
    left.set(String(shape), count - 1);
    const [regulariser, trainable, constraint] = rest;
    const zeros = initializers.zeros();
    const weight = addWeight.call(this, name, shape, type, zeros, regulariser, trainable, constraint);
    made.push(weight);
    return weight;
  };
  try {
    return make();
  } finally {
    prototype.addWeight = addWeight;
  }
}
