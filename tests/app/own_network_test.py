#!/usr/bin/env python3
"""A network that the zoo does not know, through every subcommand.

usage: own_network_test.py FLOATSD [unittest arguments]
"""
import json
import pathlib
import re
import shutil
import tempfile
import unittest

from small_images import write_images
from the_command import run

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHORT = ["--epochs", "2", "--threads", "1"]
RULES = ["--weights", "*=floatsd4:per-channel"]


class OwnNetwork(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-own-"))
        write_images(cls.folder / "data" / "mnist", 320, 50)
        page = (ROOT / "docs/architecture.md").read_text()
        cls.net = cls.folder / "net.json"
        cls.net.write_text(re.search(r"```json\n(.*?)```", page, re.S).group(1))
        cls.floatsd(cls, "train", "--network", cls.net, *SHORT, "--output", cls.folder / "float")
        cls.floatsd(cls, "train", "--network", cls.net, *SHORT, *RULES, "--output", cls.folder / "run")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def floatsd(self, *arguments, code=0):
        done = run(*arguments, data=self.folder / "data")
        assert done.returncode == code, f"exit {done.returncode}: {arguments}\n{done.stderr}"
        return done.stdout if code == 0 else done.stderr

    def test_its_checkpoint_is_enough_to_go_on_from(self):
        last, model = self.folder / "run/last.pt", self.folder / "run/model.safetensors"
        self.assertEqual(json.loads(self.floatsd("eval", last, "--json"))["correct"],
                         json.loads(self.floatsd("eval", model, "--json"))["correct"])
        self.assertEqual(json.loads(self.floatsd("verify", last, model, "--json"))["mismatches"], 0)
        self.assertIn("sum ", self.floatsd("analyze", last, "--images", "20", "--threads", "1"))
        self.assertIn("every value is one of its format", self.floatsd("inspect", model))
        self.floatsd("convert", last, "-o", self.folder / "again.safetensors")
        self.assertEqual((self.folder / "again.safetensors").read_bytes(), model.read_bytes())

    def test_bench_takes_any_number_of_classes(self):
        net = json.loads(self.net.read_text())
        net["nodes"][-1]["out_features"] = 300
        (self.folder / "wide.json").write_text(json.dumps(net))
        self.floatsd("bench", "--network", self.folder / "wide.json", *RULES, "--steps", "1", "--batch-size", "2")

    def test_its_model_leaves_in_every_form(self):
        for form in ("pytorch", "onnx", "c", "vectors"):
            output = self.folder / f"as-{form}"
            said = self.floatsd("export", self.folder / "run/model.safetensors", "--to", form, "-o", output, "--json")
            self.assertEqual(json.loads(said)["output"], str(output))
            self.assertTrue(output.exists())

    def test_layers_may_have_any_name(self):
        """Those of an ONNX graph's own values, one longer than a file's name, and one with a place's separator."""
        net = {"name": "names", "input": {"shape": [1, 28, 28]}, "nodes": [
            {"name": "output", "kind": "conv2d", "out_channels": 4, "kernel": 5, "stride": 3},
            {"name": "x" * 5000, "kind": "relu"}, {"name": "output_2", "kind": "conv2d", "out_channels": 4, "kernel": 3},
            {"name": "input/Cast", "kind": "relu"}, {"name": "y" * 5000, "kind": "linear", "out_features": 12},
            {"name": "output/Clip", "kind": "linear", "out_features": 10}]}
        path, output = self.folder / "names.json", self.folder / "names"
        path.write_text(json.dumps(net))
        self.floatsd("train", "--network", path, *SHORT, "--output", output / "float")
        self.floatsd("train", "--network", path, *SHORT, *RULES, "--output", output / "run")
        model = output / "run/model.safetensors"
        for form in ("pytorch", "c", "vectors"):
            self.floatsd("export", model, "--to", form, "-o", output / form)
        for style in ("integer", "qdq", "qonnx"):
            self.floatsd("export", model, "--to", "onnx", "--style", style, "-o", output / f"{style}.onnx")
        self.floatsd("export", output / "float/last.pt", "--to", "onnx-float", "-o", output / "float.onnx")
        self.floatsd("import", output / "float.onnx", "-o", output / "again.pt")
        self.assertEqual(*(json.loads(self.floatsd("eval", output / file, "--json"))["correct"]
                           for file in ("float/last.pt", "again.pt")))

    def test_float_weights_bring_their_architecture_with_them(self):
        weights = self.folder / "float/last.pt"
        self.floatsd("calibrate", weights, *RULES, "--images", "20", "--output", self.folder / "ptq")
        self.floatsd("train", "--init", weights, *RULES, *SHORT, "--output", self.folder / "retrained")
        config = (self.folder / "retrained/config.toml").read_text()
        self.assertIn(f'network = "{weights}"', config)
        self.floatsd("search", weights, *RULES, "--formats", "int4", "int8", "--budget", "bytes=70%",
                     "--images", "20", "--output", self.folder / "mixed.toml")
        mixed = (self.folder / "mixed.toml").read_text()
        self.assertIn("stem=int", mixed)
        self.floatsd("sweep", "--network", weights, *RULES, *SHORT, "--formats", "float32", "int4",
                     "--teacher", weights, "--output", self.folder / "sweep")

    def test_a_run_goes_on_when_the_file_is_gone(self):
        folder = self.folder / "interrupted"
        net = self.folder / "gone.json"
        net.write_text(self.net.read_text())
        self.floatsd("train", "--network", net, "--epochs", "2", "--sched", "step", "--threads", "1",
                     "--output", folder)
        net.unlink()
        self.floatsd("train", "--resume", "--epochs", "3", "--output", folder)
        self.assertEqual(len((folder / "metrics.jsonl").read_text().splitlines()), 3)

    def test_what_does_not_fit_is_said_in_one_line(self):
        def refused(change, **more):
            net = json.loads(self.net.read_text())
            change(net)
            path = self.folder / "wrong.json"
            path.write_text(json.dumps(net))
            message = self.floatsd("train", "--network", path, *SHORT, "--output", self.folder / "wrong", code=2)
            self.assertEqual(message.count("\n"), 1)
            self.assertFalse((self.folder / "wrong").exists())
            return message

        self.assertIn("mnist: 10 classes, expected 7, the number of outputs of small-residual",
                      refused(lambda net: net["nodes"][-1].update(out_features=7)))
        self.assertIn("images of 1 x 28 x 28, expected 3 x 28 x 28",
                      refused(lambda net: net.update(input={"shape": [3, 28, 28]})))
        self.assertIn("wrong.json: body: kind 'conv' is unknown: did you mean 'conv2d'?",
                      refused(lambda net: net["nodes"][3].update(kind="conv")))
        self.assertIn("sum: inputs of shapes [9, 14, 14] and [8, 14, 14], expected one shape",
                      refused(lambda net: net["nodes"][3].update(out_channels=9)))
        self.assertIn("two tensors would be named body.norm.weight",
                      refused(lambda net: (net["nodes"][4].update(name="bn"),
                                           net["nodes"][5].update(inputs=["bn", "stem.relu"]),
                                           net["nodes"].insert(7, {"name": "body.norm", "kind": "conv2d", "out_channels": 8}))))
        (self.folder / "text.json").write_text("{]")
        self.assertRegex(self.floatsd("train", "--network", self.folder / "text.json", *SHORT, "--output",
                                      self.folder / "wrong", code=2), r"^floatsd: .*text.json is no JSON: line 1, column 2\n$")
        self.assertRegex(self.floatsd("train", "--network", self.folder / "none.json", *SHORT, "--output",
                                      self.folder / "wrong", code=2), r"^floatsd: .*none.json: cannot be ")

    def test_a_network_of_the_zoo_takes_the_images_of_the_data_set(self):
        self.floatsd("train", "--network", "resnet20:width=0.25", "--limit", "64", "--epochs", "1", *RULES,
                     "--freeze-epochs", "0", "--threads", "1", "--output", self.folder / "grey")
        self.floatsd("verify", self.folder / "grey/last.pt", self.folder / "grey/model.safetensors")


if __name__ == "__main__":
    unittest.main()
