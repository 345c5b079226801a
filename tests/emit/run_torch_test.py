"""run_torch_test.py FLOATSD WRITE_SAMPLE_PROGRAMS: the state dict of `floatsd export --to pytorch` in
examples/python/run_torch.py, every code of every layer of small networks that have all operators."""
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
except ImportError:
    sys.exit(77)  # skipped

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "examples" / "python"))
import run_numpy
import run_torch

FLOATSD, WRITE_SAMPLE_PROGRAMS = sys.argv[1:3]
kinds = set()
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([WRITE_SAMPLE_PROGRAMS, folder], check=True)
    for path in sorted(pathlib.Path(folder).glob("*.safetensors")):
        state_dict = path.with_suffix(".pt")
        subprocess.run([FLOATSD, "export", path, "--to", "pytorch", "-o", state_dict, "--quiet"], check=True)
        program, state = run_torch.read_model(state_dict)
        images = numpy.fromfile(path.with_suffix(".images"), numpy.uint8).reshape(-1, *program["input"]["shape"])
        _, tensors = run_numpy.read_model(path)
        codes = images
        if "input.table" in tensors:  # of these networks it is no mean and deviation
            codes = tensors["input.table"][numpy.arange(images.shape[1])[:, None, None], images]
        run_torch.input_codes = lambda program, images: images.double()
        expected = numpy.fromfile(path.with_suffix(".codes"), numpy.uint8)
        for op, found in zip(program["ops"], run_torch.run((program, state), torch.from_numpy(codes.copy()))):
            own, expected = expected[:found.numel()], expected[found.numel():]
            different = int((found.flatten().numpy() != own).sum())
            assert different == 0, f"{path.stem}: {op['name']}: {different} of {found.numel()} codes differ"
            kinds.add(op["kind"])
        assert expected.size == 0
assert len(kinds) == 10, kinds
