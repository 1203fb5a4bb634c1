import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { createUNet } from "@unet/model";
await useBackend({ prefer: ["simd"] });
(await import("@unet/backend-simd")).setThreads(Number(process.argv[2] ?? 1));
const filters = Number(process.argv[3] ?? 16), size = Number(process.argv[4] ?? 572);
const b = tf.backend();
const model = createUNet({ filters, seed: 2015, dropout: 0 });
const x = tf.tensor4d(Float32Array.from({ length: size * size }, (_, i) => Math.sin(i * i)), [1, size, size, 1]);
const run = b.run.bind(b); let on = false; const times = new Map();
b.run = (k, args, items, ...r) => { const t = performance.now(); run(k, args, items, ...r); if (on) { const key = k==="winogradFilter" ? `${k} ${args[3]} ${args[1]}->${args[2]}` : k==="winogradFilterGradient"? `${k} ${args[1]} ${args[3]}->${args[9]}` : k==="winogradFilterGradientEnd"? `${k} ${args[2]}->${args[3]}`: k.startsWith("winograd") ? `${k} ${args[1]}x${args[3]}->${args[11]}` : k; const e = times.get(key) ?? [0, 0]; e[0] += performance.now() - t; e[1]++; times.set(key, e); } };
import { weightedCrossEntropy } from "@unet/loss";
import { Optimizer, trainingStep } from "@unet/training";
const step = process.argv[5] === "step";
let optimizer, tile;
if (step) {
  const output = tf.tidy(() => model.predict(tf.zeros([1, size, size, 1])).shape[1]);
  const pixels = output * output;
  tile = { image: { width: size, height: size, channels: 1, data: x.dataSync() }, labels: { width: output, height: output, data: Int32Array.from({ length: pixels }, (_, i) => i % 2) }, weights: { width: output, height: output, channels: 1, data: new Float32Array(pixels).fill(1) } };
  optimizer = new Optimizer(model.trainableWeights.map((w) => w.read()), { optimizer: "sgd", momentum: 0.99, weightDecay: 0, clipNorm: 0 });
}
const once = step ? () => trainingStep(model, optimizer, [tile], { rate: 1e-5, loss: weightedCrossEntropy, limit: Infinity }) : async () => { const y = model.predict(x); await y.data(); y.dispose(); };
for (let i = 0; i < (step ? 2 : 4); i++) await once();
on = true; const N = step ? 3 : 8; const t0 = performance.now();
for (let i = 0; i < N; i++) await once();
const total = (performance.now() - t0) / N;
let sum = 0;
for (const [k, [ms, n]] of [...times].sort((a, b) => b[1][0] - a[1][0])) { sum += ms / N; console.log(k.padEnd(36), (ms / N).toFixed(2), n / N); }
console.log("total", total.toFixed(1), "kernels", sum.toFixed(1));
process.exit(0);
