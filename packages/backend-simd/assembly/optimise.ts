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
  for (let at = (<usize>begin) << 2; at < (<usize>end) << 2; at += 4) {
    const w = load<f32>(weights + at);
    const g = scale * load<f32>(gradient + at) + decay * w;
    const v = momentum * load<f32>(velocity + at) + g;
    store<f32>(newVelocity + at, v);
    store<f32>(newWeights + at, w - rate * v);
  }
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
  for (let at = (<usize>begin) << 2; at < (<usize>end) << 2; at += 4) {
    const w = load<f32>(weights + at);
    const g = scale * load<f32>(gradient + at) + decay * w;
    const m = beta1 * load<f32>(first + at) + other1 * g;
    const v = beta2 * load<f32>(second + at) + other2 * (g * g);
    store<f32>(newFirst + at, m);
    store<f32>(newSecond + at, v);
    store<f32>(newWeights + at, keep * w - step * (m / (sqrt<f32>(v) / root + epsilon)));
  }
}
