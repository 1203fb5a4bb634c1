import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { randomAt } from "@unet/image";

/** A U-Net of a few filters, made here because packages of one rank don't import each other. */
export function smallUNet({
  padding,
  depth,
  classes = 2,
  seed = 7,
}: {
  padding: "valid" | "same";
  depth: number;
  classes?: number;
  seed?: number;
}): layers.LayersModel {
  type Maps = layers.SymbolicTensor;
  const convolve = (maps: Maps, filters: number) =>
    layers.layers.conv2d({ filters, kernelSize: 3, padding, activation: "relu" }).apply(maps) as Maps;
  const input = layers.input({ shape: [null, null, 1] });
  const skips: Maps[] = [];
  let maps: Maps = input;
  for (let level = 0; level < depth; level++) {
    maps = convolve(convolve(maps, 2 + level), 2 + level);
    skips.push(maps);
    maps = layers.layers.maxPooling2d({ poolSize: 2 }).apply(maps) as Maps;
  }
  maps = convolve(convolve(maps, 4), 4);
  let surplus = 4;
  for (let level = depth - 1; level >= 0; level--) {
    maps = layers.layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2 }).apply(maps) as Maps;
    let skip = skips[level];
    if (padding === "valid") {
      const sides: [number, number] = [surplus, surplus];
      skip = layers.layers.cropping2D({ cropping: [sides, sides] }).apply(skip) as Maps;
      // A merge makes the size unknown again, which Cropping2D takes for 0.
      skip = layers.layers.average().apply([skip, skip]) as Maps;
    }
    maps = layers.layers.concatenate().apply([skip, maps]) as Maps;
    maps = convolve(convolve(maps, 3), 3);
    surplus = 2 * (surplus + 4);
  }
  const output = layers.layers.conv2d({ filters: classes, kernelSize: 1 }).apply(maps) as Maps;
  const model = layers.model({ inputs: input, outputs: output });
  model.weights.forEach((weight, index) => {
    const random = randomAt(seed, "weights", index);
    const values = Float32Array.from(
      { length: tf.util.sizeFromShape(weight.shape as number[]) },
      () => random() - 0.4,
    );
    weight.write(tf.tensor(values, weight.shape as number[]));
  });
  return model;
}
