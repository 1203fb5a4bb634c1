import { randomAt } from "@unet/image";

/**
 * Which of `count` samples each tile is cut from: every sample once an epoch, in an order drawn anew for each
 * epoch from `seed`.
 */
export function sampleOrder(count: number, seed: number): (tile: number) => number {
  let epoch = -1;
  const order = new Int32Array(count);
  return (tile) => {
    const wanted = Math.floor(tile / count);
    if (wanted !== epoch) {
      epoch = wanted;
      shuffle(order, randomAt(seed, "samples", epoch));
    }
    return order[tile % count];
  };
}

/** Fisher and Yates, from the identity, so that an epoch's order depends on its own generator alone. */
function shuffle(order: Int32Array, random: () => number): void {
  for (let i = 0; i < order.length; i++) order[i] = i;
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
}
