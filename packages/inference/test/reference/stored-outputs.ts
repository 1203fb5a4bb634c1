const [width, height] = [21, 18];

/** Scores of two classes, multiples of 1/64: what the files of `test/fixtures/stored` hold. */
export const storedScores = {
  width,
  height,
  channels: 2,
  data: Float32Array.from({ length: width * height * 2 }, (_, i) => {
    const [x, y] = [Math.floor(i / 2) % width, Math.floor(i / 2 / width)];
    const score = ((7 * x + 13 * y + x * y) % 64) / 64;
    return i % 2 === 0 ? 1 - score : score;
  }),
};

/** Labels up to 70,000, which no 16 bits hold. */
export const storedLabels = {
  width,
  height,
  data: Int32Array.from({ length: width * height }, (_, i) => (i % 5 === 0 ? 0 : 185 * i)),
};
