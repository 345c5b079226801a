#!/usr/bin/env python3
"""large_onnx.py OUT.onnx: a network of 203 nodes with 102 MB of weights, to measure an import with:

    bench/import/large_onnx.py large.onnx
    /usr/bin/time -v floatsd import large.onnx -o large.pt
"""
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS, CHANNELS = 100, 168

random = numpy.random.default_rng(1)
nodes, weights = [], []


def weight(name, *shape):
    weights.append(numpy_helper.from_array(random.normal(0, 0.02, shape).astype(numpy.float32), name))
    return name


value = "images"
for i in range(LAYERS):
    inputs = 3 if i == 0 else CHANNELS
    nodes.append(helper.make_node("Conv", [value, weight(f"conv{i}.weight", CHANNELS, inputs, 3, 3)], [f"conv{i}"],
                                  name=f"conv{i}", pads=[1, 1, 1, 1]))
    value = f"relu{i}"
    nodes.append(helper.make_node("Relu", [f"conv{i}"], [value], name=value))
nodes.append(helper.make_node("GlobalAveragePool", [value], ["mean"], name="mean"))
nodes.append(helper.make_node("Flatten", ["mean"], ["row"], name="row"))
nodes.append(helper.make_node("Gemm", ["row", weight("fc.weight", 10, CHANNELS)], ["classes"], name="fc", transB=1))
graph = helper.make_graph(nodes, "large", [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 3, 32, 32])],
                          [helper.make_tensor_value_info("classes", TensorProto.FLOAT, ["N", 10])], weights)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[1])
