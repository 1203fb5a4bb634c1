import type { LayersModel } from "@tensorflow/tfjs-layers";

/**
 * A checksum of all that a model's scores depend on: its topology, its metadata and its weights, whatever its layers
 * are called. SHA-256, 64 digits.
 *
 * ```ts
 * const run = { model: await networkChecksum(model), source: "cells.tif of 3 May" };
 * await predictTiled(image, model, { sink: await zarrSink("scores.zarr", { ...size, run }) });
 * ```
 */
export async function networkChecksum(network: LayersModel): Promise<string> {
  const numbers = new Map([network, ...network.layers].map(({ name }, index) => [name, index]));
  const topology = JSON.stringify(
    [network.toJSON(null, false), network.getUserDefinedMetadata() ?? null],
    // Layers without a name get one that depends on what was made before.
    (_, value) => numbers.get(value) ?? value,
  );
  const parts: Uint8Array[] = [new TextEncoder().encode(topology)];
  for (const weights of network.getWeights()) {
    const { buffer, byteOffset, byteLength } = await weights.data();
    parts.push(new Uint8Array(buffer, byteOffset, byteLength));
  }
  const sums = new Uint8Array(32 * parts.length);
  for (const [i, part] of parts.entries()) sums.set(await sha256(part), 32 * i);
  return [...(await sha256(sums))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
}
