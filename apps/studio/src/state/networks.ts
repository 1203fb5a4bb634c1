import { strFromU8, unzip } from "fflate";
import { chosenNetwork, type Network, networks, notify, ownOutput } from "./store.js";
import { computing } from "./workers.js";

/** Whether a file is one of a network: its zip, or one of the files in its folder. */
export function isNetworkFile({ name }: File): boolean {
  return /(\.zip|^model\.json|^weights.*\.bin)$/i.test(name);
}

/** Opens the network that some files are: a zip, or `model.json` with its weights. */
export async function openNetworkFiles(files: readonly File[]): Promise<void> {
  try {
    const zip = files.find(({ name }) => /\.zip$/i.test(name));
    const parts = zip
      ? await unzipped(zip)
      : new Map(
          await Promise.all(
            files.map(async (file) => [file.name, new Uint8Array(await file.arrayBuffer())] as const),
          ),
        );
    const bytes = bytesOf(parts, zip?.name ?? "the folder");
    const name = zip ? zip.name.replace(/\.zip$/i, "") : folderOf(files);
    await addNetwork({ name, about: "opened from a file", bytes });
  } catch (error) {
    notify((error as Error).message, "error");
  }
}

/** Adds a network to those that can be chosen, and chooses it. */
export async function addNetwork({
  name,
  about,
  bytes,
}: Pick<Network, "name" | "about"> & { bytes: Uint8Array<ArrayBuffer> }): Promise<void> {
  const client = computing();
  const info = await client.call("load", { bytes });
  const id = crypto.randomUUID();
  opened = { client, id };
  networks.value = [...networks.value, { id, name, about, info, bytes }];
  chosenNetwork.value = id;
  ownOutput.value = {};
}

/** The network that a worker has open. */
let opened: { client: ReturnType<typeof computing>; id: string } | undefined;

/** Opens a network in the worker, where it isn't open already. */
export async function openInWorker(network: Network, options: Loading = {}): Promise<void> {
  const client = computing();
  if (opened?.client === client && opened.id === network.id) return;
  await client.call("load", { bytes: await weightsOf(network, options) });
  opened = { client, id: network.id };
}

/** How weights are loaded. */
interface Loading {
  signal?: AbortSignal;
  onProgress?: (progress: { loaded: number; total: number }) => void;
}

/** The bytes of a network; of one that comes with the page they are loaded when they are first wanted. */
export async function weightsOf(
  { id, bytes, builtIn }: Network,
  options: Loading = {},
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes) return bytes;
  if (!builtIn) throw new Error("the network could not be kept; open it again");
  const loaded = await computing().call("builtIn", { name: builtIn }, options);
  networks.value = networks.value.map((each) => (each.id === id ? { ...each, bytes: loaded } : each));
  return loaded;
}

/** Lists the networks that come with the page. */
export async function listBuiltIn(): Promise<void> {
  const found = await computing().call("installed", undefined);
  const known = new Set(networks.value.map(({ id }) => id));
  const added = found
    .map(({ name, about, data, info }) => ({
      id: `built-in-${name}`,
      name,
      about,
      data,
      info,
      builtIn: name,
    }))
    .filter(({ id }) => !known.has(id));
  networks.value = [...added, ...networks.value];
  chosenNetwork.value ??= added[0]?.id;
}

/** Chooses a network. */
export function chooseNetwork(id: string): void {
  chosenNetwork.value = id;
  ownOutput.value = {};
}

function folderOf(files: readonly File[]): string {
  const [first] = files;
  const parts = first.webkitRelativePath.split("/").slice(0, -1);
  return parts.filter((part) => part !== "model").at(-1) ?? "network";
}

/**
 * The bytes of `modelToBytes` of a network's files, wherever they lie: `model.json`, and the weights that it names
 * beside it.
 */
function bytesOf(files: ReadonlyMap<string, Uint8Array>, where: string): Uint8Array<ArrayBuffer> {
  const json = [...files.keys()]
    .filter((path) => /(^|\/)model\.json$/.test(path))
    .sort((a, b) => a.length - b.length)[0];
  if (json === undefined) {
    throw new Error(`${where} holds no model.json; give the zip or the two files of a network`);
  }
  const text = files.get(json) as Uint8Array;
  const folder = json.replace(/model\.json$/, "");
  let paths: string[];
  try {
    const manifest = JSON.parse(strFromU8(text)).weightsManifest as Array<{ paths: string[] }>;
    paths = manifest.flatMap(({ paths }) => paths);
  } catch {
    throw new Error(`model.json of ${where} can't be read: it is damaged, or no network of TensorFlow.js`);
  }
  const weights = paths.map((path) => {
    const part = files.get(folder + path) ?? files.get(path);
    if (!part)
      throw new Error(`${where} holds no ${path}, where model.json says its weights are; give both files`);
    return part;
  });
  const bytes = new Uint8Array(4 + text.length + weights.reduce((sum, { length }) => sum + length, 0));
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  let at = 4;
  for (const part of [text, ...weights]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

async function unzipped(file: File): Promise<Map<string, Uint8Array>> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const wanted = /(^|\/)(model\.json|[^/]*\.bin)$/;
  return new Promise((resolve, reject) => {
    unzip(
      bytes,
      { filter: ({ name }) => wanted.test(name) && !/(^|\/)checkpoints\//.test(name) },
      (error, files) => {
        if (error) reject(new Error(`${file.name} can't be read: it is no zip, or damaged`));
        else resolve(new Map(Object.entries(files)));
      },
    );
  });
}
