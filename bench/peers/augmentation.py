"""Elastic deformation of an image and its labels elsewhere, on one thread. Packages: "numpy<2" scipy elasticdeform
batchgenerators"""

from functools import cache

from serve import missing, serve

try:
    import numpy as np
    from batchgenerators.augmentations.spatial_transformations import augment_spatial
    from elasticdeform import deform_random_grid
    from scipy.ndimage import gaussian_filter, map_coordinates
except ImportError as error:
    missing(error)


@cache
def read(path, dtype, size):
    return np.fromfile(path, dtype).reshape(size, size)


def sample(image, labels, size):
    return read(image, np.uint8, size), read(labels, np.int32, size)


def dense_field(shape, sigma=10, deviation=10):
    """Noise of every pixel, smoothed, brought to a deviation in px."""
    field = gaussian_filter(np.random.uniform(-1, 1, shape), sigma)
    return field * (deviation / field.std())


def scipy_recipe(image, labels, size, order):
    image, labels = sample(image, labels, size)

    def run():
        y, x = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
        at = [y + dense_field(image.shape), x + dense_field(image.shape)]
        warped = map_coordinates(image, at, np.float32, order=order, mode="mirror")
        return warped, map_coordinates(labels, at, order=0, mode="mirror")

    return run


def batchgenerators(image, labels, size, order):
    image, labels = sample(image, labels, size)
    options = {"do_scale": False, "random_crop": False, "order_data": order, "order_seg": 0}
    borders = {"border_mode_data": "mirror", "border_mode_seg": "mirror"}
    return lambda: augment_spatial(
        image[None, None].astype(np.float32), labels[None, None], (size, size), **options, **borders
    )


def elasticdeform(image, labels, size, order):
    image, labels = sample(image, labels, size)
    return lambda: deform_random_grid(
        [image.astype(np.float32), labels], sigma=10, points=3, order=[order, 0], mode="mirror"
    )


serve({"scipy recipe": scipy_recipe, "batchgenerators": batchgenerators, "elasticdeform": elasticdeform})
