"""torch_file_test.py RESAVE: what torch.save writes, we read; what we write, torch.load reads."""

import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile
import warnings

try:
    import torch
except ImportError:
    sys.exit(77)  # skipped

warnings.filterwarnings("ignore", message=".*deprecated.*")  # quantized tensors are, in PyTorch
FOLDER = tempfile.TemporaryDirectory()
IN, OUT = (pathlib.Path(FOLDER.name) / name for name in ("in.pt", "out.pt"))


def resave():
    return subprocess.run([sys.argv[1], IN, OUT], capture_output=True, text=True)


def through(value, **options):
    torch.save(value, IN, **options)
    run = resave()
    assert run.returncode == 0, run.stderr
    return torch.load(OUT)


def refusal(value, **options):
    torch.save(value, IN, **options)
    run = resave()
    assert run.returncode == 2 and run.stderr.count("\n") == 1, run
    assert run.stderr.startswith(f"{IN}: "), run.stderr
    return run.stderr


def same(a, b):
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and a.equal(b)
    return type(a) is type(b) and a == b


torch.manual_seed(1)
network = torch.nn.Sequential(
    collections.OrderedDict(
        conv=torch.nn.Conv2d(3, 8, 3), bn=torch.nn.BatchNorm2d(8), fc=torch.nn.Linear(8, 2)
    )
)
state = network.state_dict()
assert same(through(state), dict(state))
network.load_state_dict(through(state))

assert same(through({f"module.{k}": v for k, v in state.items()}),
            {f"module.{k}": v for k, v in state.items()})

parameters = through(dict(network.named_parameters()))
assert all(parameters[k].equal(v) for k, v in network.named_parameters())

optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
network.fc(torch.ones(1, 8)).sum().backward()
optimizer.step()
saved = optimizer.state_dict()
checkpoint = through({"epoch": 3, "best": 0.5, "model": state, "optimizer": saved, "arch": "net"})
assert same(checkpoint["model"], dict(state)) and checkpoint["epoch"] == 3
assert list(checkpoint["optimizer"]["state"]) == [str(k) for k in saved["state"]]
assert same(checkpoint["optimizer"]["param_groups"], saved["param_groups"])

values = {
    "numbers": [0, -1, 255, 256, 65536, 2**31, -(2**63), 2**63 - 1, 0.1, float("inf")],
    "others": (None, True, False, "größer", "", torch.float32, torch.bfloat16, torch.qint8),
    "nested": {"a": {"b": [{"c": ()}, [], {}]}},
    "many": list(range(5000)),  # more than one batch of the pickler
}
assert same(through(values), values)
assert through({"size": torch.Size([2, 3])}) == {"size": (2, 3)}

for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
              torch.int16, torch.int8, torch.uint8, torch.bool):
    tensor = torch.arange(24).reshape(2, 3, 4).to(dtype)
    views = [tensor, tensor.permute(2, 0, 1), tensor[:, 1:, ::2], tensor[0, 0, 1], tensor[:0]]
    assert same(through(views), views)

weight = torch.randn(4, 5)
shared = {"all": weight, "part": weight[1:3], "again": weight, "expanded": weight[:1].expand(3, 5)}
assert same(through(shared), shared)

per_channel = torch.quantize_per_channel(
    weight, torch.rand(4, dtype=torch.float64), torch.zeros(4, dtype=torch.int64), 0, torch.qint8)
per_tensor = torch.quantize_per_tensor(weight, 0.01, 3, torch.quint8)
for quantized, back in zip((per_channel, per_tensor), through((per_channel, per_tensor))):
    assert back.qscheme() == quantized.qscheme() and back.equal(quantized)

assert "'argparse.Namespace'" in refusal({"args": argparse.Namespace(lr=0.1)})
assert "torch.nn.modules" in refusal(network)
assert "an integer has 9 bytes" in refusal([2**64])
assert "neither a string nor an int" in refusal({(1, 2): 3})
assert "before version 1.6" in refusal(state, _use_new_zipfile_serialization=False)
assert "protocol is 4" in refusal(state, pickle_protocol=4)
assert "ComplexFloatStorage" in refusal(torch.zeros(1, dtype=torch.complex64))
assert "_rebuild_sparse_tensor" in refusal(torch.eye(2).to_sparse())
cycle = []
cycle.append(cycle)
assert "refer to themselves" in refusal(cycle)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), IN)
assert "is a TorchScript archive" in resave().stderr
