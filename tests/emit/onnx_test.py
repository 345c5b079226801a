"""onnx_test.py WRITE_ONNX_CASES: networks of every operator and format, exported to ONNX, give the
interpreter's codes in every layer when onnxruntime runs them."""
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    import onnx
    import onnxruntime
    import safetensors
except ImportError as error:
    print(f"SKIPPED: {error.name} is not installed (scripts/setup --tests)")
    sys.exit(77)

from onnx_layers import count_differences, layer_names, run_layers, split_codes


def check(model_file):
    network = model_file.with_suffix(".onnx")
    names = layer_names(model_file)
    _, channels, height, width = (dim.dim_value for dim in
                                  onnx.load(network).graph.input[0].type.tensor_type.shape.dim)
    images = numpy.fromfile(model_file.with_suffix(".images"), numpy.uint8)
    images = images.reshape(-1, channels, height, width)
    layers = run_layers(network, names, images)
    expected = split_codes(numpy.fromfile(model_file.with_suffix(".codes"), numpy.uint8), layers)
    for name, found, codes in zip(names, layers, expected):
        different = count_differences(found, codes)
        assert different == 0, f"{model_file.stem}: {name}: {different} of {codes.size} codes differ"
        assert found.min() != found.max() or found.size < 100, f"{name}: all codes are {found.max()}"


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[1], folder], check=True)
    files = sorted(pathlib.Path(folder).glob("*.safetensors"))
    assert len(files) > 10
    for model_file in files:
        check(model_file)
