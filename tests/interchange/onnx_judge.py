"""Whether networks in ONNX files, imported, give onnxruntime's outputs."""
import json
import pathlib
import subprocess
import tempfile

import numpy
import onnxruntime

IMAGES = 4


def pixels_for(net, seed):
    return numpy.random.default_rng(seed).integers(0, 256, (IMAGES, *net.image), numpy.uint8)


def reals(net, pixels):
    """What the model reads for those bytes, in its own layout."""
    values = pixels.astype(numpy.float32) * numpy.float32(net.scale / 255)
    if net.reads_bytes:
        values = pixels
    if net.layout == "hwc":
        values = values.transpose(0, 2, 3, 1)
    elif net.layout == "row":
        values = values.reshape(IMAGES, -1)
    return numpy.ascontiguousarray(values)


def run_model(path, values, fixed_batch=None):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    batch = fixed_batch or len(values)
    parts = [session.run(None, {name: values[i:i + batch]})[0] for i in range(0, len(values), batch)]
    return numpy.concatenate(parts).reshape(len(values), -1)


def softmax(values):
    raised = numpy.exp(values - values.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)


def check(found, expected, what, tolerance=1e-4):
    found = found.reshape(expected.shape)
    wrong = numpy.abs(found - expected).max() / max(numpy.abs(expected).max(), 1e-6)
    assert numpy.isfinite(found).all() and wrong <= tolerance, f"{what}: relative difference {wrong}"
    assert numpy.ptp(expected, axis=0).max() > 0, f"{what}: the outputs do not depend on the image"


def check_network(folder, name, net):
    refused = folder / f"{name}.refused"
    assert not refused.exists(), f"{name}: {refused.read_text()}"
    pixels = numpy.fromfile(folder / f"{name}.pixels", numpy.uint8).reshape(IMAGES, *net.image)
    expected = run_model(folder / f"{name}.onnx", reals(net, pixels), net.batch)
    logits = numpy.fromfile(folder / f"{name}.logits", numpy.float32).reshape(IMAGES, -1)
    outputs = {"softmax": softmax, "log": lambda x: numpy.log(softmax(x)), "sigmoid": lambda x: 1 / (1 + numpy.exp(-x)),
               "class": lambda x: x.argmax(1), "": lambda x: x}[net.ends_in]
    check(outputs(logits), expected, name)
    again = numpy.fromfile(folder / f"{name}.again.logits", numpy.float32).reshape(IMAGES, -1)
    check(again, logits, f"{name}, exported and imported", 1e-5)
    spec = json.loads((folder / f"{name}.json").read_text())["input"]
    mean, deviation = (numpy.array(spec[key], numpy.float32).reshape(-1, 1, 1) for key in ("mean", "std"))
    exported = run_model(folder / f"{name}.again.onnx", (pixels / numpy.float32(255) - mean) / deviation)
    check(exported, logits, f"{name}, exported", 1e-4)


def write(folder, name, net):
    (folder / f"{name}.onnx").write_bytes(net.bytes())
    pixels_for(net, len(name)).tofile(folder / f"{name}.pixels")
    lines = [f"input_scale {net.scale}"] if net.scale != 1 else []
    lines += ["input_shape {} {} {}".format(*net.image)] if net.leaves_shape_open else []
    (folder / f"{name}.flags").write_text("\n".join(lines))


def check_all(networks, program):
    """`networks`: name to what is imported; see onnx_networks.Net."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, net in networks.items():
            write(folder, name, net)
        subprocess.run([program, folder], check=True)
        failures = []
        for name, net in networks.items():
            try:
                check_network(folder, name, net)
            except AssertionError as failure:
                failures.append(str(failure))
        print("\n".join(failures))
        assert not failures, f"{len(failures)} of {len(networks)} networks differ or were refused"
        print(f"{len(networks)} networks: outputs within 1e-4 of onnxruntime's")
