#!/usr/bin/env python3
"""Rebuilds LeNet from its quantized state dict, model.pt, with PyTorch, and runs it on MNIST's test images: codes,
levels and biases are integers, held in float64, where their sums are exact.

usage: run_torch.py MODEL.pt IMAGES LABELS      t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte

    9894 of 10000 right
"""
import pathlib
import sys

import torch
from torch.nn.functional import conv2d, linear, max_pool2d


def layer(state, name):
    """Integer levels, their scales by channel, the integer bias, and the output's scale and zero point."""
    weight, bias = (state[f"{name}._packed_params._packed_params"] if f"{name}._packed_params.dtype" in state
                    else (state[f"{name}.weight"], state[f"{name}.bias"]))
    scales = (weight.q_per_channel_scales() if weight.qscheme() == torch.per_channel_affine
              else torch.full([len(bias)], weight.q_scale(), dtype=torch.float64))
    return weight.int_repr().double(), scales, bias.double(), state[f"{name}.scale"], state[f"{name}.zero_point"]


def requantized(acc, bias, ratio, zero_point, lower):
    """(acc + bias) * ratio, the ratio as 16 bits and a shift, rounded half up (docs/numerics.md)."""
    mantissa, exponent = torch.frexp(ratio)
    ratio = torch.ldexp(torch.round(mantissa * 2**16), exponent - 16)
    by_channel = [numbers.view(-1, *[1] * (acc.dim() - 2)) for numbers in (bias, ratio)]
    return torch.clamp(torch.floor((acc + by_channel[0]) * by_channel[1] + 0.5) + zero_point, lower, 255)


def lenet(state, images):
    """The output codes [N, 10] of bytes [N, 1, 28, 28], which are codes of scale 1/255."""
    codes, scale, zero_point = images.double(), torch.tensor(1 / 255), torch.tensor(0)
    for name, padding, pool in (("conv1", 2, 2), ("conv2", 0, 2), ("conv3", 0, 1), ("fc1", 0, 1), ("fc2", 0, 1)):
        levels, scales, bias, out_scale, out_zero_point = layer(state, name)
        values = codes - zero_point
        acc = (linear(values.flatten(1), levels) if levels.dim() == 2
               else max_pool2d(conv2d(values, levels, padding=padding), pool))
        ratio = scale.double() * scales / out_scale.double()
        lower = 0 if name == "fc2" else int(out_zero_point)  # a ReLU's codes begin at the zero point
        codes = requantized(acc, bias, ratio, out_zero_point, lower)
        scale, zero_point = out_scale, out_zero_point
    return codes


def read_idx(path, header):
    return torch.frombuffer(bytearray(pathlib.Path(path).read_bytes()[header:]), dtype=torch.uint8)


if __name__ == "__main__":
    state = torch.load(sys.argv[1])
    images, labels = read_idx(sys.argv[2], 16).view(-1, 1, 28, 28), read_idx(sys.argv[3], 8)
    right = sum(int((lenet(state, some).argmax(1) == expected).sum())
                for some, expected in zip(images.split(500), labels.split(500)))
    print(f"{right} of {len(images)} right")
