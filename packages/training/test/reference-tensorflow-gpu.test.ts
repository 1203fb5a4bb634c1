import { testBackend } from "./reference/in-node.js";

await testBackend("tensorflow-gpu", "native TensorFlow: pnpm native:tensorflow --gpu");
