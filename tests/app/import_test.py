#!/usr/bin/env python3
"""Weights that users bring: whatever wraps them, lies beside them or contains them.

usage: import_test.py FLOATSD [unittest arguments]
"""
import argparse
import collections
import datetime
import enum
import json
import os
import pathlib
import shutil
import sys
import tempfile
import unittest
import warnings

try:
    import numpy
    import torch
except ImportError:
    sys.exit(77)  # skipped

from small_images import TEST, write_images
from the_command import run

warnings.filterwarnings("ignore")


class LeNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 16, 5, padding=2)
        self.conv2 = torch.nn.Conv2d(16, 32, 5)
        self.conv3 = torch.nn.Conv2d(32, 120, 5)
        self.fc1 = torch.nn.Linear(120, 84)
        self.fc2 = torch.nn.Linear(84, 10)


class Colour(enum.Enum):
    RED = 1


class Config(dict):
    pass


class Import(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-test-"))
        cls.data = cls.shared / "data"
        write_images(cls.data / "mnist")
        result = json.loads(cls.floatsd(
            cls, "train", "--epochs", "4", "--batch-size", "32", "--lr", "0.05", "--threads", "1",
            "--output", cls.shared / "run", "--json").stdout)
        cls.correct = result["correct"]
        cls.last = cls.shared / "run" / "last.pt"
        cls.state = torch.load(cls.last)["state_dict"]
        cls.zeros = {name: 0 * tensor for name, tensor in cls.state.items()}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.file = pathlib.Path(tempfile.mkdtemp(dir=self.shared)) / "weights.pt"

    def floatsd(self, *arguments):
        return run(*arguments, data=self.data)

    def evaluated(self, *flags):
        """The number of images that the file's weights get right, and what was said."""
        done = self.floatsd("eval", self.file, "--threads", "1", "--json", *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["correct"], done.stderr

    def takes(self, value, said, *flags, **options):
        torch.save(value, self.file, **options)
        correct, stderr = self.evaluated(*flags)
        self.assertEqual(correct, self.correct, stderr)
        self.assertIn(f"{self.file}: weights taken from {said}", stderr)
        return stderr

    def refuses(self, *messages, command=("eval",), flags=(), code=2):
        done = self.floatsd(*command, self.file, *flags)
        self.assertEqual(done.returncode, code, done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        for message in (str(self.file), *messages):
            self.assertIn(message, lines[0])

    def prefixed(self, prefix, state=None):
        return {prefix + name: tensor for name, tensor in (state or self.state).items()}

    # Wrappers and prefixes

    def test_weights_are_found_in_any_dict_behind_any_prefix(self):
        layers = sorted({name.split(".")[0] for name in self.state})
        for value, said in (
                ({"epoch": 3, "model_state_dict": self.state, "loss": torch.tensor(0.3)},
                 "'model_state_dict'"),
                ({"a": {"b": self.prefixed("net.module.")}}, "'a.b', prefix 'net.module.'"),
                (self.prefixed("_orig_mod."), "the top level, prefix '_orig_mod.'"),
                (self.prefixed("module.module."), "the top level, prefix 'module.module.'"),
                ({**self.prefixed("module."), "n_averaged": torch.tensor(3)},
                 "the top level, prefix 'module.'"),
                ({"models": [self.state]}, "'models.0'"),
                ({"params": {layer: {part: self.state[f"{layer}.{part}"] for part in ("weight", "bias")}
                             for layer in layers}}, "the top level, prefix 'params.'"),
                ({**self.state, "total_ops": torch.zeros(1), "conv1.total_ops": torch.zeros(1)},
                 "the top level\n")):
            with self.subTest(said):
                self.takes(value, said)

    def test_wrappers_inside_names_are_matched_like_prefixes(self):
        def wrapped(*wrappers, prefix=""):
            """Each layer behind other wrappers: conv1._orig_mod.weight."""
            return {prefix + name.replace(".", f".{wrappers[i % len(wrappers)]}.", 1): tensor
                    for i, (name, tensor) in enumerate(self.state.items())}
        for value, said in (
                (wrapped("_orig_mod"), "the top level\n"),
                (wrapped("module", "_fsdp_wrapped_module._checkpoint_wrapped_module"), "the top level\n"),
                (wrapped("_orig_mod", prefix="_fsdp_wrapped_module."),
                 "the top level, prefix '_fsdp_wrapped_module.'"),
                ({"state_dict": wrapped("module._orig_mod", prefix="model.")}, "'state_dict', prefix 'model.'")):
            with self.subTest(said):
                self.takes(value, said)

    def test_of_raw_weights_and_an_average_one_is_taken_and_the_other_can_be_asked_for(self):
        both = {"state_dict_ema": self.zeros, "state_dict": self.state}
        said = self.takes(both, "'state_dict'; a whole set lies under 'state_dict_ema', too")
        self.assertIn("--weights-from", said)
        self.takes({"state_dict": self.zeros, "state_dict_ema": self.state}, "'state_dict_ema'",
                   "--weights-from", "state_dict_ema")
        one_dict = {**self.prefixed("model.", self.zeros), **self.prefixed("ema_model.module.")}
        self.takes(one_dict, "the top level, prefix 'ema_model.module.'", "--weights-from", "ema_model")
        self.refuses("no weights under 'emma', expected one of 'model', 'ema_model.module'",
                     flags=("--weights-from", "emma"))

    def test_parameters_of_another_layer_are_said_and_one_too_many_in_a_layer_is_refused(self):
        said = self.takes({**self.state, "aux.weight": torch.zeros(3)}, "the top level")
        self.assertIn("'aux.weight' belong to layers that the network has not", said)
        torch.save({**self.state, "conv1.running_mean": torch.zeros(16)}, self.file)
        self.refuses("conv1.running_mean is not a tensor of lenet")

    def test_a_failure_says_what_is_missing_what_there_is_and_what_would_fit(self):
        part = {name: tensor for name, tensor in self.state.items() if not name.startswith("fc2")}
        torch.save({"net": self.prefixed("module.", part)}, self.file)
        self.refuses("under 'net.module' 2 of 10 tensors of lenet are missing: fc2.weight [10, 84], "
                     "fc2.bias [10]; it has 8 tensors: net.module.conv1.weight [16, 1, 5, 5]")
        torch.save({**self.state, "conv1.weight": torch.zeros(6, 1, 5, 5),
                    "conv1.bias": torch.zeros(6)}, self.file)
        self.refuses("conv1.weight: shape [6, 1, 5, 5], expected [16, 1, 5, 5] (2 tensors")
        torch.save(self.state, self.file)
        self.refuses("it would fit network lenet", flags=("--network", "resnet20"))
        torch.save({"optimizer": {"lr": 0.1}}, self.file)
        self.refuses("has no tensors by name")
        torch.save({"net": {name: tensor.to_sparse() for name, tensor in self.state.items()}}, self.file)
        self.refuses("has no tensors by name", "what it has is not read: net.conv1.weight: torch.", " and 4 more")
        torch.save(torch.zeros(3), self.file)
        self.refuses("it has 1 tensor: one without a name [3]")
        torch.save(self.state, self.file)
        self.refuses("no weights under 'x', expected no key: its one set lies at the top level",
                     flags=("--weights-from", "x"))
        torch.save({name: tensor.to(torch.int32) for name, tensor in self.state.items()}, self.file)
        self.refuses("conv1.weight: elements of type Int, expected floats")

    # What lies beside the weights

    def test_objects_beside_the_weights_do_not_matter(self):
        junk = {"state_dict": self.state, "best": numpy.float64(99.1), "losses": numpy.arange(3),
                "counter": collections.Counter("aab"), "args": argparse.Namespace(lr=0.1),
                "device": torch.device("cpu"), "tree": collections.defaultdict(list, a=[1]),
                "sets": ({1, 2}, frozenset([3])), "path": pathlib.Path("/x"), "big": 2**100,
                "colour": Colour.RED, "when": datetime.datetime(2020, 1, 1), "bytes": b"abc",
                "complex": torch.zeros(2, dtype=torch.complex64), "sparse": torch.eye(2).to_sparse(),
                "keys": {(1, 2): 3, 1.5: 2, None: 1}, "call": os.path.join,
                "random": numpy.random.RandomState(1), "meta": torch.zeros(2, device="meta")}
        for protocol in (2, 3, 4, 5):
            self.takes(junk, "'state_dict'", pickle_protocol=protocol)
        self.takes({"model": Config(self.state)}, "'model'")

    # Containers

    def test_every_container_of_named_tensors_is_read(self):
        for protocol in (2, 4):
            self.takes({"state_dict": self.state, "best": 91.7}, "'state_dict'",
                       pickle_protocol=protocol, _use_new_zipfile_serialization=False)
        for name, save in (("w.npz", numpy.savez), ("c.npz", numpy.savez_compressed)):
            self.file = self.file.with_name(name)
            save(self.file, **{name: tensor.numpy() for name, tensor in self.state.items()})
            self.assertEqual(self.evaluated()[0], self.correct)
        try:
            from safetensors.torch import save_file
        except ImportError:
            return
        self.file = self.file.with_name("w.safetensors")
        save_file(self.prefixed("model."), self.file)
        self.assertEqual(self.evaluated()[0], self.correct)

    def test_whole_networks_are_named_with_the_way_out(self):
        for value in (LeNet(), {"model": LeNet()}):
            torch.save(value, self.file)
            self.refuses("a whole network with its code, '__main__.LeNet'", "state_dict()")

    # Preprocessing

    def test_mean_and_deviation_stay_with_the_weights_to_the_model_file(self):
        torch.save(self.state, self.file)
        said = self.evaluated()[1]
        self.assertIn("input: (byte / 255 - mean) / std, mean 0, std 1", said)
        run = self.file.with_name("run")
        flags = ["--mean", "0.1307", "--std", "0.3081"]
        self.floatsd("train", "--epochs", "1", "--threads", "1", *flags, "--output", run)
        architecture = json.loads(torch.load(run / "last.pt")["floatsd"]["architecture"])
        self.assertEqual(architecture["input"], {"shape": [1, 28, 28], "mean": [0.1307], "std": [0.3081]})
        plain = self.file.with_name("plain.pt")
        torch.save(torch.load(run / "last.pt")["state_dict"], plain)
        results = [json.loads(self.floatsd("eval", *arguments, "--json").stdout)["correct"]
                   for arguments in ([run / "last.pt"], [plain, *flags])]
        self.assertEqual(results[0], results[1])
        quantized = self.file.with_name("ptq")
        done = self.floatsd("calibrate", run / "last.pt", "--weights", "*=int8:per-channel",
                            "--output", quantized, "--json")  # the mean is the checkpoint's
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("0.1307", (quantized / "config.toml").read_text())
        self.assertEqual(self.floatsd("verify", quantized / "last.pt",
                                      quantized / "model.safetensors").returncode, 0)

    def test_an_import_near_chance_names_preprocessing(self):
        torch.save(self.zeros, self.file)
        self.assertIn("preprocessing", self.evaluated()[1])
        torch.save(self.state, self.file)
        self.assertNotIn("preprocessing", self.evaluated()[1])

    def test_a_training_that_starts_near_chance_names_preprocessing(self):
        for state, is_warned in ((self.zeros, True), (self.state, False)):
            torch.save(state, self.file)
            done = self.floatsd("train", "--init", self.file, "--epochs", "1", "--limit", "64", "--threads", "1",
                                "--output", self.file.with_name(f"run-{is_warned}"))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual("near chance; the usual cause is another preprocessing" in done.stderr, is_warned,
                             done.stderr)

    def test_a_mean_or_deviation_that_cannot_be_is_refused(self):
        torch.save(self.state, self.file)
        for flags, message in ((("--std", "0"), "std: 0"), (("--mean", "nan"), "mean: nan"),
                               (("--mean", "0.1", "0.2"), "mean: 2 numbers, expected 1, one for each")):
            done = self.floatsd("eval", self.file, *flags)
            self.assertEqual(done.returncode, 2)
            self.assertIn(message, done.stderr)
        done = self.floatsd("eval", self.last, "--mean", "0.1")
        self.assertIn("is a floatsd checkpoint, which knows its input", done.stderr)

    # Damaged numbers

    def test_a_checkpoint_with_a_value_that_is_no_number_is_refused_everywhere(self):
        checkpoint = torch.load(self.last)
        checkpoint["state_dict"]["conv2.weight"][1, 0, 0, 0] = float("nan")
        torch.save(checkpoint, self.file)
        for command in (("eval",), ("convert", "-o", self.shared / "m"), ("analyze",)):
            self.refuses("conv2.weight: a value that is not", command=command)
        for value in (float("nan"), float("inf")):
            torch.save({**self.state, "fc1.bias": torch.full((84,), value)}, self.file)
            self.refuses("fc1.bias: a value that is not finite")

    # The parameter checker

    def quantized(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            levels = torch.tensor([0., 1, -2, 4, 64]).repeat(80).reshape(16, 1, 5, 5)
            scales = torch.linspace(0.01, 0.02, 16, dtype=torch.float64)
            weight = torch.quantize_per_channel(levels * scales.reshape(16, 1, 1, 1).float(), scales,
                                                torch.zeros(16, dtype=torch.int64), 0, torch.qint8)
            packed = torch.quantize_per_tensor(torch.tensor([[0.5, -0.25]]), 0.25, 0, torch.qint8)
        return {"conv1.weight": weight, "conv1.bias": torch.zeros(16, dtype=torch.int32),
                "conv1.scale": torch.tensor(0.1), "conv1.zero_point": torch.tensor(3),
                "fc1._packed_params.dtype": torch.qint8,
                "fc1._packed_params._packed_params": (packed, torch.tensor([0.5]))}

    def test_inspect_reads_quantized_state_dicts(self):
        torch.save(self.quantized(), self.file)
        done = self.floatsd("inspect", self.file, "--json", "--as", "floatsd4")
        self.assertEqual(done.returncode, 0, done.stderr)
        tensors = {tensor["name"]: tensor for tensor in json.loads(done.stdout)["tensors"]}
        conv = tensors["conv1.weight"]
        self.assertEqual((conv["type"], conv["shape"], conv["axis"]), ("qint8", [16, 1, 5, 5], 0))
        self.assertEqual(conv["histogram"], {"-2": 80, "0": 80, "1": 80, "4": 80, "64": 80})
        self.assertEqual((len(conv["scales"]), conv["zero_points"]), (16, [0] * 16))
        self.assertEqual(tensors["conv1.bias"]["type"], "int32")
        packed = tensors["fc1._packed_params._packed_params[0]"]
        self.assertEqual((packed["scales"], packed["histogram"]), ([0.25], {"-1": 1, "2": 1}))
        text = self.floatsd("inspect", self.file, "--layer", "conv1").stdout
        self.assertIn("[15, 0, 4]    0    1   -2    4   64", text)
        self.assertNotIn("fc1", text)

    def test_inspect_as_a_format_exits_with_1_and_the_place(self):
        state = self.quantized()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            levels = torch.full((1, 2, 2), 8.)
            levels[0, 1, 0] = 127
            state["conv2.weight"] = torch.quantize_per_tensor(levels, 1.0, 0, torch.qint8)
        torch.save(state, self.file)
        done = self.floatsd("inspect", self.file, "--as", "floatsd4")
        self.assertEqual(done.returncode, 1)
        self.assertIn("conv2.weight[0, 1, 0] is 127, which is no level of floatsd4", done.stderr)
        self.assertEqual(self.floatsd("inspect", self.file, "--as", "int8").returncode, 0)

    def test_a_quantized_state_dict_is_the_start_of_a_retraining(self):
        run = self.file.with_name("run")
        done = self.floatsd("calibrate", self.last, "--weights", "*=int8:per-channel", "--output", run,
                            "--json")
        integer = json.loads(done.stdout)["correct"]
        exported = self.file.with_name("model.pt")
        self.floatsd("export", run / "model.safetensors", "--to", "pytorch", "-o", exported)
        shutil.copy(exported, self.file)
        correct, said = self.evaluated()
        self.assertIn("real values of quantized tensors", said)
        self.assertLessEqual(abs(correct - integer), TEST // 50)
        done = self.floatsd("train", "--init", exported, "--weights", "*=int8:per-channel", "--epochs",
                            "2", "--threads", "1", "--output", self.file.with_name("again"))
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
