// The updates of weights by their gradients, each in one walk over memory.

/** v' = momentum·v + g and w' = w − rate·v', with g = scale·gradient + decay·w. Items are weights. */
export function momentumUpdate(
  weights: usize,
  gradient: usize,
  velocity: usize,
  newWeights: usize,
  newVelocity: usize,
  scale: f32,
  decay: f32,
  momentum: f32,
  rate: f32,
  begin: i32,
  end: i32,
): void {
  const scales = f32x4.splat(scale);
  const decays = f32x4.splat(decay);
  const momenta = f32x4.splat(momentum);
  const rates = f32x4.splat(rate);
  let at = (<usize>begin) << 2;
  const last = (<usize>end) << 2;
  for (; at < last; at += 16) {
    const w = v128.load(weights + at);
    const g = f32x4.add(f32x4.mul(scales, v128.load(gradient + at)), f32x4.mul(decays, w));
    const v = f32x4.add(f32x4.mul(momenta, v128.load(velocity + at)), g);
    put(newVelocity + at, v, last - at);
    put(newWeights + at, f32x4.sub(w, f32x4.mul(rates, v)), last - at);
  }
}

/** Stores four lanes, or the first that are within so many bytes. */
function put(to: usize, lanes: v128, bytes: usize): void {
  if (bytes >= 16) {
    v128.store(to, lanes);
    return;
  }
  v128.store32_lane(to, lanes, 0);
  if (bytes > 4) v128.store32_lane(to, lanes, 1, 4);
  if (bytes > 8) v128.store32_lane(to, lanes, 2, 8);
}

/**
 * Adam: m' = β₁·m + (1 − β₁)·g, v' = β₂·v + (1 − β₂)·g², w' = keep·w − step·m' / (√v'/root + ε), with
 * g = scale·gradient + decay·w. Items are weights.
 */
export function adamUpdate(
  weights: usize,
  gradient: usize,
  first: usize,
  second: usize,
  newWeights: usize,
  newFirst: usize,
  newSecond: usize,
  scale: f32,
  decay: f32,
  keep: f32,
  beta1: f32,
  beta2: f32,
  other1: f32,
  other2: f32,
  step: f32,
  root: f32,
  epsilon: f32,
  begin: i32,
  end: i32,
): void {
  const scales = f32x4.splat(scale);
  const decays = f32x4.splat(decay);
  let at = (<usize>begin) << 2;
  const last = (<usize>end) << 2;
  for (; at < last; at += 16) {
    const w = v128.load(weights + at);
    const g = f32x4.add(f32x4.mul(scales, v128.load(gradient + at)), f32x4.mul(decays, w));
    const kept = f32x4.mul(f32x4.splat(beta1), v128.load(first + at));
    const m = f32x4.add(kept, f32x4.mul(f32x4.splat(other1), g));
    const keptSquare = f32x4.mul(f32x4.splat(beta2), v128.load(second + at));
    const v = f32x4.add(keptSquare, f32x4.mul(f32x4.splat(other2), f32x4.mul(g, g)));
    put(newFirst + at, m, last - at);
    put(newSecond + at, v, last - at);
    const divisor = f32x4.add(f32x4.div(f32x4.sqrt(v), f32x4.splat(root)), f32x4.splat(epsilon));
    const change = f32x4.mul(f32x4.splat(step), f32x4.div(m, divisor));
    put(newWeights + at, f32x4.sub(f32x4.mul(f32x4.splat(keep), w), change), last - at);
  }
}
