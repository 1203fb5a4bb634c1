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
    "command": "an interim run, before pnpm networks",
    "images": 15,
    "steps": 863,
    "seed": 0,
    "backend": "simd",
    "machine": "AMD EPYC, 2 cores"
  },
  "task": {
    "recipe": "membranes",
    "aim": "membranes",
    "scale": 1,
    "out": {
      "score": [
        0,
        1
      ],
      "threshold": 0.5,
      "split": "contours",
      "minimumSize": 0,
      "fillHoles": false
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
        "value": 0.796,
        "low": 0.716,
        "high": 0.901
      },
      "V^Info": {
        "value": 0.952,
        "low": 0.937,
        "high": 0.969
      }
    }
  },
  "float16": {
    "lost": 0,
    "of": "the largest loss of a measure on the validation images"
  },
  "file": {
    "bytes": 3923153,
    "checksum": "sha256:926c85666d97083ee5c123488868b446bcc56a2375330c4cdf3a17e7b3417956"
  }
};
