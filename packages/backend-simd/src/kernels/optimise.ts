import type { Kernel } from "../register.js";
import { GRAIN, sizeOf } from "./grain.js";

/** v' = momentum·v + g, w' = w − rate·v', with g = scale·gradient + decay·w: `[weights, velocity]`. */
export const momentum: Kernel<
  "weights" | "gradient" | "velocity",
  { scale: number; decay: number; momentum: number; rate: number }
> = {
  name: "UNetMomentum",
  compute({ inputs: { weights, gradient, velocity }, attrs, backend }) {
    const from = [weights, gradient, velocity].map((tensor) => backend.address(tensor));
    const outputs = [backend.output(weights.shape), backend.output(weights.shape)];
    const to = outputs.map((tensor) => backend.address(tensor));
    const args = [...from, ...to, attrs.scale, attrs.decay, attrs.momentum, attrs.rate];
    backend.run("momentumUpdate", args, sizeOf(weights), 0, GRAIN);
    return outputs;
  },
};

/**
 * Adam: m' = β₁·m + (1 − β₁)·g, v' = β₂·v + (1 − β₂)·g², w' = keep·w − step·m'/(√v'/root + ε), with
 * g = scale·gradient + decay·w: `[weights, first, second]`. AdamW has no `decay`, and keeps less than 1.
 */
export const adam: Kernel<
  "weights" | "gradient" | "first" | "second",
  {
    scale: number;
    decay: number;
    keep: number;
    beta1: number;
    beta2: number;
    step: number;
    root: number;
    epsilon: number;
  }
> = {
  name: "UNetAdam",
  compute({ inputs: { weights, gradient, first, second }, attrs, backend }) {
    const { scale, decay, keep, beta1, beta2, step, root, epsilon } = attrs;
    const from = [weights, gradient, first, second].map((tensor) => backend.address(tensor));
    const outputs = [0, 1, 2].map(() => backend.output(weights.shape));
    const to = outputs.map((tensor) => backend.address(tensor));
    const numbers = [scale, decay, keep, beta1, beta2, 1 - beta1, 1 - beta2, step, root, epsilon];
    backend.run("adamUpdate", [...from, ...to, ...numbers], sizeOf(weights), 0, GRAIN);
    return outputs;
  },
};
