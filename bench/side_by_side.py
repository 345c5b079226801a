"""What the benches beside PyTorch share: where things lie, and contenders that take turns.

In every round each contender runs once, so that a machine whose speed drifts hurts all alike; what
is compared are medians.
"""
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLOATSD = ROOT / "build/release/bin/floatsd"
CACHE = pathlib.Path(os.environ.get("FLOATSD_CACHE") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
                     / "floatsd")
DATA = pathlib.Path(os.environ.get("FLOATSD_DATA") or CACHE / "data")
# PyTorch is the wheel whose LibTorch floatsd links (scripts/setup --tests).
sys.path[:0] = [str(CACHE / "libtorch-2.13.0"), str(CACHE / "python")]


def floatsd(*arguments):
    """Runs the command; what --json prints."""
    if not FLOATSD.exists():
        sys.exit(f"{FLOATSD} is missing; run scripts/build")
    done = subprocess.run([FLOATSD, *map(str, arguments), "--json", "--quiet"], cwd=ROOT, check=True,
                          stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def read_cifar10(*files):
    """Images as uint8 (N, 3, 32, 32), labels as (N,), of files of CIFAR-10's binary version."""
    import numpy
    parts = [numpy.fromfile(DATA / "cifar-10-batches-bin" / file, dtype=numpy.uint8) for file in files]
    records = numpy.concatenate(parts).reshape(-1, 1 + 3 * 32 * 32)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]


TRAINING_FILES = [f"data_batch_{i}.bin" for i in range(1, 6)]  # of CIFAR-10


def second_epoch(run):
    """images/s of the second epoch of a run folder: the first one warms up."""
    return json.loads((run / "metrics.jsonl").read_text().splitlines()[1])["images_per_second"]


def take_turns(contenders, rounds):
    """{name: [what run() gave, ...]} of contenders {name: run}."""
    results = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            results[name].append(run())
    return results


def medians(results):
    return {name: statistics.median(values) for name, values in results.items()}


def print_rates(results):
    for name, values in results.items():
        print(f"{name:52} {statistics.median(values):9.1f} images/s   "
              f"({min(values):.1f} .. {max(values):.1f})")


def print_ratios(ratios):
    for name, ratio in ratios.items():
        print(f"{name:68} {ratio:5.2f}")


def print_machine(threads, batch, rounds):
    import torch
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")),
                     platform.machine())
    print(f"torch {torch.__version__}, {threads} threads, batch {batch}, {rounds} rounds, {model}")
