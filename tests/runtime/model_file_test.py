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
    weight = op["weight"]
    if weight["format"] != "int8":
        codes = numpy.stack([codes & 15, codes >> 4], 1).ravel()[: numpy.prod(weight["shape"])]
    if weight["format"] == "int4":
        codes = (codes ^ 8).astype(int) - 8
    if weight["format"] == "floatsd4":
        codes = numpy.where(codes & 7 == 7, 0, (1 << (codes & 7)) * numpy.where(codes > 7, -1, 1))
    return codes.reshape(weight["shape"]), scales.reshape(-1, *[1] * (len(weight["shape"]) - 1))


def check_layer(path, expected):
    name = expected["name"]
    with safe_open(path, "numpy") as file:
        program = json.loads(file.metadata()["program"])
        index = [op["name"] for op in program["ops"]].index(name)
        for tensor, key in (("bias", "bias"), ("multiplier", "multipliers"), ("shift", "shifts")):
            found = file.get_tensor(f"{name}.{tensor}")
            assert found.dtype == numpy.int32 and found.tolist() == expected[key]
        assert file.get_tensor(f"{name}.weight_scale").dtype == numpy.float32
        stored = file.get_tensor(f"{name}.weight").dtype
        assert stored == (numpy.int8 if expected["format"] == "int8" else numpy.uint8)
    levels, scales = read_layer(path, index)
    assert list(levels.shape) == expected["shape"]
    assert levels.flatten().tolist() == expected["levels"]
    assert scales.flatten().tolist() == expected["scales"]
    op = program["ops"][index]
    assert op["weight"]["format"] == expected["format"]
    assert op["output"]["scale"] == expected["output_scale"]
    assert op["output"]["zero_point"] == expected["output_zero_point"]


def check_weightless(path, expected):
    """The operators that the residual sample has beside its layers, and the input table."""
    with safe_open(path, "numpy") as file:
        assert file.metadata()["format"] == "floatsd" and file.metadata()["version"] == "2"
        ops = {op["name"]: op for op in json.loads(file.metadata()["program"])["ops"]}
        assert ops["sum"]["kind"] == "add" and ops["sum"]["inputs"] == [0, 3]
        assert ops["sum"]["relu"] is False and ops["join"]["relu"] is True
        assert ops["pool"]["kind"] == "global_average_pool" and ops["pool"]["inputs"] == [7]
        assert ops["narrow"] == {"name": "narrow", "kind": "downsample", "inputs": [4], "stride": 2,
                                 "channels_before": 1, "channels_after": 2}
        lengths = {"sum": (2, 1), "join": (2, 1), "pool": (1, 1)}
        for name, (multipliers, shifts) in lengths.items():
            assert file.get_tensor(f"{name}.multiplier").shape == (multipliers,)
            assert file.get_tensor(f"{name}.shift").shape == (shifts,)
        table = file.get_tensor("input.table")
        assert table.dtype == numpy.uint8 and table.shape == (3, 256)
        assert len(file.keys()) == 5 * len(expected) + 2 * len(lengths) + 1


with tempfile.TemporaryDirectory() as folder:
    path = str(pathlib.Path(folder) / "model.safetensors")
    layers = json.loads(subprocess.run([sys.argv[1], path], check=True, stdout=-1).stdout)
    assert {layer["format"] for layer in layers} == {"int8", "int4", "floatsd4"}
    for layer in layers:
        check_layer(path, layer)
    check_weightless(path, layers)

page = pathlib.Path(__file__).parents[2] / "docs" / "model_file.md"
assert inspect.getsource(read_layer) in page.read_text(), f"{page} shows another read_layer"
