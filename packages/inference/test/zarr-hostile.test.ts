import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openZarr } from "@unet/inference/zarr";
import { describe, expect, test } from "vitest";
import {
  type ArraySpec,
  bytesOf,
  type Files,
  ome,
  shardOf,
  storeOf,
  v2,
  v3,
  withCrc32c,
} from "./zarr-files.js";

const text = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const bytes = { name: "bytes", configuration: { endian: "little" } };
const shards = (configuration: object) => [{ name: "sharding_indexed", configuration }];
const index = [bytes, { name: "crc32c" }];

/** Opens, and reads a pixel of the first plane. */
async function onePixel(files: Files, options = {}) {
  const zarr = await openZarr(storeOf(files), options);
  return (await zarr.plane(0).read({ x: 0, y: 0, width: 1, height: 1 })).data;
}

const hostileV3: Array<[string, Partial<ArraySpec>, string]> = [
  [
    "chunks of 0",
    { chunks: [0, 4] },
    "its chunk_shape is [0,4] for 2 axes; it must be whole numbers of at least 1",
  ],
  ["negative chunks", { chunks: [-4, 4] }, "its chunk_shape is [-4,4]"],
  ["chunks of half pixels", { chunks: [0.5, 4] }, "its chunk_shape is [0.5,4]"],
  ["chunks of one axis", { chunks: [4] }, "its chunk_shape is [4] for 2 axes"],
  ["chunks that are no numbers", { chunks: ["4", null] as never }, 'its chunk_shape is ["4",null]'],
  [
    "chunks of 60000 × 60000",
    { chunks: [60000, 60000] },
    "its chunks of 60000 × 60000 uint8 are more than maxPixels, 67108864; raise maxPixels",
  ],
  [
    "chunks of 8192 × 8192 float64",
    { chunks: [8192, 8192], type: "float64" },
    "its chunks of 8192 × 8192 float64 are more",
  ],
  ["chunks of 2⁵³", { chunks: [2 ** 52, 2] }, "are more than maxPixels"],
  ["chunks beyond whole numbers", { chunks: [1e300, 2] }, "it must be whole numbers"],
  ["an empty shape", { shape: [0, 4] }, "its shape is [0,4]"],
  ["a negative shape", { shape: [-1, 4] }, "its shape is [-1,4]"],
  ["a shape of nothing", { shape: [], chunks: [] }, "its shape is []"],
  ["sixty-four axes", { shape: Array(64).fill(1) }, "they must be y, x and of t, c, z"],
  ["a type of strings", { type: "string" }, 'it holds "string", which isn\'t read'],
  ["a type of the prototype", { type: "constructor" }, 'it holds "constructor"'],
  [
    "a type that is an object",
    { type: { name: "numpy.datetime64" } as never },
    'it holds {"name":"numpy.datetime64"}',
  ],
  ["complex numbers", { type: "complex64" }, 'it holds "complex64"'],
  ["an unknown codec", { codecs: [bytes, { name: "brotli" }] }, 'its codec "brotli" isn\'t read'],
  ["a codec of the prototype", { codecs: [bytes, { name: "toString" }] }, 'its codec "toString" isn\'t read'],
  ["no codecs", { codecs: [] }, "its codecs are []; they are damaged"],
  ["codecs without bytes", { codecs: [{ name: "gzip" }] }, "its codecs lack bytes"],
  ["a thousand codecs", { codecs: Array(1000).fill(bytes) }, "it has 1000 codecs"],
  ["two codecs of bytes", { codecs: [bytes, bytes] }, 'its codec "bytes" isn\'t read'],
  ["codecs that are null", { codecs: [null] }, "its codec null is damaged"],
  [
    "an order of the bytes that is none",
    { codecs: [{ name: "bytes", configuration: { endian: "middle" } }] },
    'its byte order is "middle"',
  ],
  ...[[0, 0], [0], [1, 2], [0, 1, 2], [-1, 0], [0.5, 1], "C", "F", null, { length: 2 }].map(
    (order): [string, Partial<ArraySpec>, string] => [
      `a transpose of ${JSON.stringify(order)}`,
      { codecs: [{ name: "transpose", configuration: { order } }, bytes] },
      `its transpose order is ${JSON.stringify(order)}; it must be each of 0 to 1 once`,
    ],
  ),
  [
    "transpose without an order",
    { codecs: [{ name: "transpose" }, bytes] },
    "its transpose order is missing",
  ],
  ["a fill of text", { more: { fill_value: "much" } }, 'its fill_value is "much", which is no uint8'],
  ["a fill beyond the type", { more: { fill_value: 256 } }, "its fill_value is 256, which is no uint8"],
  ["a negative fill of a type without sign", { more: { fill_value: -1 } }, "its fill_value is -1"],
  ["a fill that is an object", { more: { fill_value: { a: 1 } } }, 'its fill_value is {"a":1}'],
  ["no fill", { more: { fill_value: undefined } }, "its fill_value is missing"],
  [
    "a fill beyond what JSON holds",
    { type: "int64", more: { fill_value: 2 ** 60 } },
    "its fill_value is 1152921504606847000",
  ],
  [
    "another chunk grid",
    { more: { chunk_grid: { name: "rectangular", configuration: {} } } },
    'its chunk grid is "rectangular"',
  ],
  ["no chunk grid", { more: { chunk_grid: null } }, "its chunk_grid null is damaged"],
  [
    "another key encoding",
    { more: { chunk_key_encoding: { name: "hilbert" } } },
    'its chunk_key_encoding {"name":"hilbert"} isn\'t read',
  ],
  [
    "a separator that climbs",
    { more: { chunk_key_encoding: { name: "default", configuration: { separator: "/../" } } } },
    "isn't read",
  ],
  [
    "storage transformers",
    { more: { storage_transformers: [{ name: "x" }] } },
    "it has storage transformers",
  ],
  [
    "what must be understood",
    { more: { encrypted: { must_understand: true } } },
    'its metadata have "encrypted"',
  ],
  ["another format", { more: { zarr_format: 4 } }, "its zarr_format is 4, not 3"],
  [
    "shards of nothing",
    { codecs: shards({ chunk_shape: [0, 1], codecs: [bytes], index_codecs: index }) },
    "its chunk_shape of sharding_indexed is [0,1]",
  ],
  [
    "shards that don't fit",
    { codecs: shards({ chunk_shape: [3, 3], codecs: [bytes], index_codecs: index }) },
    "its shards of 4 × 4 aren't whole chunks of 3 × 3",
  ],
  [
    "shards in shards",
    { codecs: shards({ chunk_shape: [2, 2], codecs: shards({}), index_codecs: index }) },
    'its codec "sharding_indexed" isn\'t read',
  ],
  [
    "shards turned round",
    { codecs: [{ name: "transpose", configuration: { order: [1, 0] } }, ...shards({})] },
    "other codecs around sharding_indexed",
  ],
  [
    "shards with an unknown index",
    { codecs: shards({ chunk_shape: [2, 2], codecs: [bytes], index_codecs: [bytes, { name: "gzip" }] }) },
    "its index_codecs",
  ],
  [
    "an index in the middle",
    {
      codecs: shards({ chunk_shape: [2, 2], codecs: [bytes], index_codecs: index, index_location: "middle" }),
    },
    'its index_location is "middle"',
  ],
  [
    "2³² chunks a shard",
    { chunks: [65536, 65536], codecs: shards({ chunk_shape: [1, 1], codecs: [bytes], index_codecs: index }) },
    "its shards have 4294967296 chunks; at most",
  ],
];

test.each(hostileV3)("Zarr v3 with %s is refused in bounded memory", async (_, spec, message) => {
  const files = v3({ shape: [4, 4], ...spec });
  await expect(onePixel(files)).rejects.toMatchObject({
    name: "UnreadableImageError",
    message: expect.stringContaining(message),
  });
});

test.each([
  ["chunks of 0", { chunks: [0, 4] }, "its chunks is [0,4]"],
  ["no order", { more: { order: null } }, 'its order is null; it must be "C" or "F"'],
  ["structures", { type: [["a", "<u2"]] as never }, 'it holds [["a","<u2"]]'],
  ["objects", { type: "|O" }, 'it holds "|O"'],
  ["times", { type: "<M8[ns]" }, 'it holds "<M8[ns]"'],
  ["floats of 128 bits", { type: "<f16" }, 'it holds "<f16"'],
  ["a separator that climbs", { more: { dimension_separator: "/../" } }, 'its dimension_separator is "/../"'],
  [
    "an unknown compressor",
    { more: { compressor: { id: "lzma" } } },
    'its codec "lzma" isn\'t read; write it again with blosc',
  ],
  ["a compressor without a name", { more: { compressor: {} } }, "its compressor {} is damaged"],
  ["an unknown filter", { more: { filters: [{ id: "quantize" }] } }, 'its codec "quantize" isn\'t read'],
  ["filters that are none", { more: { filters: 3 } }, "its filters 3 are damaged"],
])("Zarr v2 with %s is refused", async (_, spec, message) => {
  const files = v2({ shape: [4, 4], ...(spec as Partial<ArraySpec>) });
  await expect(onePixel(files)).rejects.toMatchObject({
    name: "UnreadableImageError",
    message: expect.stringContaining(message),
  });
});

describe("metadata that lead nowhere", () => {
  const level = () => v2({ shape: [4, 4] });
  test.each([
    [
      "no multiscales",
      new Map([["/.zgroup", text({ zarr_format: 2 })]]),
      "it is a group without an image of its own; give an image in it",
    ],
    [
      "of bioformats2raw",
      new Map([
        ["/.zgroup", text("{}")],
        ["/.zattrs", text({ "bioformats2raw.layout": 3 })],
      ]),
      "give one, such as its folder 0",
    ],
    [
      "of a plate",
      new Map([
        ["/.zgroup", text("{}")],
        ["/.zattrs", text({ plate: {} })],
      ]),
      "it is a plate; give a field of a well",
    ],
    [
      "multiscales that are no list",
      new Map([
        ["/.zgroup", text("{}")],
        ["/.zattrs", text({ multiscales: 3 })],
      ]),
      "its multiscales 3 are damaged",
    ],
    [
      "multiscales of nothing",
      new Map([
        ["/.zgroup", text("{}")],
        ["/.zattrs", text({ multiscales: [] })],
      ]),
      "its multiscales [] are damaged",
    ],
    [
      "a level that is the group itself",
      ome([level()], ["y", "x"], { datasets: [{ path: "." }] }),
      "its level  is a group",
    ],
    [
      "a level above the group",
      ome([level()], ["y", "x"], { datasets: [{ path: "../0" }] }),
      'its multiscales name the path "../0"',
    ],
    [
      "a level elsewhere",
      ome([level()], ["y", "x"], { datasets: [{ path: "/etc/passwd" }] }),
      'name the path "/etc/passwd"',
    ],
    ["a level without a path", ome([level()], ["y", "x"], { datasets: [{}] }), "name the path missing"],
    [
      "a level that isn't there",
      ome([level()], ["y", "x"], { datasets: [{ path: "7" }] }),
      "the store/7: it is no Zarr: there is no zarr.json, .zarray or .zgroup",
    ],
    ["nothing", new Map(), "the store: it is no Zarr"],
    ["no JSON", new Map([["/zarr.json", text("{")]]), "zarr.json is no JSON; it is damaged"],
    ["JSON of nothing", new Map([["/zarr.json", text("null")]]), "zarr.json holds no metadata"],
    ["deep JSON", new Map([["/zarr.json", text(`${"[".repeat(1e6)}`)]]), "zarr.json is no JSON"],
    ["zeros", new Map([["/zarr.json", new Uint8Array(100)]]), "zarr.json is no JSON"],
    [
      "17 MB of metadata",
      new Map([["/zarr.json", new Uint8Array(2 ** 24 + 1)]]),
      "it has 16777217 bytes, and at most 16777216 can be right",
    ],
  ] as Array<[string, Files, string]>)("%s", async (_, files, message) => {
    await expect(onePixel(files)).rejects.toMatchObject({
      name: "UnreadableImageError",
      message: expect.stringContaining(message),
    });
  });
});

test.each(["a.zarr.zip", "a.ozx", "https://example.org/a.ozx"])(
  "a zipped Zarr is named: %s",
  async (name) => {
    await expect(openZarr(name)).rejects.toThrow(`${name}: it is a zipped Zarr, which isn't read; unpack it`);
  },
);

describe("memory follows from what is asked for", () => {
  const grown = async (files: Files, options = {}) => {
    const before = process.resourceUsage().maxRSS;
    const data = await onePixel(files, options);
    return { data, megabytes: (process.resourceUsage().maxRSS - before) / 1024 };
  };

  test("a chunk that isn't there takes none", async () => {
    const files = v3({
      shape: [2 ** 26, 2 ** 26],
      chunks: [8192, 8192],
      type: "float32",
      more: { fill_value: 3 },
    });
    const { data, megabytes } = await grown(files);
    expect([...data]).toEqual([3]);
    expect(megabytes).toBeLessThan(60);
  });

  test.each(["gzip", "zstd", "blosc", "zlib", "lz4"])(
    "%s that would decode to more than its chunk is refused",
    async (id) => {
      const files = v2({ shape: [64, 64], more: { compressor: { id } } });
      files.set("/0.0", await bomb(id));
      const before = process.resourceUsage().maxRSS;
      await expect(onePixel(files)).rejects.toThrow(
        /^the store: chunk 0\.0: its \w+ (data|header) .*(4096|more)/,
      );
      expect((process.resourceUsage().maxRSS - before) / 1024).toBeLessThan(60);
    },
  );

  test("a chunk that is longer than its shape can be is refused", async () => {
    const files = v2({ shape: [4, 4], more: { compressor: { id: "zlib" } } });
    files.set("/0.0", new Uint8Array(2 ** 20));
    await expect(onePixel(files)).rejects.toThrow(
      "chunk 0.0: it has 1048576 bytes, and at most 65568 can be right",
    );
  });

  test("maxPixels is the caller's to raise", async () => {
    const files = v3({ shape: [10000, 10000] });
    await expect(onePixel(files)).rejects.toThrow("are more than maxPixels");
    expect([...(await onePixel(files, { maxPixels: 1e8 }))]).toEqual([0]);
  });
});

/** 64 MiB of zeros, compressed. */
async function bomb(id: string): Promise<Uint8Array> {
  const zlib = await import("node:zlib");
  const zeros = new Uint8Array(2 ** 26);
  if (id === "gzip") return zlib.gzipSync(zeros);
  if (id === "zlib") return zlib.deflateSync(zeros);
  if (id === "lz4") return Uint8Array.of(0, 0, 0, 4, ...new Uint8Array(50));
  if (id === "blosc")
    return Uint8Array.of(2, 1, 0x21, 1, 0, 0, 0, 4, 0, 0, 4, 0, 66, 0, 0, 0, ...new Uint8Array(50));
  // A frame of 512 blocks, each a zero 131,072 times, that doesn't say its size.
  const blocks = Array.from({ length: 512 }, (_, i) => [Number(i === 511) | 2, 0, 16, 0]);
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, ...blocks.flat());
}

describe("numbers", () => {
  const read = async (files: Files, width: number) => [
    ...(await (await openZarr(storeOf(files))).plane(0).read({ x: 0, y: 0, width, height: 1 })).data,
  ];

  test.each([
    ["int64", BigInt64Array.of(-5n, 2n ** 24n, -(2n ** 40n))],
    ["uint64", BigUint64Array.of(5n, 2n ** 24n, 2n ** 63n)],
    ["int32", Int32Array.of(-5, 2 ** 24, -(2 ** 31))],
    ["uint32", Uint32Array.of(5, 2 ** 24 + 2, 2 ** 31)],
  ])("of %s that float32 holds are read", async (type, values) => {
    const files = v3({ shape: [1, 3], type });
    files.set("/c/0/0", bytesOf(values));
    expect(await read(files, 3)).toEqual([...values].map(Number));
  });

  test.each([
    ["int64", BigInt64Array.of(1n, 2n ** 53n + 1n), "9007199254740993"],
    ["uint64", BigUint64Array.of(1n, 2n ** 64n - 1n), "18446744073709551615"],
    ["int32", Int32Array.of(1, 2 ** 24 + 1), "16777217"],
    ["uint32", Uint32Array.of(1, 2 ** 32 - 1), "4294967295"],
  ])("of %s that it doesn't are named with their position", async (type, values, shown) => {
    const files = v3({ shape: [3, 2, 4], chunks: [1, 1, 2], type });
    files.set("/c/2/1/1", bytesOf(values));
    const zarr = await openZarr(storeOf(files));
    await expect(zarr.plane(0).read({ x: 1, y: 0, width: 3, height: 2 })).rejects.toThrow(
      `the store: ${shown} (${type}) at (3, 1), channel 2, is more than float32 holds exactly`,
    );
  });

  test("of 16-bit floats and bool are read; other bytes are no bool", async () => {
    const half = v3({ shape: [1, 6], type: "float16", more: { fill_value: "0x3c00" } });
    half.set("/c/0/0", bytesOf(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555, 0x8000)));
    expect(await read(half, 6)).toEqual([1, -2, 2 ** -24, 65504, 0.333251953125, -0]);
    const bool = v3({ shape: [1, 2], type: "bool", more: { fill_value: true } });
    expect(await read(bool, 2)).toEqual([1, 1]);
    bool.set("/c/0/0", Uint8Array.of(0, 1));
    expect(await read(bool, 2)).toEqual([0, 1]);
    bool.set("/c/0/0", Uint8Array.of(0, 2));
    await expect(read(bool, 2)).rejects.toThrow("chunk c/0/0: it holds 2, which is no bool");
  });

  test.each([
    ["NaN", Number.NaN],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["0x40490fdb", Math.fround(Math.PI)],
    [0.5, 0.5],
    // As zarrita writes it.
    [null, 0],
  ])("a fill of %s", async (fill, value) => {
    expect(await read(v3({ shape: [1, 1], type: "float32", more: { fill_value: fill } }), 1)).toEqual([
      value,
    ]);
  });
});

describe("shards", () => {
  const spec: ArraySpec = {
    shape: [4, 4],
    chunks: [4, 4],
    codecs: shards({ chunk_shape: [2, 2], codecs: [bytes, { name: "crc32c" }], index_codecs: index }),
  };
  const chunks = [1, 2, 3].map((value) => withCrc32c(new Uint8Array(4).fill(value)));
  const corner = async (files: Files) => [
    ...(await (await openZarr(storeOf(files))).plane(0).read({ x: 1, y: 1, width: 2, height: 2 })).data,
  ];

  test("are read chunk by chunk, absent ones as the fill", async () => {
    const files = v3({ ...spec, more: { fill_value: 9 } });
    files.set("/c/0/0", shardOf([chunks[0], chunks[1], undefined, chunks[2]]));
    expect(await corner(files)).toEqual([1, 2, 9, 3]);
  });

  test("whose chunk or index is damaged are refused", async () => {
    const whole = shardOf([chunks[0], chunks[1], undefined, chunks[2]]);
    const refused = async (bytes: Uint8Array, message: string) => {
      const files = v3(spec);
      files.set("/c/0/0", bytes);
      await expect(corner(files)).rejects.toThrow(`the store: chunk c/0/0: ${message}`);
    };
    const flipped = (at: number) => whole.map((byte, i) => (i === at ? byte ^ 1 : byte));
    await refused(flipped(9), "in it chunk 0/1: its checksum crc32c is wrong");
    await refused(flipped(whole.length - 1), "the checksum of its index is wrong");
    await refused(whole.subarray(0, 60), "it gives 60 of the 68 bytes that should be there");
    await refused(new Uint8Array(0), "it gives 0 of the 68 bytes");
    const far = whole.slice();
    const entries = far.subarray(-68, -4);
    new DataView(entries.buffer, entries.byteOffset).setBigUint64(8, 2n ** 40n, true);
    far.set(withCrc32c(entries).subarray(-4), far.length - 4);
    await refused(far, "its index is damaged: 1099511627776 bytes at 0 for chunk 0/0");
  });
});

test("a chunk that a server forbids is an error that names it, or absent where that is asked for", async () => {
  const files = ome([v2({ shape: [2, 4], chunks: [2, 2] })], ["y", "x"]);
  files.set("/0/0.0", Uint8Array.of(1, 2, 3, 4));
  const server = createServer((request, response) => {
    const found = files.get(request.url!.replace("/a.zarr", ""));
    response.writeHead(found ? 200 : 403).end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.zarr`;
  try {
    const row = { x: 0, y: 1, width: 4, height: 1 };
    await expect((await openZarr(address)).plane(0).read(row)).rejects.toThrow(
      `${address}: chunk 0/0.1: its server answers 403 Forbidden; without the right to list, absent chunks answer so: forbiddenIsAbsent takes them as absent`,
    );
    const source = (await openZarr(address, { forbiddenIsAbsent: true })).plane(0);
    expect([...(await source.read(row)).data]).toEqual([3, 4, 0, 0]);
    expect(source.forbidden).toBe(1);
    await expect(openZarr(`${address}/nothing`)).rejects.toThrow("its server answers 403 Forbidden");
  } finally {
    server.close();
  }
});
