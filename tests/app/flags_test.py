#!/usr/bin/env python3
"""The command line as people type it: what is taken, what is refused and what is said to it.

usage: flags_test.py FLOATSD [unittest arguments]
"""
import pathlib
import shutil
import tempfile
import unittest

from the_command import run


class Flags(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-flags-"))

    def tearDown(self):
        shutil.rmtree(self.folder)

    def floatsd(self, *arguments, **more):
        return run(*arguments, cwd=self.folder, text=False, **more)

    def prints(self, line, *flags, remark=None):
        done = self.floatsd("train", *flags, "--print-config")
        self.assertEqual(done.returncode, 0, (flags, done.stderr))
        self.assertIn(f"\n{line}\n", done.stdout.decode())
        if remark is not None:
            self.assertEqual(done.stderr.decode(), remark)

    def refuses(self, message, *arguments, code=2, **more):
        done = self.floatsd(*arguments, **more)
        text = done.stderr.decode()
        self.assertEqual((done.returncode, done.stdout, text.count("\n")), (code, b"", 1), (arguments, text))
        self.assertTrue(text.startswith("floatsd: " + message), (arguments, text))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_numbers_are_decimal_and_within_their_bounds(self):
        self.prints("epochs = 20", "--epochs", "020")
        self.prints("batch-size = 100", "--batch-size", "+0100")
        self.prints("lr = 0.25", "--lr", ".25")
        for flag, values in {
                "--epochs": ["-1", "0", "1000001", "5000000000", "0x10", "1.0", "1e3", "many", " 3", "3 ", "9" * 30],
                "--limit": ["-1", "2147483648", "10,000", "nan"], "--seed": ["-1", "9" * 23, "9223372036854775808"],
                "--batch-size": ["0", "-1", "9223372036854775807", "1048577"], "--workers": ["0", "100000"],
                "--float-epochs": ["nan", "0x1"], "--freeze-epochs": ["inf", "1e999"],
                "--cutout": ["2147483647", "-1"], "--crop-padding": ["2147483647"], "--decay-epochs": ["0"],
                "--threads": ["0", "1025"], "--lr": ["nan", "inf", "-inf", "1e999", "0x1p-3", "0,02"],
                "--expect-accuracy": ["nan", "inf", "-1", "101"], "--temperature": ["inf"], "--ema-decay": ["nan"],
                "--warmup-epochs": ["nan"]}.items():
            for value in values:
                self.refuses(flag + ": " + value, "train", flag, value, "--output", "x")
        self.refuses("--limit: -1, expected a whole number from 0 to 2147483647", "train", "--limit", "-1")
        self.refuses("--batch-size: 9223372036854775807, expected", "bench", "--batch-size", "9223372036854775807")
        self.refuses("--steps: 9223372036854775807, expected", "bench", "--steps", "9223372036854775807")
        for budget in ("bytes=inf", "bytes=nan", "shift-adds=-1", "bytes=1e999%"):
            self.refuses(f"budget '{budget}'", "search", "x.pt", "--output", "y", "--formats", "int4", "--budget", budget)
        self.refuses("--seeds: -1", "sweep", "--formats", "int4", "--output", "x", "--seeds", "1", "-1")
        self.refuses("bench: images of noise", "bench", "--steps", "10000", "--batch-size", "1048576")

    def test_an_unknown_flag_is_answered_with_the_one_that_is_meant(self):
        for given, meant in {"batch_size": "batch-size", "batchSize": "batch-size", "learning-rate": "lr",
                             "learning_rate": "lr", "optimizer": "opt", "num-workers": "workers", "epoch": "epochs",
                             "warmup": "warmup-epochs", "label_smoothing": "smoothing", "out-dir": "output",
                             "wd": "weight-decay", "freeze-batch": "freeze-batch-norm-epochs",
                             "pretrained": "init", "LR": "lr", "weigths": "weights"}.items():
            self.refuses(f"train: unknown flag '--{given}': did you mean '--{meant}'?", "train", f"--{given}", "3")
        self.refuses("train: unknown flag '--batch_size=3': did you mean '--batch-size'?", "train", "--batch_size=3")
        self.refuses("train: unknown flag '--method', a flag of: calibrate", "train", "--method", "mse")
        self.refuses("train: unknown flag '--xyzzyxyzzy' (see floatsd train --help)", "train", "--xyzzyxyzzy")
        self.refuses("unknown flag '-v' (see floatsd --help)", "-v")
        self.refuses("calibrate: unknown flag '--ouptut': did you mean '--output'?", "calibrate", "x.pt", "--ouptut", "y")
        self.refuses("The following argument was not expected: b.pt", "eval", "a.pt", "b.pt")

    def test_a_flag_that_stands_twice_is_refused(self):
        self.refuses("--epochs: given 2 times (2, then 3), expected once", "train", "--epochs", "2", "--epochs", "3")
        self.refuses("--quiet: given 2 times, expected once", "train", "--quiet", "--quiet")
        self.refuses("--hflip: given 2 times", "train", "--hflip", "--no-hflip")
        self.prints('weights = ["*=int4:per-channel", "fc1=int8:per-tensor"]', "--weights", "*=int4:per-channel",
                    "--weights", "fc1=int8:per-tensor")

    def test_texts_are_neither_empty_nor_of_another_encoding(self):
        for flag in ("--init", "--output", "--data", "--config", "--dataset", "--teacher", "--weights"):
            self.refuses(flag + ": an empty text", "train", flag, "")
        self.refuses("file: an empty text", "eval", "")
        done = self.floatsd("train", "--output", b"r\xe9", "--json")
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertRegex(done.stderr, rb"^floatsd: --output: '.*' is not UTF-8\n$")
        self.refuses("--sched: an empty text", "search", "x.pt", "--output", "y", "--formats", "int4", "--budget",
                     "bytes=1", "--sched", "")
        self.refuses("a\\nb.toml: cannot be read", "train", "--config", "a\nb.toml")

    def test_none_takes_rules_back(self):
        config = self.folder / "c.toml"
        config.write_text('weights = ["*=int8:per-channel"]\n')
        done = self.floatsd("train", "--config", "c.toml", "--weights", "none", "--print-config")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(b"weights =", done.stdout)
        config.write_text('weights = ["none"]\n')
        self.assertNotIn(b"weights =", self.floatsd("train", "--config", "c.toml", "--print-config").stdout)
        config.unlink()
        self.refuses("weights: none beside rules", "train", "--weights", "none", "*=int8:per-channel")

    def test_phases_and_warm_up_shrink_with_a_shorter_run(self):
        rules = ("--weights", "*=int8:per-channel")
        self.prints("freeze-epochs = 0.25", *rules, "--epochs", "1", remark="")
        config = self.folder / "c.toml"
        config.write_text('weights = ["*=int8:per-channel"]\nepochs = 20\nwarmup-epochs = 5\nobserve-epochs = 2\n'
                          "freeze-batch-norm-epochs = 4\nfreeze-epochs = 6\n")
        self.prints("freeze-epochs = 1.5", "--config", "c.toml", "--epochs", "5", remark=(
            "shrunk to fit 5 epochs: warmup-epochs 1.25 instead of 5, observe-epochs 0.5 instead of 2, "
            "freeze-batch-norm-epochs 1 instead of 4, freeze-epochs 1.5 instead of 6\n"))
        self.prints("freeze-epochs = 3.6", "--config", "c.toml", "--epochs", "12", remark=(
            "shrunk to fit 12 epochs: observe-epochs 1.2 instead of 2, freeze-batch-norm-epochs 2.4 instead of 4, "
            "freeze-epochs 3.6 instead of 6\n"))
        for line in ("freeze-epochs = 0.3", "observe-epochs = 0.1", "warmup-epochs = 0.25"):
            self.prints(line, "--config", "c.toml", "--epochs", "1")
        # Phases that would leave less than half of the epochs, and no less.
        config.write_text('weights = ["*=int8:per-channel"]\nepochs = 20\nfreeze-epochs = 3\nwarmup-epochs = 3\n')
        self.prints("freeze-epochs = 3", "--config", "c.toml", "--epochs", "6", remark="")
        self.prints("freeze-epochs = 0.75", "--config", "c.toml", "--epochs", "5", remark=(
            "shrunk to fit 5 epochs: warmup-epochs 0.75 instead of 3, freeze-epochs 0.75 instead of 3\n"))
        self.prints("freeze-epochs = 3", "--config", "c.toml", "--epochs", "5", "--freeze-epochs", "3", remark=(
            "shrunk to fit 5 epochs: warmup-epochs 0.75 instead of 3\n"))
        config.write_text('weights = ["*=int8:per-channel"]\nepochs = 2\nfreeze-epochs = 6\n')
        done = self.floatsd("train", "--config", "c.toml", "--print-config")
        self.assertIn(b"do not fit into 2 epochs", done.stderr)
        config.unlink()
        self.refuses("phases: 0 float, 0 observing, 0 with frozen batch norm and 5 with", "train", *rules,
                     "--epochs", "2", "--freeze-epochs", "5")
        for flag in ("float-epochs", "observe-epochs", "freeze-batch-norm-epochs", "freeze-epochs"):
            for value in ("-1", "2147483647", "1e300"):  # also of a network without rules
                self.refuses(f"{flag}: {float(value):.6f}", "train", f"--{flag}", value)
        self.refuses("phases: -1 float, 0 observing", "train", *rules, "--float-epochs", "-1")
        self.refuses("phases: 0 float, 0.5 observing, 0 with frozen batch norm and 0.6 with", "train", *rules,
                     "--epochs", "1", "--observe-epochs", "0.5", "--freeze-epochs", "0.6")
        self.refuses("warmup-epochs: 3.0", "train", "--epochs", "2", "--warmup-epochs", "3")

    def test_learned_ranges_of_random_weights_are_remarked_on(self):
        learned = ("--weights", "*=int8:per-channel", "--activation-observer", "min-max", "conv=learned")
        self.prints("observe-epochs = 0", *learned, remark=(
            "learned ranges begin at the first batch, and random weights behind a batch norm outgrow them: "
            "--observe-epochs lets them follow first\n"))
        self.prints("observe-epochs = 1", *learned, "--observe-epochs", "1", remark="")
        self.prints("float-epochs = 1", *learned, "--float-epochs", "1", remark="")
        self.prints('init = "net.pt"', *learned, "--init", "net.pt", remark="")

    def test_flags_without_effect_are_named(self):
        self.prints('scales = "power-of-two"', "--scales", "power-of-two", "--freeze-epochs", "2", "--temperature", "3",
                    "--teacher-from", "ema", "--decay-rate", "0.5", remark=(
                        "no effect: freeze-epochs, scales (without --weights); teacher-from, temperature "
                        "(without --teacher); decay-rate (without --sched step)\n"))
        self.prints("decay-rate = 0.5", "--sched", "step", "--decay-rate", "0.5", remark="")
        self.refuses("calibrate: --lr is a flag of train", "calibrate", "x.pt", "--output", "y", "--lr", "0.1")

    def test_a_sweep_takes_the_flags_of_the_runs_that_it_makes(self):
        sweep = ("sweep", "--weights", "*=int8:per-channel", "--formats", "int4", "--output", "s")
        self.refuses("sweep: --method has no effect without --post-training", *sweep, "--method", "mse")
        self.refuses("sweep: --images, --equalize have no effect without --post-training", *sweep, "--equalize",
                     "--images", "64")
        self.refuses("sweep: --epochs, --lr have no effect with --post-training", *sweep, "--post-training", "--init",
                     "x.pt", "--lr", "0.1", "--epochs", "3")

    def test_the_config_of_one_command_is_read_by_the_other(self):
        config = self.folder / "c.toml"
        rules = ("--weights", "*=int8:per-channel")
        calibrate = self.floatsd("calibrate", "x.pt", "--output", "y", *rules, "--method", "mse", "--print-config")
        self.assertEqual(calibrate.returncode, 0, calibrate.stderr)
        self.assertIn(b'\nmethod = "mse"\n', calibrate.stdout)
        config.write_bytes(calibrate.stdout)
        self.prints('init = "x.pt"', "--config", "c.toml", remark=(
            "c.toml: no effect in train: correct-bias, equalize, images, learn-rounding, method, percentile\n"))
        again = self.floatsd("calibrate", "x.pt", "--output", "y", "--config", "c.toml", "--print-config")
        self.assertEqual(again.stdout, calibrate.stdout)
        config.write_text("images = -3\n")
        done = self.floatsd("train", "--config", "c.toml", "--print-config")
        self.assertRegex(done.stderr, rb"^floatsd: c\.toml:1:10: images: -3, expected")
        config.write_text("lr = nan\n")
        done = self.floatsd("calibrate", "x.pt", *rules, "--output", "y", "--config", "c.toml", "--print-config")
        self.assertRegex(done.stderr, rb"^floatsd: c\.toml:1:6: lr: nan, expected a number\n$")


if __name__ == "__main__":
    unittest.main()
