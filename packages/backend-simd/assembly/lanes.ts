// Arithmetic on four lanes at once.

/** a·b + c for four lanes: in one instruction, rounded once, where the engine has relaxed SIMD; else in two. */
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c − a·b for four lanes, likewise. */
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** The float at an address, in all four lanes. */
export function spread(address: usize): v128 {
  return v128.load32_splat(address);
}

export function zero(): v128 {
  return f32x4.splat(0);
}
