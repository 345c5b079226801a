"""pytorch_state_dict_test.py WRITE_LENET_LIKE: what Python sees of the quantized checkpoint."""

import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    sys.exit(77)  # skipped

CONV = ("weight", "bias", "scale", "zero_point")
LINEAR = ("scale", "zero_point", "_packed_params.dtype", "_packed_params._packed_params")
KEYS = [f"{layer}.{key}" for layer in ("conv1", "conv2", "conv3") for key in CONV]
KEYS += [f"{layer}.{key}" for layer in ("fc1", "fc2") for key in LINEAR]
LEVELS = {0} | {sign * 2**k for sign in (1, -1) for k in range(7)}


def check_weight(weight):
    assert weight.dtype == torch.qint8
    assert weight.int_repr().dtype == torch.int8
    assert set(weight.int_repr().flatten().tolist()) <= LEVELS
    if weight.qscheme() == torch.per_channel_affine:
        assert weight.q_per_channel_axis() == 0
        scales, zero_points = weight.q_per_channel_scales(), weight.q_per_channel_zero_points()
        assert scales.dtype == torch.float64 and zero_points.dtype == torch.int64
        assert zero_points.count_nonzero() == 0
        assert scales.min() > 0 and len(scales) == weight.shape[0]
        shape = [-1] + [1] * (weight.dim() - 1)
        real = weight.int_repr() * scales.float().view(shape)
    else:
        assert weight.qscheme() == torch.per_tensor_affine and weight.q_zero_point() == 0
        real = weight.int_repr() * weight.q_scale()
    torch.testing.assert_close(weight.dequantize(), real)


with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "model.pt"
    subprocess.run([sys.argv[1], path], check=True)
    state = torch.load(path)
    subprocess.run([sys.argv[1], path, "floatsd8-e3g32"], check=True)
    wide = torch.load(path)

assert len(KEYS) == 20 and list(state) == KEYS, list(state)
for layer in ("conv1", "conv2", "conv3"):
    check_weight(state[f"{layer}.weight"])
    assert state[f"{layer}.weight"].qscheme() == torch.per_channel_affine
    assert state[f"{layer}.bias"].dtype == torch.int32
    assert state[f"{layer}.bias"].shape == state[f"{layer}.weight"].shape[:1]
for layer in ("fc1", "fc2"):
    assert state[f"{layer}._packed_params.dtype"] is torch.qint8
    packed = state[f"{layer}._packed_params._packed_params"]
    assert type(packed) is tuple and len(packed) == 2
    check_weight(packed[0])
    assert packed[0].qscheme() == torch.per_tensor_affine
    assert packed[1].dtype == torch.int32 and packed[1].shape == packed[0].shape[:1]
for layer in ("conv1", "conv2", "conv3", "fc1", "fc2"):
    scale, zero_point = state[f"{layer}.scale"], state[f"{layer}.zero_point"]
    assert scale.dtype == torch.float32 and scale.shape == () and scale == torch.tensor(0.3)
    assert zero_point.dtype == torch.int32 and zero_point.shape == () and zero_point == 7

# Of a format with levels beyond 127.
assert list(wide) == KEYS and wide["fc1._packed_params.dtype"] is torch.qint32
for layer, weight in (("conv1", wide["conv1.weight"]), ("fc1", wide["fc1._packed_params._packed_params"][0])):
    known = state["conv1.weight"] if layer == "conv1" else state["fc1._packed_params._packed_params"][0]
    assert weight.dtype == torch.qint32 and weight.qscheme() == known.qscheme()
    assert torch.equal(weight.int_repr(), known.int_repr().int())
    assert torch.equal(weight.dequantize(), known.dequantize())
