// Made by `pnpm recipes` from recipes/*.yaml, which say why.
import type { Recipe } from "./recipe.js";

/** Every recipe that comes with this package: those that `unet train` takes by itself first. */
export const recipes: readonly Recipe[] = [
  {
    "name": "instances",
    "about": "separate objects such as nuclei or cells, touching ones kept apart",
    "aim": "instances",
    "objectSize": 30,
    "network": {
      "filters": 16,
      "padding": "same",
      "batchNormalisation": true
    },
    "training": {
      "steps": 3000,
      "tileSize": 256,
      "optimizer": "adamw",
      "learningRate": 0.001,
      "weightDecay": 0.01,
      "schedule": "cosine",
      "rims": [
        2,
        5
      ],
      "classWeights": [
        1,
        1,
        1,
        1
      ],
      "w0": 0,
      "augmentation": {
        "scaling": 0.25
      },
      "validations": 8,
      "measure": "f1"
    },
    "out": {
      "threshold": 0.3,
      "split": "distance",
      "fillHoles": true
    }
  },
  {
    "name": "membranes",
    "about": "regions between thin membranes, as in electron microscopy",
    "aim": "membranes",
    "scale": 1,
    "symmetries": true,
    "network": {
      "filters": 16,
      "padding": "same",
      "batchNormalisation": true
    },
    "training": {
      "steps": 3000,
      "tileSize": 256,
      "optimizer": "adamw",
      "learningRate": 0.001,
      "weightDecay": 0.01,
      "schedule": "cosine",
      "w0": 10,
      "sigma": 5,
      "augmentation": {
        "interpolation": "bicubic"
      },
      "validations": 6,
      "measure": "loss"
    },
    "out": {
      "threshold": 0.5,
      "split": "contours"
    }
  },
  {
    "name": "classes",
    "about": "the class of each pixel",
    "aim": "classes",
    "scale": 1,
    "network": {
      "filters": 16,
      "padding": "same",
      "batchNormalisation": true
    },
    "training": {
      "steps": 3000,
      "tileSize": 256,
      "optimizer": "adamw",
      "learningRate": 0.001,
      "weightDecay": 0.01,
      "schedule": "cosine",
      "classWeights": "balanced",
      "w0": 10,
      "sigma": 5,
      "augmentation": {
        "scaling": 0.25
      },
      "validations": 6,
      "measure": "miou"
    },
    "out": {
      "threshold": 0.5
    }
  },
  {
    "name": "paper",
    "about": "the paper's own, 64 filters and tiles of 572 px; for a GPU and hours",
    "scale": 1,
    "network": {
      "filters": 64,
      "depth": 4,
      "padding": "valid",
      "batchNormalisation": false,
      "dropout": 0.5
    },
    "training": {
      "steps": 1000,
      "accumulate": 1,
      "optimizer": "sgd",
      "momentum": 0.99,
      "learningRate": 0.001,
      "schedule": "constant",
      "loss": "weightedCrossEntropy",
      "classWeights": "balanced",
      "w0": 10,
      "sigma": 5,
      "augmentation": {
        "elastic": {
          "sigma": 10,
          "grid": 3
        }
      }
    },
    "out": {
      "threshold": 0.5
    }
  },
  {
    "name": "u373",
    "about": "large flat cells in phase contrast (PhC-C2DH-U373), at half the resolution",
    "aim": "instances",
    "scale": 0.5,
    "network": {
      "filters": 16,
      "padding": "same",
      "batchNormalisation": true
    },
    "training": {
      "steps": 14000,
      "tileSize": 192,
      "optimizer": "adamw",
      "learningRate": 0.001,
      "weightDecay": 0.01,
      "schedule": "cosine",
      "rims": [
        2,
        6
      ],
      "paste": 3,
      "classWeights": [
        1,
        1,
        1,
        1
      ],
      "w0": 0,
      "augmentation": {
        "interpolation": "bicubic",
        "scaling": 0.25,
        "elastic": {
          "sigma": 8
        }
      },
      "validations": 6,
      "measure": "seg"
    },
    "out": {
      "score": [
        0,
        1,
        0.75,
        0.5
      ],
      "threshold": 0.3,
      "split": "scores",
      "minimumSize": 400,
      "fillHoles": true
    }
  }
];
