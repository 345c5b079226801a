#!/usr/bin/env python3
"""`floatsd inspect` on every file that floatsd writes: a line that says what it is.

usage: inspect_files_test.py FLOATSD [unittest arguments]
"""
import json
import pathlib
import shutil
import tempfile
import unittest

from small_images import write_images
from the_command import FLOATSD4, run

ROOT = pathlib.Path(__file__).resolve().parents[2]


class InspectFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-inspect-"))
        write_images(cls.folder / "data" / "mnist", 128, 50)
        cls.floatsd("train", *FLOATSD4, "--epochs", "2", "--freeze-epochs", "1", "--threads", "1", "--tensorboard", "--output", "run")
        for form, *more in (("c",), ("vectors", "--images", "3"), ("onnx", "--style", "integer"),
                            ("onnx", "--style", "qdq"), ("onnx", "--style", "qonnx")):
            cls.floatsd("export", "run/model.safetensors", "--to", form, *more, "-o", "-".join((form, *more[1:])))
        cls.floatsd("analyze", "run/last.pt", "--threads", "1", "--picture", "layers.svg")
        cls.floatsd("data", "describe", "mnist", "-o", "sheet.png")
        cls.floatsd("manual", "share")
        check = ("check", "run/model.safetensors", "--baseline", "baseline.json", "--threads", "1")
        cls.floatsd(*check, "--update")
        cls.floatsd(*check, "--markdown", "check.md", "--junit", "check.xml")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def floatsd(cls, *arguments):
        done = run(*arguments, data=cls.folder / "data", cwd=cls.folder)
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    def test_a_file_that_is_no_network_is_described_in_a_line(self):
        for file, about in (
                ("run/config.toml", "a config: "),
                ("run/metrics.jsonl", "the metrics of a training: 2 epochs, the last with "),
                ("c/lenet.c", "C of an integer network that floatsd wrote: lenet: an integer network"),
                ("c/lenet.h", "C of an integer network that floatsd wrote: lenet: an integer network"),
                ("c/lenet_test.c", "C of an integer network that floatsd wrote: Compares lenet.c with the interpreter"),
                ("vectors-3/index.json", "golden vectors: 5 layers, images: 3\n"),
                ("vectors-3/input.bytes.npy", "a NumPy array: |u1 3x1x28x28\n"),
                ("vectors-3/input.bytes.hex", "numbers in hex, one a line, for $readmemh: 2352\n"),
                ("onnx-integer", "an ONNX model that floatsd wrote, in the style integer\n"),
                ("onnx-qdq", "an ONNX model that floatsd wrote, in the style qdq\n"),
                ("onnx-qonnx", "an ONNX model that floatsd wrote, in the style qonnx\n"),
                ("layers.svg", "a picture in SVG: "),
                ("run/report.html", "a report of floatsd: run"),
                ("run/metrics.csv", "the metrics of a training as a table, epochs: 2\n"),
                ("sheet.png", "a picture in PNG: "),
                ("check.md", "what floatsd check found: run/model.safetensors: "),
                ("check.xml", "JUnit's XML: "),
                ("share/man/man1/floatsd-train.1", "a man page, of FLOATSD-TRAIN\n"),
                ("share/bash-completion/completions/floatsd", "the completion of floatsd in bash\n"),
                ("share/fish/vendor_completions.d/floatsd.fish", "the completion of floatsd in fish\n"),
                ("share/zsh/site-functions/_floatsd", "the completion of floatsd in zsh\n")):
            said = self.floatsd("inspect", file)
            self.assertTrue(said.startswith(f"{file}: {about}"), (file, said))
            self.assertEqual(len(said.splitlines()), 1)
            self.assertTrue(json.loads(self.floatsd("inspect", file, "--json"))["about"].startswith(about.rstrip()))

    def test_a_folder_of_vectors_is_described_by_its_index(self):
        self.assertEqual(self.floatsd("inspect", "vectors-3"), self.floatsd("inspect", "vectors-3/index.json"))

    def test_a_folder_of_c_is_described_by_its_source(self):
        self.assertEqual(self.floatsd("inspect", "c"), self.floatsd("inspect", "c/lenet.c"))

    def test_what_a_file_without_its_end_is_is_not_said(self):
        events = next((self.folder / "run").glob("*tfevents*"))
        for file in ("run/metrics.jsonl", "run/report.html", "c/lenet.c", "c/lenet.h", "c/lenet_test.c",
                     "vectors-3/input.bytes.npy", "vectors-3/input.bytes.hex", "onnx-integer", "onnx-qdq",
                     "layers.svg", "sheet.png", "check.xml", "run/metrics.csv", "check.md",
                     "share/man/man1/floatsd-train.1", events):
            whole = (self.folder / file).read_bytes()
            short = self.folder / "short"
            short.write_bytes(whole[:len(whole) * 2 // 3 + 1])  # within a line
            done = run("inspect", "short", cwd=self.folder)
            self.assertEqual((done.returncode, done.stdout), (2, ""), file)
            self.assertIn("short: is cut short: ", done.stderr, file)

    def test_of_a_model_file_it_says_what_it_reads(self):
        said = json.loads(self.floatsd("inspect", "run/model.safetensors", "--json"))
        self.assertEqual(said["input_shape"], [1, 28, 28])
        self.assertEqual((len(said["mean"]), len(said["std"])), (1, 1))
        self.assertIn("\nimages 1x28x28, mean ", self.floatsd("inspect", "run/model.safetensors"))
        self.assertNotIn("classes", said)  # MNIST's have no names
        self.assertNotIn("; classes: ", self.floatsd("inspect", "run/model.safetensors"))

    def test_configs_and_architectures_of_this_project_are_known(self):
        for config in sorted((ROOT / "configs").glob("*.toml")):
            self.assertIn(f"{config}: a config: ", self.floatsd("inspect", config))
        self.assertIn("an architecture, small: images 1x28x28, 10 outputs, ",
                      self.floatsd("inspect", ROOT / "configs/mnist-small.json"))

    def test_files_of_tensors_are_named(self):
        for file, kind in (("run/last.pt", "a floatsd checkpoint"), ("run/best.pt", "a floatsd checkpoint"),
                           ("run/model.pt", "a file of torch.save")):
            self.assertIn(f"{file}: {kind}, ", self.floatsd("inspect", file))
        self.assertIn("lenet: ", self.floatsd("inspect", "run/model.safetensors"))

    def test_what_is_damaged_or_another_programs_is_refused(self):
        for name, text, message in (
                ("a.json", '{"input": 1, "nodes": []}', "a.json: 'name' is missing"),
                ("index.json", '{"format": "floatsd vectors", ', "index.json: is damaged, expected a JSON object"),
                ("a.toml", "lr = 1\nlr = 2\n", "a.toml:2:"),
                ("a.onnx", "\x08\x08\x12\x07pytorch", "a.onnx: is an ONNX model, expected ")):
            (self.folder / name).write_text(text)
            done = run("inspect", name, cwd=self.folder)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertTrue(done.stderr.startswith(f"floatsd: {message}"), done.stderr)
        done = run("inspect", "c/lenet.c", "--layer", "conv1", cwd=self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is C of an integer network, expected ", done.stderr)


if __name__ == "__main__":
    unittest.main()
