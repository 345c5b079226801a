"""MNIST's files with a few images that are easy to tell apart, for tests of the command."""
import struct

TRAIN, TEST = 640, 200


def idx(shape, values):
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + bytes(values)


def write_images(folder, train=TRAIN, test=TEST):
    """A bright block whose place is the class."""
    folder.mkdir(parents=True, exist_ok=True)
    for prefix, count in (("train", train), ("t10k", test)):
        pixels, labels = bytearray(count * 784), bytes(n * 7 % 10 for n in range(count))
        for n, label in enumerate(labels):
            for i in range(36):
                at = (label // 4 * 9 + i // 6) * 28 + label % 4 * 7 + i % 6
                pixels[n * 784 + at] = 120 + (n * 31 + i * 17) % 130
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(idx((count, 28, 28), pixels))
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(idx((count,), labels))
