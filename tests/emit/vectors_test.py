"""vectors_test.py WRITE_SAMPLE_VECTORS: every layer computed anew from the vectors' files alone, by
the formulas of docs/numerics.md in exact integers.

The functions below know the files, and nothing of floatsd; so does the example of docs/vectors.md, which
computes the linear layers once more."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import numpy
except ImportError:
    sys.exit(77)  # skipped


def sides(value, count):
    return [value] * count if isinstance(value, int) else value


def convolution(op, x, level):
    """acc of [N, C, H, W] values and [O, C / groups, Kh, Kw] levels."""
    (sy, sx), (dy, dx) = sides(op["stride"], 2), sides(op.get("dilation", 1), 2)
    top, left, bottom, right = sides(op["padding"], 4)
    x = numpy.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    outputs, inputs, rows, columns = level.shape
    height = (x.shape[2] - dy * (rows - 1) - 1) // sy + 1
    width = (x.shape[3] - dx * (columns - 1) - 1) // sx + 1
    acc = numpy.zeros((len(x), outputs, height, width), numpy.int64)
    for o in range(outputs):
        first = o // (outputs // op["groups"]) * inputs
        for ky in range(rows):
            for kx in range(columns):
                part = x[:, first:first + inputs, ky * dy:ky * dy + (height - 1) * sy + 1:sy,
                         kx * dx:kx * dx + (width - 1) * sx + 1:sx]
                acc[:, o] += (part * level[o, :, ky, kx].reshape(-1, 1, 1)).sum(1)
    return acc


def max_pool(acc, window):
    n, c, height, width = acc.shape
    height, width = height // window, width // window
    acc = acc[:, :, :height * window, :width * window]
    return acc.reshape(n, c, height, window, width, window).max((3, 5))


def windows(op, length, axis):
    """Of each window of a pool in one direction (0: down, 1: across): the places of the image in it, and how
    many places it has in image and padding."""
    size, stride, dilation = (sides(op.get(key, 1), 2)[axis] for key in ("window", "stride", "dilation"))
    before, behind = sides(op["padding"], 4)[axis::2]
    room = length + before + behind - dilation * (size - 1) - 1
    count = room // stride + 1
    if op["ceil_mode"]:
        count = -(-room // stride) + 1
        count -= (count - 1) * stride >= length + before
    places = [first * stride - before + dilation * numpy.arange(size) for first in range(count)]
    return [(p[(p >= 0) & (p < length)], (p < length + behind).sum()) for p in places]


def over_windows(op, x, reduce):
    """reduce(x, axes) of each window, and how many values each one counts: [N, C, H, W] and [H, W]."""
    rows, columns = windows(op, x.shape[2], 0), windows(op, x.shape[3], 1)
    reduced = numpy.stack([numpy.stack([reduce(x[:, :, r][:, :, :, c], (2, 3)) for c, _ in columns], -1)
                           for r, _ in rows], -2)
    with_padding = op.get("count_include_pad")
    counts = [[(n if with_padding else len(p)) for p, n in places] for places in (rows, columns)]
    return reduced, numpy.outer(*counts)


def codes(acc, multiplier, shift, zero_point, lower=0, upper=255):
    half = numpy.left_shift(1, shift - 1)
    return numpy.clip(((acc * multiplier + half) >> shift) + zero_point, lower, upper)


def copied(op, x, zero_point):
    """The output of an operator that copies codes."""
    if op["kind"] == "downsample":
        s, before, after = op["stride"], op["channels_before"], op["channels_after"]
        return numpy.pad(x[:, :, ::s, ::s], ((0, 0), (before, after), (0, 0), (0, 0)), constant_values=zero_point)
    if op["kind"] == "max_pool":
        return over_windows(op, x, numpy.max)[0]
    if op["kind"] == "clamp":
        return numpy.clip(x, op["lower"], op["upper"])
    assert op["kind"] == "flatten", op["kind"]
    axes = {"chw": (0, 1, 2, 3), "hwc": (0, 2, 3, 1)}[op["order"]]
    return x.transpose(axes).reshape(len(x), -1, 1, 1)


def weighted(op, x, numbers):
    """sum and output of a convolution or a linear layer."""
    if op["kind"] == "linear":
        acc = (x.reshape(len(x), -1) @ numbers["weight_level"].T).reshape(len(x), -1, 1, 1)
        pooled = acc
    else:
        acc = convolution(op, x, numbers["weight_level"])
        pooled = max_pool(acc, op["pool"])
    bias, multiplier, shift = (numbers[what].reshape(1, -1, 1, 1) for what in ("bias", "multiplier", "shift"))
    return acc, codes(pooled + bias, multiplier, shift, *limits(op))


def limits(op):
    """Zero point, first and last code of a layer's or a sum's output."""
    zero_point = op["output"]["zero_point"]
    return zero_point, zero_point if op["relu"] else 0, op.get("upper", 255)


def compute(op, zero_points, inputs, numbers):
    """sum, if there is one, and output of an operator, both [N, C, H, W]."""
    if "output" not in op:
        return None, copied(op, inputs[0], zero_points[0])
    values = [code - zero for code, zero in zip(inputs, zero_points)]
    if op["kind"] in ("conv2d", "linear"):
        return weighted(op, values[0], numbers)
    multiplier, shift, zero_point = numbers["multiplier"], numbers["shift"], op["output"]["zero_point"]
    if op["kind"] == "add":
        acc = values[0] * multiplier[0] + values[1] * multiplier[1]
        return acc, codes(acc, 1, shift[0], *limits(op))
    if op["kind"] == "concat":
        return None, numpy.concatenate([codes(*one, zero_point) for one in zip(values, multiplier, shift)], 1)
    if op["kind"] == "average_pool":
        acc, counts = over_windows(op, values[0], numpy.sum)
        which = numpy.searchsorted(numpy.unique(counts), counts)
        return acc, codes(acc, multiplier[which], shift[which], zero_point)
    assert op["kind"] == "global_average_pool", op["kind"]
    acc = values[0].sum((2, 3), keepdims=True)
    return acc, codes(acc, multiplier[0], shift[0], zero_point)


def read(folder, stem):
    return numpy.load(folder / f"{stem}.npy").astype(numpy.int64)


def input_codes(folder, index):
    pixels = read(folder, index["input"]["bytes"])
    if "table" not in index["input"]:
        return pixels
    table = read(folder, index["input"]["table"])
    return numpy.stack([table[c][pixels[:, c]] for c in range(len(table))], 1)


def example_of_the_docs():
    """linear(folder, index, i), as docs/vectors.md shows it."""
    page = (pathlib.Path(__file__).resolve().parents[2] / "docs/vectors.md").read_text()
    names = {}
    exec(re.search(r"```python\n(.*?)```", page, re.S).group(1), names)
    return names["linear"]


def check(folder):
    """Compares sums and codes of every layer; the number of values compared."""
    index = json.loads((folder / "index.json").read_text())
    compared = 0

    def same(found, stem):
        nonlocal compared
        expected = read(folder, stem)
        assert found.shape == expected.shape, (stem, found.shape, expected.shape)
        assert (found == expected).all(), f"{stem}: {(found != expected).sum()} values differ"
        compared += expected.size

    same(input_codes(folder, index), index["input"]["codes"])
    zero_points = {index["input"]["codes"]: index["program"]["input"]["zero_point"]}
    for i, (op, files) in enumerate(zip(index["program"]["ops"], index["layers"])):
        numbers = {what: read(folder, files[what])
                   for what in ("weight_level", "bias", "multiplier", "shift") if what in files}
        zeros = [zero_points[stem] for stem in files["inputs"]]
        acc, output = compute(op, zeros, [read(folder, stem) for stem in files["inputs"]], numbers)
        if acc is not None:
            same(acc, files["sum"])
        same(output, files["output"])
        if op["kind"] == "linear":
            same(example_of_the_docs()(folder, index, i).reshape(output.shape), files["output"])
        zero_points[files["output"]] = op.get("output", {"zero_point": zeros[0]})["zero_point"]
    return compared


def check_hex(folder):
    """.hex holds the numbers of .npy, a value a line, all lines equally wide."""
    for path in folder.glob("*.npy"):
        lines = path.with_suffix("").with_name(path.name[:-4] + ".hex").read_text().splitlines()
        assert len({len(line) for line in lines}) == 1, path
        bits = 4 * len(lines[0])
        values = numpy.load(path).ravel().astype(numpy.int64)
        assert [int(line, 16) for line in lines] == (values & ((1 << bits) - 1)).tolist(), path


def check_levels(folder):
    """floatsd4: sign above exponent; int4 and int8: two's complement."""
    index = json.loads((folder / "index.json").read_text())
    formats = set()
    for op, files in zip(index["program"]["ops"], index["layers"]):
        if "weight" not in op:
            continue
        code, level = read(folder, files["weight_code"]), read(folder, files["weight_level"])
        formats.add(op["weight"]["format"])
        if op["weight"]["format"] == "floatsd4":
            found = numpy.where(code & 7 == 7, 0, (1 << (code & 7)) * numpy.where(code > 7, -1, 1))
        else:
            half = {"int4": 8, "int8": 128}[op["weight"]["format"]]
            found = (code ^ half) - half
        assert (found == level).all(), op["name"]
    return formats


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for network in ("residual", "branches", "lenet"):
            subprocess.run([sys.argv[1], network, folder / network], check=True)
            assert check(folder / network) > 1000
            check_hex(folder / network)
        programs = [json.loads((folder / network / "index.json").read_text())["program"]
                    for network in ("residual", "branches")]
        assert len({op["kind"] for program in programs for op in program["ops"]}) == 10
        assert check_levels(folder / "residual") == {"floatsd4", "int4", "int8"}
        # What compares must be able to fail: one weight one level on.
        path = folder / "lenet/001.conv2.weight_level.npy"
        levels = numpy.load(path)
        levels[0, 0, 0, 0] += 1
        numpy.save(path, levels)
        try:
            check(folder / "lenet")
        except AssertionError as error:
            assert str(error).startswith("001.conv2.sum: "), error
        else:
            raise AssertionError("a wrong weight went unnoticed")


if __name__ == "__main__":
    main()
