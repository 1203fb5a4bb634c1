/** The sample with `factor` × `factor` pixels made one: the mean of an image's, the label most have (of two, the larger). */
export function shrink(sample, factor) {
  const { image, labels } = sample;
  const size = { width: Math.floor(image.width / factor), height: Math.floor(image.height / factor) };
  const each = (data, one) => {
    const small = new data.constructor(size.width * size.height);
    for (let i = 0; i < small.length; i++) {
      const first = factor * (Math.floor(i / size.width) * image.width + (i % size.width));
      small[i] = one(
        Array.from(
          { length: factor ** 2 },
          (_, k) => data[first + Math.floor(k / factor) * image.width + (k % factor)],
        ),
      );
    }
    return small;
  };
  const shrunk = { ...image, ...size, data: each(Float32Array.from(image.data), mean) };
  return labels
    ? { ...sample, image: shrunk, labels: { ...labels, ...size, data: each(labels.data, mostFrequent) } }
    : { ...sample, image: shrunk };
}

/** Scores of a shrunk image at the size it had, sampled bilinearly; centres of pixels stay where they are. */
export function grow(scores, { width, height }, factor) {
  const { channels, data } = scores;
  const grown = new Float32Array(width * height * channels);
  const [columns, rows] = [
    neighbours(width, scores.width, factor),
    neighbours(height, scores.height, factor),
  ];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (const [row, down] of rows[y])
          for (const [column, across] of columns[x])
            sum += down * across * data[channels * (row * scores.width + column) + channel];
        grown[at++] = sum;
      }
    }
  }
  return { ...scores, width, height, data: grown };
}

/** For each of `size` pixels the two of a `factor` × shorter line between whose centres it lies, and their weights. */
function neighbours(size, shorter, factor) {
  return Array.from({ length: size }, (_, i) => {
    const at = Math.min(Math.max((i + 0.5) / factor - 0.5, 0), shorter - 1);
    const first = Math.floor(at);
    return [
      [first, 1 - (at - first)],
      [Math.min(first + 1, shorter - 1), at - first],
    ];
  });
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function mostFrequent(labels) {
  const count = (label) => labels.filter((other) => other === label).length;
  return labels.reduce((best, label) =>
    count(label) > count(best) || (count(label) === count(best) && label > best) ? label : best,
  );
}
