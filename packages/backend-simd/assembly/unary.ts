// Functions of one map, value by value. `p` is a number that some of them take.
import { exponential, logarithm } from "./exponential";

class Relu {
  of(x: v128, _p: v128): v128 {
    return f32x4.max(x, f32x4.splat(0));
  }
}
class Relu6 {
  of(x: v128, _p: v128): v128 {
    return f32x4.min(f32x4.max(x, f32x4.splat(0)), f32x4.splat(6));
  }
}
class LeakyRelu {
  of(x: v128, p: v128): v128 {
    return v128.bitselect(f32x4.mul(x, p), x, f32x4.lt(x, f32x4.splat(0)));
  }
}
class Step {
  of(x: v128, p: v128): v128 {
    const stepped = v128.bitselect(f32x4.splat(1), p, f32x4.gt(x, f32x4.splat(0)));
    return v128.bitselect(stepped, x, f32x4.eq(x, x));
  }
}
class Negative {
  of(x: v128, _p: v128): v128 {
    return f32x4.neg(x);
  }
}
class Absolute {
  of(x: v128, _p: v128): v128 {
    return f32x4.abs(x);
  }
}
class Square {
  of(x: v128, _p: v128): v128 {
    return f32x4.mul(x, x);
  }
}
class Root {
  of(x: v128, _p: v128): v128 {
    return f32x4.sqrt(x);
  }
}
class ReciprocalRoot {
  of(x: v128, _p: v128): v128 {
    return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
  }
}
class Reciprocal {
  of(x: v128, _p: v128): v128 {
    return f32x4.div(f32x4.splat(1), x);
  }
}
class Exponential {
  of(x: v128, _p: v128): v128 {
    return exponential(x);
  }
}
class Logarithm {
  of(x: v128, _p: v128): v128 {
    return logarithm(x);
  }
}
class Sigmoid {
  of(x: v128, _p: v128): v128 {
    const one = f32x4.splat(1);
    return f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(x))));
  }
}

/** `output` = of(`x`), of the values from `begin` to `end`. */
function map<Function>(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  const f = changetype<Function>(0);
  const parameter = f32x4.splat(p);
  let at = (<usize>begin) << 2;
  const last = (<usize>end) << 2;
  for (; at + 16 <= last; at += 16) v128.store(output + at, f.of(v128.load(x + at), parameter));
  for (; at < last; at += 4) v128.store32_lane(output + at, f.of(v128.load32_zero(x + at), parameter), 0);
}

export function relu(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<Relu>(x, output, p, begin, end);
}
export function relu6(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<Relu6>(x, output, p, begin, end);
}
export function leakyRelu(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<LeakyRelu>(x, output, p, begin, end);
}
export function step(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<Step>(x, output, p, begin, end);
}
export function negative(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<Negative>(x, output, p, begin, end);
}
export function absolute(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<Absolute>(x, output, p, begin, end);
}
export function square(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<Square>(x, output, p, begin, end);
}
export function root(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<Root>(x, output, p, begin, end);
}
export function reciprocalRoot(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<ReciprocalRoot>(x, output, p, begin, end);
}
export function reciprocal(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<Reciprocal>(x, output, p, begin, end);
}
export function exp(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<Exponential>(x, output, p, begin, end);
}
export function log(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<Logarithm>(x, output, p, begin, end);
}
export function sigmoid(x: usize, output: usize, p: f32, begin: i32, end: i32): void {
  map<Sigmoid>(x, output, p, begin, end);
}

/** `output` = `value`, from `begin` to `end`. */
export function fill(output: usize, value: f32, begin: i32, end: i32): void {
  const values = f32x4.splat(value);
  let at = (<usize>begin) << 2;
  const last = (<usize>end) << 2;
  for (; at + 16 <= last; at += 16) v128.store(output + at, values);
  for (; at < last; at += 4) store<f32>(output + at, value);
}
