import type { TileGeometry } from "@unet/image";
import type { Predictor, TileBatch } from "./predictor.js";

/** The part of an `InferenceSession` of `onnxruntime-node` or `onnxruntime-web` that is used. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata?: readonly unknown[];
  readonly outputMetadata?: readonly unknown[];
  // biome-ignore lint/suspicious/noExplicitAny: the runtime's own tensors, which are not a dependency
  run(feeds: any): Promise<Record<string, any>>;
}

/**
 * A network in ONNX Runtime. Its graph is not shown, so the caller says what its geometry is, for instance
 * by `tileGeometry` of `@unet/model`.
 */
export interface OnnxNetwork {
  readonly session: OnnxSession;
  readonly geometry: TileGeometry;
  /** The order of the axes of its input and output. */
  readonly layout: "NCHW" | "NHWC";
  /** Channels of the image and of the scores. Default: what the session says of itself. */
  readonly channels?: number;
  readonly classes?: number;
  /** As of a `Predictor`. */
  readonly normalisation?: Predictor["normalisation"];
  readonly gives?: Predictor["gives"];
  readonly task?: Predictor["task"];
  readonly bytesPerPixel?: number;
}

export function isOnnxNetwork(network: object): network is OnnxNetwork {
  return "session" in network;
}

/** The most channels that are believed: a session's file may say anything. */
const MOST_CHANNELS = 2 ** 16;

/**
 * @throws TypeError where the session has several inputs or outputs, or doesn't say its channels
 * @throws RangeError where it has impossibly many, or none
 */
export function onnxPredictor(network: OnnxNetwork): Predictor {
  const { session, layout } = network;
  const [input, output] = [session.inputNames, session.outputNames];
  if (input.length !== 1 || output.length !== 1) {
    throw new TypeError(
      `predictTiled: the session must have one input and one output, got ${input.length} and ${output.length}`,
    );
  }
  if (layout !== "NCHW" && layout !== "NHWC") {
    throw new TypeError(`predictTiled: layout must be "NCHW" or "NHWC", got "${layout}"`);
  }
  const channels = channelsOf(network.channels, session.inputMetadata, layout, "channels");
  const classes = channelsOf(network.classes, session.outputMetadata, layout, "classes");
  const { geometry, normalisation, gives, task, bytesPerPixel } = network;
  return {
    geometry,
    channels,
    classes,
    normalisation,
    gives,
    task,
    bytesPerPixel,
    async predict(tiles) {
      const { count, width, height } = tiles;
      const planar = layout === "NCHW";
      const shape = [geometry.outputSize(height), geometry.outputSize(width)];
      const tensor = {
        type: "float32",
        location: "cpu",
        data: planar ? toPlanes(tiles) : tiles.data,
        dims: planar ? [count, channels, height, width] : [count, height, width, channels],
        size: tiles.data.length,
      };
      const scores = (await session.run({ [input[0]]: tensor }))[output[0]];
      const data: unknown = await scores.getData();
      if (!(data instanceof Float32Array)) {
        throw new TypeError(`predictTiled: the session must give float32, got ${scores.type}`);
      }
      const expected = count * shape[0] * shape[1] * classes;
      if (data.length !== expected) {
        throw new RangeError(
          `predictTiled: the session gave ${scores.dims.join(" × ")} for a tile of ${height} × ${width}, and the geometry says ${shape.join(" × ")} with ${classes} classes`,
        );
      }
      return planar ? toPixels(data, count, classes) : data;
    },
  };
}

/** How many channels are given, or else what the session says. */
function channelsOf(
  given: number | undefined,
  metadata: readonly unknown[] | undefined,
  layout: string,
  what: "channels" | "classes",
): number {
  const { shape } = (metadata?.[0] ?? {}) as { shape?: ReadonlyArray<number | string> };
  const said = Array.isArray(shape) && shape.length === 4 ? shape[layout === "NCHW" ? 1 : 3] : undefined;
  const count = given ?? said;
  if (typeof count !== "number" || count === -1) {
    throw new TypeError(`predictTiled: the session does not say its ${what}; give them beside the session`);
  }
  if (Number.isInteger(count) && count >= 1 && count <= MOST_CHANNELS) return count;
  const whose = given === undefined ? `the session's ${what}` : what;
  throw new RangeError(`predictTiled: ${whose} must be 1 to ${MOST_CHANNELS}, got ${count}`);
}

/** `[count, height, width, channels]` as `[count, channels, height, width]`. */
function toPlanes({ count, width, height, channels, data }: TileBatch): Float32Array {
  if (channels === 1) return data;
  const out = new Float32Array(data.length);
  const pixels = width * height;
  for (let n = 0, to = 0; n < count; n++) {
    for (let c = 0; c < channels; c++) {
      const first = n * pixels * channels + c;
      for (let i = 0; i < pixels; i++) out[to++] = data[first + i * channels];
    }
  }
  return out;
}

/** `[count, classes, height, width]` as `[count, height, width, classes]`. */
function toPixels(data: Float32Array, count: number, classes: number): Float32Array {
  if (classes === 1) return data;
  const out = new Float32Array(data.length);
  const pixels = data.length / count / classes;
  for (let n = 0, from = 0; n < count; n++) {
    for (let c = 0; c < classes; c++) {
      const first = n * pixels * classes + c;
      for (let i = 0; i < pixels; i++) out[first + i * classes] = data[from++];
    }
  }
  return out;
}
