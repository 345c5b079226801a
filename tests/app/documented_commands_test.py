#!/usr/bin/env python3
"""Runs every command that the documentation shows, on few images, each page in a folder of its own.

usage: documented_commands_test.py FLOATSD [few|all] [unittest arguments]

`few`, the default, only looks whether the commands of the pages of figures (SLOW_PAGES) have flags that there are. Images are the first of the real ones where
FLOATSD_DATA has them, else made here.
"""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

from documented_commands import PAGES, ROOT, commands, inline_commands, set_flag, value_of, words_of
from small_images import write_images
from the_command import FLOATSD, environment, run

EVERYTHING = len(sys.argv) > 1 and sys.argv[1] == "all"
if len(sys.argv) > 1 and sys.argv[1] in ("few", "all"):
    del sys.argv[1]

# Of floatsd, what is only parsed, and why.
PARSED = {
    "--learn-rounding": "takes minutes",
    "large.onnx": "needs a file of gigabytes",
}
# Networks and runs that a page begins with, trained by commands in its text or on another page.
GIVEN = {
    "docs/checking.md": {"runs/first": "quantized", "MODEL": "model.safetensors"},
    "docs/report.md": {"runs/first": "quantized", "runs/int8": "quantized", "runs/floatsd4": "quantized",
                       "runs/sweep/int4": "quantized"},
    "docs/importing.md": {"runs/float32/last.pt": "float32/last.pt"},
    "docs/results.md": {"runs/teacher/last.pt": "float32/last.pt"},
}
SLOW_PAGES = ("docs/results.md", "docs/models.md", "docs/performance.md")
# All others, by how they begin, and why they are not run; what is checked of them instead is their flags and files.
NOT_RUN = {
    "scripts/": "builds, tests or installs the whole tree",
    "bench/": "measures for minutes",
    "apt-get install": "installs packages",
    "python3 -m venv": "for pip, which builds a wheel: tests/c/wheel_test.py",
    "cmake": "configures, builds or installs: tests/install/install_test.py",
    "build/example/": "the examples: tests/install/install_test.py",
    "build/own/": "the examples: tests/install/install_test.py",
    "build/c/": "the examples: tests/install/install_test.py",
    "examples/python/": "tests/app/python_examples_test.py",
    "examples/ci/": "trains for half a minute: tests/app/ci_example_test.py",
    "FLOATSD_MUTATIONS": "is a test",
    "FLOATSD_DATA=DIR python3 tests/": "is a test",
    "mpirun": "starts ranks: tests/app/ranks_test.py",
    "cmp": "compares what ranks wrote: tests/app/ranks_test.py",
    "printf": "writes a list of machines",
    "tensorboard": "is a server: tests/app/tensorboard_test.py reads what it shows",
    "tar": "unpacks what is downloaded by hand",
    "export PATH": "is for a shell",
    "/usr/bin/time": "measures an import of gigabytes",
}


def png(pixels, side=28):
    rows = b"".join(b"\0" + bytes(pixels[side * y:side * (y + 1)]) for y in range(side))

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", side, side, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def npy(shape, content):
    header = str({"descr": "|u1", "fortran_order": False, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + content


def real(*path):
    file = pathlib.Path(os.environ.get("FLOATSD_DATA", "/nonexistent"), *path)
    return file if file.is_file() else None


def write_mnist(folder, train=320, test=100):
    """The first real images, or made ones."""
    write_images(folder, train, test)
    for prefix, count in (("train", train), ("t10k", test)):
        for kind, item, magic in (("images-idx3", 784, (count, 28, 28)), ("labels-idx1", 1, (count,))):
            name = f"{prefix}-{kind}-ubyte"
            if file := real("mnist", name):
                with open(file, "rb") as stream:
                    stream.seek(4 + 4 * len(magic))
                    content = stream.read(count * item)
                header = struct.pack(f">HBB{len(magic)}I", 0, 8, len(magic), *magic)
                (folder / name).write_bytes(header + content)


def write_cifar(folder, train=64, test=20):
    """Images of CIFAR-10 as NumPy arrays: its own files are of one size, and large."""
    folder.mkdir()
    for part, file, count in (("train", "data_batch_1.bin", train), ("test", "test_batch.bin", test)):
        if source := real("cifar-10-batches-bin", file):
            with open(source, "rb") as stream:
                records = [stream.read(3073) for _ in range(count)]
        else:
            records = [bytes([n % 10]) + bytes(25 * (n % 10) + i % 7 for i in range(3072)) for n in range(count)]
        labels = bytes(record[0] if n >= 10 else n for n, record in enumerate(records))  # every class is there
        (folder / f"x_{part}.npy").write_bytes(npy((count, 3, 32, 32), b"".join(record[1:] for record in records)))
        (folder / f"y_{part}.npy").write_bytes(npy((count,), labels))


def write_photos(folder):
    """A folder of images a class, and some without."""
    for part, count in (("train", 4), ("test", 1)):
        for label in range(10):
            place = folder / "photos" / part / str(label)
            place.mkdir(parents=True)
            for n in range(count):
                (place / f"{n}.png").write_bytes(png([(25 * label + 3 * n) % 256] * 784))
    (folder / "photo.png").write_bytes(png([200] * 784))
    (folder / "more-photos").mkdir()
    (folder / "more-photos/a.png").write_bytes(png([90] * 784))


def reads_cifar(words):
    return (any(word.startswith(("configs/cifar10", "FP32.pt", "resnet", "mobilenet")) for word in words) or
            value_of(words, "--dataset") == "cifar10")


def shortened(words, unique):
    """The same command on few images; `unique` is a name that no other command has."""
    subcommand, numbers = words[1], {"N": "1", "FORMAT": "int4", "SCALE": "mse"}
    words = [re.sub(r"\b(N|FORMAT|SCALE)\b", lambda match: numbers[match[0]], word) for word in words if word != "FLAGS"]
    words = ["*=int4:per-channel" if word == "RULES" else word for word in words]
    cifar = reads_cifar(words)
    if value_of(words, "--data"):
        words = set_flag(words, "--data", "data")
    for flag in ("--output", "-o"):
        if value_of(words, flag) == "DIR":
            words = set_flag(words, flag, unique)
    if subcommand in ("train", "calibrate", "sweep", "search", "eval") and cifar:
        words = set_flag(words, "--dataset", "npy:cifar")
    if subcommand == "train" and not {"--output", "--config", "--resume"} & set(words):
        words = set_flag(words, "--output", unique)
    if subcommand in ("train", "sweep") and "--post-training" not in words:
        words = set_flag(words, "--limit", "32" if cifar else "64")
        if not value_of(words, "--epochs"):
            words = set_flag(words, "--epochs", "2")
    if subcommand in ("calibrate", "search") or "--post-training" in words:
        words = set_flag(words, "--images", "16")
    more = {"search": ("--sensitivity-images", "8"), "analyze": ("--images", "20"), "bench": ("--steps", "2")}
    if subcommand in more:
        words = set_flag(words, *more[subcommand])
    if subcommand == "bench":
        words = set_flag(words, "--batch-size", "4")
    if "--seeds" in words:
        at = words.index("--seeds")
        end = next((i for i in range(at + 1, len(words)) if not words[i].isdigit()), len(words))
        words = words[:at + 2] + words[end:]  # one is enough
    for flag, value in (("--validation", "16"), ("--expect-accuracy", "0")):
        if flag in words:
            words = set_flag(words, flag, value)
    if subcommand not in ("convert", "inspect", "import", "predict", "formats", "data", "manual"):
        words = set_flag(words, "--threads", "1")
    return words


class DocumentedCommands(unittest.TestCase):
    helps = {}

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-documented-"))
        cls.made = cls.folder / "made"  # what each page begins with
        cls.made.mkdir()
        for name in ("mnist", "fashion-mnist"):
            write_mnist(cls.made / "data" / name)
        write_cifar(cls.made / "cifar")
        write_photos(cls.made)
        (cls.made / "configs").symlink_to(ROOT / "configs")
        page = (ROOT / "docs/architecture.md").read_text()
        (cls.made / "net.json").write_text(re.search(r"```json\n(.*?)```", page, re.S)[1])
        cls.make_networks()

    @classmethod
    def make_networks(cls):
        few = ["--epochs", "1", "--limit", "32", "--threads", "1"]
        cls.floatsd(cls, cls.made, "train", *few, "--output", "float32")
        cls.floatsd(cls, cls.made, "train", "--config", "configs/mnist-lenet-floatsd4.toml", *few, "--freeze-epochs", "0",
                    "--output", "quantized")
        for name in ("model.safetensors", "model.pt", "last.pt"):
            shutil.copy(cls.made / "quantized" / name, cls.made)
        shutil.copy(cls.made / "model.pt", cls.made / "lenet.pt")
        cls.floatsd(cls, cls.made, "export", "float32/last.pt", "--to", "onnx-float", "-o", "net.onnx")
        published = pathlib.Path(os.environ.get("FLOATSD_MODELS", "/nonexistent"))
        mobilenet, resnet = published / "mobilenetv2-cifar10-float32.pt", published / "resnet8-cifar10-float32.onnx"
        if not mobilenet.is_file():
            cls.floatsd(cls, cls.made, "train", "--network", "mobilenetv2-shortcut", "--dataset", "npy:cifar", *few,
                        "--output", "mobilenet")
            mobilenet = cls.made / "mobilenet/last.pt"
        (cls.made / "FP32.pt").symlink_to(mobilenet)
        if not resnet.is_file():
            cls.floatsd(cls, cls.made, "export", "FP32.pt", "--to", "onnx-float", "-o", "resnet.onnx")
            resnet = cls.made / "resnet.onnx"
        (cls.made / "resnet8-cifar10-float32.onnx").symlink_to(resnet)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def floatsd(self, folder, *arguments, code=0):
        done = run(*arguments, cwd=folder, env={**environment(folder / "data"), "HOME": str(folder)}, timeout=600)
        assert done.returncode == code, f"exit {done.returncode}: floatsd {' '.join(arguments)}\n{done.stderr}"
        return done

    def parses(self, folder, words):
        """The command with a number of threads that is refused: by then every flag has been read."""
        done = self.floatsd(folder, *set_flag(words, "--threads", "1025")[1:], code=2)
        self.assertTrue(done.stderr.startswith("floatsd: --threads: 1025, expected"), done.stderr)

    def has_flags(self, words):
        """Every flag stands in the subcommand's --help."""
        names = [word for word in words[1:3] if re.fullmatch(r"[a-z]+", word)]
        names = names if names[:1] == ["data"] else names[:1]
        key = tuple(names)
        if key not in self.helps:
            self.helps[key] = run(*names, "--help").stdout
            self.assertIn("Usage: floatsd " + " ".join([*names, "[OPTIONS]"]), self.helps[key])
        for word in words:
            if word.startswith("-") and not re.fullmatch(r"-[\d.]+", word):
                self.assertRegex(self.helps[key], r"(?m)^  \S*" + re.escape(word.split("=")[0]) + r"\b", words)

    def run_page(self, page):
        folder = self.folder / page.replace("/", "-")
        shutil.copytree(self.made, folder, symlinks=True)
        for place, network in GIVEN.get(page, {}).items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (self.made / network).is_dir() else shutil.copy
            copy(self.made / network, folder / place)
        for number, text in commands(page):
            with self.subTest(page=page, line=number, command=text):
                self.run_command(folder, page, text, f"output-{number}")

    def matches(self, folder, word):
        """What a shell makes of runs/sweep/*/."""
        found = sorted(folder.glob(word)) if word.startswith("runs/") and "*" in word else []
        return [str(path.relative_to(folder)) for path in found] or [word]

    def run_command(self, folder, page, text, unique):
        words = [word for pattern in words_of(text) for word in self.matches(folder, pattern)]
        if text.startswith("cc "):  # of the C that the page exported before
            exported = sorted(folder.glob("output-*/lenet.c"))[-1].parent
            subprocess.run(text, shell=True, check=True, cwd=exported, stdout=subprocess.DEVNULL)
        elif words[0] != "floatsd":
            self.check_not_run(text, words)
        elif words[1:3] == ["data", "fetch"]:
            done = self.floatsd(folder, *words[1:], "--mirror", (folder / "none").as_uri(), code=2)
            self.assertIn("could not be fetched", done.stderr)
        elif page in SLOW_PAGES and not EVERYTHING or words[1] == "import" and PARSED.keys() & set(words):
            self.has_flags(words)
        elif PARSED.keys() & set(words):
            self.parses(folder, shortened(words, unique))
        else:
            self.floatsd(folder, *shortened(words, unique)[1:])

    def check_not_run(self, text, words):
        reasons = [start for start in NOT_RUN if text.startswith(start)]
        self.assertTrue(reasons, "neither run nor among those that are not")
        self.used.update(reasons)
        if "floatsd" in words[1:]:
            self.has_flags(words[words.index("floatsd"):])
        for word in words:
            if re.match(r"(scripts|bench|tests|examples|configs)/", word):
                self.assertTrue((ROOT / word).exists(), word)
        if words[0].startswith(("bench/", "scripts/")):
            said = (ROOT / words[0]).read_text()
            for word in words[1:]:
                if word.startswith("--"):
                    shared = (ROOT / "bench/side_by_side.py").read_text() if words[0].startswith("bench/") else ""
                    self.assertIn(word, said + shared, text)

    used = set()

    def test_every_command_in_the_documentation_does_what_it_shows(self):
        for page in PAGES:
            self.run_page(page)
        self.assertEqual(self.used, set(NOT_RUN), "a reason that nothing needs")

    def test_commands_in_running_text_have_flags_that_there_are(self):
        for page in PAGES:
            for text in inline_commands(page):
                with self.subTest(page=page, command=text):
                    self.has_flags(words_of(text.replace(" ...", "")))

    def test_the_examples_of_help_have_flags_that_there_are(self):
        overview = run("--help").stdout
        listed = re.findall(r"^  ([a-z]\S*)", overview[overview.index("\nSubcommands:\n"):].split("\n\n")[0], re.M)
        for name in ["", *listed]:
            text = run(*([name] if name else []), "--help").stdout.replace("\\\n", " ")
            for line in re.findall(r"^  (floatsd [a-z].*)$", text, re.M):
                with self.subTest(command=line):
                    self.has_flags(words_of(line))


if __name__ == "__main__":
    unittest.main()
