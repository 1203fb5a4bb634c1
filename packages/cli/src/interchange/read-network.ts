import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type CaffeOptions, fromCaffe, fromOnnx, fromPyTorch } from "@unet/interchange";

/**
 * The network in a file of another program. PyTorch's files are known by how they begin or by their name, the others by their
 * name.
 *
 * @throws UnreadableNetworkError where it is damaged, or none that can be taken
 */
export async function readNetwork(
  file: string,
  bytes: Uint8Array,
  options: CaffeOptions,
): Promise<LayersModel> {
  if (/\.onnx$/i.test(file)) return fromOnnx(bytes, options);
  if (/\.caffemodel$/i.test(file)) return fromCaffe(bytes, options);
  return fromPyTorch(bytes, options);
}
