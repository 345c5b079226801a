#!/usr/bin/env python3
"""Data sets of every kind that the command takes, and images held out for validation.

usage: dataset_test.py FLOATSD [unittest arguments]
"""
import json
import pathlib
import shutil
import struct
import tempfile
import unittest
import zlib

from small_images import write_images
from the_command import FLOATSD4, CommandCase

SHORT = ["--epochs", "2", "--batch-size", "32", "--threads", "1"]


def png(height, width, pixels, channels=1):
    """The bytes of a PNG, without any library."""
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    row = width * channels
    rows = b"".join(b"\0" + bytes(pixels[y * row:(y + 1) * row]) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def write_folder(root, height, width, channels, classes=7, train=12, test=3):
    """A bright row whose place is the class."""
    for part, count in (("train", train), ("test", test)):
        for label in range(classes):
            folder = root / part / f"kind {label}"
            folder.mkdir(parents=True)
            for n in range(count):
                row = label * height // classes
                pixels = [(200 if i // (width * channels) == row else 20) + (i * 31 + n * 7) % 30
                          for i in range(height * width * channels)]
                (folder / f"{n}.png").write_bytes(png(height, width, pixels, channels))


def npy(kind, shape, values):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header.encode() + values


class Datasets(CommandCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-dataset-"))
        cls.data = cls.shared / "data"
        write_images(cls.data / "mnist", 320, 50)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))

    def test_describe_counts_a_folder_of_images_and_draws_them(self):
        for channels in (1, 3):
            root = self.folder / f"photos{channels}"
            write_folder(root, 24, 40, channels)
            sheet = self.folder / f"sheet{channels}.png"
            said = json.loads(self.works("data", "describe", f"images:{root}", "-o", sheet, "--json").stdout)
            self.assertEqual((said["train"], said["test"], said["shape"]), (84, 21, [channels, 24, 40]))
            self.assertEqual(said["classes"][6], {"name": "kind 6", "train": 12, "test": 3})
            self.assertEqual(len(said["mean"]), channels)
            width, height = struct.unpack(">II", sheet.read_bytes()[16:24])
            # each image twice as large; 6 letters of a name, ten images, a row a class
            self.assertEqual((width, height), (8 + 6 * 12 + 10 * (80 + 4), 4 + 7 * (48 + 4)))
        text = self.works("data", "describe", f"images:{root}").stdout
        self.assertRegex(text, r"84 training images, 21 test images of 3 x 24 x 40, 7 classes\n"
                               r"of the training images: mean 0\.\d{4}, 0\.\d{4}, 0\.\d{4}, deviation 0\.")
        self.assertRegex(text, r"\nkind 0 +12 +3\n")

    def test_describe_knows_the_data_sets_by_name(self):
        said = json.loads(self.works("data", "describe", "mnist", "--json").stdout)
        self.assertEqual((said["train"], said["test"], said["shape"]), (320, 50, [1, 28, 28]))
        self.refuses("data set 'minst' is unknown: did you mean 'mnist'?", "data", "describe", "minst")
        self.refuses("fashion-mnist: neither", "data", "describe", "fashion-mnist")
        self.refuses("kmnist: is not fetched, expected mnist or cifar10: data/README.md", "data", "fetch", "kmnist",
                     self.folder)

    def test_describe_refuses_what_is_no_data_set(self):
        self.refuses(f"{self.folder}: has no train/", "data", "describe", f"images:{self.folder}")
        root = self.folder / "photos"
        write_folder(root, 4, 4, 1, classes=2)
        (root / "train" / "kind 1" / "x.png").write_bytes(png(5, 4, [0] * 20))
        self.refuses("x.png: 5 x 4 pixels, expected 4 x 4 as the images before it have (resize", "data", "describe",
                     f"images:{root}")
        self.works("data", "describe", f"images:{root}", "--resize", "4x4")
        self.refuses("size '4', expected HEIGHTxWIDTH", "data", "describe", f"images:{root}", "--resize", "4")
        self.refuses("cannot be written", "data", "describe", "mnist", "-o", self.folder)

    def test_no_output_takes_the_place_of_an_image_that_is_read(self):
        root = self.folder / "photos"
        write_folder(root, 28, 28, 1, classes=2)
        image = next((root / "test" / "kind 1").iterdir())
        before = image.read_bytes()
        link = self.folder / "link.png"
        link.symlink_to(image)
        run = self.folder / "run"
        self.works("train", "--network", "lenet", "--dataset", f"images:{root}", "--weights", "*=int8:per-channel",
                   "--epochs", "1", "--threads", "1", "--lr", "0.001", "--output", run)
        for output in (image, link):
            for command in (["data", "describe", f"images:{root}", "-o", output],
                            ["analyze", run / "last.pt", "--picture", output], ["report", run, "-o", output],
                            ["check", run / "model.safetensors", "--dataset", f"images:{root}", "--update",
                             "--baseline", self.folder / "base.json", "--markdown", output]):
                self.refuses("lies among the images that are read", *command)
        self.assertEqual(image.read_bytes(), before)
        for command in (["data", "describe", f"images:{root}", "-o"], ["analyze", run / "last.pt", "--picture"]):
            self.refuses("cannot be written", *command, self.folder / "no folder" / "x.png")
        self.works("data", "describe", f"images:{root}", "-o", root / "sheet.png")

    def test_arrays_train_as_the_same_images_in_other_files_do(self):
        for part, prefix in (("train", "train"), ("test", "t10k")):
            mnist = self.shared / "data" / "mnist"
            pixels = (mnist / f"{prefix}-images-idx3-ubyte").read_bytes()[16:]
            labels = (mnist / f"{prefix}-labels-idx1-ubyte").read_bytes()[8:]
            (self.folder / f"x_{part}.npy").write_bytes(npy("|u1", (len(labels), 28, 28), pixels))
            (self.folder / f"y_{part}.npy").write_bytes(npy("|u1", (len(labels),), labels))
        for name, source in (("mnist", "mnist"), ("npy", f"npy:{self.folder}"),
                             ("idx", f"idx:{self.shared / 'data' / 'mnist'}")):
            self.works("train", "--dataset", source, "--mean", "0", "--std", "1", *SHORT, "--output",
                       self.folder / name)  # MNIST's own, which others have from their images
        lines = [[{k: v for k, v in json.loads(line).items() if k in ("loss", "correct")}
                  for line in (self.folder / name / "metrics.jsonl").read_text().splitlines()]
                 for name in ("mnist", "npy", "idx")]
        self.assertEqual(lines[0], lines[1])
        self.assertEqual(lines[0], lines[2])
        last = self.folder / "npy" / "last.pt"
        said = json.loads(self.works("eval", last, "--dataset", f"npy:{self.folder}", "--threads", "1", "--json").stdout)
        self.assertEqual(said["total"], 50)
        self.works("train", "--resume", "--output", self.folder / "npy", "--threads", "1")

    def test_a_network_of_the_zoo_takes_the_images_classes_and_mean_of_a_folder(self):
        root = self.folder / "seven"
        write_folder(root, 24, 40, 3, classes=7, train=6, test=2)
        run = self.folder / "seven-run"
        self.works("train", "--dataset", f"images:{root}", "--network", "resnet20:width=0.25", "--weights",
                   "*=floatsd4:per-channel", *SHORT, "--output", run)
        self.works("verify", run / "last.pt", run / "model.safetensors", "--threads", "1")
        self.works("train", "--resume", "--output", run, "--threads", "1")

    def test_classes_are_those_of_the_images_that_a_network_is_trained_on(self):
        before, after = self.folder / "before", self.folder / "after"
        for root in (before, after):
            write_folder(root, 12, 12, 1, classes=3, train=8, test=2)
        for part in ("train", "test"):
            (after / part / "kind 2").rename(after / part / "a kind")
        net = self.folder / "net.json"
        net.write_text(json.dumps({"name": "net", "input": {"shape": [1, 12, 12]}, "nodes": [
            {"name": "flatten", "kind": "flatten"}, {"name": "fc", "kind": "linear", "out_features": 3}]}))
        first, second = self.folder / "first", self.folder / "second"
        rules = ["--weights", "*=int8:per-channel", *SHORT]
        self.works("train", "--network", net, "--dataset", f"images:{before}", *rules, "--output", first)
        self.assertIn("classes: kind 0, kind 1, kind 2", self.works("inspect", first / "model.safetensors").stdout)
        for model in ("model.safetensors", "last.pt"):
            self.refuses("'kind 0' is class 1, but class 0 of net", "eval", first / model, "--dataset", f"images:{after}")
        done = self.works("train", "--init", first / "last.pt", "--dataset", f"images:{after}", *rules, "--output", second)
        self.assertIn("the classes get the names of ", done.stderr)
        self.assertIn("classes: a kind, kind 0, kind 1", self.works("inspect", second / "model.safetensors").stdout)
        own = json.loads(net.read_text())
        net.write_text(json.dumps({**own, "classes": ["two", "naught", "one"]}))  # other words
        self.works("train", "--network", net, "--dataset", f"images:{after}", *rules, "--output", self.folder / "third")
        self.assertIn("classes: two, naught, one",
                      self.works("inspect", self.folder / "third" / "model.safetensors").stdout)
        net.write_text(json.dumps({**own, "classes": ["kind 0", "kind 1", "a kind"]}))
        self.refuses("'a kind' is class 0, but class 2 of ", "train", "--network", net, "--dataset", f"images:{after}",
                     *rules, "--output", self.folder / "fourth")

    def test_a_resized_run_keeps_its_size(self):
        root = self.folder / "photos"
        write_folder(root, 30, 34, 1, classes=10, train=4, test=2)
        run = self.folder / "run"
        self.works("train", "--dataset", f"images:{root}", "--resize", "28x28", *SHORT, "--output", run)
        self.assertIn('resize = "28x28"', (run / "config.toml").read_text())
        self.works("train", "--resume", "--output", run, "--threads", "1")
        self.refuses("1 x 28 x 29", "train", "--dataset", f"images:{root}", "--resize", "28x29", *SHORT, "--resume",
                     "--output", run)
        self.works("eval", run / "last.pt", "--dataset", f"images:{root}", "--resize", "28x28", "--threads", "1")
        said = json.loads(self.works("eval", run / "last.pt", "--threads", "1", "--json").stdout)
        self.assertEqual(said["dataset"], f"images:{root}")
        self.assertEqual(said["total"], 20, "not the images that it was trained on")
        self.refuses("30 x 34", "eval", run / "last.pt", "--dataset", f"images:{root}", "--threads", "1")

    def test_a_baseline_keeps_the_size(self):
        root = self.folder / "photos"
        write_folder(root, 30, 34, 1, classes=10, train=4, test=2)
        run, baseline = self.folder / "run", self.folder / "baseline.json"
        self.works("train", "--dataset", f"images:{root}", "--resize", "28x28", *FLOATSD4, *SHORT, "--output", run)
        self.works("check", run / "last.pt", "--baseline", baseline, "--update")
        self.assertEqual(json.loads(baseline.read_text())["images"]["resize"], "28x28")
        for file in ("last.pt", "model.safetensors"):
            self.works("check", run / file, "--baseline", baseline)
        before = baseline.read_text()
        self.works("check", run / "last.pt", "--baseline", baseline, "--update")
        self.assertEqual(baseline.read_text(), before)
        baseline.write_text(before.replace("28x28", "28"))
        self.refuses(f"{baseline}: images: ", "check", run / "last.pt", "--baseline", baseline)

    def test_what_starts_from_a_run_takes_its_images(self):
        root = self.folder / "photos"
        write_folder(root, 30, 34, 1, classes=7, train=4, test=2)
        run = self.folder / "run"
        self.works("train", "--dataset", f"images:{root}", "--resize", "28x28", *SHORT, "--output", run)
        last, taken = run / "last.pt", f'dataset = "images:{root}"'
        for name, arguments in (("calibrated", ["calibrate", last, *FLOATSD4, "--threads", "1"]),
                                ("retrained", ["train", "--init", last, *FLOATSD4, *SHORT]),
                                ("swept", ["sweep", "--init", last, *FLOATSD4, *SHORT, "--formats", "int8"])):
            done = self.works(*arguments, "--output", self.folder / name)
            self.assertIn(f"images: images:{root}, on which {last} was trained; --dataset names others", done.stderr)
            for config in (self.folder / name).rglob("config.toml"):
                self.assertIn(taken, config.read_text())
                self.assertIn('resize = "28x28"', config.read_text())
        mixed = self.folder / "mixed.toml"
        self.works("search", last, *FLOATSD4, "--formats", "int2", "int8", "--budget", "bytes=60%", "--images", "10",
                   "--sensitivity-images", "10", "--threads", "1", "--output", mixed)
        self.assertIn(taken, mixed.read_text())
        for given in (["--dataset", "mnist"], ["--config", self.folder / "given.toml"]):
            (self.folder / "given.toml").write_text('dataset = "mnist"\n')
            self.refuses("classes", "train", "--init", last, *given, *SHORT, "--output", self.folder / "given")

    def test_validation_images_choose_the_best_epoch_and_are_not_trained_on(self):
        run = self.folder / "run"
        done = self.works("train", "--validation", "64", *SHORT, "--output", run)
        self.assertRegex(done.stderr, r"epoch 1/2 .* validation accuracy \d+\.\d\d % \(\d+ of 64\)")
        self.assertNotIn("chosen by the test images", done.stderr)
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual([line["validation_total"] for line in lines], [64, 64])
        self.assertNotIn("accuracy", lines[0])
        self.assertIn("validation = 64\n", (run / "config.toml").read_text())
        self.assertTrue((run / "best.pt").exists())
        # 256 images are left to train on; the test images come at the end
        again = self.works("train", "--validation", "64", *SHORT, "--output", self.folder / "again", "--json")
        self.assertEqual(json.loads(again.stdout)["total"], 50)
        self.assertEqual((self.folder / "again" / "best.pt").read_bytes(), (run / "best.pt").read_bytes())

    def test_a_resumed_run_keeps_its_validation_images(self):
        run = self.folder / "run"
        self.works("train", "--validation", "64", *SHORT, "--output", run)
        self.works("train", "--validation", "64", *SHORT, "--resume", "--output", run)
        self.refuses("the run has 'validation = 64', the command 'validation = 65'", "train", "--validation", "65", *SHORT, "--resume", "--output", run)
        self.refuses("the run has 'seed = 1', the command 'seed = 2'", "train", "--validation", "64", "--seed", "2", *SHORT,
                     "--resume", "--output", run)
        self.assertIn("validation = 7\n", self.works("train", "--validation", "7", "--print-config").stdout)

    def test_without_validation_images_the_run_says_what_chooses(self):
        done = self.works("train", *SHORT, "--output", self.folder / "run")
        self.assertIn("best.pt is chosen by the test images; --validation N holds out training images for that\n",
                      done.stderr)
        self.assertRegex(done.stderr, r"epoch 1/2 .* test accuracy \d")

    def test_more_validation_images_than_there_are_is_refused(self):
        self.refuses("mnist: 320 of 320 training images to hold out, expected 1 to 319", "train", "--validation", "320",
                     *SHORT, "--output", self.folder / "run")
        self.refuses("mnist: 40 of 40 training images", "train", "--validation", "40", "--limit", "40", *SHORT,
                     "--output", self.folder / "run")

    def test_parts_that_do_not_fit_each_other_are_refused(self):
        for part, side in (("train", 28), ("test", 27)):
            (self.folder / f"x_{part}.npy").write_bytes(npy("|u1", (2, 28, side), bytes(2 * 28 * side)))
            (self.folder / f"y_{part}.npy").write_bytes(npy("<i8", (2,), bytes(16)))
        self.refuses("test images of 1 x 28 x 27, expected 1 x 28 x 28 as the training images are", "train", "--dataset",
                     f"npy:{self.folder}", *SHORT, "--output", self.folder / "run")


if __name__ == "__main__":
    unittest.main()
