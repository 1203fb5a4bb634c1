import * as tf from "@tensorflow/tfjs-core";

/**
 * Repairs two gradients of the `cpu` backend (4.22), which `simd` shares: that of bilinear resizing says height for width, which
 * fails unless images are square; that of nearest-neighbour resizing reads the wrong pixels for all images
 * of a batch but the first.
 *
 * Does nothing the second time.
 */
export function repairResizeGradients(backend: "cpu" | "simd"): void {
  if (repaired.has(backend)) return;
  repaired.add(backend);
  replace(backend, "ResizeBilinearGrad", (args, original) => {
    const { images } = args.inputs as unknown as ResizeInputs;
    return { ...(original(args) as tf.TensorInfo), shape: images.shape };
  });
  replace(backend, "ResizeNearestNeighborGrad", (args, original) => {
    const { images, dy } = args.inputs as unknown as ResizeInputs;
    const batch = images.shape[0];
    if (batch === 1) return original(args);
    const single = (tensor: tf.Tensor4D, index: number) =>
      tf.slice(tensor, [index, 0, 0, 0], [1, -1, -1, -1]);
    return tf.tidy(() =>
      tf.concat(
        Array.from({ length: batch }, (_, index) => {
          const inputs = { images: single(images, index), dy: single(dy, index) };
          return tf.engine().runKernel("ResizeNearestNeighborGrad", { ...inputs }, args.attrs) as tf.Tensor4D;
        }),
      ),
    );
  });
}

const repaired = new Set<string>();

interface ResizeInputs {
  images: tf.Tensor4D;
  dy: tf.Tensor4D;
}

function replace(
  backend: string,
  kernelName: string,
  repair: (args: Parameters<tf.KernelFunc>[0], original: tf.KernelFunc) => tf.TensorInfo | tf.TensorInfo[],
): void {
  const kernel = tf.getKernel(kernelName, backend);
  tf.unregisterKernel(kernelName, backend);
  tf.registerKernel({ ...kernel, kernelFunc: (args) => repair(args, kernel.kernelFunc) });
}
