"""formats_test.py WRITE_FORMAT_CASES: FP8 rounds as PyTorch's float8 types do, integer weights as
its fake_quantize, forward and backward, and FP4 and FP6 as ml_dtypes', on equal inputs."""

import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
    from torch import float8_e4m3fn, float8_e5m2
except ImportError:
    sys.exit(77)  # skipped
try:
    import ml_dtypes
    import numpy
except ImportError:
    ml_dtypes = None  # FP4 and FP6 have no judge then


def same(ours, theirs):
    return torch.equal(ours.nan_to_num(nan=-1e9), theirs.nan_to_num(nan=-1e9))


def check_float8(name, case, dtype):
    codes = torch.arange(256, dtype=torch.uint8)
    assert same(case["values"], codes.view(dtype).float()), f"{name}: a code has another value"
    assert case["inputs"].numel() > 900
    theirs = case["inputs"].to(dtype).float()
    # Whether the cast saturates E4M3 differs between versions of PyTorch; the clamped one tells.
    largest = torch.finfo(dtype).max
    clamped = case["inputs"].clamp(-largest, largest).to(dtype).float()
    assert torch.equal(case["saturated"], clamped), f"{name}: saturates otherwise"
    finite = case["rounded"].isfinite()
    assert 0 < int((~finite).sum()) < 20, f"{name}: {int((~finite).sum())} inputs overflow"
    assert same(case["rounded"][finite], theirs[finite]), f"{name}: rounds otherwise"
    if name == "fp8-e5m2":
        assert same(case["rounded"], theirs), f"{name}: overflows otherwise"


def check_integers(name, case):
    weights = case["weights"].clone().requires_grad_()
    scales, largest = case["scales"], case["largest"]
    if len(scales) == 1:
        theirs = torch.fake_quantize_per_tensor_affine(weights, float(scales), 0, -largest, largest)
    else:
        theirs = torch.fake_quantize_per_channel_affine(
            weights, scales, torch.zeros(len(scales), dtype=torch.int32), 0, -largest, largest)
    theirs.sum().backward()
    ours = case["levels"] * scales.reshape(-1, 1)
    assert torch.equal(ours, theirs.detach()), f"{name}: {int((ours != theirs).sum())} weights differ"
    assert case["levels"].unique().numel() == 2 * largest + 1, f"{name}: not every level is there"
    # At the clip itself, half a step beyond the last level, PyTorch's mask follows its rounding to
    # even, and ours ends there.
    inside = (weights.detach() / scales.reshape(-1, 1)).abs() != largest + 0.5
    assert torch.equal(case["gradient"][inside], weights.grad[inside]), f"{name}: gradients differ"
    assert 0 < case["gradient"].sum() < case["gradient"].numel(), f"{name}: nothing was clipped"


def check_small_floats(name, case, dtype):
    values = numpy.array(case["values"].tolist(), dtype=numpy.float32)
    assert (values.astype(dtype).astype(numpy.float32) == values).all(), f"{name}: no such level"
    levels = 2 ** ml_dtypes.finfo(dtype).bits - 1
    assert len(numpy.unique(values)) == levels, f"{name}: {levels} levels expected"
    codes = values.astype(dtype).view(numpy.uint8)
    ours = numpy.array(case["codes"].tolist())
    not_zero = values != 0
    assert (codes[not_zero] == ours[not_zero]).all(), f"{name}: another code"
    weights = numpy.array(case["weights"].tolist(), dtype=numpy.float32)
    largest = values.max()
    theirs = weights.clip(-largest, largest).astype(dtype).astype(numpy.float32)
    rounded = numpy.array(case["rounded"].tolist(), dtype=numpy.float32)
    assert (theirs == rounded).all(), f"{name}: {weights[theirs != rounded]} rounds otherwise"


with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "cases.pt"
    subprocess.run([sys.argv[1], path], check=True)
    cases = torch.load(path)

check_float8("fp8-e4m3", cases["minifloats"]["fp8-e4m3"], float8_e4m3fn)
check_float8("fp8-e5m2", cases["minifloats"]["fp8-e5m2"], float8_e5m2)
assert len(cases["integers"]) == 14
for name, case in cases["integers"].items():
    check_integers(name, case)
if ml_dtypes:
    check_small_floats("fp4-e2m1", cases["floats"]["fp4-e2m1"], ml_dtypes.float4_e2m1fn)
    check_small_floats("fp6-e2m3", cases["floats"]["fp6-e2m3"], ml_dtypes.float6_e2m3fn)
    check_small_floats("fp6-e3m2", cases["floats"]["fp6-e3m2"], ml_dtypes.float6_e3m2fn)
