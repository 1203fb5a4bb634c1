import * as tf from "@tensorflow/tfjs-core";
// brings the gradients along
import "@tensorflow/tfjs-layers";
import { setThreads } from "@unet/backend-simd";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  setThreads(2);
  await tf.setBackend("cpu");
  (tf.backend() as { firstUse?: boolean }).firstUse = false; // no advertisement
});

/** Numbers that are the same for the same seed. */
function randomOf(seed: number) {
  let state = seed * 2654435761 + 1;
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 374761393) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
  return {
    whole: (from: number, to: number) => from + Math.floor(next() * (to - from + 1)),
    values: (shape: number[], scale = 2) =>
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => (next() - 0.5) * scale),
  };
}

type Shape = [number, number, number, number];
type Random = ReturnType<typeof randomOf>;

/** Computes on both backends: the largest difference, relative to the largest value, and the same NaN and infinities. */
async function expectAgreement(compute: () => tf.Tensor | tf.Tensor[], tolerance = 1e-5): Promise<void> {
  const results: { shape: number[]; values: Float32Array }[][] = [];
  for (const backend of ["cpu", "simd"]) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const tensors = [tf.tidy(compute as () => tf.Tensor[])].flat();
    results.push(
      tensors.map((tensor) => ({ shape: tensor.shape, values: tensor.dataSync() as Float32Array })),
    );
    tf.dispose(tensors);
    expect(tf.memory().numTensors).toBe(before);
  }
  const [theirs, ours] = results;
  expect(ours.length).toBe(theirs.length);
  for (const [i, { shape, values }] of theirs.entries()) {
    expect(ours[i].shape).toEqual(shape);
    const finite = values.filter(Number.isFinite);
    const scale = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-20);
    for (const [k, value] of values.entries()) {
      const other = ours[i].values[k];
      const agrees = Number.isFinite(value)
        ? Math.abs(other - value) <= tolerance * scale
        : Object.is(other, value);
      if (!agrees) throw new Error(`output ${i}, value ${k} of [${shape}]: ${other}, not ${value}`);
    }
  }
}

/** An operation of TensorFlow.js by its name. */
function operation(name: string): unknown {
  return new Map(Object.entries(tf)).get(name);
}

const rounds = Array.from({ length: 12 }, (_, seed) => seed);

function anyShape(random: Random, rank: number, most = 9): number[] {
  return Array.from({ length: rank }, () => random.whole(1, most));
}

describe("functions of one map", () => {
  const positive = new Set(["log", "sqrt", "rsqrt"]);
  test.each([
    "abs",
    "exp",
    "log",
    "neg",
    "reciprocal",
    "relu",
    "relu6",
    "rsqrt",
    "sigmoid",
    "sqrt",
    "square",
    "step",
  ])("%s", async (name) => {
    const f = operation(name) as (x: tf.Tensor) => tf.Tensor;
    for (const seed of rounds) {
      const random = randomOf(seed);
      const shape = [random.whole(1, seed === 0 ? 70_000 : 300)];
      const values = random
        .values(shape, 10 ** random.whole(-2, 2))
        .map((x) => (positive.has(name) ? Math.abs(x) : x));
      await expectAgreement(() => f(tf.tensor(values, shape)), 1e-6);
    }
  });

  test("at the limits of float32", async () => {
    const values = [
      0,
      1,
      -1,
      1e-45,
      1e-38,
      3e38,
      -3e38,
      88.7,
      88.8,
      -87,
      -103,
      -104,
      -200,
      Infinity,
      -Infinity,
      NaN,
    ];
    for (const f of [tf.exp, tf.log, tf.relu, tf.step, tf.sigmoid, tf.sqrt, tf.leakyRelu]) {
      await expectAgreement(() => tf.stack(values.map((value) => f(tf.tensor1d([value])))), 1e-6);
    }
  });

  test("leakyRelu and step with their slope", async () => {
    const values = randomOf(1).values([37]);
    await expectAgreement(() => [tf.leakyRelu(tf.tensor1d(values), 0.3), tf.step(tf.tensor1d(values), -0.5)]);
  });

  test("each value of e^x and log x is right to float32", async () => {
    await tf.setBackend("simd");
    const x = Float32Array.from({ length: 20_001 }, (_, i) => (i - 10_000) / 120);
    const e = tf.exp(tf.tensor1d(x)).dataSync();
    const logarithm = tf.log(tf.tensor1d(e)).dataSync();
    for (const [i, value] of x.entries()) {
      const exact = Math.exp(value);
      expect(Math.abs(e[i] - exact)).toBeLessThanOrEqual(3e-7 * exact + 1e-44);
      if (exact > 1e-37) {
        expect(Math.abs(logarithm[i] - Math.log(e[i]))).toBeLessThanOrEqual(
          2e-7 * Math.abs(Math.log(e[i])) + 1e-10,
        );
      }
    }
    tf.disposeVariables();
  });
});

describe("functions of two maps, broadcast", () => {
  test.each(["add", "sub", "mul", "div", "divNoNan", "maximum", "minimum", "squaredDifference"])(
    "%s",
    async (name) => {
      const f = operation(name) as (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
      for (const seed of [...rounds, 100, 101, 102, 103]) {
        const random = randomOf(seed);
        const shape =
          seed === 100
            ? [3, 40, 50, 16]
            : seed === 101
              ? [120, 130, 2]
              : anyShape(random, random.whole(1, 5));
        const part = shape.map((length) => (random.whole(0, 2) === 0 ? 1 : length));
        const shorter = part.slice(random.whole(0, part.length));
        const [a, b] = [random.values(shape), random.values(shorter)];
        if (name === "divNoNan") b[0] = 0;
        await expectAgreement(() => [
          f(tf.tensor(a, shape), tf.tensor(b, shorter)),
          f(tf.tensor(b, shorter), tf.tensor(a, shape)),
        ]);
      }
    },
  );

  test("by channel, by pixel, and both at once", async () => {
    const random = randomOf(5);
    const cases = [
      [[2, 7, 5, 3], [3]],
      [[1, 90, 91, 16], [16]],
      [
        [1, 33, 34, 2],
        [1, 33, 34, 1],
      ],
      [
        [4, 1, 6],
        [1, 5, 1],
      ],
      [[], [3, 4]],
      [[0, 3], [3]],
    ];
    for (const [first, second] of cases) {
      const [a, b] = [random.values(first), random.values(second)];
      await expectAgreement(() => tf.add(tf.tensor(a, first), tf.tensor(b, second)));
    }
  });
});

describe("reductions", () => {
  test.each(["sum", "mean", "max", "min"])("%s", async (name) => {
    const f = operation(name) as (x: tf.Tensor, axis?: number[], keep?: boolean) => tf.Tensor;
    for (const seed of rounds) {
      const random = randomOf(seed);
      const rank = random.whole(1, 4);
      const shape = anyShape(random, rank);
      const axes = shape.map((_, i) => i).filter(() => random.whole(0, 1) === 1);
      const x = random.values(shape);
      const given = axes.length > 0 ? axes : undefined;
      await expectAgreement(() => f(tf.tensor(x, shape), given, seed % 2 === 0));
    }
  });

  test("of large maps, in blocks", async () => {
    const random = randomOf(3);
    for (const [shape, axis] of [
      [[70_001], [0]],
      [
        [1, 190, 191, 3],
        [0, 1, 2],
      ],
      [
        [1, 90, 91, 16],
        [0, 1, 2],
      ],
      [[3, 20_000], [1]],
      [[2, 3000, 37], [1]],
    ]) {
      const x = random.values(shape);
      await expectAgreement(() => [tf.sum(tf.tensor(x, shape), axis), tf.max(tf.tensor(x, shape), axis)]);
    }
  });
});

describe("copies", () => {
  test("slice, pad, transpose", async () => {
    for (const seed of [...rounds, 100, 101, 102, 103, 104, 105]) {
      const random = randomOf(seed);
      const rank = random.whole(1, 5);
      const shape = anyShape(random, rank);
      const begin = shape.map((length) => random.whole(0, length - 1));
      const size = shape.map((length, i) => random.whole(1, length - begin[i]));
      const paddings = shape.map((): [number, number] => [random.whole(0, 3), random.whole(0, 3)]);
      const perm = shape.map((_, i) => i).sort(() => random.whole(0, 1) - 0.5);
      const type = seed % 3 === 0 ? "int32" : "float32";
      const x = random.values(shape, 1000).map(Math.round);
      const map = () => tf.tensor(x, shape, type);
      await expectAgreement(() => [
        tf.slice(map(), begin, size),
        tf.pad(map(), paddings, seed % 2),
        tf.transpose(map(), perm),
      ]);
    }
  });

  test("concat and split", async () => {
    for (const seed of rounds) {
      const random = randomOf(seed);
      const shape = anyShape(random, random.whole(1, 4), 40);
      const axis = random.whole(0, shape.length - 1);
      const lengths = anyShape(random, random.whole(1, 4));
      const shapes = lengths.map((length) => shape.map((whole, i) => (i === axis ? length : whole)));
      const maps = shapes.map((own) => random.values(own));
      await expectAgreement(() => {
        const whole = tf.concat(
          maps.map((values, i) => tf.tensor(values, shapes[i])),
          axis,
        );
        return [whole, ...tf.split(whole, lengths, axis)];
      });
    }
  });

  test("fill, zerosLike, onesLike, addN", async () => {
    const x = randomOf(1).values([3, 5]);
    await expectAgreement(() => {
      const map = tf.tensor(x, [3, 5]);
      return [tf.fill([7, 3], 2.5), tf.zerosLike(map), tf.onesLike(map), tf.addN([map, map, tf.square(map)])];
    });
  });
});

describe("max-pooling", () => {
  test("and its gradient", async () => {
    for (const seed of [...rounds, 100, 101, 102, 103, 104, 105, 106, 107]) {
      const random = randomOf(seed);
      const window = random.whole(1, 3);
      const stride = random.whole(1, 3);
      const shape = [
        random.whole(1, 2),
        random.whole(window, 20),
        random.whole(window, 20),
        random.whole(1, 19),
      ];
      const pad = random.whole(0, 1) === 1 ? "same" : "valid";
      const x = random.values(shape);
      await expectAgreement(() => {
        const map = tf.tensor<tf.Rank.R4>(x, shape as Shape);
        const pool = (m: tf.Tensor4D) => tf.maxPool(m, window, stride, pad);
        const gradient = tf.grad((m) => tf.sum(tf.square(pool(m as tf.Tensor4D))));
        return [pool(map), gradient(map)];
      });
    }
  });

  test("the gradient goes to the first of equal values, negative ones too", async () => {
    await tf.setBackend("simd");
    tf.tidy(() => {
      const x = tf.tensor4d([-1, -1, -5, -5, -1, -2, -4, -5, 0, 0, 0, 0, 9, 9, 9, 9], [1, 4, 4, 1]);
      const dx = tf.grad((m) => tf.maxPool(m as tf.Tensor4D, 2, 2, "valid"))(x);
      expect(Array.from(dx.dataSync())).toEqual([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0]);
    });
  });
});

describe("batch normalisation", () => {
  test("with given statistics, and its gradients", async () => {
    for (const seed of rounds) {
      const random = randomOf(seed);
      const channels = random.whole(1, 21);
      const shape = [random.whole(1, 2), random.whole(1, 12), random.whole(1, 12), channels];
      const [mean, variance, offset, scale] = [0, 1, 2, 3].map(() =>
        random.values([channels]).map((v) => v + 1.5),
      );
      const x = random.values(shape);
      await expectAgreement(() => {
        const inputs = [tf.tensor(x, shape), ...[mean, variance, offset, scale].map((v) => tf.tensor1d(v))];
        const normalise = (...[a, m, v, o, s]: tf.Tensor[]) =>
          tf.batchNorm4d(
            a as tf.Tensor4D,
            m as tf.Tensor1D,
            v as tf.Tensor1D,
            o as tf.Tensor1D,
            s as tf.Tensor1D,
            1e-3,
          );
        const gradients = tf.grads((...given) => tf.sum(tf.square(normalise(...given))))(inputs);
        return [normalise(...inputs), ...gradients];
      }, 1e-4);
    }
  });

  test("over the batch, and its gradients, as composed of other operations", async () => {
    for (const seed of rounds) {
      const random = randomOf(seed);
      const channels = random.whole(1, 21);
      const shape = [random.whole(1, 2), random.whole(2, 40), random.whole(2, 40), channels];
      const [x, weights] = [random.values(shape).map((v) => v + 3), random.values(shape)];
      const [scale, offset] = [random.values([channels]), random.values([channels])];
      await expectAgreement(() => {
        const inputs = [tf.tensor(x, shape), tf.tensor1d(scale), tf.tensor1d(offset)];
        const normalise = (...[map, gamma, beta]: tf.Tensor[]) => {
          if (tf.getBackend() === "simd") {
            const given = { x: map, scale: gamma, offset: beta };
            return (
              tf.engine().runKernel("FusedBatchNormV3", given, { epsilon: 1e-3 }) as unknown as tf.Tensor[]
            )[0];
          }
          const { mean, variance } = tf.moments(map, [0, 1, 2]);
          const inverse = tf.rsqrt(tf.add(variance, 1e-3));
          return tf.add(tf.mul(tf.mul(tf.sub(map, mean), inverse), gamma), beta);
        };
        const loss = (...given: tf.Tensor[]) =>
          tf.sum(tf.mul(tf.square(normalise(...given)), tf.tensor(weights, shape)));
        return [normalise(...inputs), ...tf.grads(loss)(inputs)];
      }, 1e-4);
    }
  });
});

test("casts from each type to each, and what is computed with them", async () => {
  const types = ["float32", "int32", "bool"] as const;
  for (const from of types) {
    for (const to of types) {
      await expectAgreement(() => {
        const x = tf.cast(tf.tensor1d([0, 1, 1, 0], "float32"), from);
        const converted = tf.cast(x, to);
        return [
          converted,
          tf.mul(tf.cast(converted, "float32"), 2),
          tf.cast(tf.oneHot(tf.cast(x, "int32"), 3), to),
        ];
      });
    }
  }
});

test("softmax", async () => {
  for (const seed of rounds) {
    const random = randomOf(seed);
    const shape = anyShape(random, random.whole(1, 4));
    const x = random.values(shape, 50);
    await expectAgreement(() => tf.softmax(tf.tensor(x, shape)), 1e-6);
  }
});

test("the same bits for any number of threads", async () => {
  const random = randomOf(7);
  const shape = [1, 70, 71, 24];
  const [x, other] = [random.values(shape), random.values(shape)];
  await tf.setBackend("simd");
  const compute = () =>
    tf.tidy(() => {
      const [map, second] = [tf.tensor<tf.Rank.R4>(x, shape as Shape), tf.tensor(other, shape)];
      const scale = tf.ones([24]);
      const inputs = { x: map, scale, offset: scale };
      const [y] = tf
        .engine()
        .runKernel("FusedBatchNormV3", inputs, { epsilon: 1e-5 }) as unknown as tf.Tensor[];
      const results = [
        y,
        tf.sum(map),
        tf.mean(map, [0, 1, 2]),
        tf.exp(tf.mul(map, second)),
        tf.maxPool(map, 2, 2, "valid"),
      ];
      return results.map((result) => result.dataSync());
    });
  const runs = [1, 2, 3].map((threads) => {
    setThreads(threads);
    return compute();
  });
  setThreads(2);
  const bytes = (results: tf.TypedArray[]) =>
    results.map((values) => Buffer.from(values.buffer as ArrayBuffer));
  const first = bytes(runs[0] as tf.TypedArray[]);
  for (const results of runs.slice(1)) {
    const same = bytes(results as tf.TypedArray[]).map((values, i) => values.equals(first[i]));
    expect(same).toEqual([true, true, true, true, true]);
  }
});
