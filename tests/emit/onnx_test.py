"""onnx_test.py WRITE_ONNX_CASES: networks of every operator and format, exported to ONNX, give the interpreter's
codes in every layer when onnxruntime runs them."""
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

from onnx_layers import (U8U8, checked_model, count_differences, input_reals, layer_names, run_layers, run_output,
                         split_codes)


FLOATSD8 = "floatsd8-e3g32: fc: "
REFUSED = {FLOATSD8 + "a weight of floatsd8-e3g32 is -2304, expected levels of INT8 in ONNX style qdq",
           FLOATSD8 + "weights of floatsd8-e3g32, expected an INT format or FloatSD4's levels in ONNX style qonnx"}


def image_shape(network):
    return [dim.dim_value for dim in onnx.load(network).graph.input[0].type.tensor_type.shape.dim[1:]]


def check_rows(model_file, shape):
    """An output of one pixel a channel is [N, classes]."""
    assert len(shape) == 2 or shape[2] > 1, f"{model_file.stem}: an output of shape {shape}"


def check_codes(model_file, images):
    """The style integer: every code of every layer."""
    network, names = model_file.with_suffix(".integer.onnx"), layer_names(model_file)
    layers = run_layers(network, names, images)
    expected = split_codes(numpy.fromfile(model_file.with_suffix(".codes"), numpy.uint8), layers)
    for name, found, codes in zip(names, layers, expected):
        different = count_differences(found, codes)
        assert different == 0, f"{model_file.stem}: {name}: {different} of {codes.size} codes differ"
        assert found.min() != found.max() or found.size < 100, f"{name}: all codes are {found.max()}"
    output = run_output(network, images)
    check_rows(model_file, output.shape)
    assert (output.argsort(1, kind="stable") == expected[-1].reshape(output.shape).argsort(1, kind="stable")).all()


def check_qdq(model_file, images):
    """The style qdq: the first layer's codes but for ties, which both would have to round alike."""
    names = layer_names(model_file)
    check_rows(model_file, run_output(model_file.with_suffix(".qdq.onnx"), input_reals(model_file, images), U8U8).shape)
    layers = run_layers(model_file.with_suffix(".qdq.onnx"), names, input_reals(model_file, images), U8U8)
    expected = split_codes(numpy.fromfile(model_file.with_suffix(".codes"), numpy.uint8), layers)
    first = numpy.abs(layers[0].astype(int) - expected[0])
    assert first.max() <= 1 and first.sum() <= first.size // 100, f"{model_file.stem}: {first.sum()} codes differ"
    for name, found, codes in zip(names, layers, expected):
        largest = numpy.abs(found.astype(int) - codes).max()
        assert largest <= 3, f"{model_file.stem}: {name}: codes differ by {largest}"


with tempfile.TemporaryDirectory() as folder:
    refused = subprocess.run([sys.argv[1], folder], check=True, text=True, stdout=subprocess.PIPE).stdout.splitlines()
    assert REFUSED <= set(refused), refused
    files = sorted(pathlib.Path(folder).glob("*.safetensors"))
    assert len(files) > 10
    for model_file in files:
        network = model_file.with_suffix(".integer.onnx")
        images = numpy.fromfile(model_file.with_suffix(".images"), numpy.uint8).reshape(-1, *image_shape(network))
        check_codes(model_file, images)
        for style in ("qdq", "qonnx"):
            is_refused = any(line.startswith(model_file.stem + ": ") and line.endswith(style) for line in refused)
            assert is_refused != model_file.with_suffix(f".{style}.onnx").exists()
        if model_file.with_suffix(".qdq.onnx").exists():
            check_qdq(model_file, images)
        if model_file.with_suffix(".qonnx.onnx").exists():
            model = checked_model(model_file.with_suffix(".qonnx.onnx"))
            check_rows(model_file, [dim.dim_value for dim in model.graph.output[0].type.tensor_type.shape.dim])
