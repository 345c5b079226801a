"""onnx_test.py FLOATSD DUMP_LAYERS mnist|cifar10 [-v]: networks that the command trained a little on real images,
exported to ONNX, beside the interpreter: every code of every layer in the style integer, and of digits the classes in
the style qdq. With -v the codes that differ in the style qdq are counted layer by layer.

On all 10000 test images of MNIST, or 1000 of CIFAR-10, in FLOATSD_DATA; skipped without."""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

DATA = pathlib.Path(os.environ.get("FLOATSD_DATA", "/nonexistent"))
try:
    import numpy
    import onnx
    import onnxruntime
    import safetensors
except ImportError as error:
    print(f"SKIPPED: {error.name} is not installed (scripts/setup --tests)")
    sys.exit(77)
DATASET = sys.argv[3]
SOURCE = DATA / {"mnist": "mnist", "cifar10": "cifar-10-batches-bin"}[DATASET]
if not SOURCE.is_dir():
    print(f"SKIPPED: FLOATSD_DATA has no {SOURCE.name}/")
    sys.exit(77)

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "emit"))
from onnx_layers import (U8U8, checked_model, count_differences, layer_names, run_input_of, run_layers, run_output,
                         split_codes)

FLOATSD, DUMP_LAYERS = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
CONFIGS = HERE.parents[1] / "configs"
AT_ONCE = 250


def mnist():
    raw = (SOURCE / "t10k-images-idx3-ubyte").read_bytes()
    assert struct.unpack(">4I", raw[:16])[1:] == (10000, 28, 28)
    return numpy.frombuffer(raw[16:], numpy.uint8).reshape(10000, 1, 28, 28)


def cifar10():
    raw = numpy.fromfile(SOURCE / "test_batch.bin", numpy.uint8)
    return raw.reshape(10000, 3073)[:1000, 1:].reshape(1000, 3, 32, 32)


def floatsd(*arguments):
    done = subprocess.run([FLOATSD, *map(str, arguments)], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def trained(folder, config, *flags):
    floatsd("train", "--config", CONFIGS / f"{config}.toml", *flags, "--epochs", 2, "--freeze-epochs", 1,
            "--skip-eval", "--quiet", "--output", folder)
    return folder / "model.safetensors"


def exported(model, style):
    network = model.with_name(f"{style}.onnx")
    floatsd("export", model, "--to", "onnx", "--style", style, "-o", network)
    return network


def interpreted(model, images, like):
    """The interpreter's codes of all layers, in the shapes of those of `like`."""
    images.tofile(model.with_name("images"))
    subprocess.run([DUMP_LAYERS, model, model.with_name("images"), model.with_name("codes")], check=True)
    return split_codes(numpy.fromfile(model.with_name("codes"), numpy.uint8), like)


def reals(model, images):
    """What a style of floats reads, by the network's metadata."""
    known = {entry.key: json.loads(entry.value) for entry in checked_model(model).metadata_props}
    assert known["input_shape"] == list(images.shape[1:])
    mean, deviation = (numpy.array(known[key], numpy.float32).reshape(-1, 1, 1) for key in ("mean", "std"))
    return (images.astype(numpy.float32) / 255 - mean) / deviation


def check_integer(model, images):
    """Every code of every layer."""
    network, names = exported(model, "integer"), layer_names(model)
    compared = 0
    for first in range(0, len(images), AT_ONCE):
        some = images[first:first + AT_ONCE]
        layers = run_layers(network, names, some)
        for name, found, expected in zip(names, layers, interpreted(model, some, layers)):
            different = count_differences(found, expected)
            assert different == 0, f"{model}: {name}: {different} of {found.size} codes differ"
            compared += found.size
    print(f"{model.parent.name}: integer: 0 of {compared} codes differ on {len(images)} images")


def check_qdq(model, images):
    """The classes of 99.9 % of the images, or classes that are as likely."""
    network, names = exported(model, "qdq"), layer_names(model)
    inputs = reals(network, images)
    different, sizes, largest, agreed, tied = [numpy.zeros(len(names), int) for _ in range(3)] + [0, 0]
    for first in range(0, len(images), AT_ONCE):
        layers = run_layers(network, names, inputs[first:first + AT_ONCE], U8U8)
        expected = interpreted(model, images[first:first + AT_ONCE], layers)
        for i, (found, codes) in enumerate(zip(layers, expected)):
            different[i] += count_differences(found, codes)
            sizes[i] += found.size
            largest[i] = max(largest[i], numpy.abs(found.astype(int) - codes).max())
        classes = run_output(network, inputs[first:first + AT_ONCE], U8U8).argmax(1)
        codes = expected[-1].reshape(len(classes), -1)
        agreed += int((classes == codes.argmax(1)).sum())
        largest_code = codes.max(1)
        tied += int(((classes != codes.argmax(1)) & (codes[numpy.arange(len(codes)), classes] == largest_code)).sum())
    if "-v" in sys.argv:
        for name, wrong, size, most in zip(names, different, sizes, largest):
            print(f"    {name}: {wrong} of {size} codes differ ({100 * wrong / size:.3f} %), by {most} at most")
    print(f"{model.parent.name}: qdq: {different.sum()} of {sizes.sum()} codes differ, "
          f"the classes of {agreed} of {len(images)} images agree, {tied} of the others are equally likely")
    assert agreed + tied >= 0.999 * len(images)


def check_ties(model, images):
    """The first layer, which reads the same in both styles: if scales are powers of two, ties are frequent, and
    QuantizeLinear would round them to even."""
    integer, qdq = (model.with_name(f"{style}.onnx") for style in ("integer", "qdq"))
    doubled = 2 * (run_input_of(integer, "conv1/Floor", images) - 0.5)
    is_tie = (doubled == numpy.floor(doubled)) & (doubled % 2 == 1)
    differs = run_layers(integer, ["conv1"], images)[0] != run_layers(qdq, ["conv1"], reals(qdq, images), U8U8)[0]
    print(f"{model.parent.name}: conv1: {(differs & is_tie).sum()} of {is_tie.sum()} ties differ on {len(images)} images, "
          f"{(differs & ~is_tie).sum()} of the other codes")
    assert is_tie.any() and not differs.any()


def check_digits(folder):
    digits = mnist()
    for config in ("mnist-lenet-floatsd4", "mnist-lenet-int8", "mnist-lenet-floatsd4-power-of-two"):
        model = trained(folder / config, config, "--limit", 6000)
        check_integer(model, digits)
        check_qdq(model, digits)
    check_ties(model, digits[:1000])  # of the last one, whose scales are powers of two


def check_photos(folder):
    photos, short = cifar10(), ("--limit", 512, "--freeze-batch-norm-epochs", 0)
    mobile = trained(folder / "mobilenetv2", "cifar10-mobilenetv2-floatsd4", *short)
    check_integer(mobile, photos)
    known = {entry.key: entry.value for entry in checked_model(exported(mobile, "integer")).metadata_props}
    assert json.loads(known["classes"])[:2] == ["airplane", "automobile"]
    residual = trained(folder / "resnet20", "cifar10-mobilenetv2-floatsd4", *short, "--network", "resnet20",
                       "--weights", "*=int8:per-channel")
    check_integer(residual, photos)


with tempfile.TemporaryDirectory() as folder:
    {"mnist": check_digits, "cifar10": check_photos}[DATASET](pathlib.Path(folder))
