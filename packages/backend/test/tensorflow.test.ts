import { nativeAvailable, testNative } from "./native.js";

const available = await nativeAvailable("tensorflow");
testNative("tensorflow", "needs native TensorFlow: pnpm native:tensorflow", available);
