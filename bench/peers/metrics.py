"""Rand and information of slices at nine thresholds, on one thread. Packages: numpy scipy scikit-image"""

from functools import cache

from serve import missing, serve

try:
    import numpy as np
    from scipy.ndimage import label
    from skimage.metrics import adapted_rand_error, variation_of_information
except ImportError as error:
    missing(error)

THRESHOLDS = [k / 10 for k in range(1, 10)]


@cache
def read(path, slices, height, width):
    both = np.fromfile(path, np.uint8).reshape(2, slices, height, width)
    return both[0] / np.float32(255), both[1]


def skimage(*stack):
    predictions, truths = read(*stack)

    def measure():
        for prediction, truth in zip(predictions, truths):
            cells = label(truth)[0]
            for threshold in THRESHOLDS:
                objects = label(prediction > threshold)[0]
                adapted_rand_error(cells, objects, ignore_labels=(0,))
                variation_of_information(cells, objects, ignore_labels=(0,))

    return measure


serve({"skimage": skimage})
