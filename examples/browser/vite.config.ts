import { defaultClientConditions, defineConfig } from "vite";

export default defineConfig({
  base: "./",
  // the packages' sources, so that the page needs no build of them
  resolve: { conditions: ["@unet/source", ...defaultClientConditions] },
  worker: { format: "es" },
  build: { target: "es2022", chunkSizeWarningLimit: 2000 },
});
