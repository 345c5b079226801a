#!/usr/bin/env python3
"""examples/python on a LeNet that the command trains briefly: both count as many right as `floatsd eval`, and their
output codes are equal.

usage: python_examples_test.py FLOATSD      skipped without MNIST in FLOATSD_DATA, numpy and torch
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import the_command

try:
    import numpy
    import torch
except ImportError as error:
    print(f"SKIPPED: {error.name} is not installed (scripts/setup --tests)")
    sys.exit(77)
ROOT = pathlib.Path(__file__).parents[2]
MNIST = pathlib.Path(os.environ.get("FLOATSD_DATA", "/nonexistent")) / "mnist"
TEST = [MNIST / f"t10k-{part}-ubyte" for part in ("images-idx3", "labels-idx1")]
if not all(path.is_file() for path in TEST):
    print("SKIPPED: FLOATSD_DATA has no mnist/ that is unpacked")
    sys.exit(77)

sys.path.insert(0, str(ROOT / "examples" / "python"))
import run_numpy
import run_torch


def floatsd(*arguments):
    done = the_command.run(*arguments, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def example(name, model):
    return subprocess.run([sys.executable, ROOT / "examples/python" / name, model, *TEST], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


with tempfile.TemporaryDirectory() as temporary:
    run = pathlib.Path(temporary) / "run"
    floatsd("train", "--config", ROOT / "configs/mnist-lenet-floatsd4.toml", "--limit", 2000, "--epochs", 2,
            "--freeze-epochs", 1, "--skip-eval", "--quiet", "--output", run)
    counted = json.loads(floatsd("eval", run / "model.safetensors", "--json"))
    expected = f"{counted['correct']} of {counted['total']} right\n"
    assert example("run_numpy.py", run / "model.safetensors") == expected
    assert example("run_torch.py", run / "model.pt") == expected

    images = numpy.fromfile(TEST[0], numpy.uint8)[16:].reshape(-1, 1, 28, 28)[:500]
    integers = run_numpy.run(run_numpy.read_model(run / "model.safetensors"), images)[-1].reshape(500, 10)
    codes = run_torch.run(run_torch.read_model(run / "model.pt"), torch.from_numpy(images))[-1].flatten(1)
    assert (codes.numpy() == integers).all()
print(expected, end="")
