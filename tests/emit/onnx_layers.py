"""An ONNX network as onnxruntime runs it, with every layer of it to be seen."""
import json

import numpy
import onnx
import onnxruntime
from safetensors import safe_open


# onnxruntime's products of unsigned and signed bytes saturate on x86 machines without VNNI, unless it is told.
U8U8 = {"session.x64quantprecision": "1"}


def session(model, config):
    options = onnxruntime.SessionOptions()
    for key, value in config.items():
        options.add_session_config_entry(key, value)
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def program_of(model_file):
    """The program of a floatsd model file."""
    with safe_open(model_file, "numpy") as file:
        return json.loads(file.metadata()["program"])


def layer_names(model_file):
    """Its operators, in order."""
    return [op["name"] for op in program_of(model_file)["ops"]]


def input_reals(model_file, images):
    """What the input codes of pixel bytes stand for."""
    with safe_open(model_file, "numpy") as file:
        qparams = json.loads(file.metadata()["program"])["input"]
        if "input.table" in file.keys():
            table = file.get_tensor("input.table")
            images = numpy.stack([table[c][images[:, c]] for c in range(len(table))], 1)
    return numpy.float32(qparams["scale"]) * (images.astype(numpy.float32) - qparams["zero_point"])


def checked_model(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == 8 and model.opset_import[0].version == 17
    return model


def run_layers(path, names, images, config={}):
    """What onnxruntime's optimized network gives under each of the names, [N, ...] each."""
    model = checked_model(path)
    known = {value.name: value for value in model.graph.value_info}
    model.graph.output.extend(known[name] for name in names)
    found = session(model, config).run(names, {"input": images})
    for name, values in zip(names, found):
        shape = [dim.dim_value for dim in known[name].type.tensor_type.shape.dim][1:]
        assert list(values.shape) == [len(images), *shape], (name, values.shape, shape)
    return found


def run_input_of(path, node, images):
    """What the node of that name reads first, a double."""
    model = checked_model(path)
    value = next(each.input[0] for each in model.graph.node if each.name == node)
    model.graph.output.append(onnx.helper.make_tensor_value_info(value, onnx.TensorProto.DOUBLE, None))
    return session(model, {}).run([value], {"input": images})[0]


def split_codes(codes, layers):
    """The codes of all layers, one behind the other, in the layers' shapes."""
    result = []
    for layer in layers:
        result.append(codes[:layer.size].reshape(layer.shape))
        codes = codes[layer.size:]
    assert codes.size == 0, f"{codes.size} codes are left over"
    return result


def count_differences(found, expected):
    assert found.dtype == numpy.uint8
    return int(numpy.count_nonzero(found != expected))


def run_output(path, images, config={}):
    """The network's output as the file has it, [N, classes]."""
    network = session(onnx.load(path), config)
    assert [value.name for value in network.get_outputs()] == ["output"]
    return network.run(None, {"input": images})[0]
