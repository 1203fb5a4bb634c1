import { probeBackends, useBackend } from "@unet/backend";
import { expect, test } from "vitest";
import {
  describeNetwork,
  expectAgreement,
  expectHandMadeConvolution,
  smallNetworks,
} from "./small-networks.js";

const probe = (await probeBackends()).find(({ name }) => name === "webgpu");
const available = probe?.available === true;
const suffix = available ? "" : " (needs a Vulkan driver: VK_ICD_FILENAMES)";
const software = probe?.notes?.[0] === "only a software adapter was found";

test.skipIf(!available)(`starts where it is named, with a software adapter too${suffix}`, async () => {
  const info = await useBackend({ prefer: ["webgpu"] });
  expect(info).toEqual({
    name: "webgpu",
    skipped: [],
    device: probe?.device,
    ...(software && { notes: probe?.notes }),
  });
  await expectHandMadeConvolution();
  // a second start leaves it, and its tensors, as they are
  expect(await useBackend({ prefer: ["webgpu"] })).toEqual(info);
  await expectHandMadeConvolution();
});

test.skipIf(!available).each(smallNetworks.map((network) => [describeNetwork(network), network] as const))(
  `loss and gradients agree with plain JavaScript: %s${suffix}`,
  async (_, network) => {
    await useBackend({ prefer: ["cpu"] });
    await useBackend({ prefer: ["webgpu"] });
    await expectAgreement("webgpu", network, 1e-4);
  },
);

test.skipIf(!available)(`leaves no navigator behind that it made${suffix}`, async () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  await useBackend({ prefer: ["webgpu"] });
  expect(Object.getOwnPropertyDescriptor(globalThis, "navigator")).toEqual(before);
});
