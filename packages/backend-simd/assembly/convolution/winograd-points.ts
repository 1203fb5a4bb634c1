// The points at which Winograd's F(4×4, 3×3) evaluates polynomials: 0, ±P, ±Q and ∞. With 2/3 and 3/2 the result is off
// by a quarter of what it is with the usual 1 and 2, and the transforms are as long.

export const P: f32 = 2.0 / 3;
export const P2: f32 = 4.0 / 9;
export const Q: f32 = 3.0 / 2;
export const Q2: f32 = 9.0 / 4;
/** P² + Q². */
export const SUM: f32 = 97.0 / 36;
/** Q / P, its square, and its cube. */
export const RATIO: f32 = 9.0 / 4;
export const RATIO2: f32 = 81.0 / 16;
export const RATIO3: f32 = 729.0 / 64;
/** P³, and 1 / P³. */
export const P3: f32 = 8.0 / 27;
export const PER_P3: f32 = 27.0 / 8;
/** 1 / (2P²(P² − Q²)), times P, and times P². */
export const G_P0: f32 = -81.0 / 130;
export const G_P1: f32 = -27.0 / 65;
export const G_P2: f32 = -18.0 / 65;
/** 1 / (2Q²(Q² − P²)), times Q, and times Q². */
export const G_Q0: f32 = 8.0 / 65;
export const G_Q1: f32 = 12.0 / 65;
export const G_Q2: f32 = 18.0 / 65;
