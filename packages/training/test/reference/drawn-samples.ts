/** Two images of bright squares, made of whole numbers only, for runs whose samples are in memory. */
export const drawnSamples = {
  length: 2,
  async get(index: number) {
    const side = 48;
    const at = (i: number) => [i % side, Math.floor(i / side)];
    const inside = (i: number) => at(i).every((v) => (v + 3 * index) % 16 > 6);
    return {
      ...{ name: `squares ${index}`, kind: "classes" as const },
      image: {
        ...{ width: side, height: side, channels: 1 },
        data: Uint8Array.from({ length: side * side }, (_, i) => (inside(i) ? 150 : 60) + ((7 * i) % 50)),
      },
      labels: {
        ...{ width: side, height: side },
        data: Int32Array.from({ length: side * side }, (_, i) => Number(inside(i))),
      },
    };
  },
};
