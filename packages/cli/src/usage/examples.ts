/** How each command is used, for its help. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  train: [
    "unet train --data folder:cells --kind instances --out run --minutes 10",
    "unet train --data folder:cells --recipe mine.yaml --out run",
    "unet train --data isbi2012:DIR --out em --samples 0-23 --validation 24-29",
    "unet train --from nuclei --data folder:mine --kind instances --out tuned",
    "unet train --resume run",
  ],
  recipes: ["unet recipes", "unet recipes instances > mine.yaml"],
  networks: ["unet networks", "unet networks nuclei"],
  calibrate: [
    "unet calibrate run --data folder:others --kind instances",
    "unet calibrate nuclei --data folder:mine --kind instances --out mine",
  ],
  predict: [
    "unet predict nuclei image.tif",
    "unet predict run image.tif",
    "unet predict run images/ --instances found/ --table all.csv --threshold 0.4",
    "unet predict run1,run2 image.tif --out scores.tif --tta",
    "unet predict run stack.tif --z 0-9 --channel 1 --out part.tif",
    "unet predict cells.onnx image.tif",
    "unet predict run large.zarr --instances cells.zarr --memory 2G",
  ],
  track: [
    "unet track run frames/ --out tracked",
    "unet track run 'frames/t*.tif' --start annotated.tif --out tracked",
    "unet track run film.tif --out 01_RES",
  ],
  evaluate: [
    "unet evaluate run folder:cells --kind instances",
    "unet evaluate found/ truth/ --csv measures.csv --picture errors.png",
    "unet evaluate run isbi2012:DIR --samples 24-29 --measures vrand,vinfo,pixel",
  ],
  check: [
    "unet check folder:cells --kind instances --picture findings.png",
    "unet check ctc:DIR:01 --truth gold",
  ],
  synth: ["unet synth cells --out cells --count 20", "unet synth membranes --out em --size 512x384 --seed 7"],
  preview: ["unet preview --data folder:cells --kind instances --out tiles.png --tiles 20"],
  weights: [
    "unet weights folder:cells --kind instances --out figure.png --sample 3",
    "unet weights synthetic-cells:1 --out weights.tif --w0 20",
  ],
  inspect: ["unet inspect run", "unet inspect run --json"],
  export: [
    "unet export run --to onnx --out cells.onnx",
    "unet export run --to onnx --activation --out scores.onnx",
    "unet export run --to safetensors --out cells.safetensors",
  ],
  import: [
    "unet import unet.pth --out model --normalisation range",
    "unet import other.pth --out model --padding valid --variant paper",
  ],
  backends: ["unet backends"],
  demo: ["unet demo --out demo"],
};

/** The examples of a command, as they stand at the end of its help. */
export function examplesText(command: string): string {
  const lines = examples[command] ?? [];
  return lines.length === 0 ? "" : `\nExamples:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
