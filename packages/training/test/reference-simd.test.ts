import { testBackend } from "./reference/in-node.js";

await testBackend("simd");
