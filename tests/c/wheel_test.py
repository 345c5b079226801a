#!/usr/bin/env python3
"""Builds the sdist of floatsd-runtime and the wheel from that, installs the wheel into a virtual environment of its
own, and runs small networks there as the interpreter does. Skipped if pip cannot fetch what building it needs.

usage: wheel_test.py ROOT WRITE_SAMPLE_PROGRAMS
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

folder, write_sample_programs = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])

BUILD_SDIST = """
import sys
from scikit_build_core import build
build.build_sdist(sys.argv[1])
"""

USER = '''
import pathlib, sys
import numpy
import floatsd_runtime

def refused(run, expected):
    try:
        run()
    except floatsd_runtime.Error as error:
        assert expected in str(error), error
        return
    raise AssertionError(f"not refused: {expected}")

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.safetensors")):
    model = floatsd_runtime.load(path)
    images = numpy.fromfile(path.with_suffix(".images"), numpy.uint8).reshape(-1, *model.input_shape)
    codes = numpy.fromfile(path.with_suffix(".codes"), numpy.uint8)[-len(images) * model.outputs:]
    codes = codes.reshape(len(images), -1)  # of the last layer
    values = numpy.float32(model.output_scale) * (codes.astype(numpy.float32) - model.output_zero_point)
    for threads in (1, 2, 70):
        assert (model.codes(images, threads) == codes).all(), path
        assert (model(images, threads=threads) == values).all(), path
        assert (model.classify(images, threads=threads) == codes.argmax(1)).all(), path
    assert (model.codes(images[::-2]) == codes[::-2]).all(), path
    assert model.codes(images[:0]).shape == (0, model.outputs)

model = floatsd_runtime.load(str(pathlib.Path(sys.argv[1]) / "tiny.safetensors"))
assert (model.network, model.input_shape, model.outputs) == ("tiny", (1, 4, 4), 2)
assert (model.class_names, model.mean, model.std) == (["cat", "dog"], (0.5,), (0.25,))
image = numpy.zeros((4, 4), numpy.uint8)
assert model.classify(image[None]).shape == (1,)
refused(lambda: model.classify(image[None].astype(float)), "images of float64, expected uint8")
refused(lambda: model.classify(image), "images of shape [4, 4], expected [N, 1, 4, 4]")
refused(lambda: model.classify(image[None], threads=0), "threads is 0, expected 1 or more")
refused(lambda: floatsd_runtime.load("missing"), "missing: cannot be read")
refused(lambda: floatsd_runtime.load("a\\0b"), "'a\\\\x00b': a path with a null byte, expected the path of a file")
refused(lambda: floatsd_runtime.load(__file__), __file__ + ": ")
print(floatsd_runtime.version)
'''


def run(*command, **more):
    return subprocess.run([str(part) for part in command], **more).returncode


with tempfile.TemporaryDirectory() as temporary:
    work = pathlib.Path(temporary)
    os.environ.pop("PYTHONPATH", None)  # a clean environment
    os.environ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    if shutil.which("ccache"):
        os.environ["CMAKE_CXX_COMPILER_LAUNCHER"] = "ccache"
    python = work / "venv/bin/python"
    if run(sys.executable, "-m", "venv", work / "venv") or run(
            python, "-m", "pip", "install", "--quiet", "scikit-build-core", "ninja", "numpy"):
        print("SKIPPED: scikit-build-core, ninja and numpy cannot be had")
        sys.exit(77)
    sdist = run(python, "-c", BUILD_SDIST, work / "sdist", cwd=folder)
    assert sdist == 0, "the sdist was not built"
    wheel = run(python, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", work / "wheel",
                *(work / "sdist").iterdir())
    assert wheel == 0, "the wheel was not built"
    wheels = list((work / "wheel").iterdir())
    print(wheels[0].name, wheels[0].stat().st_size, "bytes")
    assert run(python, "-m", "pip", "install", "--quiet", "--no-deps", *wheels) == 0
    (work / "networks").mkdir()
    assert run(write_sample_programs, work / "networks") == 0
    assert run(python, "-c", USER.replace("__file__", "sys.executable"), work / "networks", cwd=work) == 0
