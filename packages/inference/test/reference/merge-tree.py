"""Writes merge-tree.json: at what mean score neighbouring regions become one, by Higra's average linkage.

    pip install higra && python merge-tree.py

96 regions in rows of 12, each touching the ones beside, below and diagonally below it.
"""
import json
import pathlib
from importlib.metadata import version

import higra as hg
import numpy as np

ROWS, COLUMNS = 8, 12
random = np.random.default_rng(20150518)
pairs = [
    (row * COLUMNS + column, (row + down) * COLUMNS + column + right)
    for row in range(ROWS)
    for column in range(COLUMNS)
    for down, right in ((0, 1), (1, 0), (1, 1))
    if row + down < ROWS and column + right < COLUMNS
]
lengths = random.integers(1, 30, len(pairs)).astype(float)
means = random.random(len(pairs)).round(6)

graph = hg.UndirectedGraph(ROWS * COLUMNS)
graph.add_edges(*map(list, zip(*pairs)))
# Higra merges the smallest first
tree, altitudes = hg.binary_partition_tree_average_linkage(graph, 1 - means, lengths)
joined = 1 - altitudes[tree.lowest_common_ancestor(*map(np.array, zip(*pairs)))]

rows = [
    [a + 1, b + 1, round(mean, 6), int(length), round(level, 9)]
    for (a, b), mean, length, level in zip(pairs, means, lengths, joined)
]
lines = ",\n".join(f"    {json.dumps(row)}" for row in rows)
out = pathlib.Path(__file__).with_suffix(".json")
out.write_text(
    f'{{\n  "what": "two regions, mean score and length of their border, mean at which they are joined",\n'
    f'  "by": "Higra {version("higra")}",\n  "regions": {ROWS * COLUMNS},\n  "borders": [\n{lines}\n  ]\n}}\n'
)
