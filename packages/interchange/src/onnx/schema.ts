import type { Schema } from "../protobuf/message.js";

/** The fields of ONNX (https://github.com/onnx/onnx, `onnx.proto`, IR version 8) that are written or read here. */
const entry: Schema = { key: [1, "string"], value: [2, "string"] };

const dimension: Schema = { value: [1, "int64"], parameter: [2, "string"] };
const shape: Schema = { dimensions: [1, () => dimension, "repeated"] };
const tensorType: Schema = { elementType: [1, "int32"], shape: [2, () => shape] };
const type: Schema = { tensor: [1, () => tensorType] };
const valueInfo: Schema = { name: [1, "string"], type: [2, () => type] };

const tensorSchema: Schema = {
  dims: [1, "int64", "repeated"],
  dataType: [2, "int32"],
  floats: [4, "floats"],
  int32s: [5, "int32", "repeated"],
  int64s: [7, "int64", "repeated"],
  name: [8, "string"],
  raw: [9, "bytes"],
  doubles: [10, "doubles"],
  location: [14, "int32"],
};

const attribute: Schema = {
  name: [1, "string"],
  f: [2, "float"],
  i: [3, "int64"],
  s: [4, "bytes"],
  t: [5, () => tensorSchema],
  floats: [7, "float", "repeated"],
  ints: [8, "int64", "repeated"],
  type: [20, "int32"],
};

const node: Schema = {
  inputs: [1, "string", "repeated"],
  outputs: [2, "string", "repeated"],
  name: [3, "string"],
  operator: [4, "string"],
  attributes: [5, () => attribute, "repeated"],
  domain: [7, "string"],
};

const graph: Schema = {
  nodes: [1, () => node, "repeated"],
  name: [2, "string"],
  initializers: [5, () => tensorSchema, "repeated"],
  inputs: [11, () => valueInfo, "repeated"],
  outputs: [12, () => valueInfo, "repeated"],
};

const operators: Schema = { domain: [1, "string"], version: [2, "int64"] };

export const modelSchema: Schema = {
  irVersion: [1, "int64"],
  producer: [2, "string"],
  producerVersion: [3, "string"],
  documentation: [6, "string"],
  graph: [7, () => graph],
  operators: [8, () => operators, "repeated"],
  metadata: [14, () => entry, "repeated"],
};

/** A tensor, as {@link tensorSchema} says. */
export interface OnnxTensor {
  dims: number[];
  dataType: number;
  name?: string;
  raw?: Uint8Array;
  floats?: Float32Array;
  doubles?: Float64Array;
  int32s?: number[];
  int64s?: number[];
  location?: number;
}

/** One setting of a node. */
export interface OnnxAttribute {
  name: string;
  type?: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: OnnxTensor;
  ints?: number[];
  floats?: number[];
}

/** One operation: from which values it makes which. */
export interface OnnxNode {
  name?: string;
  operator: string;
  domain?: string;
  inputs: string[];
  outputs: string[];
  attributes: OnnxAttribute[];
}

/** An input or an output; dimensions are numbers, or names where they may be anything. */
export interface OnnxValue {
  name: string;
  type?: {
    tensor?: { elementType?: number; shape?: { dimensions: Array<{ value?: number; parameter?: string }> } };
  };
}

/** A model, as {@link modelSchema} says. */
export interface OnnxModel {
  irVersion: number;
  producer?: string;
  producerVersion?: string;
  documentation?: string;
  graph: {
    name?: string;
    nodes: OnnxNode[];
    initializers: OnnxTensor[];
    inputs: OnnxValue[];
    outputs: OnnxValue[];
  };
  operators: Array<{ domain?: string; version: number }>;
  metadata: Array<{ key: string; value: string }>;
}

/** Numbers that `onnx.proto` gives the types of tensors. */
export const FLOAT = 1;
export const INT32 = 6;
export const INT64 = 7;
export const FLOAT16 = 10;
export const DOUBLE = 11;

/** Numbers that it gives the types of attributes. */
export const attributeTypes = { f: 1, i: 2, s: 3, t: 4, floats: 6, ints: 7 } as const;
