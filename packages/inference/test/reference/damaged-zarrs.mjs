/**
 * Zarr hierarchies with damaged chunks, the same everywhere for the same seed.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { randomAt } from "@unet/image";

/** The size of each array of the fixture, and what make-fixtures.py wrote there. */
export const size = { width: 24, height: 20 };

/** @type {Record<string, Record<string, string>>} */
const fixture = JSON.parse(
  gunzipSync(readFileSync(new URL("../fixtures/codecs.json.gz", import.meta.url))).toString(),
);

/** What each array of the fixture is called: the version of Zarr, the codecs, the type where it isn't uint16. */
export const arrays = Object.keys(fixture);

/**
 * The files of an array.
 *
 * @param {string} name
 * @returns {Map<string, Uint8Array>}
 */
export function filesOf(name) {
  const entries = Object.entries(fixture[name]);
  return new Map(entries.map(([key, text]) => [`/${key}`, new Uint8Array(Buffer.from(text, "base64"))]));
}

/**
 * The values of an array, row by row.
 *
 * @param {string} name
 */
export function valuesOf(name) {
  return Float32Array.from({ length: size.width * size.height }, (_, i) => {
    const [x, y] = [i % size.width, Math.floor(i / size.width)];
    const value = ((7 * x + 13 * y) % 251) + ((x * y) % 3);
    if (/\bb1\b/.test(name)) return Number(value % 2 === 0);
    if (/\b[iu]1\b/.test(name)) return value % 256;
    return name.includes("scaled") ? (value + 10) / 10 - 1 : value;
  });
}

/** Arrays whose pixels are all under a checksum. */
const checked = /crc32c|zstd checksum|v3 (transpose |shards )?zstd|gzip|v2 zlib|delta|shuffle|scaled/;

/** @type {Record<string, RegExp>} In which of the other arrays a damage may look like other pixels. */
const hidden = { flips: /./, hole: /shards|zstd$|lz4$/ };

/** @type {Record<string, (bytes: Uint8Array, random: () => number, other: Uint8Array) => Uint8Array>} */
const damages = {
  emptied: () => new Uint8Array(0),
  halved: (bytes) => bytes.slice(0, bytes.length >> 1),
  short: (bytes, random) => bytes.slice(0, bytes.length - 1 - below(random, Math.min(16, bytes.length))),
  long: (bytes, random) => {
    const more = 1 + below(random, 16);
    const out = new Uint8Array(bytes.length + more);
    out.set(bytes);
    for (let i = 0; i < more; i++) out[bytes.length + i] = random() < 0.5 ? 0 : below(random, 256);
    return out;
  },
  doubled: (bytes) => Uint8Array.of(...bytes, ...bytes),
  hole: (bytes, random) => {
    const from = below(random, bytes.length);
    const count = 1 + below(random, bytes.length - from);
    return Uint8Array.of(...bytes.subarray(0, from), ...bytes.subarray(from + count));
  },
  "of another array": (_, __, other) => other,
  flips: (bytes, random) => {
    const out = bytes.slice();
    for (let i = 0; i <= below(random, 3); i++) out[below(random, out.length)] ^= 1 << below(random, 8);
    return out;
  },
};

const isChunk = (/** @type {string} */ key) => !/zarr\.json$|\/\.z/.test(key);

/**
 * @param {() => number} random
 * @param {number} limit
 */
function below(random, limit) {
  return Math.floor(limit * random());
}

/**
 * Damaged hierarchy number `index`: one chunk, or shard, of one array.
 *
 * @param {number} seed
 * @param {number} index
 * @returns {{ name: string, array: string, files: Map<string, Uint8Array>, detectable: boolean }} `name` says what was
 *   damaged and how; `detectable` whether a reader can know it from other pixels
 */
export function damagedZarr(seed, index) {
  const random = randomAt(seed, "damaged zarr", index);
  const array = arrays[index % arrays.length];
  const kinds = Object.keys(damages);
  const kind = kinds[below(random, kinds.length)];
  const files = filesOf(array);
  const keys = [...files.keys()].filter(isChunk);
  const key = keys[below(random, keys.length)];
  const others = filesOf(arrays[below(random, arrays.length)]);
  const other = [...others].find(([key]) => isChunk(key));
  files.set(
    key,
    damages[kind](
      /** @type {Uint8Array} */ (files.get(key)),
      random,
      /** @type {[string, Uint8Array]} */ (other)[1],
    ),
  );
  return {
    name: `${index}: ${key} of ${array}, ${kind}`,
    ...{ array, files },
    detectable: kind !== "of another array" && (checked.test(array) || !hidden[kind]?.test(array)),
  };
}
