"""import_test.py IMPORT_LOGITS: networks of every operator that is imported, in its variants and by several opsets:
the imported network's outputs are onnxruntime's, and those of the file that it is exported to."""
import os
import pathlib
import sys

try:
    import numpy
    import onnx
    import onnxruntime
except ImportError as error:
    print(f"SKIPPED: {error.name} is not installed (scripts/setup --tests)")
    sys.exit(77)

from onnx_judge import check_all
from onnx_networks import CASES, OPSETS, Net

MODELS = pathlib.Path(os.environ.get("FLOATSD_MODELS", "/nonexistent"))


def of_file(path, image, scale, ends_in):
    """A published model, as Net has it."""
    net = Net(17, image)
    net.scale, net.ends_in, net.content = scale, ends_in, path.read_bytes()
    return net


def main():
    networks = {}
    for make in CASES:
        for opset in OPSETS:
            net = make(opset)
            if net is not None:
                networks[f"{make.__name__}_{opset}"] = net
    for name, image in (("resnet8-cifar10-float32", (3, 32, 32)), ("mobilenetv1-025-vww96-float32", (3, 96, 96))):
        if (MODELS / f"{name}.onnx").exists():
            networks[name] = of_file(MODELS / f"{name}.onnx", image, 255 if "resnet" in name else 1, "softmax")
        else:
            print(f"SKIPPED: FLOATSD_MODELS has no {name}.onnx")
    check_all(networks, sys.argv[1])


main()
