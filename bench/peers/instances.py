"""Connected components of thresholded scores, on one thread. Packages: numpy scipy scikit-image"""

from functools import cache

from serve import missing, serve

try:
    import numpy as np
    from scipy import ndimage
    from skimage import measure
except ImportError as error:
    missing(error)


@cache
def read(path, width):
    return np.fromfile(path, np.float32).reshape(-1, width)


def labelling(label):
    """Answers to `path, width, count`; a run that finds another number of objects ends the bench."""

    @cache
    def check(*image):
        return int(label(read(*image)).max())

    def task(path, width, count):
        if check(path, width) != count:
            raise ValueError(f"{check(path, width)} objects, not {count}")
        scores = read(path, width)
        return lambda: label(scores)

    return task


serve(
    {
        "scipy": labelling(lambda scores: ndimage.label(scores >= 0.5)[0]),
        "skimage": labelling(lambda scores: measure.label(scores >= 0.5, connectivity=1)),
    }
)
