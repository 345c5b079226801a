"""torch_export_test.py IMPORT_LOGITS: networks that PyTorch exports, by its old exporter and, if onnxscript is
installed, by its new one: imported, they give onnxruntime's outputs."""
import io
import logging
import pathlib
import sys
import tempfile
import warnings

try:
    import numpy
    import onnx
    import onnxruntime
    import torch
except ImportError as error:
    print(f"SKIPPED: {error.name} is not installed (scripts/setup --tests)")
    sys.exit(77)
try:
    import onnxscript
except ImportError:
    onnxscript = None

from onnx_judge import check_all
from onnx_networks import Net
from torch_networks import NETWORKS, drawn

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)


def by_the_old_exporter(network, images, opset):
    file = io.BytesIO()
    torch.onnx.export(network, (images,), file, opset_version=opset, dynamo=False, input_names=["images"],
                      dynamic_axes={"images": {0: "N"}})
    return file.getvalue()


def by_the_new_exporter(network, images, opset):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "net.onnx"
        torch.onnx.export(network, (images,), path, opset_version=opset, dynamo=True, verbose=False, external_data=False)
        return path.read_bytes()


def main():
    networks = {}
    for name, (make, image, ends_in) in NETWORKS.items():
        network, images = drawn(make), torch.rand(1, *image)

        def add(which, opset, content, batch=None):
            net = Net(opset, image, batch=batch)
            net.content, net.ends_in = content, ends_in
            networks[f"{name}_{which}_{opset}"] = net

        for opset in (11, 13, 17, 20):
            add("old", opset, by_the_old_exporter(network, images, opset))
        if onnxscript is not None:
            add("new", 20, by_the_new_exporter(network, images, 20), batch=1)
    if onnxscript is None:
        print("SKIPPED: the new exporter: onnxscript is not installed (scripts/setup --tests)")
    check_all(networks, sys.argv[1])


main()
