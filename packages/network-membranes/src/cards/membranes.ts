// Made by `pnpm networks membranes`.
export const card = {
  "name": "membranes",
  "about": "regions between cell membranes in electron microscopy, gaps closed",
  "expects": {
    "channels": 1,
    "image": "one channel of grey, dark membranes on brighter cells (serial-section transmission EM)",
    "scale": "pixels of about 4 nm; resize others by --scale"
  },
  "data": {
    "name": "ISBI 2012 challenge, Drosophila ventral nerve cord, slices 0 to 14",
    "source": "https://doi.org/10.3389/fnana.2015.00142",
    "licence": "none stated; published for research by the challenge's organisers"
  },
  "notFor": [
    "sections in another contrast (membranes that are bright), or of another resolution as they come",
    "joining regions across slices: each slice is segmented by itself"
  ],
  "trained": {
    "command": "pnpm networks membranes --minutes 15",
    "images": 15,
    "steps": 2591,
    "minutes": 16.5,
    "seed": 0,
    "backend": "simd",
    "machine": "AMD EPYC, 2 cores"
  },
  "task": {
    "recipe": "membranes",
    "aim": "membranes",
    "scale": 1,
    "symmetries": true,
    "out": {
      "score": [
        0,
        1
      ],
      "threshold": 0.5,
      "split": "contours",
      "minimumSize": 0,
      "fillHoles": false
    },
    "calibration": {
      "images": 3,
      "measures": {
        "vrand": 0.9899,
        "vinfo": 0.9897,
        "wrong": 0.1016
      }
    }
  },
  "network": {
    "parameters": 1945250,
    "filters": 16,
    "depth": 4
  },
  "scores": {
    "images": 6,
    "of": "images that it was not trained on and nothing was chosen on, by its own thresholds; 95 % intervals over images",
    "measures": {
      "V^Rand": {
        "value": 0.919,
        "low": 0.836,
        "high": 0.99
      },
      "V^Info": {
        "value": 0.977,
        "low": 0.964,
        "high": 0.989
      }
    }
  },
  "float16": {
    "lost": 0,
    "of": "the largest loss of a measure on the validation images"
  },
  "file": {
    "bytes": 3923375,
    "checksum": "sha256:83e9362b3746319815f499a52764d3397721d5f45d7694aee1d5cfcaacd8df15"
  }
};
