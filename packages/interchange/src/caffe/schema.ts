import type { Schema } from "../protobuf/message.js";

/** The fields of Caffe (`caffe.proto`) that weights and their layers are in, of both ages of layers. */
const shape: Schema = { dims: [1, "int64", "repeated"] };

const blob: Schema = {
  num: [1, "int32"],
  channels: [2, "int32"],
  height: [3, "int32"],
  width: [4, "int32"],
  data: [5, "floats"],
  shape: [7, () => shape],
  doubles: [8, "doubles"],
};

const layer: Schema = {
  name: [1, "string"],
  type: [2, "string"],
  bottoms: [3, "string", "repeated"],
  tops: [4, "string", "repeated"],
  blobs: [7, () => blob, "repeated"],
};

const oldLayer: Schema = {
  bottoms: [2, "string", "repeated"],
  tops: [3, "string", "repeated"],
  name: [4, "string"],
  type: [5, "int32"],
  blobs: [6, () => blob, "repeated"],
};

export const netSchema: Schema = {
  name: [1, "string"],
  oldLayers: [2, () => oldLayer, "repeated"],
  layers: [100, () => layer, "repeated"],
};

/** Numbers, whose shape stands in `shape`, or in old files in four fields. */
export interface CaffeBlob {
  num?: number;
  channels?: number;
  height?: number;
  width?: number;
  data?: Float32Array;
  shape?: { dims: number[] };
  doubles?: Float64Array;
}

/** A layer of either age. */
export interface CaffeLayer {
  name?: string;
  type?: string | number;
  bottoms: string[];
  tops: string[];
  blobs: CaffeBlob[];
}

/** A `.caffemodel`. */
export interface CaffeNet {
  name?: string;
  layers: CaffeLayer[];
  oldLayers: CaffeLayer[];
}

/** What old files call types by number: those of a U-Net. */
const oldTypes: Readonly<Record<string, string>> = {
  3: "concat",
  4: "convolution",
  6: "dropout",
  17: "pooling",
  18: "relu",
  39: "deconvolution",
};

/** A type as it is compared: `CONVOLUTION`, `"Convolution"` and 4 are one. */
export function typeName(type: unknown): string {
  return oldTypes[String(type)] ?? String(type).toLowerCase();
}
