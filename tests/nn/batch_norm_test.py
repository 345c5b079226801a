"""batch_norm_test.py WRITE_BATCH_NORM_CASES: a quantized training step by batch statistics equals
that of PyTorch's ConvBn2d and ConvBnReLU2d, forward and backward."""

import pathlib
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")  # torch.ao.quantization is deprecated
try:
    import torch
    from torch.ao.nn.intrinsic.qat import ConvBn2d, ConvBnReLU2d
    from torch.ao.quantization import (
        FakeQuantize, PerChannelMinMaxObserver, QConfig, default_fake_quant)
except ImportError:
    sys.exit(77)  # skipped

WEIGHTS = FakeQuantize.with_args(
    observer=PerChannelMinMaxObserver, quant_min=-127, quant_max=127, dtype=torch.qint8,
    qscheme=torch.per_channel_symmetric, ch_axis=0)
GRADIENTS = ("x", "weight", "gamma", "beta")


def step(case):
    """PyTorch's output, running statistics and gradients."""
    weight = case["weight"]
    layer = (ConvBnReLU2d if case["relu"] else ConvBn2d)(
        weight.shape[1] * case["groups"], weight.shape[0], weight.shape[2], case["stride"],
        case["padding"], groups=case["groups"], bias=case["bias"] is not None,
        qconfig=QConfig(activation=default_fake_quant, weight=WEIGHTS)).train()
    with torch.no_grad():
        for mine, name in ((layer.weight, "weight"), (layer.bias, "bias"),
                           (layer.bn.weight, "gamma"), (layer.bn.bias, "beta"),
                           (layer.bn.running_mean, "running_mean"),
                           (layer.bn.running_var, "running_var")):
            if mine is not None:
                mine.copy_(case[name])
    x = case["x"].clone().requires_grad_()
    y = torch.fake_quantize_per_tensor_affine(
        layer(x), case["output_scale"], case["output_zero_point"], 0, 255)
    y.backward(case["upstream"])
    gradients = dict(zip(
        GRADIENTS, (x.grad, layer.weight.grad, layer.bn.weight.grad, layer.bn.bias.grad)))
    return y.detach(), layer.bn.running_mean, layer.bn.running_var, gradients


def distance(ours, theirs):
    return float((ours - theirs).norm() / theirs.norm())


with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "cases.pt"
    subprocess.run([sys.argv[1], path], check=True)
    cases = torch.load(path)

assert len(cases) == 4
for name, case in cases.items():
    y, running_mean, running_var, gradients = step(case)
    off = ((case["y"] - y) / case["output_scale"]).round().abs()
    assert y.unique().numel() > 100, f"{name}: {y.unique().numel()} different outputs"
    assert off.max() <= 1, f"{name}: an output is {off.max()} steps off"
    assert off.sum() <= 0.005 * off.numel(), f"{name}: {off.sum()} of {off.numel()} outputs differ"
    for what, theirs in (("running_mean", running_mean), ("running_var", running_var)):
        away = distance(case[what + "_after"], theirs)
        assert away <= 1e-5, f"{name}: {what} is {away} of its norm away"
        assert distance(case[what], theirs) > 1e-3, f"{name}: {what} did not move"
    for what in GRADIENTS:
        away = distance(case[what + "_gradient"], gradients[what])
        assert away <= 1e-3, f"{name}: the gradient for {what} is {away} of its norm away"
