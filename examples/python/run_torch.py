#!/usr/bin/env python3
"""Rebuilds a network from its quantized state dict, model.pt, with PyTorch, and runs it on test images. The state
dict has no wiring: which operator reads which stands in the header of model.safetensors beside it, of which nothing
else is read. Codes, levels and biases are integers, held in float64, where their sums are exact.

usage: run_torch.py MODEL.pt IMAGES...      as run_numpy.py

    9909 of 10000 right
"""
import json
import pathlib
import sys

import torch
from torch.nn.functional import avg_pool2d, conv2d, linear, max_pool2d, pad

from run_numpy import count_right, many


def read_model(path):
    """The program of the model file beside the state dict, and that."""
    data = pathlib.Path(path).with_suffix(".safetensors").read_bytes()
    header = json.loads(data[8:8 + int.from_bytes(data[:8], "little")])
    return json.loads(header["__metadata__"]["program"]), torch.load(path)


def layer(state, name):
    """Integer levels, their scales by channel, and the integer bias."""
    weight, bias = (state[f"{name}._packed_params._packed_params"] if f"{name}._packed_params.dtype" in state
                    else (state[f"{name}.weight"], state[f"{name}.bias"]))
    scales = (weight.q_per_channel_scales() if weight.qscheme() == torch.per_channel_affine
              else torch.full([len(bias)], weight.q_scale(), dtype=torch.float64))
    return weight.int_repr().double(), scales, bias.double().view(-1, 1, 1)


def in_16_bits(ratio):
    """As multiplier * 2^-shift, the multiplier of 16 bits (docs/numerics.md)."""
    mantissa, exponent = torch.frexp(ratio)
    return torch.ldexp(torch.round(mantissa * 2**16), exponent - 16) * (ratio >= 2**-32)


def rounded(acc, ratio, zero_point, op):
    """Half up; the clamp is the one of the operator's ReLU."""
    codes = torch.floor(acc * ratio + 0.5) + zero_point
    return torch.clamp(codes, float(zero_point) if op.get("relu") else 0, op.get("upper", 255))


def padded(values, op, size, fill):
    """With what the padding, and ceil_mode behind it, bring: windows then fit without either."""
    top, left, bottom, right = many(op["padding"], 4)
    more = []
    for n, before, behind, span, step in zip(values.shape[2:], (top, left), (bottom, right), size, many(op["stride"], 2)):
        count = -(-(n + before + behind - span) // step) + 1
        count -= (count - 1) * step >= n + before
        more.append(behind + max(0, (count - 1) * step + span - n - before - behind) * bool(op.get("ceil_mode")))
    return pad(values, (left, more[1], top, more[0]), value=fill)


def span(op, size):
    return [d * (n - 1) + 1 for d, n in zip(many(op.get("dilation", 1), 2), size)]


def run_op(op, inputs, qparams, out, state):
    """The operator's codes, [N, C, H, W], for those that it reads; qparams: scale and zero point of each, and `out`."""
    kind, x, (scale, zero) = op["kind"], inputs[0], qparams[0]
    values = x - zero
    if kind in ("conv2d", "linear"):
        levels, scales, bias = layer(state, op["name"])
        if kind == "conv2d":
            image = padded(values, op, span(op, levels.shape[2:]), 0)
            acc = max_pool2d(conv2d(image, levels, None, op["stride"], 0, op.get("dilation", 1), op["groups"]), op["pool"])
        else:
            acc = linear(values.flatten(1), levels)[:, :, None, None]
        return rounded(acc + bias, in_16_bits(scale * scales / out[0]).view(-1, 1, 1), out[1], op)
    if kind == "add":
        ratios = torch.stack([s for s, _ in qparams]) / out[0]
        largest = in_16_bits(ratios.max())
        unit = torch.ldexp(torch.tensor(1.0, dtype=torch.float64), torch.frexp(largest)[1] - 16)
        acc = sum((codes - z) * torch.round(ratio / unit) for codes, (_, z), ratio in zip(inputs, qparams, ratios))
        return rounded(acc, unit * (largest > 0), out[1], op)
    if kind == "concat":
        return torch.cat([rounded(codes - z, in_16_bits(s / out[0]), out[1], op)
                          for codes, (s, z) in zip(inputs, qparams)], 1)
    if kind == "global_average_pool":
        pixels = x.shape[2] * x.shape[3]
        return rounded(values.sum((2, 3), keepdim=True), in_16_bits(scale / (pixels * out[0])), out[1], op)
    if kind == "average_pool":
        window, (top, left, bottom, right) = many(op["window"], 2), many(op["padding"], 4)
        counted = padded(torch.ones_like(x[:1, :1]), op, window, 0)
        if op["count_include_pad"]:
            counted[:, :, :top + x.shape[2] + bottom, :left + x.shape[3] + right] = 1
        sums, counts = (avg_pool2d(image, window, op["stride"], divisor_override=1)
                        for image in (padded(values, op, window, 0), counted))
        return rounded(sums, in_16_bits(scale / (counts * out[0])), out[1], op)
    if kind == "max_pool":
        window = many(op["window"], 2)
        return max_pool2d(padded(x, op, span(op, window), 0), window, op["stride"], 0, op.get("dilation", 1))
    if kind == "downsample":
        x = x[:, :, ::op["stride"], ::op["stride"]]
        return pad(x, (0, 0, 0, 0, op["channels_before"], op["channels_after"]), value=float(zero))
    if kind == "flatten":
        return (x if op["order"] == "chw" else x.movedim(1, -1)).reshape(len(x), -1, 1, 1)
    return torch.clamp(x, op["lower"], op["upper"])


def input_codes(program, images):
    """A byte is (byte / 255 - mean) / std, in float32, and that its nearest code; without either, itself."""
    known = program["input"]
    if "mean" not in known:
        return images.double()
    mean, std = (torch.tensor(known[key]).view(-1, 1, 1) for key in ("mean", "std"))
    reals = (images.float() / 255 - mean) / std
    return torch.clamp(torch.round(reals / known["scale"]) + known["zero_point"], 0, 255).double()


def run(model, images):
    """Every operator's codes for bytes [N, C, H, W]."""
    program, state = model
    known = program["input"]
    outputs = {-1: input_codes(program, images)}
    qparams = {-1: (torch.tensor(known["scale"]).double(), known["zero_point"])}
    for i, op in enumerate(program["ops"]):
        read = op["inputs"]
        qparams[i] = qparams[read[0]]
        if f"{op['name']}.scale" in state:
            qparams[i] = state[op["name"] + ".scale"].double(), int(state[op["name"] + ".zero_point"])
        outputs[i] = run_op(op, [outputs[j] for j in read], [qparams[j] for j in read], qparams[i], state)
    return [outputs[i] for i in range(len(program["ops"]))]


if __name__ == "__main__":
    model = read_model(sys.argv[1])
    print(count_right(sys.argv[2:], model[0]["input"]["shape"],
                      lambda images: run(model, torch.from_numpy(images))[-1].flatten(1).argmax(1).numpy()))
