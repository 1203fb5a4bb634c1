export default {
  workspaces: {
    ".": {
      entry: ["scripts/{bootstrap,cases,imagej,test}.mjs", "test/packed/{consumer.ts,record-modules.mjs}"],
      ignoreBinaries: ["apt-get"],
      // the packed consumer finds them in its own project
      ignoreDependencies: ["@unet/.+"],
    },
    "packages/*": { entry: ["test/**/*.test.ts", "test/reference/{*.mjs,store-*.ts}"] },
    "packages/loss": { entry: ["test/**/*.test.ts", "test/reference/*.mjs", "assembly/**/*.ts"] },
    "packages/augmentation": { entry: ["test/**/*.test.ts", "src/**/*-worker.ts", "assembly/**/*.ts"] },
    "packages/backend-simd": { entry: ["test/**/*.test.ts", "test/*/{run,program}.mjs", "assembly/**/*.ts"] },
    "packages/backend": {
      entry: ["test/**/*.test.ts"],
      // loaded by a name that bundlers don't follow
      ignoreDependencies: ["@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"],
    },
    "packages/model": {
      entry: ["test/**/*.test.ts", "test/reference/{*.mjs,store-*.ts}"],
      ignoreBinaries: ["mkfifo"],
    },
    "packages/inference": {
      entry: ["test/**/*.test.ts", "test/reference/{*.mjs,store-*.ts}"],
      ignoreBinaries: ["java", "javac"],
    },
    "packages/cli": {
      entry: ["test/**/*.test.ts"],
      ignoreBinaries: ["java", "javac"],
      // a font, whose file is resolved by its path
      ignoreDependencies: ["dejavu-fonts-ttf"],
    },
    bench: { entry: ["*.mjs"] },
    networks: { entry: ["*.mjs"] },
    "apps/studio": {
      entry: ["test/**/*.test.ts", "src/workers/*.worker.ts", "tour/*.mjs"],
    },
    "examples/browser": { entry: ["test/**/*.test.ts", "src/worker.ts"] },
    "examples/node-cells": { entry: ["*.mjs"] },
  },
};
