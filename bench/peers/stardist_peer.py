"""StarDist, trained for a given time and asked for the objects of other images. Packages: stardist "numpy<2" tensorflow-cpu==2.15.1

Its own settings: 32 rays, grid 2, the augmentation of its examples, the weights of the best epoch, the search for thresholds.
"""

import json
import sys
import time

try:
    import numpy as np
    import tensorflow as tf
    from csbdeep.utils import normalize
    from skimage.io import imread
    from stardist import fill_label_holes
    from stardist.models import Config2D, StarDist2D
    from tifffile import imwrite
except ImportError as error:
    print(f"missing {error.name}")
    sys.exit(0)


class Deadline(tf.keras.callbacks.Callback):
    """Ends the training after so many seconds."""

    def __init__(self, seconds):
        super().__init__()
        self.end = time.time() + seconds
        self.steps = 0

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if time.time() > self.end:
            self.model.stop_training = True


def augment(image, labels):
    """Flips, right angles, brightness and noise, as in StarDist's example of 2D training."""
    for axis in (0, 1):
        if np.random.rand() < 0.5:
            image, labels = np.flip(image, axis), np.flip(labels, axis)
    turns = np.random.randint(4)
    image, labels = np.rot90(image, turns), np.rot90(labels, turns)
    image = image * np.random.uniform(0.6, 2) + np.random.uniform(-0.2, 0.2)
    return image + 0.02 * np.random.uniform(0, 1) * np.random.normal(0, 1, image.shape), labels


def read(path):
    return normalize(imread(path).astype(np.float32), 1, 99.8)


def pairs_of(part):
    return [read(image) for image, _ in part], [fill_label_holes(imread(mask).astype(np.int32)) for _, mask in part]


task = json.load(open(sys.argv[1]))
began = time.time()
np.random.seed(0)
tf.random.set_seed(0)
training, validation = pairs_of(task["training"]), pairs_of(task["validation"])
config = Config2D(
    n_rays=32,
    grid=(2, 2),
    n_channel_in=1,
    train_patch_size=(256, 256),
    train_batch_size=4,
    train_tensorboard=False,
)
model = StarDist2D(config, name="stardist", basedir=task["out"])
model.prepare_for_training()
deadline = Deadline(60 * task["minutes"] - (time.time() - began))
model.callbacks.append(deadline)
model.train(
    *training, validation_data=validation, augmenter=augment, epochs=10_000, steps_per_epoch=100, seed=0
)
trained = time.time() - began
model.optimize_thresholds(*validation)
for image, out in task["test"]:
    labels, _ = model.predict_instances(read(image))
    imwrite(out, labels.astype(np.uint16))
print(
    f"StarDist: {deadline.steps} steps of 4 tiles in {trained / 60:.1f} minutes, "
    f"thresholds {model.thresholds.prob:.2f} and {model.thresholds.nms:.2f}"
)
