// `node probe.mjs FOLDER`: loads the tfjs-node in a folder, multiplies two matrices with it and prints
// TensorFlow's version and the device as JSON.
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(import.meta.url);

// Node 23 dropped what tfjs-node still calls
const util = require("node:util");
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;

try {
  const tf = require(resolve(process.argv[2]));
  const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]));
  const values = product.dataSync().join(" ");
  if (values !== "19 22 43 50") throw new Error(`a product of matrices came out as ${values}`);
  const backend = tf.backend();
  const device = backend.isUsingGpuDevice ? "GPU" : "CPU";
  process.stdout.write(`${JSON.stringify({ version: backend.binding.TF_Version, device })}\n`);
} catch (error) {
  process.stderr.write(`${error.message.split("\n")[0]}\n`);
  process.exitCode = 1;
}
