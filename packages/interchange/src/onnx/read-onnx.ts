import { UnreadableNetworkError } from "../errors.js";
import { decodeMessage } from "../protobuf/message.js";
import { type OnnxMetadata, OUR_KEY } from "./metadata.js";
import { modelSchema, type OnnxModel } from "./schema.js";
import { type Traced, trace, UnsuitableSize } from "./trace.js";

/** A model of ONNX whose graph is understood. */
export interface ReadOnnx extends Traced {
  model: OnnxModel;
  /** What our own models say of themselves. */
  said: Partial<OnnxMetadata>;
  /** Height and width, where the model takes no others. */
  fixed?: [number, number];
}

/**
 * Reads a model of ONNX, and follows images of two sizes through its graph, so that what is the same for both is known to be
 * a setting, and not due to the size.
 *
 * @throws UnreadableNetworkError where it is damaged, has a node that isn't known, or one that depends on the image's size
 */
export function readOnnx(bytes: Uint8Array): ReadOnnx {
  const model = decodeMessage(modelSchema, bytes, "the ONNX model") as unknown as OnnxModel;
  if (!model.graph || model.graph.nodes.length === 0)
    throw new UnreadableNetworkError("the file holds no ONNX graph");
  const said = saidBy(model);
  if (said.border === "mirror") {
    throw new UnreadableNetworkError(
      'the ONNX model mirrors its border itself; take one that was written with border "none"',
    );
  }
  const names = new Set(model.graph.initializers.map(({ name }) => name));
  const dimensions = model.graph.inputs.find(({ name }) => !names.has(name))?.type?.tensor?.shape?.dimensions;
  const [height, width] = [2, 3].map((axis) => dimensions?.[axis]?.value ?? 0);
  if (height > 0 && width > 0) {
    return { ...suitable(() => trace(model, [height, width])), model, said, fixed: [height, width] };
  }
  const poolings = model.graph.nodes.filter(
    ({ operator }) => operator === "MaxPool" || operator === "AveragePool",
  );
  const step = 2 ** Math.min(poolings.length, 10);
  const first = firstFit(model, step);
  const second = trace(model, [first.size + step, first.size + 2 * step]);
  for (const [i, layer] of first.traced.layers.entries()) {
    if (JSON.stringify(layer.config) === JSON.stringify(second.layers[i]?.config)) continue;
    throw new UnreadableNetworkError(
      `the ONNX node "${layer.name}" does something else for each size of the image: ${JSON.stringify(layer.config)} of ${first.size} px`,
    );
  }
  return { ...first.traced, model, said };
}

/** The first of the sizes that the poolings may want that suits the graph. */
function firstFit(model: OnnxModel, step: number): { traced: Traced; size: number } {
  const least = 48 * step;
  let problem: UnsuitableSize | undefined;
  for (let size = least; size < least + step || size < least + 16; size++) {
    try {
      return { traced: trace(model, [size, size]), size };
    } catch (error) {
      if (!(error instanceof UnsuitableSize)) throw error;
      problem ??= error;
    }
  }
  throw new UnreadableNetworkError(`no size of image suits the ONNX model: ${problem?.message}`);
}

function suitable(of: () => Traced): Traced {
  try {
    return of();
  } catch (error) {
    if (!(error instanceof UnsuitableSize)) throw error;
    throw new UnreadableNetworkError(`the ONNX model doesn't suit its own size of image: ${error.message}`);
  }
}

function saidBy({ metadata }: OnnxModel): Partial<OnnxMetadata> {
  const text = metadata.find(({ key }) => key === OUR_KEY)?.value;
  if (text === undefined) return {};
  try {
    const said = JSON.parse(text);
    return typeof said === "object" && said !== null ? said : {};
  } catch {
    return {};
  }
}
