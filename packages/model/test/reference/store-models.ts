// `store-models.ts FOLDER`, run on the sources by Vite: saves models, and what each of them predicts, as
// `test/fixtures/stored` has them. Those in there were written by the code of commit 42fda1a and stay as they are; a
// later format gets a folder of its own.
import { writeFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createUNet, modelToBytes, saveModel } from "@unet/model";
import { storedInput } from "./stored-input.js";

const folder = process.argv.at(-1);

const configs: Record<string, Parameters<typeof createUNet>[0]> = {
  paper: { depth: 1, filters: 2, seed: 1 },
  "batch-normalisation": {
    depth: 1,
    filters: 2,
    classes: 3,
    inputChannels: 2,
    batchNormalisation: true,
    seed: 2,
  },
  "same-bilinear": { depth: 1, filters: 2, padding: "same", upsampling: "bilinear", dropout: 0, seed: 3 },
  "released-nearest": { depth: 1, filters: 2, variant: "released", upsampling: "nearest", seed: 4 },
};

for (const [name, config] of Object.entries(configs)) {
  const model = createUNet(config);
  // Other statistics than those that every new model has.
  for (const weight of model.weights) {
    const variable = weight.read() as tf.Variable;
    const count = variable.size;
    const set = (valueAt: (i: number) => number) =>
      variable.assign(
        tf.tensor(
          Array.from({ length: count }, (_, i) => valueAt(i)),
          variable.shape,
        ),
      );
    if (/moving_mean|beta/.test(weight.originalName)) set((i) => (i - 1) / 8);
    if (/moving_variance|gamma/.test(weight.originalName)) set((i) => 1 + i / 4);
  }
  const classNames = ["background", "cell", "border"].slice(0, config?.classes ?? 2);
  await saveModel(model, `${folder}/${name}`, {
    normalisation: "percentile",
    classNames,
    training: { steps: 7, seed: 1, samples: 2, loss: 0.5 },
  });
  if (name === "paper") writeFileSync(`${folder}/${name}.bytes`, await modelToBytes(model));
  const input = storedInput(config?.inputChannels ?? 1);
  const output = model.predict(input) as tf.Tensor;
  writeFileSync(`${folder}/${name}.logits`, new Uint8Array(output.dataSync().buffer));
}
