"""qonnx_test.py WRITE_ONNX_CASES: networks exported to ONNX in the style qonnx give the interpreter's values when the
package qonnx, which is not ours, executes them.

A value that lies between two codes up to the rounding of float32, or at a tie, which qonnx rounds to even, may be the
neighbour of the interpreter's; such differences are passed on by later layers, so that they are counted."""
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    import onnx
    import safetensors
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes
except ImportError as error:
    print(f"SKIPPED: {error.name} is not installed (scripts/setup --tests)")
    sys.exit(77)

from onnx_layers import input_reals, layer_names, program_of, split_codes


def executed(path, images):
    """Every tensor by its name. qonnx executes a number of images that is known."""
    model = onnx.load(path)
    for value in (*model.graph.input, *model.graph.output, *model.graph.value_info):
        value.type.tensor_type.shape.dim[0].dim_value = len(images)
    network = ModelWrapper(model).transform(InferShapes())
    return execute_onnx(network, {"input": images}, return_full_exec_context=True)


def check(model_file, images):
    context = executed(model_file.with_suffix(".qonnx.onnx"), input_reals(model_file, images))
    names = layer_names(model_file)
    layers = [context[name] for name in names]
    expected = split_codes(numpy.fromfile(model_file.with_suffix(".codes"), numpy.uint8), layers)
    different = total = 0
    qparams = output_qparams(program_of(model_file))
    for name, found, codes, (scale, zero_point) in zip(names, layers, expected, qparams):
        steps = numpy.round(found / numpy.float32(scale)) + zero_point - codes
        assert numpy.abs(steps).max() <= 3, f"{model_file.stem}: {name}: by {numpy.abs(steps).max()} codes"
        different += int(numpy.count_nonzero(steps))
        total += steps.size
    logits, codes = context["output"].reshape(len(images), -1), expected[-1].reshape(len(images), -1)
    # The class, or one of equal code.
    chosen = codes[numpy.arange(len(images)), logits.argmax(1)]
    return different, total, int((chosen == codes.max(1)).sum()), len(images)


def output_qparams(program):
    """Scale and zero point of every operator's output."""
    result = []
    for op in program["ops"]:
        first = op["inputs"][0]
        known = op.get("output") or (program["input"] if first < 0 else None)
        result.append((known["scale"], known["zero_point"]) if known else result[first])
    return result


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[1], folder], check=True, stdout=subprocess.DEVNULL)
    files = [file for file in sorted(pathlib.Path(folder).glob("*.safetensors"))
             if file.with_suffix(".qonnx.onnx").exists()]
    assert len(files) > 5
    counts = numpy.zeros(4, int)
    for file in files:
        shape = program_of(file)["input"]["shape"]
        counts += check(file, numpy.fromfile(file.with_suffix(".images"), numpy.uint8).reshape(-1, *shape))
    different, total, agreed, images = counts
    print(f"qonnx: {different} of {total} values differ, the classes of {agreed} of {images} images agree")
    # Most of those that differ are means in `branches` of windows full of its clamp's last code, 150 / 0.8 = 187.5.
    assert different <= 0.02 * total and agreed >= 0.98 * images
