"""Says of Zarr arrays whether zarr-python reads the pixels that they come with.

Each is a line of JSON: the folder, and the values that another reader made of it. The answer is a line.
"""
import json
import sys
import warnings

try:
    import numpy as np
    import zarr
except ImportError:
    sys.exit(0)

warnings.simplefilter("ignore")
print(f"zarr-python {zarr.__version__}", flush=True)
for line in sys.stdin:
    given = json.loads(line)
    try:
        ours = zarr.open_array(given["path"], mode="r")[:].astype("float32").reshape(-1)
    except Exception as error:
        answer = f"zarr-python: {type(error).__name__}: {error}"
    else:
        theirs = np.array([float(value) for value in given["values"]], "float32")
        same = np.array_equal(ours, theirs, equal_nan=True)
        answer = "same pixels" if same else f"zarr-python: {(ours != theirs).sum()} other values"
    print(answer.replace("\n", " ")[:160], flush=True)
