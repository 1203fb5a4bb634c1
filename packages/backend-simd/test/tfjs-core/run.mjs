// Runs the tests that tfjs-core publishes on the backend simd, on as many threads as the argument says, and prints as JSON
// how many passed and which failed. They are for Jasmine.
import { env } from "./jasmine.mjs";
import "@tensorflow/tfjs-core";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util";
import { setThreads } from "@unet/backend-simd";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";

setThreads(Number(process.argv[2]));
setTestEnvs([{ name: "simd", backendName: "simd", isDataSync: true }]);
await import("@tensorflow/tfjs-core/dist/tests");

const result = { passed: 0, failed: [] };
env.configure({ random: false });
env.addReporter({
  specDone({ status, fullName, failedExpectations }) {
    if (status === "passed") result.passed++;
    if (status === "failed") {
      result.failed.push(`${fullName}: ${failedExpectations.map(({ message }) => message).join("; ")}`);
    }
  },
});
await env.execute();
console.log(`\n${JSON.stringify(result)}`);
process.exit(0);
