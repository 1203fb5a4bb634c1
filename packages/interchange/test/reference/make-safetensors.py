"""Writes test/fixtures/torch/*.safetensors with the library of that name, of what make-torch.py wrote as numpy.

    python3 make-safetensors.py NAME.npz NAME.safetensors
"""
import sys

import numpy
from safetensors.numpy import save_file

save_file(dict(numpy.load(sys.argv[1])), sys.argv[2], metadata={"format": "pt"})
