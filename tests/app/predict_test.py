#!/usr/bin/env python3
"""Image files through an integer network: the classes that predict sees are those that eval counts.

usage: predict_test.py FLOATSD [unittest arguments]

On images made here, and on those of MNIST and CIFAR-10 in FLOATSD_DATA if it has them.
"""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from command_test import SHORT
from dataset_test import png, write_folder
from small_images import TEST, write_images
from the_command import run

DATA = pathlib.Path(os.environ.get("FLOATSD_DATA", "/nonexistent"))
CONFIGS = pathlib.Path(__file__).parents[2] / "configs"


def pgm(height, width, pixels):
    return b"P5\n%d %d\n255\n" % (width, height) + bytes(pixels)


def ppm(height, width, planes):
    size = height * width
    pixels = bytearray(3 * size)
    for c in range(3):
        pixels[c::3] = planes[c * size:(c + 1) * size]
    return b"P6\n%d %d\n255\n" % (width, height) + pixels


class Predict(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-predict-"))
        write_images(cls.shared / "data" / "mnist")
        cls.works(cls, "train", *SHORT, "--weights", "*=floatsd4:per-channel", "--output", cls.shared / "run")
        cls.model = cls.shared / "run" / "model.safetensors"
        raw = (cls.shared / "data" / "mnist" / "t10k-images-idx3-ubyte").read_bytes()[16:]
        cls.pictures = [raw[784 * n:784 * (n + 1)] for n in range(TEST)]
        cls.labels = [n * 7 % 10 for n in range(TEST)]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))

    def floatsd(self, *arguments, data=None):
        return run(*arguments, data=data or self.shared / "data")

    def works(self, *arguments, data=None):
        done = Predict.floatsd(self, *arguments, data=data)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refuses(self, message, *arguments):
        done = self.floatsd(*arguments)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr, f"floatsd: {message}\n")

    def classes(self, model, *images, data=None):
        """The likeliest class of each image."""
        found = json.loads(self.works("predict", model, *images, "--json", "--quiet", data=data))["images"]
        return {pathlib.Path(image["file"]).name: image["classes"][0]["class"] for image in found}

    def test_as_many_images_are_right_as_eval_counts(self):
        for n, pixels in enumerate(self.pictures):
            (self.folder / f"{n}.pgm").write_bytes(pgm(28, 28, pixels))
        found = self.classes(self.model, self.folder)
        right = sum(found[f"{n}.pgm"] == label for n, label in enumerate(self.labels))
        counted = json.loads(self.works("eval", self.model, "--json"))
        self.assertEqual((len(found), right), (counted["total"], counted["correct"]))
        self.assertGreater(right, TEST // 4)  # chance: a tenth

    def test_five_classes_are_shown_likeliest_first(self):
        picture = self.folder / "a.png"
        picture.write_bytes(png(28, 28, self.pictures[3]))
        said = json.loads(self.works("predict", self.model, picture, "--json"))
        self.assertEqual(list(said), ["network", "images"])
        self.assertEqual(said["images"][0]["file"], str(picture))
        guesses = said["images"][0]["classes"]
        probabilities = [guess["probability"] for guess in guesses]
        self.assertEqual(len(guesses), 5)
        self.assertEqual(sorted(probabilities, reverse=True), probabilities)
        self.assertLessEqual(sum(probabilities), 1 + 1e-9)
        text = self.works("predict", self.model, picture)
        self.assertRegex(text, rf"^{picture}: {guesses[0]['class']} \d+\.\d %(, \d \d+\.\d %){{4}}\n$")

    def test_files_and_folders_come_in_the_order_given(self):
        (self.folder / "b").mkdir()
        for name in ("b/2.pgm", "b/1.pgm", "0.pgm"):
            (self.folder / name).write_bytes(pgm(28, 28, self.pictures[0]))
        (self.folder / "b" / "notes.txt").write_text("passed over")
        found = self.classes(self.model, self.folder / "b", self.folder / "0.pgm")
        self.assertEqual(list(found), ["1.pgm", "2.pgm", "0.pgm"])

    def test_classes_have_the_names_that_the_model_file_keeps(self):
        root = self.folder / "photos"
        write_folder(root, 28, 28, 3, classes=10)
        self.works("train", "--dataset", f"images:{root}", "--network", "lenet", *SHORT,
                   "--weights", "*=int8:per-channel", "--output", self.folder / "run")
        model = self.folder / "run" / "model.safetensors"
        right = 0
        for label in range(10):
            found = json.loads(self.works("predict", model, root / "test" / f"kind {label}", "--json"))["images"]
            right += sum(image["classes"][0]["name"] == f"kind {label}" for image in found)
        counted = json.loads(self.works("eval", model, "--dataset", f"images:{root}", "--json"))
        self.assertEqual(right, counted["correct"])
        grey, white = self.folder / "grey.pgm", self.folder / "white.ppm"
        grey.write_bytes(pgm(28, 28, [200] * 784))
        white.write_bytes(ppm(28, 28, bytes([200] * 3 * 784)))
        first, second = json.loads(self.works("predict", model, grey, white, "--json"))["images"]
        self.assertEqual(first["classes"], second["classes"], "a grey image is one of three equal channels")

    def test_a_grey_picture_in_three_channels_is_what_it_is_in_one(self):
        grey, three = self.folder / "1.pgm", self.folder / "3.ppm"
        grey.write_bytes(pgm(28, 28, self.pictures[2]))
        three.write_bytes(ppm(28, 28, bytes(self.pictures[2]) * 3))
        first, second = json.loads(self.works("predict", self.model, grey, three, "--json"))["images"]
        self.assertEqual(first["classes"], second["classes"])

    def test_a_broken_image_among_others_takes_nothing_from_them(self):
        inner = self.folder / "inner"
        inner.mkdir()
        (self.folder / "1.pgm").write_bytes(pgm(28, 28, self.pictures[0]))
        (self.folder / "2.pgm").write_bytes(pgm(28, 28, self.pictures[1])[:-1])
        (self.folder / "3.pgm").write_bytes(pgm(28, 28, self.pictures[2]))
        done = self.floatsd("predict", self.model, self.folder, "--json")
        self.assertEqual(done.returncode, 2)
        said = json.loads(done.stdout)
        self.assertEqual([pathlib.Path(image["file"]).name for image in said["images"]], ["1.pgm", "3.pgm"])
        lines = [line for line in done.stderr.splitlines() if line.startswith("floatsd: ")]
        self.assertEqual(lines, ["floatsd: " + error for error in said["errors"]])
        self.assertEqual(len(lines), 2)
        self.assertIn(f"{inner}: a folder inside a folder of images", lines[0])
        self.assertIn(f"{self.folder}/2.pgm: ", lines[1])
        (self.folder / "1.pgm").unlink()
        (self.folder / "3.pgm").unlink()
        none = self.floatsd("predict", self.model, self.folder / "2.pgm", self.folder / "none.pgm")
        self.assertEqual((none.returncode, none.stdout, len(none.stderr.splitlines())), (2, "", 2))

    def test_another_size_is_refused_unless_it_is_to_be_resized(self):
        small = self.folder / "small.png"
        small.write_bytes(png(10, 30, [0] * 300))
        self.refuses(f"{small}: 10 x 30 pixels, expected 28 x 28 as lenet reads (--resize makes them so)",
                     "predict", self.model, small)
        self.assertEqual(len(self.classes(self.model, small, "--resize")), 1)
        for flags in (["--resize", "28x28"], ["--resize=28x28"]):
            done = self.floatsd("predict", self.model, small, *flags)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertRegex(done.stderr, r"^floatsd: [^\n]*takes no value here, as the network's size is known[^\n]*\n$")
        twice = self.folder / "twice.pgm"  # each pixel four times: the mean of the four is the pixel
        rows = [self.pictures[5][28 * y:28 * (y + 1)] for y in range(28)]
        twice.write_bytes(pgm(56, 56, b"".join(bytes(p for p in row for _ in "12") * 2 for row in rows)))
        (self.folder / "once.pgm").write_bytes(pgm(28, 28, self.pictures[5]))
        found = self.classes(self.model, twice, self.folder / "once.pgm", "--resize")
        self.assertEqual(found["twice.pgm"], found["once.pgm"])

    def test_what_is_no_image_of_the_network_is_refused_in_one_line(self):
        colour, text, bad = (self.folder / name for name in ("c.ppm", "t.png", "bad\x1b[1m\n.pgm"))
        colour.write_bytes(ppm(28, 28, bytes([9] * (3 * 784 - 1) + [8])))
        text.write_text("no image")
        bad.write_bytes(pgm(27, 28, [0] * 27 * 28))
        self.refuses(f"{colour}: 3 channels, expected 1, or three that are alike", "predict", self.model, colour)
        self.refuses(f"{self.folder}/none.png: cannot be read: No such file or directory", "predict", self.model,
                     self.folder / "none.png")
        self.assertIn(f"{text}: ", self.floatsd("predict", self.model, text).stderr)
        said = self.floatsd("predict", self.model, bad).stderr
        self.assertIn("bad\\x1b[1m\\n.pgm: 27 x 28 pixels", said)
        self.assertEqual(len(said.splitlines()), 1)
        self.assertIn("no image found", self.floatsd("predict", self.model, self.shared / "data").stderr
                      + self.floatsd("predict", self.model, self.shared / "data" / "mnist").stderr)
        self.assertEqual(self.floatsd("predict", colour, colour).returncode, 2)

    def check_real_pictures(self, config, pictures, labels, *flags):
        """As many of the pictures, files by their names, are right as eval counts."""
        folder = self.folder / "pictures"
        folder.mkdir()
        for name, picture in pictures.items():
            (folder / name).write_bytes(picture)
        self.works("train", "--config", CONFIGS / config, "--epochs", "2", *flags, "--output", self.folder / "run",
                   "--skip-eval", data=DATA)
        model = self.folder / "run" / "model.safetensors"
        found = self.classes(model, folder, data=DATA)
        right = sum(found[name] == label for name, label in zip(pictures, labels))
        counted = json.loads(self.works("eval", model, "--json", data=DATA))
        self.assertEqual((len(found), right), (counted["total"], counted["correct"]))
        self.assertGreater(right, len(labels) // 8)  # chance: a tenth

    @unittest.skipUnless((DATA / "mnist").is_dir(), "FLOATSD_DATA has no mnist/")
    def test_real_digits_are_as_often_right_as_eval_counts(self):
        raw = (DATA / "mnist" / "t10k-images-idx3-ubyte").read_bytes()[16:]
        labels = (DATA / "mnist" / "t10k-labels-idx1-ubyte").read_bytes()[8:]
        pictures = {f"{n}.pgm": pgm(28, 28, raw[784 * n:784 * (n + 1)]) for n in range(len(labels))}
        self.check_real_pictures("mnist-lenet-floatsd4.toml", pictures, labels, "--limit", "2000")

    @unittest.skipUnless((DATA / "cifar-10-batches-bin").is_dir(), "FLOATSD_DATA has no cifar-10-batches-bin/")
    def test_real_photos_are_as_often_right_as_eval_counts(self):
        raw = (DATA / "cifar-10-batches-bin" / "test_batch.bin").read_bytes()
        records = [raw[3073 * n:3073 * (n + 1)] for n in range(10000)]
        pictures = {f"{n}.ppm": ppm(32, 32, record[1:]) for n, record in enumerate(records)}
        self.check_real_pictures("mnist-lenet-floatsd4.toml", pictures, [record[0] for record in records],
                                 "--dataset", "cifar10", "--limit", "2000")


if __name__ == "__main__":
    unittest.main()
