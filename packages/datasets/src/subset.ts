import { assertIndex, type Dataset } from "./dataset.js";

/**
 * The samples with these indices, in this order.
 *
 * @throws RangeError if there is no sample of such an index
 */
export function subset(dataset: Dataset, indices: readonly number[]): Dataset {
  for (const index of indices) assertIndex(index, dataset.length, "subset");
  const { names, sequential, source } = dataset;
  return {
    length: indices.length,
    ...(names && { names: indices.map((index) => names[index]) }),
    ...(sequential && { sequential }),
    ...(source && {
      source: { ...source, indices: indices.map((index) => source.indices?.[index] ?? index) },
    }),
    async get(index) {
      assertIndex(index, indices.length, "subset");
      return dataset.get(indices[index]);
    },
  };
}
