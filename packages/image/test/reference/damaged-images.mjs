/**
 * Images damaged in every way that a file can be, the same everywhere for the same seed.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { constants, crc32, deflateRawSync, deflateSync, inflateSync } from "node:zlib";
import { randomAt } from "@unet/image";

const folder = new URL("../fixtures/", import.meta.url);
const files = readdirSync(folder).filter((file) => /\.(png|tif)$/.test(file));

/** @type {Record<string, (bytes: Buffer, random: Random) => Buffer>} */
const damages = { flips, cut, splice, header, payload, bomb };

/**
 * Damaged image number `index`.
 *
 * @param {number} seed
 * @param {number} index
 * @returns {{ name: string, bytes: Uint8Array }} `name` says what was damaged and how
 */
export function damagedImage(seed, index) {
  const random = randomSource(seed, index);
  const file = random.of(files);
  const [name, damage] = Object.entries(damages)[index % 6];
  return { name: `${index}: ${name} of ${file}`, bytes: new Uint8Array(damage(original(file), random)) };
}

/**
 * @typedef {{ (): number, below(limit: number): number, of<T>(list: readonly T[]): T }} Random
 * @param {number} seed
 * @param {number} index
 * @returns {Random}
 */
function randomSource(seed, index) {
  const random = randomAt(seed, "damaged image", index);
  const below = (/** @type {number} */ limit) => Math.floor(limit * random());
  const of = (/** @type {readonly any[]} */ list) => list[below(list.length)];
  return Object.assign(() => random(), { below, of });
}

/** @type {Map<string, Buffer>} */
const originals = new Map();

/** @param {string} file */
function original(file) {
  const bytes = originals.get(file) ?? readFileSync(new URL(file, folder));
  originals.set(file, bytes);
  return Buffer.from(bytes);
}

/** Numbers that programs stumble over, and any other. */
const absurd = (/** @type {Random} */ random) =>
  random.of([
    0,
    1,
    2,
    3,
    7,
    255,
    256,
    65_535,
    65_536,
    2 ** 24,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    random.below(2 ** 32),
  ]);

/** One to eight bits are others. @param {Buffer} bytes @param {Random} random */
function flips(bytes, random) {
  for (let left = 1 + random.below(8); left > 0; left--)
    bytes[random.below(bytes.length)] ^= 1 << random.below(8);
  return bytes;
}

/** The end is missing. @param {Buffer} bytes @param {Random} random */
function cut(bytes, random) {
  return bytes.subarray(0, random.below(bytes.length));
}

/** A part is missing, there twice, or something else. @param {Buffer} bytes @param {Random} random */
function splice(bytes, random) {
  const [from, to] = [random.below(bytes.length), random.below(bytes.length)].sort((a, b) => a - b);
  const [head, part, tail] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
  const noise = Buffer.from(Array.from({ length: random.below(64) }, () => random.below(256)));
  const changes = [
    [head, tail],
    [head, part, part, tail],
    [head, noise, tail],
    [head, noise, part, tail],
  ];
  return Buffer.concat(random.of(changes));
}

/** A field of the header says something absurd; checksums are right. @param {Buffer} bytes @param {Random} random */
function header(bytes, random) {
  return isPng(bytes) ? pngHeader(bytes, random) : tiffHeader(bytes, random);
}

/** @param {Buffer} bytes @param {Random} random */
function pngHeader(bytes, random) {
  const chunks = chunksOf(bytes);
  const [{ body }] = chunks;
  const field = random.below(9);
  if (field < 2) body.writeUInt32BE(random() < 0.5 ? absurd(random) : 1 + random.below(90), 4 * field);
  else if (field < 7) body[8 + field - 2] = random.of([0, 1, 2, 3, 4, 6, 8, 16, random.below(256)]);
  else if (field === 7) chunks.splice(random.below(chunks.length), 1);
  else chunks.splice(random.below(chunks.length + 1), 0, random.of([...chunks, ...oddChunks]));
  const made = pngOf(chunks);
  // A chunk that says it is longer than the file.
  if (random() < 0.1) made.writeUInt32BE(absurd(random), 8 + 25);
  return made;
}

/** @param {Buffer} bytes @param {Random} random */
function tiffHeader(bytes, random) {
  const { entries, big, write, read } = tiffOf(bytes);
  const wide = big ? 8 : 4;
  for (let left = 1 + random.below(2); left > 0; left--) {
    const at = random.of(entries);
    const field = random.below(8);
    const near = read(at + 4 + wide, wide) + random.below(5) - 2;
    if (field === 0)
      write(
        at,
        2,
        random.of([254, 256, 258, 259, 262, 273, 277, 284, 317, 322, 338, 339, random.below(65_536)]),
      );
    else if (field === 1)
      write(at + 2, 2, random.of([0, 1, 2, 3, 4, 5, 12, 13, 16, 18, random.below(65_536)]));
    else if (field === 2) write(at + 4, wide, absurd(random));
    else if (field === 3) write(big ? 8 : 4, wide, random.of([absurd(random), random.below(bytes.length)]));
    else write(at + 4 + wide, wide, random.of([absurd(random), random.below(64), Math.max(0, near)]));
  }
  return bytes;
}

/** The data are others, packed as they should be. @param {Buffer} bytes @param {Random} random */
function payload(bytes, random) {
  if (!isPng(bytes)) {
    const { strip } = tiffOf(bytes);
    return strip
      ? Buffer.concat([bytes.subarray(0, strip), flips(bytes.subarray(strip), random)])
      : flips(bytes, random);
  }
  const chunks = chunksOf(bytes);
  const data = chunks.filter(({ name }) => name === "IDAT");
  const raw = inflateSync(Buffer.concat(data.map(({ body }) => body)));
  const changed = random.of([flips, splice, cut])(raw, random);
  const packed = deflateSync(changed);
  if (random() < 0.2) packed[packed.length - 1 - random.below(4)] ^= 1;
  return pngOf(replaceData(chunks, packed));
}

/** Data that inflate to far more than there is. @param {Buffer} bytes @param {Random} random */
function bomb(bytes, random) {
  const size = 2 ** random.of([16, 20, 22, 24, 26, 27, 28, 30]);
  if (!isPng(bytes)) return tiffBomb(size, random);
  const chunks = chunksOf(bytes);
  const [{ body }] = chunks;
  const side = random.of([45, 1024, 4096, 65_536]);
  if (random() < 0.5) {
    body.writeUInt32BE(side, 0);
    body.writeUInt32BE(random.of([37, 1, side]), 4);
  }
  const profile = Buffer.concat([Buffer.from("a\0\0"), zeros(size)]);
  if (random() < 0.2) chunks.splice(1, 0, { name: random.of(["iCCP", "zTXt"]), body: profile });
  return pngOf(replaceData(chunks, zeros(random() < 0.3 ? exactSize(body) : size)));
}

/** A TIFF of one strip that unpacks to `size` bytes. @param {number} size @param {Random} random */
function tiffBomb(size, random) {
  const compression = random.of([1, 5, 8, 32_773]);
  const width = random.of([45, 4096, 65_535]);
  const height = random.of([1, 37, 4096, Math.min(2 ** 20, Math.ceil(size / width))]);
  const channels = random.of([1, 1, 3, 4]);
  const bits = random.of([1, 8, 16, 32]);
  const packed =
    {
      1: () => Buffer.alloc(1000),
      5: () => zerosInLzw(size),
      8: () => zeros(size),
      32773: () => Buffer.alloc(Math.min(2 ** 20, size >> 6), Buffer.from([0x81, 0])),
    }[compression]?.() ?? Buffer.alloc(0);
  const entries = [
    [256, width],
    [257, height],
    [258, bits],
    [259, compression],
    [262, 1],
    [273, 8],
    [277, channels],
    [278, height],
    [279, packed.length],
  ];
  const directory = Buffer.alloc(6 + 12 * entries.length);
  directory.writeUInt16LE(entries.length, 0);
  for (const [i, [tag, value]] of entries.entries()) {
    directory.writeUInt16LE(tag, 2 + 12 * i);
    directory.writeUInt16LE(4, 4 + 12 * i);
    directory.writeUInt32LE(1, 6 + 12 * i);
    directory.writeUInt32LE(value, 10 + 12 * i);
  }
  const start = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]);
  start.writeUInt32LE(8 + packed.length, 4);
  return Buffer.concat([start, packed, directory]);
}

/** `size` zeros in zlib's format, made without taking their memory. @param {number} size */
function zeros(size) {
  const step = 2 ** 20;
  const block = deflateRawSync(Buffer.alloc(step), { finishFlush: constants.Z_FULL_FLUSH });
  const rest = deflateRawSync(Buffer.alloc(size % step));
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE((size % 65_521) * 65_536 + 1);
  return Buffer.concat([
    Buffer.from([0x78, 0x9c]),
    ...Array(Math.floor(size / step)).fill(block),
    rest,
    checksum,
  ]);
}

/** Zeros in LZW, at least `size` where that takes no more than a megabyte: the longest strings that the codes have. */
function zerosInLzw(/** @type {number} */ size) {
  /** @type {number[]} */
  const bits = [];
  const put = (/** @type {number} */ code, /** @type {number} */ width) => {
    for (let bit = width - 1; bit >= 0; bit--) bits.push((code >> bit) & 1);
  };
  put(256, 9);
  put(0, 9);
  for (let code = 258; code < 4094; code++)
    put(code, code < 511 ? 9 : code < 1023 ? 10 : code < 2047 ? 11 : 12);
  const round = 4094 * 1900;
  while (bits.length % 8) bits.push(0);
  const packed = Buffer.from(
    Array.from({ length: bits.length / 8 }, (_, i) =>
      Number.parseInt(bits.slice(8 * i, 8 * i + 8).join(""), 2),
    ),
  );
  // The table is full: code 4093, the longest string, again and again, two codes in three bytes.
  const pair = Buffer.from([0xff, 0xdf, 0xfd]);
  return Buffer.concat([
    packed,
    Buffer.alloc(3 * Math.min(2 ** 18, Math.ceil(Math.max(0, size - round) / 7600)), pair),
  ]);
}

/** What the pixels of a PNG with this header inflate to. @param {Buffer} body */
function exactSize(body) {
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[body[9]] ?? 1;
  return Math.min(
    2 ** 30,
    body.readUInt32BE(4) * (1 + Math.ceil((body.readUInt32BE(0) * channels * body[8]) / 8)),
  );
}

const isPng = (/** @type {Buffer} */ bytes) => bytes[0] === 0x89;

/** @typedef {{ name: string, body: Buffer }} Chunk */

/** @type {Chunk[]} */
const oddChunks = [
  { name: "tRNS", body: Buffer.alloc(300) },
  { name: "iCCP", body: Buffer.from("x\0\0damaged") },
  { name: "pHYs", body: Buffer.alloc(3) },
  { name: "tEXt", body: Buffer.from("no end of the keyword") },
  { name: "ABCD", body: Buffer.alloc(4) },
  { name: "PLTE", body: Buffer.alloc(9) },
  { name: "acTL", body: Buffer.alloc(8) },
  { name: "IDAT", body: Buffer.alloc(0) },
];

/** @param {Buffer} bytes @returns {Chunk[]} */
function chunksOf(bytes) {
  const chunks = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    chunks.push({
      name: bytes.toString("latin1", at + 4, at + 8),
      body: bytes.subarray(at + 8, at + 8 + length),
    });
    at += 12 + length;
  }
  return chunks;
}

/** @param {Chunk[]} chunks */
function pngOf(chunks) {
  const parts = [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])];
  for (const { name, body } of chunks) {
    const named = Buffer.concat([Buffer.from(name, "latin1"), body]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    checksum.writeUInt32BE(crc32(named));
    parts.push(length, named, checksum);
  }
  return Buffer.concat(parts);
}

/** @param {Chunk[]} chunks @param {Buffer} body @returns {Chunk[]} */
function replaceData(chunks, body) {
  const first = chunks.findIndex(({ name }) => name === "IDAT");
  const others = chunks.filter(({ name }) => name !== "IDAT");
  return [...others.slice(0, first), { name: "IDAT", body }, ...others.slice(first)];
}

/** Where the entries of the first page are, and its first strip. @param {Buffer} bytes */
function tiffOf(bytes) {
  const little = bytes[0] === 0x49;
  const read = (/** @type {number} */ at, /** @type {number} */ size) => {
    const part = Buffer.from(bytes.subarray(at, at + size));
    if (!little) part.reverse();
    return size === 8 ? Number(part.readBigUInt64LE()) : part.readUIntLE(0, size);
  };
  const write = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ value) => {
    const part = Buffer.alloc(size);
    if (size === 8) part.writeBigUInt64LE(BigInt(value));
    else part.writeUIntLE(value % 2 ** (8 * size), 0, size);
    if (!little) part.reverse();
    part.copy(bytes, at);
  };
  const big = read(2, 2) === 43;
  const first = read(big ? 8 : 4, big ? 8 : 4);
  const count = read(first, big ? 8 : 2);
  const entries = Array.from({ length: count }, (_, i) => first + (big ? 8 + 20 * i : 2 + 12 * i));
  const offsets = entries.find((at) => [273, 324].includes(read(at, 2)));
  const wide = big ? 8 : 4;
  const strip = offsets === undefined || read(offsets + 4, wide) > 1 ? 0 : read(offsets + 4 + wide, wide);
  return { entries, big, read, write, strip };
}
