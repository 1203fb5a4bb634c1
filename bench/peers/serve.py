"""Answers a bench: each line of the input names a function and its arguments, each line of the output is JSON."""

import json
import sys
import time


def serve(tasks):
    """`tasks` by name; one that returns a function is timed from there on, once a request."""
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        task = tasks[request["task"]](*request["arguments"])
        start = time.perf_counter()
        task()
        print(json.dumps({"milliseconds": 1e3 * (time.perf_counter() - start)}), flush=True)


def missing(error):
    """Says which package isn't installed, and ends."""
    print(json.dumps({"ready": False, "missing": error.name}), flush=True)
    sys.exit(0)
