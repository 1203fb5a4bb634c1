import { testBackend } from "./reference/in-node.js";

await testBackend("tensorflow", "native TensorFlow: pnpm native:tensorflow");
