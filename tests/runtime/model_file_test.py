"""model_file_test.py WRITE_SAMPLE_MODEL: the model file read by safetensors, without floatsd.

read_layer is what docs/model_file.md shows."""

import inspect
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    from safetensors import safe_open
except ImportError:
    sys.exit(77)  # skipped


def read_layer(path, index):
    """A layer's integer levels, and its scales in a shape that multiplies them."""
    with safe_open(path, "numpy") as file:
        op = json.loads(file.metadata()["program"])["ops"][index]
        codes, scales = (file.get_tensor(op["name"] + end) for end in (".weight", ".weight_scale"))
    shape = op["weight"]["shape"]
    if op["weight"]["format"] == "floatsd4":
        codes = numpy.stack([codes & 15, codes >> 4], 1).ravel()[: numpy.prod(shape)]
        codes = numpy.where(codes & 7 == 7, 0, (1 << (codes & 7)) * numpy.where(codes > 7, -1, 1))
    return codes.reshape(shape), scales.reshape(-1, *[1] * (len(shape) - 1))


def check_layer(path, index, expected):
    levels, scales = read_layer(path, index)
    assert list(levels.shape) == expected["shape"]
    assert levels.flatten().tolist() == expected["levels"]
    assert scales.flatten().tolist() == expected["scales"]
    name = expected["name"]
    with safe_open(path, "numpy") as file:
        program = json.loads(file.metadata()["program"])
        for tensor, key in (("bias", "bias"), ("multiplier", "multipliers"), ("shift", "shifts")):
            found = file.get_tensor(f"{name}.{tensor}")
            assert found.dtype == numpy.int32 and found.tolist() == expected[key]
        assert file.get_tensor(f"{name}.weight_scale").dtype == numpy.float32
        stored = file.get_tensor(f"{name}.weight").dtype
        assert stored == (numpy.uint8 if expected["format"] == "floatsd4" else numpy.int8)
    op = program["ops"][index]
    assert op["name"] == name and op["weight"]["format"] == expected["format"]
    assert op["output"]["scale"] == expected["output_scale"]
    assert op["output"]["zero_point"] == expected["output_zero_point"]


with tempfile.TemporaryDirectory() as folder:
    path = str(pathlib.Path(folder) / "model.safetensors")
    layers = json.loads(subprocess.run([sys.argv[1], path], check=True, stdout=-1).stdout)
    assert [layer["format"] for layer in layers] == ["int8"] + 3 * ["floatsd4"] + ["int8"]
    for index, layer in enumerate(layers):
        check_layer(path, index, layer)
    with safe_open(path, "numpy") as file:
        assert file.metadata()["format"] == "floatsd" and file.metadata()["version"] == "1"
        assert len(file.keys()) == 5 * len(layers)

page = pathlib.Path(__file__).parents[2] / "docs" / "model_file.md"
assert inspect.getsource(read_layer) in page.read_text(), f"{page} shows another read_layer"
