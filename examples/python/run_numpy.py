#!/usr/bin/env python3
"""Rebuilds a network from its model file with NumPy alone, in the integers of docs/numerics.md, and runs it on test
images. Every weight format of docs/formats.md and every operator of docs/model_file.md.

usage: run_numpy.py MODEL IMAGES...      MNIST's t10k-images-idx3-ubyte t10k-labels-idx1-ubyte, or CIFAR-10's
                                         test_batch.bin, in which labels and images are together

    9909 of 10000 right
"""
import itertools
import json
import pathlib
import sys

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

TYPES = {"U8": "u1", "I8": "i1", "I32": "<i4", "F32": "<f4"}


def read_model(path):
    """The program, and the tensors by name."""
    data = pathlib.Path(path).read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    program = json.loads(header.pop("__metadata__")["program"])
    return program, {name: np.frombuffer(data[end:][slice(*found["data_offsets"])], TYPES[found["dtype"]])
                     .reshape(found["shape"]) for name, found in header.items()}


def magnitudes_of(name):
    """The bits of a format whose codes are a sign and an index, and the magnitudes that it counts."""
    if "{" in name:  # NAME{0/LEVEL/LEVEL...}
        found = [int(level) for level in name[name.index("{") + 1:-1].split("/") if level.isdigit()]
        return 1 + (len(found) - 1).bit_length(), found
    if name.startswith("fp"):  # fpBITS-eEXPONENTmMANTISSA
        exponent, mantissa = int(name[5]), int(name[7])
        ones = 1 << mantissa
        return int(name[2]), list(range(ones)) + [(ones + fraction) << field for field in range((1 << exponent) - 1)
                                                  for fraction in range(ones)]
    if name.startswith("apot"):
        terms = {4: [(0, 8, 4, 1), (0, 2)], 5: [(0, 32, 8, 2), (0, 16, 4, 1)],
                 6: [(0, 64, 16, 2), (0, 32, 8, 1), (0, 4)]}[int(name[4])]
        return int(name[4]), sorted(map(sum, itertools.product(*terms)))
    exponent, first, second = (int(name[i]) for i in (10, 12, 13))  # floatsd8-eEXPONENTgDIGITS
    group = lambda digits: [0] + [sign << d for d in range(digits) for sign in (1, -1)]
    return 8, sorted({abs(a * (1 << second) + b) << e for a in group(first) for b in group(second)
                      for e in range(1 << exponent)})


def levels_of_codes(name):
    """The bits of a format, and the level of each of its codes (docs/formats.md)."""
    own = "{" in name  # whatever it begins with
    powers = {"sd3": 3, "sd5": 5, "inq5": 5} | dict.fromkeys([name] if name.startswith("floatsd4") and not own else [], 4)
    if name[:3] == "int" and not own:
        bits = int(name[3:])
        return bits, np.array([code - (code >> bits - 1 << bits) for code in range(1 << bits)])
    if name in powers:
        bits = powers[name]
        found = [1 << e for e in range((1 << bits - 1) - 1)] + [0]
    else:
        bits, found = magnitudes_of(name)
    found += [0] * ((1 << bits - 1) - len(found))
    return bits, np.array(found + [-magnitude for magnitude in found])


def read_levels(weight, codes):
    if weight["format"] == "int8":
        return codes.astype(int)
    bits, levels = levels_of_codes(weight["format"])
    count = int(np.prod(weight["shape"]))
    digits = np.unpackbits(codes.ravel(), bitorder="little")[:count * bits].reshape(count, bits)
    return levels[digits @ (1 << np.arange(bits))].reshape(weight["shape"])


def many(number, count):
    """One number stands for all."""
    return number if isinstance(number, list) else [number] * count


def windows(image, op, size, fill, beyond=None):
    """[N, C, H, W] -> [N, C, H', W', rows, columns]; `beyond` the padding, as ceil_mode allows, is other than in it."""
    top, left, bottom, right = many(op["padding"], 4)
    image = np.pad(image, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=fill)
    stride, dilation = many(op["stride"], 2), many(op.get("dilation", 1), 2)
    span = [d * (n - 1) + 1 for d, n in zip(dilation, many(size, 2))]
    if op.get("ceil_mode"):
        counts = [-(-(n - s) // step) + 1 for n, s, step in zip(image.shape[2:], span, stride)]
        counts = [count - ((count - 1) * step >= n - behind)
                  for count, step, n, behind in zip(counts, stride, image.shape[2:], (bottom, right))]
        more = [max(0, (count - 1) * step + s - n)
                for count, step, s, n in zip(counts, stride, span, image.shape[2:])]
        image = np.pad(image, ((0, 0), (0, 0), (0, more[0]), (0, more[1])),
                       constant_values=fill if beyond is None else beyond)
    return sliding_window_view(image, span, (2, 3))[:, :, ::stride[0], ::stride[1], ::dilation[0], ::dilation[1]]


def requantized(acc, multiplier, shift, op):
    """Half up; the clamp is the one of the operator's ReLU."""
    zero_point = op["output"]["zero_point"]
    codes = ((acc.astype(np.int64) * multiplier + (1 << shift.astype(np.int64) - 1)) >> shift) + zero_point
    return np.clip(codes, zero_point if op.get("relu") else 0, op.get("upper", 255))


def convolved(values, op, levels):
    """[N, C, H, W] -> sums [N, O, H', W'], in float64, where they are exact."""
    groups, pool = op["groups"], op["pool"]
    seen = windows(values, op, list(levels.shape[2:]), 0).astype(float)
    sums = [np.tensordot(part, own.astype(float), ((1, 4, 5), (1, 2, 3)))
            for part, own in zip(np.split(seen, groups, 1), np.split(levels, groups))]
    sums = np.moveaxis(np.concatenate(sums, -1), -1, 1)
    rows, columns = sums.shape[2] // pool, sums.shape[3] // pool
    tiles = sums[:, :, :rows * pool, :columns * pool].reshape(*sums.shape[:2], rows, pool, columns, pool)
    return tiles.max((3, 5))


def run_op(op, inputs, zero_points, tensors):
    """The operator's codes, [N, C, H, W], for those that it reads."""
    kind, x = op["kind"], inputs[0]
    value = x - zero_points[0]
    multiplier, shift, bias = (tensors.get(f"{op['name']}.{what}") for what in ("multiplier", "shift", "bias"))
    if kind in ("conv2d", "linear"):
        levels = read_levels(op["weight"], tensors[op["name"] + ".weight"])
        acc = (convolved(value, op, levels) if kind == "conv2d"
               else (value.reshape(len(x), -1).astype(float) @ levels.T.astype(float))[:, :, None, None])
        by_channel = [numbers[:, None, None] for numbers in (bias, multiplier, shift)]
        return requantized(acc + by_channel[0], *by_channel[1:], op)
    if kind == "add":
        acc = value * int(multiplier[0]) + (inputs[1] - zero_points[1]) * int(multiplier[1])
        return requantized(acc, 1, shift[0], op)
    if kind == "concat":
        return np.concatenate([requantized(codes - zero, m, k, op)
                               for codes, zero, m, k in zip(inputs, zero_points, multiplier, shift)], 1)
    if kind == "global_average_pool":
        return requantized(value.sum((2, 3), keepdims=True), multiplier[0], shift[0], op)
    if kind == "average_pool":
        counts = windows(np.ones_like(x[:1, :1]), op, op["window"], int(op["count_include_pad"]), 0).sum((4, 5))
        which = np.searchsorted(np.unique(counts), counts)
        return requantized(windows(value, op, op["window"], 0).sum((4, 5)), multiplier[which], shift[which], op)
    if kind == "max_pool":
        return windows(x, op, op["window"], 0).max((4, 5))
    if kind == "downsample":
        x = x[:, :, ::op["stride"], ::op["stride"]]
        return np.pad(x, ((0, 0), (op["channels_before"], op["channels_after"]), (0, 0), (0, 0)),
                      constant_values=zero_points[0])
    if kind == "flatten":
        return (x if op["order"] == "chw" else np.moveaxis(x, 1, -1)).reshape(len(x), -1, 1, 1)
    return np.clip(x, op["lower"], op["upper"])


def run(model, images):
    """Every operator's codes for bytes [N, C, H, W]."""
    program, tensors = model
    codes = images.astype(int)
    if "input.table" in tensors:
        channels = np.arange(images.shape[1])[:, None, None]
        codes = tensors["input.table"][channels, images].astype(int)
    outputs, zero_points = {-1: codes}, {-1: program["input"]["zero_point"]}
    for i, op in enumerate(program["ops"]):
        read = op["inputs"]
        outputs[i] = run_op(op, [outputs[j] for j in read], [zero_points[j] for j in read], tensors)
        zero_points[i] = op["output"]["zero_point"] if "output" in op else zero_points[read[0]]
    return [outputs[i] for i in range(len(program["ops"]))]


def count_right(paths, shape, classify):
    """Of all images in the files; `classify` makes classes of some, [N, C, H, W]."""
    files = [np.fromfile(path, np.uint8) for path in paths]
    if len(files) == 1:
        records = files[0].reshape(-1, 1 + int(np.prod(shape)))
        labels, images = records[:, 0], records[:, 1:].reshape(-1, *shape)
    else:
        labels, images = files[1][8:], files[0][16:].reshape(-1, *shape)
    right = sum(int((classify(images[first:first + 250]) == labels[first:first + 250]).sum())
                for first in range(0, len(images), 250))
    return f"{right} of {len(images)} right"


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: run_numpy.py MODEL IMAGES [LABELS]")
    model = read_model(sys.argv[1])
    print(count_right(sys.argv[2:], model[0]["input"]["shape"],
                      lambda images: run(model, images)[-1].reshape(len(images), -1).argmax(1)))
