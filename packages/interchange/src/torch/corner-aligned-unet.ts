import { input, type LayersModel, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { BilinearUpsampling } from "@unet/model";
import { UnreadableNetworkError } from "../errors.js";
import type { NamedTensors } from "../weights/named-tensors.js";

type Maps = SymbolicTensor;

/**
 * The network of milesial/Pytorch-UNet with `bilinear=True`: padded, maps enlarged with their corners on each other and
 * without a convolution of their own, which `createUNet` has no options for. Channels are those of the tensors.
 *
 * @param tensors under a network's own names
 */
export function cornerAlignedUNet(tensors: NamedTensors, depth: number): LayersModel {
  const normalised = tensors.has("enc0.bn0.weight");
  const convolve = (maps: Maps, name: string): Maps => {
    const weight = tensors.get(`${name}.weight`)?.shape;
    if (weight?.length !== 4)
      throw new UnreadableNetworkError(`the network lacks ${name}.weight, a convolution`);
    const [filters, , height, width] = weight;
    const useBias = tensors.has(`${name}.bias`);
    const kernelSize: [number, number] = [height, width];
    const settings = {
      name,
      filters,
      kernelSize,
      useBias,
      padding: "same",
      kernelInitializer: "zeros",
    } as const;
    return layers.conv2d(settings).apply(maps) as Maps;
  };
  const convolveTwice = (maps: Maps, name: string): Maps => {
    for (const i of [0, 1]) {
      maps = convolve(maps, `${name}.conv${i}`);
      if (normalised) {
        const bn = layers.batchNormalization({ name: `${name}.bn${i}`, epsilon: 1e-5, momentum: 0.9 });
        maps = bn.apply(maps) as Maps;
      }
      maps = layers.reLU({ name: `${name}.relu${i}` }).apply(maps) as Maps;
    }
    return maps;
  };
  const channels = tensors.get("enc0.conv0.weight")!.shape[1];
  const image = input({ shape: [null, null, channels], name: "image" });
  const skips: Maps[] = [];
  let maps: Maps = image;
  for (let level = 0; level < depth; level++) {
    maps = convolveTwice(maps, `enc${level}`);
    skips.push(maps);
    maps = layers.maxPooling2d({ name: `enc${level}.pool`, poolSize: 2, strides: 2 }).apply(maps) as Maps;
  }
  maps = convolveTwice(maps, "bottom");
  for (let level = depth - 1; level >= 0; level--) {
    const larger = new BilinearUpsampling({ name: `dec${level}.resize`, coordinates: "corners" });
    const both = [skips[level], larger.apply(maps) as Maps];
    maps = layers.concatenate({ name: `dec${level}.join`, axis: -1 }).apply(both) as Maps;
    maps = convolveTwice(maps, `dec${level}`);
  }
  return model({ inputs: image, outputs: convolve(maps, "head"), name: "unet" });
}
