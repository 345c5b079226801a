#!/usr/bin/env python3
"""`floatsd export`: which images it takes, and what it leaves in a folder.

usage: export_test.py FLOATSD [unittest arguments]
"""
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

from dataset_test import write_folder
from small_images import write_images
from the_command import FLOATSD4, run

try:
    import numpy
except ImportError:
    numpy = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
SHORT = ["--epochs", "1", "--batch-size", "32", "--threads", "1", "--skip-eval", "--quiet"]
OWN_FORMAT = {"name": "mine", "levels": [0, 1, 3, 9, 27]}


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-export-"))
        write_images(cls.shared / "data/mnist", 64, 20)
        write_folder(cls.shared / "photos", 30, 30, 1, classes=10, train=4, test=1)
        cls.works("train", *SHORT, *FLOATSD4, "--output", cls.shared / "run")
        cls.works("train", *SHORT, *FLOATSD4, "--dataset", f"images:{cls.shared / 'photos'}", "--output",
                  cls.shared / "own")
        cls.model, cls.own = (cls.shared / name / "model.safetensors" for name in ("run", "own"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))

    @classmethod
    def works(cls, *arguments):
        done = run(*arguments, data=cls.shared / "data")
        assert done.returncode == 0, done.stderr
        return done

    def refuses(self, message, *arguments):
        done = run(*arguments, data=self.shared / "data")
        said = "".join(line for line in done.stderr.splitlines(True) if not line.startswith("images: "))
        self.assertEqual((done.returncode, said), (2, f"floatsd: {message}\n"))  # but for whose images they are

    def exported(self, form, *more, model=None):
        folder = self.folder / "to"
        self.works("export", model or self.model, "--to", form, *more, "-o", folder)
        return folder

    def test_images_of_another_shape_are_refused_as_eval_refuses_them(self):
        photos = ("--dataset", f"images:{self.shared / 'photos'}")
        told = run("eval", self.model, *photos, data=self.shared / "data").stderr
        self.assertIn("images of 1 x 30 x 30, expected 1 x 28 x 28", told)
        for form in ("c", "vectors"):
            self.refuses(told[len("floatsd: "):-1], "export", self.model, "--to", form, *photos, "-o",
                         self.folder / form)
            self.assertFalse((self.folder / form).exists())

    def test_fewer_images_than_were_asked_for_are_said_in_a_line(self):
        done = self.works("export", self.model, "--to", "vectors", "--images", "30", "-o", self.folder / "v", "--json")
        self.assertEqual(json.loads(done.stdout)["images"], 20)
        self.assertIn("mnist: has 20 test images, fewer than the 30 of --images\n", done.stderr)
        self.assertEqual(json.loads((self.folder / "v/index.json").read_text())["images"], 20)

    def test_options_of_images_are_refused_for_forms_without(self):
        for option in (("--images", "3"), ("--dataset", "mnist"), ("--resize", "28x28"), ("--overwrite",)):
            for form in ("onnx", "pytorch"):
                self.refuses(f"{option[0]}: only of --to c and --to vectors, found --to {form}", "export", self.model,
                             "--to", form, *option, "-o", self.folder / "out")

    def test_a_network_of_no_known_shape_is_told_the_ways_out(self):
        message = ("no data set has images of [1, 30, 30], expected a data set that is named by --dataset")
        self.refuses(message + "; --images 0 writes no test", "export", self.own, "--to", "c", "-o",
                     self.folder / "c")
        self.refuses(message, "export", self.own, "--to", "vectors", "-o", self.folder / "v")
        self.exported("c", "--images", "0", model=self.own)
        self.refuses("--dataset mnist: --images 0 reads no images", "export", self.own, "--to", "c", "-o",
                     self.folder / "no-images", "--images", "0", "--dataset", "mnist")

    def test_a_folder_that_holds_something_is_left_alone(self):
        for form in ("c", "vectors"):
            folder = self.folder / form
            folder.mkdir()
            (folder / "lenet.c").write_text("mine")
            self.refuses(f"{folder}: not an empty folder; --overwrite replaces an earlier export in it", "export",
                         self.model, "--to", form, "-o", folder)
            self.assertEqual(names(folder), ["lenet.c"])
            self.assertEqual((folder / "lenet.c").read_text(), "mine")

    def test_overwrite_removes_an_earlier_export_and_nothing_else(self):
        for first, second in ((("c",), ("c", "--images", "0")), (("c",), ("vectors",)), (("vectors",), ("c",))):
            with self.subTest(first=first, second=second):
                folder = self.exported(*first)
                (folder / "notes.txt").write_text("mine")
                (folder / "main.c").write_text('/* runs what floatsd exported */\n#include "lenet.h"\n')
                (folder / "mine.npy").write_text("mine")
                self.exported(*second, "--overwrite")
                found = set(names(folder))
                shutil.rmtree(folder)
                fresh = set(names(self.exported(*second)))
                self.assertEqual(found, fresh | {"notes.txt", "main.c", "mine.npy"})
                shutil.rmtree(folder)

    def test_an_index_names_no_file_elsewhere(self):
        folder, other = self.exported("vectors"), self.folder / "other.npy"
        other.write_text("mine")
        index = json.loads((folder / "index.json").read_text())
        index["layers"][0]["output"] = "../other"
        index["layers"][1] = 3
        (folder / "index.json").write_text(json.dumps(index))
        self.exported("vectors", "--overwrite")
        self.assertTrue(other.exists())

    def test_an_export_that_fails_leaves_what_was_there(self):
        folder = self.exported("c")
        before = names(folder)
        (folder / "input.codes.npy").mkdir()  # the name of a file of golden vectors
        self.refuses(f"{folder}/input.codes.npy: cannot be written: it exists and is no regular file", "export",
                     self.model, "--to", "vectors", "--overwrite", "-o", folder)
        self.assertEqual(names(folder), sorted([*before, "input.codes.npy"]))

    def test_what_a_killed_export_left_is_no_export(self):
        folder = self.folder / "to"
        (folder / "export.part").mkdir(parents=True)
        (folder / "export.part/lenet.h").write_text("half")
        self.exported("c")
        self.assertEqual(names(folder), ["lenet.c", "lenet.h", "lenet_test.c"])

    def test_a_folder_that_cannot_be_made_says_why(self):
        file = self.folder / "file"
        file.write_text("")
        for form in ("c", "vectors"):
            self.refuses(f"{file}/in: cannot be made: Not a directory", "export", self.model, "--to", form, "-o",
                         file / "in")

    def test_networks_of_any_name_leave_in_every_form(self):
        text = json.loads((ROOT / "configs/mnist-small.json").read_text())
        for name in ("", "n" * 300):
            net = self.folder / "net.json"
            net.write_text(json.dumps({**text, "name": name}))
            self.works("train", "--network", net, *SHORT, "--weights", "*=int8:per-channel", "--output",
                       self.folder / "named", "--overwrite")
            model = self.folder / "named/model.safetensors"
            shutil.rmtree(self.exported("c", model=model))
            for style in ("integer", "qdq", "qonnx"):
                self.works("export", model, "--to", "onnx", "--style", style, "-o", self.folder / "a.onnx")
                self.check_onnx(self.folder / "a.onnx")

    def check_onnx(self, file):
        try:
            import onnx
        except ImportError:
            return
        onnx.checker.check_model(onnx.load(file))

    @unittest.skipUnless(numpy, "numpy is not installed (scripts/setup --tests)")
    def test_the_numpy_example_reads_every_kind_of_format(self):
        sys.path.insert(0, str(ROOT / "examples/python"))
        import run_numpy
        own = self.folder / "mine.json"
        own.write_text(json.dumps(OWN_FORMAT))
        for format_name in ("int5", "sd3", "floatsd8-e2g33", "apot5", "fp6-e3m2", own):
            with self.subTest(format_name):
                self.works("calibrate", self.shared / "run/last.pt", "--weights", f"*={format_name}:per-channel",
                           "--images", "10", "--threads", "1", "--quiet", "--output", self.folder / "ptq",
                           "--overwrite")
                model = self.folder / "ptq/model.safetensors"
                folder = self.exported("vectors", model=model)
                index = json.loads((folder / "index.json").read_text())
                layers = run_numpy.run(run_numpy.read_model(model), numpy.load(folder / "input.bytes.npy"))
                for codes, files in zip(layers, index["layers"]):
                    self.assertTrue((codes == numpy.load(folder / f"{files['output']}.npy")).all(), files["name"])
                shutil.rmtree(folder)


if __name__ == "__main__":
    unittest.main()
