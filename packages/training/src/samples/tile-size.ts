import type { LayersModel, Shape, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { modelGeometry } from "@unet/inference";

/**
 * The side of a tile's input that suits the data and the machine, px: the paper's output of 388 px, no more
 * than the image is wide and high, and less until {@link stepBytes} fits the memory.
 *
 * @param options `memory`: bytes that a training step may take, default half of what the machine has left; `onNotice`: told
 *   where that makes tiles smaller
 */
export async function suitableTileSize(
  model: LayersModel,
  image: { width: number; height: number },
  { memory, onNotice }: { memory?: number; onNotice?: (notice: string) => void } = {},
): Promise<number> {
  const geometry = modelGeometry(model);
  const budget = memory ?? (await availableMemory()) / 2;
  const wanted = Math.min(388, Math.min(image.width, image.height));
  let output = wanted;
  while (output > geometry.multiple && stepBytes(model, geometry.inputSize(output)) > budget) {
    output -= geometry.multiple;
  }
  const tileSize = geometry.inputSize(output);
  if (output < wanted) {
    const usual = geometry.inputSize(wanted);
    onNotice?.(
      `tiles are ${tileSize} px wide, not ${usual}: a step with those would take about ${gigabytes(stepBytes(model, usual))}, and it may take ${gigabytes(budget)} of the memory that is free; the option tileSize chooses`,
    );
  }
  return tileSize;
}

function gigabytes(bytes: number): string {
  return `${Number((bytes / 1e9).toPrecision(2))} GB`;
}

/**
 * About how many bytes a training step takes: every layer's maps, which the gradients need, and as much again
 * for the gradients of the maps.
 */
function stepBytes(model: LayersModel, inputSize: number): number {
  const [input] = model.inputs;
  const shapes = new Map<string, Shape>([
    [input.name, [1, inputSize, inputSize, input.shape.at(-1) as number]],
  ]);
  let values = 0;
  for (const layer of model.layers) {
    for (const node of layer.inboundNodes as unknown as Array<Record<string, SymbolicTensor[]>>) {
      const [output] = node.outputTensors;
      const given = node.inputTensors.map(({ name }) => shapes.get(name) as Shape);
      if (output.name !== input.name) {
        const made = layer.computeOutputShape(given.length === 1 ? given[0] : given) as Shape;
        shapes.set(output.name, made);
      }
      values += (shapes.get(output.name) as number[]).reduce((product, side) => product * side, 1);
    }
  }
  return 2 * 4 * values;
}

/** Bytes of memory that the machine has left; in the browser a quarter of what it has. */
async function availableMemory(): Promise<number> {
  const { deviceMemory } = (globalThis.navigator ?? {}) as { deviceMemory?: number };
  if (deviceMemory) return (deviceMemory * 2 ** 30) / 4;
  if (typeof process === "undefined" || !process.versions?.node) return 2 ** 30;
  // What a container may use, where Node knows it.
  const { availableMemory } = process as { availableMemory?: () => number };
  return availableMemory?.() ?? (await import("@unet/image/node")).os.freemem();
}
