import { nativeAvailable, testNative } from "./native.js";

const available = await nativeAvailable("tensorflow-gpu");
testNative("tensorflow-gpu", "needs native TensorFlow: pnpm native:tensorflow --gpu", available);
