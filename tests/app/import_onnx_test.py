#!/usr/bin/env python3
"""ONNX files as a user meets them: README's "Bring your own network", what is refused, and data beside the model.

usage: import_onnx_test.py FLOATSD [unittest arguments]
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

from small_images import write_images
from the_command import FLOATSD, environment, run

try:
    import numpy
    import onnx
    from onnx import helper, numpy_helper
except ImportError:
    onnx = None
try:
    import onnxruntime
except ImportError:
    onnxruntime = None

ROOT = pathlib.Path(__file__).resolve().parents[2]


def write_photos(folder):
    """Images as the network reads them, a folder a class."""
    for part, count in (("train", 12), ("test", 4)):
        for label in range(10):
            place = folder / part / f"class{label}"
            place.mkdir(parents=True)
            for n in range(count):
                pixels = bytearray(784)
                for i in range(36):
                    pixels[(label // 4 * 9 + i // 6) * 28 + label % 4 * 7 + i % 6] = 120 + (n * 31 + i * 17) % 130
                (place / f"{n}.pgm").write_bytes(b"P5 28 28 255\n" + bytes(pixels))


class ImportOnnx(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-import-onnx-"))
        write_images(cls.folder / "data" / "mnist", 320, 50)
        write_photos(cls.folder / "photos")
        cls.floatsd(cls, "train", "--network", "lenet", "--epochs", "1", "--threads", "1",
                    "--output", cls.folder / "float")
        cls.onnx = cls.folder / "net.onnx"
        cls.floatsd(cls, "export", cls.folder / "float/last.pt", "--to", "onnx-float", "-o", cls.onnx)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def floatsd(self, *arguments, code=0):
        done = run(*arguments, data=self.folder / "data")
        assert done.returncode == code, f"exit {done.returncode}: {arguments}\n{done.stderr}"
        return done.stdout if code == 0 else done.stderr

    def refused(self, *arguments):
        message = self.floatsd(*arguments, code=2)
        self.assertEqual(message.count("\n"), 1, message)
        return message

    def test_the_readme_brings_a_network(self):
        page = (ROOT / "README.md").read_text()
        lines = re.search(r"## Bring your own network\n.*?\n\n((?:    [^\n]*\n)+)", page, re.S).group(1)
        commands = [line.strip() for line in lines.replace("\\\n", "").splitlines()]
        self.assertEqual(len(commands), 5)
        path = f"{FLOATSD.parent}:{os.environ['PATH']}"
        for command in commands:
            done = subprocess.run(shlex.split(command, comments=True), cwd=self.folder, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                                  env={**environment(self.folder / "data"), "PATH": path})
            self.assertEqual(done.returncode, 0, f"{command}\n{done.stderr}")
        self.assertRegex(done.stdout, r"fc2 +400 +0 ")

    def test_a_network_comes_back_as_it_was(self):
        again = self.folder / "again.pt"
        said = json.loads(self.floatsd("import", self.onnx, "-o", again, "--json"))
        self.assertEqual((said["network"], said["classes"], said["input_shape"]), ("lenet", 10, [1, 28, 28]))
        self.assertEqual(json.loads(self.floatsd("eval", again, "--json"))["correct"],
                         json.loads(self.floatsd("eval", self.folder / "float/last.pt", "--json"))["correct"])
        self.floatsd("export", again, "--to", "onnx-float", "-o", self.folder / "again.onnx")
        self.assertEqual((self.folder / "again.onnx").read_bytes(), self.onnx.read_bytes())

    @unittest.skipIf(onnxruntime is None, "no onnxruntime")
    def test_onnxruntime_runs_pools_of_any_window(self):
        for name, pool in (
                ("average", {"kind": "average_pool", "window": 2, "stride": 3, "padding": 1, "ceil_mode": True}),
                ("cut", {"kind": "average_pool", "window": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
                ("max", {"kind": "max_pool", "window": 2, "dilation": 3, "padding": 2, "stride": 1})):
            net = {"name": name, "input": {"shape": [1, 28, 28]},
                   "nodes": [{"name": "pool", **pool}, {"name": "fc", "kind": "linear", "out_features": 10}]}
            (self.folder / f"{name}.json").write_text(json.dumps(net))
            self.floatsd("train", "--network", self.folder / f"{name}.json", "--epochs", "1", "--threads", "1",
                         "--skip-eval", "--output", self.folder / name)
            path = self.folder / f"{name}-pool.onnx"
            self.floatsd("export", self.folder / name / "last.pt", "--to", "onnx-float", "-o", path)
            session = onnxruntime.InferenceSession(path)
            pixels = numpy.zeros((1, 1, 28, 28), numpy.float32)
            self.assertEqual(session.run(None, {session.get_inputs()[0].name: pixels})[0].shape, (1, 10))

    def test_flags_say_what_bytes_become(self):
        def spec(*flags):
            said = json.loads(self.floatsd("import", self.onnx, "-o", self.folder / "flags.pt", "--json", *flags))
            return said["mean"], said["std"]

        self.assertEqual(spec(), ([0.0], [1.0]))
        mean, deviation = spec("--input-scale", "255", "--mean", "51", "--std", "25.5")
        self.assertAlmostEqual(mean[0], 0.2, 6)
        self.assertAlmostEqual(deviation[0], 0.1, 6)
        self.assertIn("mean: 2 numbers, expected 1 or 1", self.refused(
            "import", self.onnx, "-o", self.folder / "flags.pt", "--mean", "1,2"))
        self.assertIn("--input-shape 1,28: expected C,H,W", self.refused(
            "import", self.onnx, "-o", self.folder / "flags.pt", "--input-shape", "1,28"))
        self.assertIn("expected that of images [3, 28, 28]", self.refused(
            "import", self.onnx, "-o", self.folder / "flags.pt", "--input-shape", "3,28,28"))

    def test_an_import_that_guesses_is_warned_of(self):
        guessing = self.folder / "guessing.pt"
        self.floatsd("import", self.onnx, "-o", guessing, "--mean", "1", "--std", "1")
        for path, is_warned in ((guessing, True), (self.folder / "float/last.pt", False)):
            done = run("eval", path, data=self.folder / "data")
            self.assertEqual("near chance; the usual cause is another preprocessing" in done.stderr, is_warned, path)

    def test_names_with_slashes_stay_names(self):
        net = {"name": "slashes", "input": {"shape": [1, 28, 28]},
               "nodes": [{"name": "a/b", "kind": "conv2d", "out_channels": 2, "kernel": 3, "stride": 3},
                         {"name": "a/b/relu", "kind": "relu"},
                         {"name": "c/fc", "kind": "linear", "out_features": 10}]}
        path, output = self.folder / "slashes.json", self.folder / "slashes"
        path.write_text(json.dumps(net))
        short = ["--epochs", "1", "--threads", "1", "--quiet"]
        rules = ["--weights", "*=int8:per-channel"]
        self.floatsd("train", "--network", path, *short, "--output", output)
        self.floatsd("calibrate", output / "last.pt", *rules, "--images", "20", "--output", self.folder / "slashes8")
        self.floatsd("train", "--init", output / "last.pt", *rules, *short, "--output", self.folder / "slashes-again")

    def test_files_of_other_kinds_are_named(self):
        nothing = self.folder / "nothing.pt"
        for command in (["eval"], ["train", "--output", nothing, "--init"], ["calibrate", "--output", nothing],
                        ["convert", "-o", nothing], ["analyze"]):
            self.assertIn("is an ONNX model, expected", self.refused(*command, self.onnx))
            self.assertIn("`floatsd import NET.onnx -o NET.pt` makes a checkpoint of it",
                          self.refused(*command, self.onnx))
        self.assertIn("an ONNX model that floatsd wrote, of a float network", self.floatsd("inspect", self.onnx))
        (self.folder / "page.onnx").write_text("<!DOCTYPE html><html>")
        for path, what in ((self.folder / "float/last.pt", "a floatsd checkpoint"),
                           (self.folder / "page.onnx", "an HTML page, as a failed download leaves it")):
            self.assertIn(f"is {what}, expected an ONNX model", self.refused("import", path, "-o", nothing))
        self.assertIn("cannot be read", self.refused("import", self.folder / "none.onnx", "-o", nothing))
        self.assertIn("expected another output", self.refused("import", self.onnx, "-o", self.onnx))
        self.assertFalse(nothing.exists())

    def test_an_integer_network_is_no_float_one(self):
        self.floatsd("calibrate", self.folder / "float/last.pt", "--weights", "*=int8:per-channel", "--images", "20",
                     "--threads", "1", "--output", self.folder / "ptq")
        integer = self.folder / "integer.onnx"
        self.floatsd("export", self.folder / "ptq/model.safetensors", "--to", "onnx", "-o", integer)
        self.assertIn("expected the float network that this one was quantized from",
                      self.refused("import", integer, "-o", self.folder / "integer.pt"))
        self.assertIn("lenet: a quantized checkpoint, expected one of a float network", self.refused(
            "export", self.folder / "ptq/last.pt", "--to", "onnx-float", "-o", self.folder / "no.onnx"))

    @unittest.skipIf(onnx is None, "onnx is not installed (scripts/setup --tests)")
    def test_weights_may_lie_beside_the_model(self):
        home = self.folder / "external"
        home.mkdir()
        model = onnx.load(self.onnx)
        onnx.save_model(model, home / "net.onnx", save_as_external_data=True, location="weights.bin",
                        size_threshold=0)
        self.floatsd("import", home / "net.onnx", "-o", home / "net.pt")
        self.floatsd("import", self.onnx, "-o", home / "whole.pt")
        self.assertEqual((home / "net.pt").read_bytes(), (home / "whole.pt").read_bytes())

        def refused(**entries):
            changed = onnx.load(home / "net.onnx", load_external_data=False)
            tensor = changed.graph.initializer[0]
            for entry in tensor.external_data:
                entry.value = entries.get(entry.key, entry.value)
            (home / "changed.onnx").write_bytes(changed.SerializeToString())
            return self.refused("import", home / "changed.onnx", "-o", home / "no.pt")

        secret = self.folder / "secret"
        secret.write_bytes(bytes(1 << 20))
        (home / "link").symlink_to(secret)
        for location in ("../secret", str(secret), "link"):
            self.assertIn("is outside the model's folder", refused(location=location))
        self.assertIn("is not beside the model: expected a file in its folder", refused(location="none"))
        self.assertIn("but weights.bin has", refused(offset="999999999"))
        self.assertIn("external data: offset '-4', expected a number", refused(offset="-4"))
        self.assertRegex(refused(length="4"), "external data of 4 bytes, expected [0-9]+")

    def test_a_truncated_file_is_one_line_in_plain_words(self):
        whole, part = self.onnx.read_bytes(), self.folder / "part.onnx"
        for size in (len(whole) // 2, len(whole) - 1, 100):
            part.write_bytes(whole[:size])
            message = self.refused("import", part, "-o", self.folder / "no.pt")
            self.assertIn("part.onnx: ends within a part of the ONNX model: truncated or damaged", message)

    @unittest.skipIf(onnx is None, "onnx is not installed (scripts/setup --tests)")
    def test_what_is_dropped_at_the_end_must_keep_the_order_of_classes(self):
        def tried(classes, *nodes, code=2):
            weights = numpy_helper.from_array(numpy.ones((classes, 4), numpy.float32), "w")
            row = [helper.make_node("Flatten", ["x"], ["f"]), helper.make_node("Gemm", ["f", "w"], ["g"], transB=1)]
            graph = helper.make_graph([*row, *nodes], "g", [helper.make_tensor_value_info("x", 1, ["N", 1, 2, 2])],
                                      [helper.make_tensor_value_info("y", 1, None)], [weights])
            path = self.folder / "end.onnx"
            onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
            done = run("import", path, "-o", self.folder / "end.pt")
            self.assertEqual(done.returncode, code, done.stderr)
            return done

        sigmoid = helper.make_node("Sigmoid", ["g"], ["y"], name="s")
        said = tried(2, sigmoid, code=0)
        self.assertIn("Sigmoid 's' at the end was left out: the largest output stays the largest\n", said.stderr)
        self.assertIn("1 node, 10 weights, images [1, 2, 2], 2 classes", said.stdout)
        self.assertIn("Sigmoid 's': expected several outputs, one a class: a Sigmoid of one says yes or no at a half",
                      tried(1, sigmoid).stderr)
        inside = helper.make_node("Sigmoid", ["g"], ["i"], name="s")
        self.assertIn("Sigmoid 's': expected an activation that integers compute exactly",
                      tried(2, inside, helper.make_node("Relu", ["i"], ["y"])).stderr)
        arg_max = [helper.make_node("ArgMax", ["g"], ["y"], name="a", **attributes)
                   for attributes in ({}, {"axis": 1, "select_last_index": 1})]
        self.assertIn("ArgMax 'a': expected an axis that has all the classes", tried(2, arg_max[0]).stderr)
        self.assertIn("ArgMax 'a': expected select_last_index 0", tried(2, arg_max[1]).stderr)

    @unittest.skipIf(onnx is None, "onnx is not installed (scripts/setup --tests)")
    def test_all_nodes_without_a_form_are_named(self):
        nodes = [helper.make_node("LeakyRelu", ["x"], ["a"], name="first"),
                 helper.make_node("Sigmoid", ["a"], ["b"], name="gate"),
                 helper.make_node("Mul", ["a", "b"], ["c"], name="swish"),
                 helper.make_node("LeakyRelu", ["c"], ["d"], name="second"),
                 helper.make_node("Resize", ["d", "", "scales"], ["e"], name="up"),
                 helper.make_node("GlobalAveragePool", ["e"], ["f"], name="mean"),
                 helper.make_node("Flatten", ["f"], ["y"])]
        scales = numpy_helper.from_array(numpy.array([1, 1, 2, 2], numpy.float32), "scales")
        graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", 1, ["N", 3, 8, 8])],
                                  [helper.make_tensor_value_info("y", 1, ["N", 3])], [scales])
        path = self.folder / "unsupported.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
        message = self.refused("import", path, "-o", self.folder / "no.pt")
        for part in ("4 nodes have no form in floatsd", "LeakyRelu 'first', 'second': expected an activation that",
                     "Sigmoid 'gate': expected", "Resize 'up': expected convolutions and pools"):
            self.assertIn(part, message)


if __name__ == "__main__":
    unittest.main()
