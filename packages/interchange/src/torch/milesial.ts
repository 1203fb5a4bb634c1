import type { NamedTensors } from "../weights/named-tensors.js";

/** What decides how milesial/Pytorch-UNet calls its parameters. */
interface Naming {
  depth: number;
  batchNormalisation: boolean;
  /** Whether maps are enlarged by a transposed convolution, and not by interpolation and a 1×1 convolution. */
  transposed: boolean;
}

/**
 * What milesial/Pytorch-UNet calls a parameter: `enc1.bn0.weight` is `down1.maxpool_conv.1.double_conv.1.weight`. Without
 * batch normalisation a ReLU follows each convolution, so the second is number 2. Other names stay as they are.
 */
export function toMilesial(name: string, { depth, batchNormalisation, transposed }: Naming): string {
  const [layer, part, parameter] = name.split(".");
  if (!/^(enc\d+|dec\d+|bottom|head)$/.test(layer)) return name;
  if (layer === "head") return `outc.conv.${part}`;
  const level = layer === "bottom" ? depth : Number(layer.slice(3));
  if (part === "up") return `up${depth - level}.up.${transposed ? "" : "1."}${parameter}`;
  const index = Number(part.at(-1)) * (batchNormalisation ? 3 : 2) + (part.startsWith("bn") ? 1 : 0);
  const block = layer.startsWith("dec")
    ? `up${depth - level}.conv`
    : level
      ? `down${level}.maxpool_conv.1`
      : "inc";
  return `${block}.double_conv.${index}.${parameter}`;
}

/** Whether tensors have the names of milesial/Pytorch-UNet. */
export function isMilesial(tensors: NamedTensors): boolean {
  return tensors.has("inc.double_conv.0.weight") && tensors.has("outc.conv.weight");
}

/** What follows from the names of milesial/Pytorch-UNet; nothing where they aren't those. */
export function fromMilesial(tensors: NamedTensors): { tensors: NamedTensors; naming: Naming } {
  const names = [...tensors.keys()];
  const naming: Naming = {
    depth: names.filter((name) => /^down\d+\.maxpool_conv\.1\.double_conv\.0\.weight$/.test(name)).length,
    batchNormalisation: names.some((name) => name.endsWith(".running_mean")),
    transposed: tensors.get("up1.up.weight")?.shape.length === 4,
  };
  const own: NamedTensors = new Map();
  for (const [name, values] of tensors) own.set(ownName(name, naming), values);
  return { tensors: own, naming };
}

/** A network's own name for a parameter; one that isn't known stays as it is. */
function ownName(name: string, { depth, batchNormalisation }: Naming): string {
  const head = /^outc\.conv\.(weight|bias)$/.exec(name);
  if (head) return `head.${head[1]}`;
  const up = /^up(\d+)\.up\.(?:1\.)?(weight|bias)$/.exec(name);
  if (up) return `dec${depth - Number(up[1])}.up.${up[2]}`;
  const block = /^(inc|down(\d+)\.maxpool_conv\.1|up(\d+)\.conv)\.double_conv\.(\d)\.(\w+)$/.exec(name);
  if (!block) return name;
  const [, , down, upwards, number, parameter] = block;
  const level = down ? Number(down) : 0;
  const layer = upwards ? `dec${depth - Number(upwards)}` : level === depth ? "bottom" : `enc${level}`;
  const index = Number(number);
  const step = batchNormalisation ? 3 : 2;
  return `${layer}.${index % step === 1 ? "bn" : "conv"}${Math.floor(index / step)}.${parameter}`;
}
