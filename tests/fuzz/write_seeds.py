#!/usr/bin/env python3
"""Writes the seeds that are no text. They are kept beside this script, so that only new kinds need it; it needs numpy,
onnx and torch.

usage: write_seeds.py WRITE_SAMPLE_PROGRAMS      build/release/bin/write_sample_programs
"""
import gzip
import io
import json
import pathlib
import pickle
import struct
import subprocess
import sys
import tempfile
import zipfile

import numpy
import onnx
import torch
from onnx import helper, numpy_helper

SEEDS = pathlib.Path(__file__).parent / "seeds"


def write(name, content):
    path = SEEDS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def written(write_file, *arguments, **more):
    file = io.BytesIO()
    write_file(file, *arguments, **more)
    return file.getvalue()


def saved(value, **more):
    file = io.BytesIO()
    torch.save(value, file, **more)
    return file.getvalue()


def deflated(archive):
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return file.getvalue()


def safetensors():
    header = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                         "b": {"dtype": "I8", "shape": [3, 1], "data_offsets": [8, 11]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(11)


def onnx_model(nodes, **weights):
    """Of an image [1, 4, 4], with three classes."""
    image, scores = (helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
                     for name, shape in (("x", ["N", 1, 4, 4]), ("y", ["N", 3])))
    graph = helper.make_graph(nodes, "net", [image], [scores],
                              [numpy_helper.from_array(value, name) for name, value in weights.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[1], folder], check=True)
    for model in pathlib.Path(folder).glob("*.safetensors"):
        write(f"model_file/{model.name}", model.read_bytes())

state = {"conv.weight": torch.arange(6.0).view(1, 1, 2, 3), "epoch": 3, "names": ["a", ("b", None)], "lr": 0.5,
         "fc.weight": torch.quantize_per_channel(torch.ones(2, 2), torch.ones(2).double(),
                                                 torch.zeros(2, dtype=torch.long), 0, torch.qint8)}
archive = saved(state)
write("tensor_file/zip.pt", archive)
write("tensor_file/deflated.pt", deflated(archive))
write("tensor_file/legacy.pt", saved({"a": torch.ones(2, 2)}, _use_new_zipfile_serialization=False))
write("tensor_file/arrays.npz", written(numpy.savez, a=numpy.ones(3, numpy.float32), b=numpy.ones((2, 1), numpy.int8)))
write("tensor_file/tensors.safetensors", safetensors())
write("tensor_file/refused-truncated.pt", archive[:200])
with zipfile.ZipFile(io.BytesIO(archive)) as records:
    write("pickle/state.pkl", next(records.read(name) for name in records.namelist() if name.endswith("data.pkl")))
for protocol in (2, 4, 5):
    write(f"pickle/protocol{protocol}.pkl", pickle.dumps({"a": [1, 2**40, -1.5, "text", None, True, (1,), (1, 2, 3, 4)],
                                                          "b": {"c": b"bytes"}}, protocol))
write("pickle/refused-truncated.pkl", pickle.dumps([1], 2)[:-1])

images = struct.pack(">HBB3I", 0, 8, 3, 2, 2, 3) + bytes(range(12))
write("idx/images", images)
write("idx/images.gz", gzip.compress(images, mtime=0))
write("idx/labels", struct.pack(">HBB1I", 0, 8, 1, 4) + bytes(4))
write("idx/refused-too-large", struct.pack(">HBB3I", 0, 8, 3, 2**31, 2**31, 2**31))

for name, array in (("images", numpy.ones((2, 3, 2), numpy.uint8)), ("channels", numpy.ones((2, 4, 5, 3), numpy.uint8)),
                    ("fortran", numpy.asfortranarray(numpy.ones((2, 1, 4, 5), numpy.uint8))),
                    ("labels", numpy.arange(2)), ("column", numpy.array([[1], [0]], ">u2"))):
    write(f"npy/{name}.npy", written(numpy.save, array))
write("npy/refused-shape.npy", written(numpy.save, numpy.ones(2)))

node = helper.make_node
ones = {name: numpy.ones(shape, numpy.float32)
        for name, shape in (("w", (2, 1, 3, 3)), ("s", 2), ("b", 2), ("m", 2), ("v", 2), ("f", (8, 3)))}
network = onnx_model([node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
                      node("BatchNormalization", ["c", "s", "b", "m", "v"], ["n"]),
                      node("Relu", ["n"], ["r"]),
                      node("Add", ["r", "r"], ["a"]),
                      node("MaxPool", ["a"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
                      node("Shape", ["p"], ["shape"]),
                      node("Gather", ["shape", "zero"], ["batch"]),
                      node("Concat", ["batch", "rest"], ["to"], axis=0),
                      node("Reshape", ["p", "to"], ["flat"]),
                      node("MatMul", ["flat", "f"], ["l"]),
                      node("Softmax", ["l"], ["y"])],
                     zero=numpy.array([0]), rest=numpy.array([8]), **ones)
write("onnx/network.onnx", network)
write("onnx/refused-truncated.onnx", network[:100])
write("onnx/refused-operator.onnx", onnx_model([node("Sigmoid", ["x"], ["y"])]))
