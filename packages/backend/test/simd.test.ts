import { useBackend } from "@unet/backend";
import { beforeAll, expect, test } from "vitest";
import {
  describeNetwork,
  expectAgreement,
  expectHandMadeConvolution,
  smallNetworks,
} from "./small-networks.js";

beforeAll(async () => {
  await useBackend({ prefer: ["cpu"] });
  const { name, device } = await useBackend({ prefer: ["simd"] });
  expect(name).toBe("simd");
  expect(device).toMatch(/^WebAssembly relaxed SIMD, \d+ threads?$/);
});

test("a convolution and its gradients, checked by hand", expectHandMadeConvolution);

test.each(smallNetworks.map((network) => [describeNetwork(network), network] as const))(
  "loss and gradients agree with plain JavaScript: %s",
  (_, network) => expectAgreement("simd", network, 1e-5),
);
