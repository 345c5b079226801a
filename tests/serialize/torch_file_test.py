"""torch_file_test.py RESAVE: what torch.save writes, we read; what we write, torch.load reads."""

import argparse
import collections
import pathlib
import pickle
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile

try:
    import numpy
    import torch
except ImportError:
    sys.exit(77)  # skipped
try:
    import safetensors.torch
except ImportError:
    safetensors = None

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
    assert run.stderr.startswith((f"{IN}: ", f"{OUT}: ")), run.stderr
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

# The old format, and every protocol, hold the same.
for protocol in (2, 3, 4, 5):
    assert same(through(checkpoint, pickle_protocol=protocol), checkpoint)
    assert same(through(checkpoint, pickle_protocol=protocol, _use_new_zipfile_serialization=False),
                checkpoint)
assert same(through(shared, _use_new_zipfile_serialization=False), shared)
late = torch.complex(torch.zeros(3), torch.arange(3.0)).conj().imag  # its negation is put off
assert late.is_neg() and torch.equal(late, torch.tensor([-0.0, -1.0, -2.0]))
for form in (True, False):
    assert torch.equal(through([late], _use_new_zipfile_serialization=form)[0], late)
back, = through([per_channel], _use_new_zipfile_serialization=False)
assert back.equal(per_channel)

# What is written again is only plain data: an object of another class is refused then, by name.
assert "argparse.Namespace" in refusal({"args": argparse.Namespace(lr=0.1)})
assert "a whole network with its code, 'torch.nn.modules" in refusal(network)
assert "a whole network" in refusal(network, _use_new_zipfile_serialization=False)
assert "an int of more than 64 bits" in refusal([2**64])
assert through({(1, 2): 3, "a": 4}) == {"a": 4}
assert "ComplexFloatStorage" in refusal(torch.zeros(1, dtype=torch.complex64))
assert "_rebuild_sparse_tensor" in refusal(torch.eye(2).to_sparse())
cycle = []
cycle.append(cycle)
assert "refer to themselves" in refusal(cycle)

# A zip archive that was packed again by another program.
with zipfile.ZipFile(OUT, "w", zipfile.ZIP_DEFLATED) as packed:
    torch.save(checkpoint, IN)
    for name in zipfile.ZipFile(IN).namelist():
        packed.writestr("moved/" + name, zipfile.ZipFile(IN).read(name))
shutil.copy(OUT, IN)
assert resave().returncode == 0 and same(torch.load(OUT)["model"], dict(state))

# Other containers of named tensors.
numpy.savez(IN.with_suffix(".npz"), **{k: v.numpy() for k, v in state.items()},
            transposed=numpy.asfortranarray(weight.numpy()), text=numpy.array(["a"]))
shutil.move(IN.with_suffix(".npz"), IN)
assert "a NumPy array of <U1" in resave().stderr
numpy.savez_compressed(IN.with_suffix(".npz"), **{k: v.numpy() for k, v in state.items()},
                       transposed=numpy.asfortranarray(weight.numpy()))
shutil.move(IN.with_suffix(".npz"), IN)
assert resave().returncode == 0
back = torch.load(OUT)
assert all(back[k].equal(v) for k, v in state.items()) and back["transposed"].equal(weight)
if safetensors:
    mixed = {**{k: v.clone() for k, v in state.items()}, "half": torch.ones(3, dtype=torch.float16),
             "scalar": torch.tensor(2.0), "empty": torch.zeros(0, 2, dtype=torch.bfloat16)}
    safetensors.torch.save_file(mixed, IN)
    assert resave().returncode == 0
    back = torch.load(OUT)
    assert set(back) == set(mixed) and all(same(back[k], v) for k, v in mixed.items())

# What is no file of tensors is named for what it is.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), IN)
refusal = resave().stderr
assert "is a TorchScript archive, expected named tensors" in refusal and ": in Python" in refusal
others = {
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n": "a Git LFS pointer",
    b"\n <!DOCTYPE html><html></html>": "an HTML page",
    b"\x1f\x8b\x08\0\0\0\0\0": "a compressed file",
    b"BZh91AY": "a compressed file",
    b"data.pkl".ljust(257, b"\0") + b"ustar\0" + bytes(300): "a tar archive",
    b"\x08\x08\x3a\x88\x8a\x13\x0a": "an ONNX model",
    b"\x1c\0\0\0TFL3\0\0\0\0": "a TensorFlow Lite model",
    b"\x89HDF\r\n\x1a\n\0": "an HDF5 file",
    b"GGUF\3\0\0\0": "a GGUF file",
    b'{"error": "not found"}': "a text file",
    pickle.dumps({"a": 1}): "a pickle that torch.save did not write",
    b"": "an empty file",
    bytes(100): "of no kind that is known here",
}
for content, what in others.items():
    IN.write_bytes(content)
    run = resave()
    assert run.returncode == 2 and f"is {what}" in run.stderr and run.stderr.count("\n") == 1, run
for records, what in (({"x/archive_format": "pt2", "x/models/model.json": "{}"}, "a program of torch.export"),
                      ({"model.weights.h5": ""}, "a Keras model"), ({"a.txt": ""}, "a zip archive")):
    with zipfile.ZipFile(IN, "w") as archive:
        for name, content in records.items():
            archive.writestr(name, content)
    assert f"is {what}" in resave().stderr, resave().stderr
numpy.save(IN.with_suffix(".npy"), numpy.zeros(3))
shutil.move(IN.with_suffix(".npy"), IN)
assert "a single NumPy array" in resave().stderr

# A small archive that would unpack to gigabytes is refused before it is unpacked.
with zipfile.ZipFile(IN, "w", zipfile.ZIP_DEFLATED) as bomb:
    bomb.writestr("a/data.pkl", bytes(1000))
content = bytearray(IN.read_bytes())
size_at = content.index(b"PK\1\2") + 24
content[size_at:size_at + 4] = (2**31).to_bytes(4, "little")
IN.write_bytes(content)
assert "would unpack to more than" in resave().stderr
