import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  flushFolder,
  lock,
  openWhole,
  removeLeftovers,
  temporaryFor,
  UnwritableError,
  writeFolder,
  writeWhole,
} from "@unet/image/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unet-node-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** The number of a process that has ended. */
const ended = spawnSync(process.execPath, ["-e", ""]).pid;

/** A temporary name as an ended process would have given it. */
const leftOf = (path: string) => temporaryFor(path).replace(`-${process.pid}-`, `-${ended}-`);

describe("writeWhole", () => {
  test("replaces a file, and keeps its permissions", async () => {
    const path = join(folder, "a.txt");
    await writeWhole(path, "old");
    await chmod(path, 0o640);
    await writeWhole(path, ["n", new TextEncoder().encode("ew")]);
    expect(await readFile(path, "utf8")).toBe("new");
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(folder)).toEqual(["a.txt"]);
  });

  test("writes through a link, also to what doesn't exist yet", async () => {
    await mkdir(join(folder, "there"));
    await symlink("there/a.txt", join(folder, "link"));
    for (const text of ["first", "second"]) {
      await writeWhole(join(folder, "link"), text);
      expect(await readFile(join(folder, "there", "a.txt"), "utf8")).toBe(text);
    }
    expect((await lstat(join(folder, "link"))).isSymbolicLink()).toBe(true);
    expect(await readdir(join(folder, "there"))).toEqual(["a.txt"]);
  });

  test.runIf(process.platform === "linux")("writes to a device and leaves it a device", async () => {
    await writeWhole("/dev/null", "text");
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
    await expect(writeWhole("/dev/full", "text")).rejects.toThrow(
      "/dev/full can't be written: the disk is full",
    );
  });

  test("removes what a killed process left of the same file, and nothing else", async () => {
    const path = join(folder, "a.txt");
    const others = [
      join(folder, "a.txt.tmp"),
      join(folder, "a.txt.0123abcd.tmp"),
      join(folder, "a.txt.old"),
      // of a process that runs, of another file, of another machine
      temporaryFor(path),
      leftOf(join(folder, "b.txt")),
      leftOf(join(folder, "a.txt.txt")),
      leftOf(path).replace(/unet-[0-9a-f]{8}/, "unet-00000000"),
    ];
    for (const other of [...others, leftOf(path), leftOf(path)]) await writeFile(other, "half");
    await writeWhole(path, "whole");
    const names = (await readdir(folder)).map((name) => join(folder, name));
    expect(names.sort()).toEqual([path, ...others].sort());
  });

  test("takes names as long as the file system does", async () => {
    const path = join(folder, `${"ä".repeat(125)}.txt`);
    await writeFile(leftOf(path), "half");
    await writeWhole(path, "whole");
    expect(await readdir(folder)).toEqual([`${"ä".repeat(125)}.txt`]);
    await expect(writeWhole(`${path}.more`, "")).rejects.toThrow("the name is too long");
  });

  test.each([
    ["none/a.txt", "its folder doesn't exist"],
    ["inner", "it is a folder"],
    ["file/a.txt", "its folder is a file"],
  ])("of %s says that %s", async (name, reason) => {
    await mkdir(join(folder, "inner"));
    await writeFile(join(folder, "file"), "");
    const path = join(folder, name);
    await expect(writeWhole(path, "")).rejects.toThrow(`${path} can't be written: ${reason}`);
    await expect(writeWhole(path, "")).rejects.toThrow(UnwritableError);
    expect(await readdir(folder)).toEqual(["file", "inner"]);
  });
});

test("a file that is discarded, or whose parts fail, leaves what was there", async () => {
  const path = join(folder, "a.bin");
  await writeWhole(path, "old");
  const file = await openWhole(path);
  await file.write(Uint8Array.of(1, 2, 3), 16);
  await file.discard();
  const parts = (function* () {
    yield "half";
    throw new RangeError("no more");
  })();
  await expect(writeWhole(path, parts)).rejects.toThrow(RangeError);
  expect(await readdir(folder)).toEqual(["a.bin"]);
  expect(await readFile(path, "utf8")).toBe("old");
});

test("an open file has its parts where they were written, and its name when it is committed", async () => {
  const path = join(folder, "a.bin");
  const file = await openWhole(path);
  await file.write(Uint8Array.of(3, 4), 2);
  await file.write(Uint8Array.of(1, 2), 0);
  expect(await readdir(folder)).not.toContain("a.bin");
  await file.commit();
  await file.discard();
  expect([...(await readFile(path))]).toEqual([1, 2, 3, 4]);
});

describe("writeFolder", () => {
  const fill = async (path: string) => {
    await mkdir(join(path, "inner"));
    await writeFile(join(path, "inner", "a.txt"), "a");
    await writeFile(join(path, "b.txt"), "b");
    return 7;
  };

  test("makes a folder that isn't there before it is whole", async () => {
    const path = join(folder, "deep", "set");
    await mkdir(leftOf(path), { recursive: true });
    const result = await writeFolder(path, async (temporary) => {
      expect(await readdir(join(folder, "deep"))).not.toContain("set");
      return fill(temporary);
    });
    expect(result).toBe(7);
    expect(await readdir(join(folder, "deep"))).toEqual(["set"]);
    expect((await readdir(path, { recursive: true })).sort()).toEqual(["b.txt", "inner", "inner/a.txt"]);
  });

  test("fills an empty one, which stays the same folder", async () => {
    const { ino } = await stat(folder);
    await mkdir(leftOf(join(folder, "contents")));
    await writeFolder(folder, fill);
    expect((await stat(folder)).ino).toBe(ino);
    expect((await readdir(folder)).sort()).toEqual(["b.txt", "inner"]);
  });

  test("leaves nothing of one that fails, and touches none that holds something", async () => {
    const failing = writeFolder(join(folder, "set"), async (path) => {
      await fill(path);
      throw new Error("interrupted");
    });
    await expect(failing).rejects.toThrow("interrupted");
    expect(await readdir(folder)).toEqual([]);
    await writeFile(join(folder, "notes.txt"), "mine");
    await expect(writeFolder(folder, fill)).rejects.toThrow("the folder holds something");
    await expect(writeFolder(join(folder, "notes.txt"), fill)).rejects.toThrow("it is a file; name a folder");
    expect(await readdir(folder)).toEqual(["notes.txt"]);
    expect(await readFile(join(folder, "notes.txt"), "utf8")).toBe("mine");
  });
});

test("a folder that is flushed loses what killed processes left in it, at any depth", async () => {
  await mkdir(join(folder, "c", "0"), { recursive: true });
  await writeFile(join(folder, "c", "0", "1"), "chunk");
  await writeFile(leftOf(join(folder, "c", "0", "2")), "half");
  await writeFile(leftOf(join(folder, "d")), "half");
  await flushFolder(folder);
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(["c", "c/0", "c/0/1"]);
});

test("leftovers are removed by themselves, too", async () => {
  await writeFile(leftOf(join(folder, "a")), "half");
  await removeLeftovers(join(folder, "a"));
  expect(await readdir(folder)).toEqual([]);
});

/** A program that takes a lock and gives it back until it is killed, from the sources. */
const lockForEver = `
import { createServer } from "vite";
const server = await createServer({
  configFile: false, logLevel: "error",
  server: { middlewareMode: true, hmr: false, ws: false, watch: null }, optimizeDeps: { noDiscovery: true },
});
const { lock } = await server.ssrLoadModule(${JSON.stringify(fileURLToPath(new URL("../src/node.ts", import.meta.url)))});
for (console.log("begun"); ; ) await (await lock(process.argv.at(-1), { what: "it" }))();`;

describe("lock", () => {
  const what = "the run em";

  test("is one holder's until it is given back", async () => {
    const path = join(folder, "lock");
    const release = await lock(path, { what });
    const [first, second] = await Promise.allSettled([lock(path, { what }), lock(path, { what })]);
    for (const { status } of [first, second]) expect(status).toBe("rejected");
    await expect(lock(path, { what })).rejects.toThrow(
      new RegExp(`^the run em is in use by this process, since .* \\(${path}\\); wait until it ends$`),
    );
    await release();
    await release();
    expect(await readdir(folder)).toEqual([]);
    await (await lock(path, { what }))();
  });

  test("of many who want it one gets it, also where an ended process had it", async () => {
    const path = join(folder, "lock");
    const text = await held(path);
    await writeFile(path, text.replace(`"pid":${process.pid}`, `"pid":${ended}`));
    const notices: string[] = [];
    const onNotice = (notice: string) => notices.push(notice);
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lock(path, { what, onNotice })));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(notices).toEqual([`the run em was left by process ${ended}, which has ended; it is taken over`]);
    expect(await readdir(folder)).toEqual(["lock"]);
  });

  test.runIf(process.platform === "linux")(
    "is taken from a process whose number another has by now",
    async () => {
      const path = join(folder, "lock");
      const text = await held(path);
      await writeFile(path, text.replace(/"start":\d+/, '"start":1'));
      await (await lock(path, { what }))();
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test.each([
    ['"pid":1', /in use by process 1, since/],
    ['"host":"00000000"', /in use by process \d+ on .*; if that has ended, remove .*lock$/],
  ])("stays with %s, which runs or isn't known", async (field, message) => {
    const path = join(folder, "lock");
    let text = await held(path);
    const name = field.split(":")[0];
    text = text.replace(new RegExp(`${name}:("[^"]*"|\\d+)`), field);
    if (name === '"pid"') text = text.replace(/"start":\d+/, '"start":0');
    await writeFile(path, text);
    await expect(lock(path, { what })).rejects.toThrow(message);
    expect(await readFile(path, "utf8")).toBe(text);
  });

  test("taken and given back by a process that is killed, is never left such that nobody can take it", async () => {
    const path = join(folder, "lock");
    for (let kill = 0; kill < 6; kill++) {
      const child = spawn(process.execPath, ["--input-type=module", "--eval", lockForEver, path], {
        cwd: fileURLToPath(new URL("..", import.meta.url)),
      });
      await once(child.stdout, "data");
      await new Promise((then) => setTimeout(then, 20 * Math.random()));
      child.kill("SIGKILL");
      await once(child, "close");
      await (await lock(path, { what }))();
      expect(await readdir(folder)).toEqual([]);
    }
  }, 60_000);

  test("that says nothing is named", async () => {
    await writeFile(join(folder, "lock"), "");
    await expect(lock(join(folder, "lock"), { what })).rejects.toThrow("which says not by whom");
    await expect(lock(join(folder, "none", "lock"), { what })).rejects.toThrow("its folder doesn't exist");
  });

  /** What a lock of this process says. */
  async function held(path: string): Promise<string> {
    const release = await lock(path, { what });
    const text = await readFile(path, "utf8");
    await release();
    return text;
  }
});
