"""run_numpy_test.py WRITE_SAMPLE_PROGRAMS: examples/python/run_numpy.py beside the interpreter, every code of every
layer of small networks that have all operators."""
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
except ImportError:
    sys.exit(77)  # skipped

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "examples" / "python"))
import run_numpy

kinds = set()
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[1], folder], check=True)
    for path in sorted(pathlib.Path(folder).glob("*.safetensors")):
        model = run_numpy.read_model(path)
        program, _ = model
        images = numpy.fromfile(path.with_suffix(".images"), numpy.uint8).reshape(-1, *program["input"]["shape"])
        expected = numpy.fromfile(path.with_suffix(".codes"), numpy.uint8)
        for op, codes in zip(program["ops"], run_numpy.run(model, images)):
            own, expected = expected[:codes.size], expected[codes.size:]
            different = int((codes.ravel() != own).sum())
            assert different == 0, f"{path.stem}: {op['name']}: {different} of {codes.size} codes differ"
            kinds.add(op["kind"])
        assert expected.size == 0

for name in ("floatsd4-wide{0/1/3}", "int4x{0/1/3}", "sd3{0/1/3}"):  # of one's own, whatever it begins with
    bits, levels = run_numpy.levels_of_codes(name)
    assert (bits, levels.tolist()) == (3, [0, 1, 3, 0, 0, -1, -3, 0]), name

DOCUMENTED = {"conv2d", "linear", "add", "global_average_pool", "downsample", "concat", "max_pool", "average_pool",
              "flatten", "clamp"}
assert kinds == DOCUMENTED, f"not run: {sorted(DOCUMENTED - kinds)}"
