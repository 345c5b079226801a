#!/usr/bin/env python3
"""What a user of the command meets: files, errors, interruptions. On small images made here.

usage: command_test.py FLOATSD [unittest arguments]
"""
import json
import math
import os
import pathlib
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest

from small_images import TEST, TRAIN, idx, write_images
from the_command import FLOATSD, FLOATSD4, contents, run, start

SHORT = ["--epochs", "2", "--batch-size", "32", "--lr", "0.02", "--threads", "2"]


def last_wins(arguments):
    """Without a flag that comes again, and its values: tests change what they take from SHORT."""
    kept, place = [], {}
    for argument in map(str, arguments):
        flag = argument if argument.startswith("--") else None
        if flag:
            place[flag] = len(kept)
            kept.append([flag])
        elif kept and kept[-1][0].startswith("--"):
            kept[-1].append(argument)
        else:
            kept.append([argument])
    return [word for i, words in enumerate(kept) if place.get(words[0], i) == i for word in words]


class Command(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-test-"))
        cls.data = cls.shared / "data"
        write_images(cls.data / "mnist")
        cls.run_folder = cls.shared / "run"  # a finished run that tests read
        done = cls.floatsd(cls, "train", *FLOATSD4, *SHORT, "--epochs", "3", "--output", cls.run_folder, "--json")
        cls.result, cls.said = json.loads(done.stdout), done.stderr

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))

    def floatsd(self, *arguments, **more):
        return run(*last_wins(arguments), data=self.data, **more)

    def start(self, *arguments):
        return start(*last_wins(arguments), data=self.data)

    def refuses(self, message, *arguments, code=2, **more):
        """One line on stderr that contains `message`; nothing appears in self.folder."""
        before = contents(self.folder)
        done = self.floatsd(*arguments, **more)
        self.assertEqual(done.returncode, code, done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("floatsd: "), lines[0])
        self.assertIn(message, lines[0])
        self.assertEqual(done.stdout, "")
        self.assertEqual(contents(self.folder), before)

    # What a run leaves

    def test_a_run_ends_with_an_integer_network_without_mismatches(self):
        self.assertEqual(self.result["mismatches"], 0)
        self.assertEqual(self.result["accuracy"], self.result["converted_accuracy"])
        for key in ("images_per_second", "peak_memory_mb", "correct", "total"):
            self.assertGreater(self.result[key], 0, key)
        self.assertEqual(self.result["total"], TEST)
        self.assertEqual(sorted(contents(self.run_folder)), [
            "best.pt", "config.toml", "last.pt", "metrics.csv", "metrics.jsonl", "model.pt", "model.safetensors",
            "report.html"])
        phases = [line["phase"] for line in contents(self.run_folder)["metrics.jsonl"]]
        self.assertEqual(phases, ["quantize", "quantize", "ranges frozen"])
        self.assertIn("epoch 2/3  quantize  lr", self.said)
        self.assertIn("epoch 3/3  quantize, ranges frozen  lr", self.said)

    def test_two_runs_with_one_seed_write_equal_bytes_and_another_seed_does_not(self):
        for name, seed in (("a", 5), ("b", 5), ("c", 6)):
            self.floatsd("train", *FLOATSD4, *SHORT, "--seed", seed, "--output", self.folder / name)
        a, b, c = (contents(self.folder / name) for name in "abc")
        self.assertEqual(a, b)
        self.assertNotEqual(a["model.safetensors"], c["model.safetensors"])

    def test_convert_verify_eval_and_inspect_agree_with_the_run(self):
        model = self.folder / "m.safetensors"
        last = self.run_folder / "last.pt"
        self.assertEqual(self.floatsd("convert", last, "-o", model).returncode, 0)
        self.assertEqual(model.read_bytes(), (self.run_folder / "model.safetensors").read_bytes())
        verified = json.loads(self.floatsd("verify", last, model, "--json").stdout)
        self.assertEqual(verified["mismatches"], 0)
        self.assertEqual([layer["name"] for layer in verified["layers"]],
                         ["conv1", "conv2", "conv3", "fc1", "fc2"])
        for file, kind in ((model, "integer"), (last, "prepared")):
            evaluated = json.loads(self.floatsd("eval", file, "--json").stdout)
            self.assertEqual((evaluated["kind"], evaluated["correct"]), (kind, self.result["correct"]))
        report = json.loads(self.floatsd("inspect", model, "--json").stdout)
        self.assertEqual(report["weights"], 120120)
        for layer in report["layers"]:
            self.assertTrue({abs(int(level)) for level in layer["histogram"]} <=
                            {0, 1, 2, 4, 8, 16, 32, 64})
        exported = self.folder / "m.pt"
        self.assertEqual(self.floatsd("export", model, "--to", "pytorch", "-o", exported).returncode, 0)
        self.assertEqual(exported.read_bytes(), (self.run_folder / "model.pt").read_bytes())

    def test_scales_that_are_powers_of_two_leave_no_multiplication(self):
        run = self.folder / "shifts"
        self.floatsd("train", *FLOATSD4, *SHORT, "--scales", "power-of-two", "--output", run)
        verified = self.floatsd("verify", run / "last.pt", run / "model.safetensors", "--json")
        self.assertEqual(json.loads(verified.stdout)["mismatches"], 0)
        report = json.loads(self.floatsd("inspect", run / "model.safetensors", "--json").stdout)
        self.assertEqual(report["multiplications"], 0)
        for layer in report["layers"]:
            for scale in (layer["scale"], *layer["weight_scale"]):
                self.assertEqual(math.frexp(scale)[0], 0.5)
        other = json.loads(self.floatsd("inspect", self.run_folder / "model.safetensors", "--json").stdout)
        self.assertGreater(other["multiplications"], 0)

    def test_symmetric_activations_have_two_zero_points(self):
        run = self.folder / "r"
        done = self.floatsd("train", *FLOATSD4, *SHORT, "--freeze-epochs", "1", "--activation-scheme",
                            "symmetric", "--output", run, "--json")
        self.assertEqual(json.loads(done.stdout)["mismatches"], 0, done.stderr)
        header = (run / "model.safetensors").read_bytes()
        points = re.findall(rb'zero_point\\?": ?(\d+)', header)
        self.assertEqual(set(points), {b"0", b"128"})  # behind a ReLU, and of the logits
        self.refuses("has two ends, a symmetric one", "train", *FLOATSD4, *SHORT, "--activation-scheme",
                     "symmetric", "--activation-observer", "learned", "--output", self.folder / "x")
        float32 = self.folder / "float32"
        self.floatsd("train", *SHORT, "--epochs", "6", "--lr", "0.05", "--output", float32)
        for method in ("percentile", "mse"):
            done = self.floatsd("calibrate", float32 / "last.pt", *FLOATSD4, "--images", "100",
                                "--activation-scheme", "symmetric", "--method", method, "--output",
                                self.folder / method, "--json")
            self.assertGreater(json.loads(done.stdout)["correct"], TEST * 0.9, done.stderr)
            verified = self.floatsd("verify", self.folder / method / "last.pt",
                                    self.folder / method / "model.safetensors")
            self.assertEqual(verified.returncode, 0, verified.stderr)

    def test_post_training_quantization_and_retraining(self):
        float32, ptq, retrained = (self.folder / name for name in ("float32", "ptq", "retrained"))
        self.floatsd("train", *SHORT, "--epochs", "3", "--output", float32)
        self.assertNotIn("model.safetensors", contents(float32))
        report = json.loads(self.floatsd("calibrate", float32 / "last.pt", *FLOATSD4, "--output", ptq,
                                         "--images", "100", "--json").stdout)
        self.assertEqual(report["images"], 100)
        evaluated = json.loads(self.floatsd("eval", ptq / "model.safetensors", "--json").stdout)
        self.assertEqual(evaluated["correct"], report["correct"])
        for method in ("moving-average", "min-max", "percentile", "mse"):
            done = self.floatsd("calibrate", float32 / "last.pt", *FLOATSD4, "--method", method,
                                "--percentile", "99.9", "--equalize", "--correct-bias", "--images", "50",
                                "--output", self.folder / method, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            verified = self.floatsd("verify", self.folder / method / "last.pt",
                                    self.folder / method / "model.safetensors")
            self.assertEqual(verified.returncode, 0, verified.stderr)
        self.assertNotEqual(contents(self.folder / "mse"), contents(self.folder / "min-max"))
        result = json.loads(self.floatsd("train", *FLOATSD4, *SHORT, "--init", float32 / "last.pt",
                                         "--output", retrained, "--json").stdout)
        self.assertEqual(result["mismatches"], 0)

    def test_an_expectation_that_is_not_met_exits_with_1(self):
        model = self.run_folder / "model.safetensors"
        shutil.copytree(self.data, self.folder / "data")
        labels = self.folder / "data" / "mnist" / "t10k-labels-idx1-ubyte"
        labels.write_bytes(idx((TEST,), bytes(TEST)))  # all wrong but those of class 0
        done = self.floatsd("eval", model, "--expect-accuracy", "100", "--quiet", "--data",
                            self.folder / "data")
        few_right = ["eval", model, "--data", self.folder / "data"]
        right = json.loads(self.floatsd(*few_right, "--json").stdout)["accuracy"]
        above = self.floatsd(*few_right, "--expect-accuracy", f"{right + 0.001:.6f}", "--quiet")
        self.assertEqual(above.stderr, f"floatsd: accuracy {right:.6f} %, expected at least {right + 0.001:.6f} %\n")
        shutil.rmtree(self.folder / "data")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^floatsd: accuracy \d+\.\d\d %, expected at least 100.00 %\n$")
        self.assertEqual(self.floatsd("eval", model, "--expect-accuracy", "0").returncode, 0)
        self.refuses("--skip-eval leaves no accuracy for --expect-accuracy", "train", *FLOATSD4,
                     "--skip-eval", "--expect-accuracy", "1", "--output", self.folder / "r")

    # Tampered files

    def edit_tensor(self, model, tensor, at, value):
        data = bytearray(model.read_bytes())
        (length,) = struct.unpack_from("<Q", data)
        begin, _ = json.loads(data[8:8 + length])[tensor]["data_offsets"]
        data[8 + length + begin + at] = value
        edited = self.folder / "edited.safetensors"
        edited.write_bytes(data)
        return edited

    def test_verify_finds_a_changed_bias_and_exits_with_1(self):
        edited = self.edit_tensor(self.run_folder / "model.safetensors", "conv1.bias", 2, 0x7F)
        done = self.floatsd("verify", self.run_folder / "last.pt", edited)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^floatsd: \d+ mismatches between ")
        self.assertRegex(done.stdout, r"conv1 +\d+ +[1-9]\d*")

    def test_inspect_names_the_layer_and_value_that_break_the_format(self):
        self.floatsd("train", "--weights", "*=int8:per-channel", *SHORT, "--epochs", "1",
                     "--freeze-epochs", "0", "--output", self.folder / "int8")
        model = self.folder / "int8" / "model.safetensors"
        edited = self.edit_tensor(model, "conv2.weight", 33, 0x80)
        self.refuses("conv2.weight: int8: weight 33 has code 128", "inspect", edited, code=1)
        edited = self.edit_tensor(model, "fc1.multiplier", 0, model.read_bytes()[-1] ^ 0x55)
        self.refuses("fc1: multiplier of channel 0 is", "inspect", edited, code=1)

    # Bad input

    def test_images_that_are_not_as_they_should_be(self):
        images, labels = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
        cases = [(images, lambda b: b[:-5]), (images, lambda b: b + b"x"),
                 (images, lambda b: b"\1" + b[1:]), (images, lambda b: b[:10]), (images, lambda b: b""),
                 (images, lambda b: b[:4] + b"\xff" * 12 + b[16:]),
                 (labels, lambda b: b[:-1] + b"\x0a"), (labels, lambda b: idx((TRAIN - 1,), b[9:])),
                 ("t10k-images-idx3-ubyte", lambda b: b[:-5])]
        for name, spoil in cases:
            root = pathlib.Path(tempfile.mkdtemp(dir=self.shared))
            write_images(root / "mnist", 64, 20)
            path = root / "mnist" / name
            path.write_bytes(spoil(path.read_bytes()))
            self.refuses(name, "train", *FLOATSD4, *SHORT, "--data", root, "--output", self.folder / "r")
        self.refuses("floatsd data fetch mnist", "train", *FLOATSD4, "--data", self.folder / "none",
                     "--output", self.folder / "r")

    def test_configs_that_are_not_as_they_should_be(self):
        config = self.folder / "c.toml"
        for text, message in [("epoch = 3", "unknown key 'epoch': did you mean 'epochs'?"),
                              ("[train]\nepochs = 3", "unknown table 'train'"),
                              ("epochs = \"many\"", "epochs: "),
                              ("limit = -1", "limit: "),
                              ("sched = \"cosin\"", "c.toml:1:9: sched 'cosin' is unknown: did you mean"),
                              ("quiet = 3", "quiet: 3, expected true or false"),
                              ("no-hflip = true", "unknown key 'no-hflip'"),
                              ("weights = [\"conv=floatsd:per-channel\"]", "did you mean 'floatsd4'?")]:
            config.write_text(text)
            self.refuses(message, "train", "--config", config, "--output", self.folder / "r")
        self.refuses("cannot be read", "train", "--config", self.folder / "none.toml",
                     "--output", self.folder / "r")

    def test_flags_that_are_not_as_they_should_be(self):
        out = ["--output", self.folder / "r"]
        for message, *flags in [("--epoch", "--epoch", "3"), ("epochs: 0", "--epochs", "0"),
                                ("batch-size: -1", "--batch-size", "-1"), ("lr: ", "--lr", "nan"),
                                ("did you mean 'one-cycle'?", "--sched", "onecycle"),
                                ("warmup-epochs: 2.000000, expected at least 0 and below the 2 epochs",
                                 "--warmup-epochs", "2", "--epochs", "2"),
                                ("with sched one-cycle, whose beginning is a warm-up, expected 0",
                                 "--warmup-epochs", "1", "--sched", "one-cycle"),
                                ("decay-epochs: 0", "--decay-epochs", "0"),
                                ("decay-rate: 2", "--decay-rate", "2"),
                                ("expected one of: nesterov, momentum", "--opt", "adam"),
                                ("did you mean 'weights'?", "--weight-decay-on", "weight"),
                                ("smoothing: 1", "--smoothing", "1"),
                                ("crop-padding: -1", "--crop-padding", "-1"),
                                ("cutout: -1", "--cutout", "-1"),
                                ("workers: 0", "--workers", "0"),
                                ("ema-decay: 1", "--ema-decay", "1"),
                                ("temperature: inf", "--temperature", "inf"),
                                ("did you mean 'float16'?", "--sums", "float15"),
                                ("sums are for float networks", "--sums", "float16", *FLOATSD4),
                                ("activation observer 'fc9=learned' matches no layer",
                                 "--activation-observer", "fc9=learned", *FLOATSD4),
                                ("did you mean 'lenet'?", "--network", "lenett"),
                                ("did you mean 'mnist'?", "--dataset", "mnst"),
                                ("did you mean 'min-max'?", "--weight-observer", "minmax"),
                                ("did you mean 'power-of-two'?", "--scales", "powers-of-two"),
                                ("matches no layer", "--weights", "conv9=int8:per-tensor"),
                                ("no qconfig rule gives", "--weights", "conv=int8:per-tensor"),
                                ("do not fit into", "--freeze-epochs", "5", "--epochs", "2", *FLOATSD4),
                                ("--threads", "--threads", "0"),
                                ("--resume", "--resume", "--overwrite"),
                                ("cannot be read", "--init", self.folder / "none.pt")]:
            self.refuses(message, "train", *flags, *out)
        for message, *flags in [("did you mean 'percentile'?", "--method", "percentil"),
                                ("expected one of: moving-average", "--method", "entropy"),
                                ("calibration method 'fc9=mse' matches no layer",
                                 "--method", "moving-average", "fc9=mse"),
                                ("leaves correct-bias nothing", "--learn-rounding", "--correct-bias"),
                                ("percentile 20.000000, expected more than 50", "--percentile", "20"),
                                ("nan, expected a number", "--percentile", "nan"),
                                ("--percentile", "--percentile", "most"),
                                ("--images", "--images", "0")]:
            self.refuses(message, "calibrate", self.run_folder / "last.pt", *FLOATSD4, *flags, *out)
        self.refuses("--output", "train", *FLOATSD4)
        self.refuses("subcommand", )

    def test_files_of_another_kind(self):
        last, model = self.run_folder / "last.pt", self.run_folder / "model.safetensors"
        cut = self.folder / "cut.pt"
        cut.write_bytes(last.read_bytes()[:5000])
        for file in (cut, model, self.shared, self.folder / "none.pt", self.run_folder / "config.toml"):
            self.refuses(str(file), "convert", file, "-o", self.folder / "m")
            self.refuses(str(file), "verify", file, model)
            self.refuses(str(file), "train", *FLOATSD4, *SHORT, "--init", file, "--output",
                         self.folder / "r")
            self.refuses(str(file), "calibrate", file, *FLOATSD4, "--output", self.folder / "r")
        for file in (last, cut, self.shared, self.folder / "none", self.run_folder / "metrics.jsonl"):
            if file not in (last, self.run_folder / "metrics.jsonl"):  # which inspect describes
                self.refuses(str(file), "inspect", file)
            self.refuses(str(file), "verify", last, file)
            self.refuses(str(file), "export", file, "--to", "pytorch", "-o", self.folder / "m")
        self.refuses("is a file of torch.save, expected a floatsd checkpoint", "convert", self.run_folder / "model.pt", "-o",
                     self.folder / "m")

    def test_an_output_that_cannot_be_written(self):
        (self.folder / "file").write_text("mine")
        arguments = ["train", *FLOATSD4, *SHORT, "--output"]
        self.refuses("not an empty folder", *arguments, self.folder)
        last = self.run_folder / "last.pt"
        self.refuses("would replace it", *arguments, self.run_folder, "--overwrite", "--init", last)
        self.refuses("would replace it", "calibrate", last, *FLOATSD4, "--output", self.run_folder,
                     "--overwrite")
        self.refuses("--overwrite replaces what is in it", "calibrate", last, *FLOATSD4, "--output",
                     self.folder)
        self.refuses("no regular file", "convert", last, "-o", self.folder)
        self.refuses("not an empty folder", *arguments, self.folder / "file")
        self.refuses("cannot be made", *arguments, self.folder / "file" / "r")
        self.refuses("cannot be made", *arguments, "/proc/r")
        self.refuses("cannot be written", "convert", self.run_folder / "last.pt", "-o",
                     self.folder / "none" / "m")

    def test_a_disk_that_is_full_leaves_the_last_checkpoint_whole(self):
        def limit_file_size():  # stands in for a full disk: writes beyond it fail
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        folder = self.folder / "r"
        done = self.floatsd("train", *FLOATSD4, *SHORT, "--output", folder, preexec_fn=limit_file_size)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("cannot be written: File too large", done.stderr.splitlines()[-1])
        self.assertFalse([name for name in contents(folder) if name.endswith(".part")])

    def test_a_loss_that_is_not_finite_exits_with_3(self):
        done = self.floatsd("train", *SHORT, "--lr", "1e9", "--output", self.folder / "r", "--quiet")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn("the loss is", done.stderr)

    # Interruptions

    def interrupted(self, number, arguments, folder, epochs_before):
        """Starts a training and sends it a signal in the middle of an epoch."""
        process = self.start(*arguments, "--output", folder)
        for _ in range(epochs_before):
            process.stderr.readline()
        time.sleep(0.25 if epochs_before else 1.2)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors

    def test_a_stopped_run_resumes_to_the_same_bytes(self):
        arguments = ["train", *FLOATSD4, "--epochs", "4", "--batch-size", "2", "--lr", "0.01",
                     "--threads", "2", "--observe-epochs", "1", "--freeze-epochs", "1"]
        whole = self.folder / "whole"
        self.assertEqual(self.floatsd(*arguments, "--output", whole).returncode, 0)
        expected = contents(whole)
        for number, epochs_before in ((signal.SIGINT, 0), (signal.SIGTERM, 1), (signal.SIGKILL, 2),
                                      (signal.SIGINT, 3)):
            with self.subTest(signal=number.name, epoch=epochs_before + 1):
                folder = self.folder / f"{number.name}{epochs_before}"
                code, errors = self.interrupted(number, arguments, folder, epochs_before)
                self.assertEqual(code, -9 if number == signal.SIGKILL else 128 + number, errors)
                if number != signal.SIGKILL:
                    self.assertIn("--resume goes on from there", errors.splitlines()[-1])
                self.assertNotIn("model.safetensors", contents(folder))
                done = self.floatsd("train", "--output", folder, "--resume", "--threads", "2")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(contents(folder), expected)

    def test_a_stopped_run_with_a_weight_average_resumes_to_the_same_bytes(self):
        arguments = ["train", *FLOATSD4, "--epochs", "3", "--batch-size", "2", "--lr", "0.01",
                     "--threads", "2", "--sched", "one-cycle", "--ema-decay", "0.99",
                     "--crop-padding", "2", "--cutout", "4", "--workers", "2"]
        whole = self.folder / "whole"
        self.assertEqual(self.floatsd(*arguments, "--output", whole).returncode, 0)
        folder = self.folder / "stopped"
        self.assertEqual(self.interrupted(signal.SIGINT, arguments, folder, 1)[0], 130)
        done = self.floatsd("train", "--output", folder, "--resume", "--threads", "2", "--workers", "1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(contents(folder), contents(whole))

    def test_a_stopped_run_of_digit_groups_resumes_to_the_same_bytes(self):
        for update in ("single-trigger", "master-copy"):
            arguments = ["train", "--epochs", "2", "--batch-size", "16", "--lr", "0.02", "--threads", "2",
                         "--update", update, "--digits", "floatsd8", "--trigger", "digit",
                         "--carry", "exact", "--master", "float16", "--activations", "fp8-1-5-2",
                         "--gradients", "fp8-1-5-2", "--sums", "float16"]
            whole, stopped = self.folder / update, self.folder / (update + "-stopped")
            self.assertEqual(self.floatsd(*arguments, "--output", whole).returncode, 0)
            code, errors = self.interrupted(signal.SIGINT, arguments, stopped, 1)
            self.assertEqual(code, 130, errors)
            self.refuses("'sums = \"float16\"', the command 'sums = \"float32\"'", *arguments,
                         "--sums", "float32", "--output", stopped, "--resume")
            done = self.floatsd("train", "--output", stopped, "--resume", "--threads", "2")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(contents(stopped), contents(whole))

    def test_a_format_of_ones_own_lives_on_in_the_run(self):
        mine = self.folder / "mine.json"
        mine.write_text('{"name": "mine", "levels": [0, 1, 3, 9, 27]}')
        run = self.folder / "r"
        done = self.floatsd("train", "--weights", f"*={mine}:per-channel:mse", *SHORT, "--output", run,
                            "--json")
        self.assertEqual(json.loads(done.stdout)["mismatches"], 0, done.stderr)
        mine.unlink()
        self.assertIn("mine{0/1/3/9/27}:per-channel:mse", (run / "config.toml").read_text())
        verified = self.floatsd("verify", run / "last.pt", run / "model.safetensors")
        self.assertEqual(verified.returncode, 0, verified.stderr)
        self.assertIn("mine{0/1/3/9/27}", self.floatsd("inspect", run / "model.safetensors").stdout)

    def test_what_ships_of_a_weight_average_is_the_average(self):
        runs = {}
        for decay in ("0", "0.5"):
            folder = self.folder / decay
            runs[decay] = json.loads(self.floatsd("train", *FLOATSD4, *SHORT, "--ema-decay", decay,
                                                  "--output", folder, "--json").stdout)
            self.assertEqual(runs[decay]["mismatches"], 0)
            self.assertEqual(self.floatsd("verify", folder / "last.pt",
                                          folder / "model.safetensors").returncode, 0)
        models = [(self.folder / decay / "model.safetensors").read_bytes() for decay in runs]
        self.assertNotEqual(*models)

    def test_resume_before_the_first_checkpoint_and_after_the_end(self):
        arguments = ["train", *FLOATSD4, *SHORT, "--output"]
        self.floatsd(*arguments, self.folder / "plain")
        self.assertEqual(self.floatsd(*arguments, self.folder / "fresh", "--resume").returncode, 0)
        expected = contents(self.folder / "plain")
        self.assertEqual(contents(self.folder / "fresh"), expected)
        again = self.floatsd(*arguments, self.folder / "fresh", "--resume")
        self.assertEqual(again.returncode, 0)
        self.assertIn("epochs are trained already", again.stderr)
        self.assertEqual(contents(self.folder / "fresh"), expected)
        self.refuses("a resumed run keeps its config", *arguments, self.folder / "fresh", "--resume",
                     "--seed", "9")

    def test_a_run_from_before_there_was_a_key_is_resumed_and_another_value_is_not(self):
        arguments = ["train", *FLOATSD4, *SHORT, "--resume", "--output", self.folder / "r"]
        self.assertEqual(self.floatsd(*arguments).returncode, 0)
        config = self.folder / "r" / "config.toml"
        text = config.read_text()
        config.write_text(re.sub(r"(temperature|scales|digits|limit) = .*\n", "", text))
        self.assertEqual(self.floatsd(*arguments).returncode, 0)
        self.refuses("the run has 'temperature = 4', the command 'temperature = 2'", *arguments,
                     "--temperature", "2")
        config.write_text(text[:text.index('"', text.index("network = ")) + 3])  # cut off
        self.refuses("config.toml:2:", *arguments)

    def test_a_sweep_trains_every_format_and_goes_on_where_it_was_stopped(self):
        arguments = ["sweep", *FLOATSD4, "--epochs", "2", "--batch-size", "2", "--lr", "0.01",
                     "--threads", "2", "--formats", "float32", "int4", "--seeds", "1", "2"]
        whole, stopped = self.folder / "whole", self.folder / "stopped"
        done = self.floatsd(*arguments, "--output", whole, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        float32, int4 = json.loads(done.stdout)["formats"]
        self.assertEqual((float32["bits"], float32["partial_products"]), (32, None))
        self.assertEqual((int4["bits"], int4["levels"], int4["partial_products"]), (4, 15, 2))
        self.assertEqual(float32["bytes"], 8 * int4["bytes"])
        self.assertAlmostEqual(int4["accuracy"], sum(int4["correct"]) / 2 / TEST * 100)
        runs = json.loads((whole / "sweep.json").read_text())["runs"]
        self.assertEqual([(r["format"], r["seed"], r["mismatches"]) for r in runs],
                         [("float32", 1, None), ("float32", 2, None), ("int4", 1, 0), ("int4", 2, 0)])
        self.assertIn(">int4</text>", (whole / "sweep.svg").read_text())
        self.assertEqual(self.floatsd("verify", whole / "int4-seed2" / "last.pt",
                                      whole / "int4-seed2" / "model.safetensors").returncode, 0)

        process = self.start(*arguments, "--output", stopped)
        while "int4-seed1" not in process.stderr.readline():
            pass
        process.stderr.readline()  # its first epoch
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertFalse((stopped / "int4-seed2").exists())
        self.refuses("not an empty folder", *arguments, "--output", stopped)
        edited = stopped / "float32-seed1" / "config.toml"  # what a checkpoint says counts
        before = edited.read_text()
        edited.write_text(before.replace("lr = 0.01", "lr = 0.02"))
        self.refuses("float32-seed1/last.pt: the run has 'lr = 0.01", *arguments, "--output", stopped,
                     "--resume", "--lr", "0.02")
        resumed = self.floatsd(*arguments, "--output", stopped, "--resume")
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertIn("float32-seed1 (1 of 4): done before", resumed.stderr)
        edited.write_text(before)
        self.assertRegex(resumed.stdout, r"int4 +4 +15 +2 +60060 ")
        for run in ("float32-seed2", "int4-seed1", "int4-seed2"):
            self.assertEqual(contents(stopped / run), contents(whole / run))
        self.assertEqual((stopped / "sweep.json").read_text(), (whole / "sweep.json").read_text())
        shutil.rmtree(stopped / "float32-seed1")
        again = self.floatsd(*arguments, "--output", stopped, "--resume")
        self.assertIn("float32-seed2 (2 of 4): done before", again.stderr)
        self.assertEqual(contents(stopped / "float32-seed1"), contents(whole / "float32-seed1"))

    def test_a_sweep_of_calibrations_and_one_that_diverges(self):
        float32 = self.folder / "float32"
        self.floatsd("train", *SHORT, "--output", float32)
        (self.folder / "mine.json").write_text('{"name": "x", "levels": [0, 1, 3, 9]}')
        done = self.floatsd("sweep", *FLOATSD4, "--formats", "float32", "int8",
                            self.folder / "mine.json", "--post-training", "--init",
                            float32 / "last.pt", "--activation-observer", "learned", "--images",
                            "100", "--output", self.folder / "ptq")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"mine +3 +7 +2 ")
        self.assertEqual(list(contents(self.folder / "ptq" / "float32")), ["config.toml", "last.pt", "report.html"])
        self.refuses("calibration method 'fc9=mse' matches no layer", "sweep", *FLOATSD4, "--formats",
                     "int8", "--post-training", "--init", float32 / "last.pt", "--method", "fc9=mse",
                     "--output", self.folder / "none")
        self.assertTrue((self.folder / "ptq" / "int8" / "model.safetensors").exists())
        sweep = ["sweep", *FLOATSD4, "--formats", "int8", "--post-training", "--init", float32 / "last.pt",
                 "--activation-observer", "learned", "--output", self.folder / "ptq", "--resume"]
        self.refuses("the run has 'images = 100', the command 'images = 50'", *sweep, "--images", "50")
        self.assertIn("int8 (1 of 1): done before", self.floatsd(*sweep, "--images", "100").stderr)

        done = self.floatsd("sweep", *FLOATSD4, *SHORT, "--lr", "1e9", "--formats", "int8", "--output",
                            self.folder / "diverged", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("diverged", done.stderr)
        self.assertIsNone(json.loads(done.stdout)["formats"][0]["accuracy"])

        learned = ["--activation-observer", "learned", "--weights", "*=int8:per-channel:learned"]
        self.refuses("a lower lr may help", "train", *learned, *SHORT, "--lr", "300", "--quiet", "--output",
                     self.folder.parent / "far", code=3)

    def test_a_search_gives_formats_within_the_budget_as_a_config(self):
        float32, mixed = self.folder / "float32", self.folder / "mixed.toml"
        self.floatsd("train", *SHORT, "--output", float32)
        search = ["search", float32 / "last.pt", *FLOATSD4, "--formats", "int2", "floatsd4", "int8",
                  "--output", mixed, "--images", "100", "--sensitivity-images", "50"]
        done = self.floatsd(*search, "--budget", "bytes=60%", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(done.stdout)
        chosen, measured = result["front"][result["chosen"]], result["measured"]
        self.assertEqual([row["network"] for row in measured], ["mixed", "int2", "floatsd4", "int8"])
        self.assertLessEqual(chosen["cost"], 0.6 * measured[3]["cost"])
        self.assertEqual(measured[0]["cost"], chosen["cost"])
        self.assertEqual(len(result["weights"]), 5)
        calibrated = self.floatsd("calibrate", float32 / "last.pt", "--config", mixed, "--images", "100",
                                  "--output", self.folder / "c", "--json")
        self.assertEqual(json.loads(calibrated.stdout)["correct"], measured[0]["correct"])
        self.refuses("is there already", *search, "--budget", "bytes=60%")
        mixed.unlink()
        table = self.floatsd(*search, "--budget", "shift-adds=50000000").stdout
        self.assertIn("<- chosen", table)
        mixed.unlink()
        self.refuses("expected at least", *search, "--budget", "bytes=10")
        self.refuses("cannot be written", *search, "--budget", "bytes=60%", "--output",
                     self.folder / "none" / "m.toml")
        self.refuses("did you mean 'bytes'?", *search, "--budget", "byte=10")
        self.refuses("no positive number", *search, "--budget", "bytes=10%%")

    def test_sweeps_that_cannot_be(self):
        sweep = ["sweep", *FLOATSD4, *SHORT, "--output", self.folder / "s"]
        self.refuses("did you mean 'int4'?", *sweep, "--formats", "int8", "imt4")
        self.refuses("format 'int4' is there twice", *sweep, "--formats", "int4", "int4")
        self.refuses("no weights rules", "sweep", *SHORT, "--output", self.folder / "s",
                     "--formats", "int4")
        calibrations = ["sweep", *FLOATSD4, "--output", self.folder / "s", "--formats", "int4", "--post-training"]
        self.refuses("needs the float weights", *calibrations)
        self.refuses("--seeds are for trainings", *calibrations, "--seeds", "1", "2")
        self.refuses("--epochs, --batch-size, --lr have no effect with --post-training", *sweep, "--formats", "int4",
                     "--post-training")
        self.refuses("ranges would be frozen before", *sweep, "--formats", "float32", "int4", "--epochs",
                     "1", "--freeze-epochs", "1")
        self.refuses("weights of its own", *sweep, "--formats", "float32", "int4", "--update",
                     "master-copy")
        self.refuses("--seeds", *sweep, "--formats", "int4", "--seeds", "-1")
        self.refuses("a seed is there twice", *sweep, "--formats", "int4", "--seeds", "1", "2", "1")
        for name in ("float32", "sweep.queue", "."):
            book = self.folder / f"{name}.json"
            book.write_text('{"name": "three", "levels": [0, 1, 2]}')
            self.refuses(f"its runs would be named '{name}'", *sweep, "--formats", book)
        table = self.folder / "s" / "sweep.json"
        row = {"format": "int4", "seed": 1, "diverged": False, "correct": 3, "total": 4, "mismatches": 0}
        for change in ({"correct": 5}, {"correct": -1}, {"correct": 0, "total": 0}, {"seed": -1}, {"seed": "x"}):
            table.parent.mkdir(exist_ok=True)
            table.write_text(json.dumps({"runs": [row | change]}))
            self.refuses(f"{table}: ", *sweep, "--formats", "int4", "--resume")
        shutil.rmtree(table.parent)
        self.refuses("did you mean 'mse'?", *calibrations, "--init", self.folder / "x.pt", "--method", "mses")

    def test_convert_refuses_a_network_that_never_computed_in_codes(self):
        self.interrupted(signal.SIGINT, ["train", *FLOATSD4, "--epochs", "9", "--batch-size", "1",
                                         "--observe-epochs", "8"], self.folder / "r", 0)
        self.refuses("stopped in phase 'observe'", "convert", self.folder / "r" / "last.pt", "-o",
                     self.folder / "m")

    # Talk

    def test_the_command_line_wins_over_the_config_and_prints_what_would_run(self):
        config = self.folder / "c.toml"
        config.write_text('epochs = 7\nlr = 0.5\nweights = ["*=int8:per-tensor"]\nquiet = true\n')
        printed = self.floatsd("train", "--config", config, "--lr", "0.25", "--print-config").stdout
        self.assertIn("epochs = 7\n", printed)
        self.assertIn("lr = 0.25\n", printed)
        config.write_text(printed)
        self.assertEqual(self.floatsd("train", "--config", config, "--print-config").stdout, printed)
        self.refuses("bogus", "train", "--scales", "bogus", "--print-config")
        self.refuses("bogus", "train", "--network", "bogus", "--print-config")
        self.refuses("epochs", "train", "--epochs", "0", "--print-config")

    def test_every_part_of_the_recipe_is_printed_and_read_back(self):
        recipe = {"sched": '"step"', "warmup-epochs": "0.5", "decay-epochs": "3", "decay-rate": "0.25",
                  "opt": '"momentum"', "momentum": "0.75", "weight-decay": "0.125",
                  "weight-decay-on": '"weights"', "smoothing": "0.5", "ema-decay": "0.875",
                  "crop-padding": "4", "cutout": "16", "teacher": '"t.pt"',
                  "teacher-share": "0.75", "temperature": "3", "activation-observer": '"learned"', "sums": '"float16"',
                  "activation-scheme": '"symmetric"'}
        flags = [word for key, value in recipe.items() for word in ("--" + key, value.strip('"'))]
        printed = self.floatsd("train", *flags, "--hflip", "--print-config").stdout
        for key, value in {**recipe, "hflip": "true"}.items():
            self.assertIn(f"\n{key} = {value}\n", printed)
        config = self.folder / "c.toml"
        config.write_text(printed)
        self.assertEqual(self.floatsd("train", "--config", config, "--print-config").stdout, printed)
        self.assertIn("\nhflip = false\n", self.floatsd("train", "--config", config, "--no-hflip",
                                                      "--print-config").stdout)
        rules = ["--activation-observer", "min-max", "conv=learned"]
        config.write_text(self.floatsd("train", *rules, "--print-config").stdout)
        self.assertIn('\nactivation-observer = ["min-max", "conv=learned"]\n',
                      self.floatsd("train", "--config", config, "--print-config").stdout)

    def test_json_is_one_object_and_quiet_is_silent(self):
        done = self.floatsd("eval", self.run_folder / "last.pt", "--json", "--quiet")
        self.assertEqual(done.stderr, "")
        self.assertEqual(len(done.stdout.splitlines()), 1)
        json.loads(done.stdout)

    def test_a_pipe_gets_plain_lines(self):
        done = self.floatsd("train", *FLOATSD4, *SHORT, "--output", self.folder / "r")
        self.assertFalse(re.search(r"[\r\x1b]", done.stderr))
        self.assertRegex(done.stderr, r"epoch 1/2  quantize  lr 0\.02000  loss \d\.\d{4}  test accuracy "
                                      r"\d+\.\d\d % \(\d+ of 200\)  \d+ images/s  waits \d+\.\d %\n")

    def test_a_terminal_gets_a_progress_bar(self):
        ours, theirs = pty.openpty()
        environment = {**os.environ, "FLOATSD_DATA": str(self.data)}
        process = subprocess.Popen([FLOATSD, "train", *FLOATSD4, "--epochs", "1", "--freeze-epochs", "0",
                                    "--batch-size", "2", "--output", self.folder / "r"],
                                   env=environment, stderr=theirs, stdout=subprocess.DEVNULL)
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:  # the terminal closes with its last program
            pass
        os.close(ours)
        self.assertEqual(process.wait(), 0)
        self.assertRegex(shown.decode(), r"epoch 1/1 \[#* *\] +\d+%  \d+ images/s  \d+:\d\d left  loss ")

    def test_bench_times_steps_and_shows_where_the_time_goes(self):
        flags = ("bench", "--network", "lenet", "--weights", "*=floatsd4:per-tensor", "--steps", "2",
                 "--batch-size", "8", "--threads", "1", "--breakdown")
        result = json.loads(self.floatsd(*flags, "--json").stdout)
        self.assertGreater(result["images_per_second"], 0)
        self.assertIn("conv1", [node["name"] for node in result["nodes"]])
        kernels = [operator["name"] for operator in result["operators"]]
        self.assertIn("floatsd::output_codes", kernels)
        for operator in result["operators"]:
            self.assertNotRegex(operator["name"], "[cC]ppNode")
        text = self.floatsd(*flags).stdout
        self.assertRegex(text, r"lenet: [\d.]+ images/s, .* 1 threads")
        self.assertIn("of GEMM", text)
        self.refuses("--steps", "bench", "--steps", "0")

    def test_bench_times_a_model_file(self):
        model = self.run_folder / "model.safetensors"
        result = json.loads(self.floatsd("bench", "--model", model, "--batch-size", "3", "--steps", "2",
                                         "--json").stdout)
        self.assertEqual((result["network"], result["batch_size"]), ("lenet", 3))
        self.assertGreater(result["images_per_second"], 0)
        self.refuses("--breakdown", "bench", "--model", model, "--breakdown")
        self.refuses("--network", "bench", "--model", model, "--network", "lenet")
        self.refuses("none.safetensors", "bench", "--model", self.folder / "none.safetensors")

    def test_analyze_tells_of_every_layer_worst_first(self):
        picture = self.folder / "layers.svg"
        flags = ("analyze", self.run_folder / "last.pt", "--images", "100")
        result = json.loads(self.floatsd(*flags, "--json", "--picture", picture).stdout)
        alone = [layer["alone_quantized"] for layer in result["layers"]]
        self.assertEqual(alone, sorted(alone))
        self.assertEqual({layer["name"] for layer in result["layers"]},
                         {"conv1", "conv2", "conv3", "fc1", "fc2"})
        self.assertEqual(result["images"], 100)
        self.assertEqual(picture.read_text().count("<rect"), 1 + len(alone))
        self.assertIn("floatsd4:per-channel", self.floatsd(*flags).stdout)
        self.refuses("--images", "analyze", self.run_folder / "last.pt", "--images", "0")
        self.refuses("cannot be written", *flags, "--picture", self.folder / "no/where.svg")
        float32 = self.folder / "float32"
        self.floatsd("train", *SHORT, "--skip-eval", "--output", float32)
        self.refuses("a float network", "analyze", float32 / "last.pt")

    def test_a_mistyped_subcommand_is_answered_with_a_suggestion(self):
        self.refuses("subcommand 'trian' is unknown: did you mean 'train'?", "trian", "--epochs", "1")

    def test_every_subcommand_explains_itself(self):
        overview = self.floatsd("--help").stdout
        for name in ("train", "calibrate", "convert", "eval", "verify", "inspect", "export", "formats",
                     "data", "bench", "analyze", "sweep", "search", "predict"):
            self.assertIn(name, overview)
            done = self.floatsd(name, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertGreater(len(done.stdout), 200)
        self.assertRegex(self.floatsd("--version").stdout, r"^\d+\.\d+\.\d+\n$")
        formats = self.floatsd("formats").stdout
        self.assertRegex(formats, r"floatsd4 +4 +15 +64 +1 +60060 ")
        self.assertRegex(formats, r"int4 +4 +15 +7 +2 ")
        self.assertRegex(formats, r"floatsd8-e3g32 +8 +129 +2304 +2 +120120 ")


if __name__ == "__main__":
    unittest.main()
