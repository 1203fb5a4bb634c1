import type { LayersModel } from "@tensorflow/tfjs-layers";
import { findNetwork, loadNetwork, type NetworkName, networkNames } from "@unet/networks";
import { CommandError } from "./messages/errors.js";
import { tell } from "./usage/command.js";

/**
 * The trained network that an argument names. A path, which has a `/`, names none; what else is meant the caller knows.
 */
export function networkNamed(argument: string): NetworkName | undefined {
  return (networkNames as readonly string[]).includes(argument) ? (argument as NetworkName) : undefined;
}

/**
 * Loads a trained network, and says so.
 *
 * @throws CommandError where its package isn't installed, or its weights can't be read
 */
export async function openNetwork(name: NetworkName, { quiet = false } = {}): Promise<LayersModel> {
  try {
    const { card } = await findNetwork(name);
    if (!quiet) tell(`network    ${name}: ${card.about}; its data: ${licenceOf(card)}`);
    return await loadNetwork(name);
  } catch (cause) {
    throw new CommandError((cause as Error).message.replace(/^loadNetwork: /, ""), { cause });
  }
}

/** The licence of the data that a network was trained on, without what explains it. */
export function licenceOf({ data: { licence } }: { data: { licence: string } }): string {
  return licence.split(";")[0];
}
