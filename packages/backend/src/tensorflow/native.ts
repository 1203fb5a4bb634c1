import type { KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";

/** The part of tfjs-node's backend that runs an operation of TensorFlow by its name. */
export interface NativeBackend extends KernelBackend {
  executeSingleOutput(name: string, attributes: Attribute[], inputs: TensorInfo[]): TensorInfo;
  executeMultipleOutputs(
    name: string,
    attributes: Attribute[],
    inputs: TensorInfo[],
    outputs: number,
  ): TensorInfo[];
  binding: Record<"TF_ATTR_TYPE" | "TF_ATTR_FLOAT" | "TF_ATTR_STRING" | "TF_ATTR_BOOL" | "TF_FLOAT", number>;
}

interface Attribute {
  name: string;
  type: number;
  value: number | string | boolean;
}
