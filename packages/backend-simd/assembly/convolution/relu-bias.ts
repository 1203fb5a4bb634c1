import { zero } from "../lanes";

/**
 * The gradient with respect to what ReLU was given: `dz` = `dy` where `y` > 0, else 0; and the sums of it over blocks of
 * `block` pixels, which the bias's gradient is made of: `sums` [blocks][channels].
 *
 * @param begin … @param end blocks
 */
export function reluBiasGradient(
  dy: usize,
  y: usize,
  dz: usize,
  sums: usize,
  pixels: i32,
  channels: i32,
  block: i32,
  begin: i32,
  end: i32,
): void {
  const pixel = <usize>(channels << 2);
  const whole = <usize>((channels & ~3) << 2);
  for (let item = begin; item < end; item++) {
    const sum = sums + <usize>item * pixel;
    memory.fill(sum, 0, pixel);
    const last = min(pixels, (item + 1) * block);
    for (let i = item * block; i < last; i++) {
      const at = <usize>i * pixel;
      for (let c: usize = 0; c < whole; c += 16) {
        const isAbove = f32x4.gt(v128.load(y + at + c), zero());
        const value = v128.and(v128.load(dy + at + c), isAbove);
        v128.store(dz + at + c, value);
        v128.store(sum + c, f32x4.add(v128.load(sum + c), value));
      }
      for (let c = whole; c < pixel; c += 4) {
        const value: f32 = load<f32>(y + at + c) > 0 ? load<f32>(dy + at + c) : 0;
        store<f32>(dz + at + c, value);
        store<f32>(sum + c, load<f32>(sum + c) + value);
      }
    }
  }
}

/**
 * `sum` [channels] = Σ of `count` rows of `rows` [count][channels], in order.
 *
 * @param begin … @param end channels
 */
export function sumOfRows(rows: usize, count: i32, channels: i32, sum: usize, begin: i32, end: i32): void {
  for (let c = begin; c < end; c++) {
    let total: f32 = 0;
    for (let i = 0; i < count; i++) total += load<f32>(rows + ((<usize>(i * channels + c)) << 2));
    store<f32>(sum + ((<usize>c) << 2), total);
  }
}
