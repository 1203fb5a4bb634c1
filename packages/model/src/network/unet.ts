import * as tf from "@tensorflow/tfjs-layers";
import { BatchNormalisation } from "../layers/batch-normalisation.js";
import { cropOnce, cropSides } from "../layers/crop.js";
import { SeededDropout } from "../layers/dropout.js";
import { fuseConvolutions } from "../layers/fused-convolution.js";
import { resolveUNetConfig, type UNetConfig } from "./config.js";
import { initialise } from "./initialise.js";

type Maps = tf.SymbolicTensor;

/**
 * The U-Net (Ronneberger, Fischer and Brox 2015, arXiv:1505.04597, figure 1): a path that contracts by
 * max-pooling to gather context, one that expands by up-convolutions to place it, and at every level a skip
 * from the first to the second.
 *
 * Input `[batch, height, width, inputChannels]` of any size that {@link tileGeometry} allows; output the
 * logits `[batch, height', width', classes]`, without activation. `createUNet()` is the paper's network:
 * 23 convolutional layers, 31,030,658 parameters, 572² → 388².
 *
 * Layers are named for where they stand: `enc0.conv0` … `bottom.conv1`, `dec0.up` … `head`. Initial weights
 * are normal with deviation √(2/N) (section 3), drawn from `seed` for each layer by itself; biases are 0.
 *
 * @throws RangeError where the configuration is not possible
 */
export function createUNet(config: Partial<UNetConfig> = {}): tf.LayersModel {
  const resolved = resolveUNetConfig(config, "createUNet");
  const {
    inputChannels,
    classes,
    depth,
    filters,
    variant,
    padding,
    upsampling,
    batchNormalisation,
    dropout,
    seed,
  } = resolved;

  const convolve = (maps: Maps, name: string, channels: number, size: number, more = {}): Maps =>
    tf.layers
      .conv2d({ name, filters: channels, kernelSize: size, padding, ...zeros, ...more })
      .apply(maps) as Maps;

  const convolveTwice = (maps: Maps, name: string, channels: number): Maps => {
    for (const i of [0, 1]) {
      if (batchNormalisation) {
        maps = convolve(maps, `${name}.conv${i}`, channels, 3, { useBias: false });
        maps = new BatchNormalisation({ name: `${name}.bn${i}`, ...normalised }).apply(maps) as Maps;
        maps = tf.layers.reLU({ name: `${name}.relu${i}` }).apply(maps) as Maps;
      } else {
        maps = convolve(maps, `${name}.conv${i}`, channels, 3, { activation: "relu" });
      }
    }
    return maps;
  };

  const drop = (maps: Maps, name: string): Maps =>
    dropout > 0
      ? (new SeededDropout({ name: `${name}.dropout`, rate: dropout, seed }).apply(maps) as Maps)
      : maps;

  const upsample = (maps: Maps, name: string, channels: number): Maps => {
    const activation = variant === "released" ? "relu" : "linear";
    if (upsampling === "transpose") {
      return tf.layers
        .conv2dTranspose({
          name: `${name}.up`,
          filters: channels,
          kernelSize: 2,
          strides: 2,
          activation,
          ...zeros,
        })
        .apply(maps) as Maps;
    }
    const larger = tf.layers.upSampling2d({
      name: `${name}.resize`,
      size: [2, 2],
      interpolation: upsampling,
    });
    return convolve(larger.apply(maps) as Maps, `${name}.up`, channels, 1, { activation });
  };

  const input = tf.input({ shape: [null, null, inputChannels], name: "image" });
  const skips: Maps[] = [];
  let maps = input;
  for (let level = 0; level < depth; level++) {
    maps = convolveTwice(maps, `enc${level}`, filters * 2 ** level);
    if (level === depth - 1) maps = drop(maps, `enc${level}`);
    skips.push(maps);
    maps = tf.layers.maxPooling2d({ name: `enc${level}.pool`, poolSize: 2, strides: 2 }).apply(maps) as Maps;
  }
  maps = drop(convolveTwice(maps, "bottom", filters * 2 ** depth), "bottom");

  // How many pixels of its level a skip is larger on each side than what comes up to it.
  let surplus = 4;
  for (let level = depth - 1; level >= 0; level--) {
    const channels = filters * 2 ** level;
    maps = upsample(maps, `dec${level}`, variant === "released" && level === 0 ? 2 * channels : channels);
    if (padding === "valid" && upsampling === "bilinear") {
      // The interpolated border has one neighbour only.
      maps = cropSides(maps, `dec${level}.inner`, 1);
      surplus += 1;
    }
    const skip = padding === "valid" ? cropSides(skips[level], `dec${level}.crop`, surplus) : skips[level];
    const both = variant === "released" ? [maps, skip] : [skip, maps];
    maps = tf.layers.concatenate({ name: `dec${level}.join`, axis: -1 }).apply(both) as Maps;
    maps = convolveTwice(maps, `dec${level}`, channels);
    surplus = 2 * (surplus + 4);
  }
  const logits = convolve(maps, "head", classes, 1);

  const model = tf.model({ inputs: input, outputs: logits, name: "unet" });
  initialise(model, seed);
  fuseConvolutions(model);
  cropOnce(model);
  model.setUserDefinedMetadata({
    formatVersion: 1,
    architecture: resolved,
    normalisation: "none",
    classNames: Array.from({ length: classes }, (_, label) =>
      label === 0 ? "background" : `class ${label}`,
    ),
  });
  return model;
}

const normalised = { epsilon: 1e-5, momentum: 0.99 } as const;

/** Weights are drawn afterwards, by `initialise`. */
const zeros = { kernelInitializer: "zeros", biasInitializer: "zeros" } as const;
