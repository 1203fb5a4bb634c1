import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { ModelMetadata } from "@unet/model";
import { UnsupportedLayerError } from "../errors.js";
import { type NamedTensors, namedTensorsOf } from "../weights/named-tensors.js";
import { toMilesial } from "./milesial.js";
import { encodeSafetensors } from "./safetensors.js";

/** How a network becomes a file of safetensors. */
export interface SafetensorsOptions {
  /** `"milesial"` (default): the names of milesial/Pytorch-UNet. `"own"`: those of the layers, `enc0.conv0.weight`. */
  names?: "milesial" | "own";
}

/**
 * The weights of a network of `createUNet` as a file of safetensors, float32, in PyTorch's axes. What the model says of
 * itself goes along as JSON in the file's metadata, under `unet`, so that {@link fromPyTorch} makes the same network of it.
 * The module in the package's README loads it in PyTorch, and milesial/Pytorch-UNet where the network is padded, normalised
 * and of up-convolutions, as that is.
 *
 * ```ts
 * await writeFile("cells.safetensors", await toSafetensors(model));
 * ```
 *
 * @throws UnsupportedLayerError where the model was not made by `createUNet`
 * @throws UnreadableNetworkError where a weight is NaN or infinite
 */
export async function toSafetensors(
  model: LayersModel,
  { names = "milesial" }: SafetensorsOptions = {},
): Promise<Uint8Array> {
  const metadata = (model.getUserDefinedMetadata() ?? {}) as Partial<ModelMetadata>;
  const { architecture } = metadata;
  if (!architecture) {
    throw new UnsupportedLayerError(
      "toSafetensors: the model must be one of createUNet, whose metadata say how it is built; toOnnx writes others",
    );
  }
  const { depth, batchNormalisation, upsampling } = architecture;
  const naming = { depth, batchNormalisation, transposed: upsampling === "transpose" };
  const tensors: NamedTensors = new Map();
  for (const [name, values] of await namedTensorsOf(model)) {
    tensors.set(names === "own" ? name : toMilesial(name, naming), values);
  }
  return encodeSafetensors({ tensors, metadata: { format: "pt", unet: JSON.stringify(metadata) } });
}
