import { testBackend } from "./reference/in-node.js";

await testBackend("webgpu", "a Vulkan driver: VK_ICD_FILENAMES");
