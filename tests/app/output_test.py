#!/usr/bin/env python3
"""What goes to stdout and what to stderr, and what happens when it cannot.

usage: output_test.py FLOATSD [unittest arguments]
"""
import json
import os
import pathlib
import resource
import shutil
import tempfile
import unittest

from small_images import write_images
from the_command import CommandCase

RULES = ["--weights", "*=int8:per-channel"]
SHORT = ["--epochs", "1", "--freeze-epochs", "0", "--threads", "1"]


class Output(CommandCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-output-"))
        cls.data = cls.shared / "data"
        write_images(cls.data / "mnist", 320, 50)
        cls.run_folder = cls.shared / "run"
        cls.trained = cls.floatsd(cls, "train", *RULES, *SHORT, "--output", cls.run_folder)
        cls.float32 = cls.shared / "float32"
        cls.floatsd(cls, "train", *SHORT, "--output", cls.float32)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))

    def commands(self):
        """Each command that has a result: a pattern of it, and its arguments."""
        last, model, float32 = self.run_folder / "last.pt", self.run_folder / "model.safetensors", self.float32 / "last.pt"
        return [(r"^integer network: \d+\.\d\d % \(\d+ of 50\)\n$", "eval", model, "--threads", "1"),
                (r"^prepared network: \d", "eval", last, "--threads", "1"),
                (r"conv1 +\d+ +0 +0\n", "verify", last, model, "--threads", "1"),
                (r"every value is one of its format", "inspect", model),
                (r"layer, worst first", "analyze", last, "--images", "10", "--threads", "1"),
                (r"images/s", "bench", "--network", "lenet", "--steps", "1", "--batch-size", "2", "--threads", "1"),
                (r"^float32 network: .*\ncalibrated on 20 images: \d", "calibrate", float32, *RULES, "--images", "20",
                 "--threads", "1", "--overwrite", "--output", self.folder / "c"),
                (r"^integer network, last epoch: \d+\.\d\d % \(\d+ of 50\), 0 mismatches .*\n$", "train", *RULES, *SHORT,
                 "--overwrite", "--output", self.folder / "r"),
                (r"^float network, last epoch: \d", "train", *SHORT, "--overwrite", "--output", self.folder / "f"),
                (r"floatsd4", "formats")]

    def test_results_go_to_stdout_and_quiet_silences_the_rest(self):
        self.assertRegex(self.trained.stdout, r"^integer network, last epoch: .*\n$")
        self.assertRegex(self.trained.stderr, r"(?s)^best\.pt is chosen by [^\n]*\nepoch 1/1 .*\nwritten to ")
        for pattern, *arguments in self.commands():
            done = self.floatsd(*arguments, "--quiet")
            self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
            self.assertRegex(done.stdout, pattern)

    def test_json_has_stdout_to_itself(self):
        for _, *arguments in self.commands():
            done = self.floatsd(*arguments, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIsInstance(json.loads(done.stdout), dict, arguments)
            self.assertEqual(done.stdout.count("\n"), 1, arguments)

    def test_output_that_cannot_be_written_is_an_error(self):
        commands = [*self.commands()[:4], ("", "train", "--print-config"), ("", "--help"), ("", "formats"),
                    ("", "train", "--help"), ("", "--version")]
        remark = r"^(images: mnist, .*\n)?"  # of a model file's test set
        for _, *arguments in commands:
            json_flag = ["--json", "--quiet"] if arguments[0] in ("eval", "verify", "inspect") else []
            for flags in ([], json_flag):
                with open("/dev/full", "w") as full:
                    done = self.floatsd(*arguments, *flags, stdout=full)
                self.assertEqual(done.returncode, 2, arguments)
                self.assertRegex(done.stderr, remark + r"floatsd: stdout: cannot be written(: No space left on device)?\n$")
                done = self.floatsd(*arguments, *flags, stdout=None, preexec_fn=lambda: os.close(1))
                self.assertEqual(done.returncode, 2, arguments)
                self.assertRegex(done.stderr, remark + r"floatsd: stdout: cannot be written(: Bad file descriptor)?\n$")

    def test_no_file_takes_the_place_of_a_closed_stream(self):
        output = self.folder / "r"

        def close_streams():
            for stream in (0, 1, 2):
                os.close(stream)
        done = self.floatsd("train", *SHORT, "--output", output, stdout=None, stderr=None, stdin=None,
                            preexec_fn=close_streams)
        self.assertEqual(done.returncode, 2)
        self.assertEqual((output / "last.pt").read_bytes(), (self.float32 / "last.pt").read_bytes())
        self.assertEqual((output / "config.toml").read_bytes(), (self.float32 / "config.toml").read_bytes())

    def test_an_accuracy_that_looks_like_a_share_is_warned_of(self):
        model = self.run_folder / "model.safetensors"
        done = self.floatsd("eval", model, "--expect-accuracy", "0.95", "--quiet", "--threads", "1")
        self.assertEqual(done.stderr, "--expect-accuracy 0.95 % is a percentage: expected 95 for 95 %\n")
        self.assertEqual(self.floatsd("eval", model, "--expect-accuracy", "2", "--quiet").stderr, "")

    def test_what_the_machine_does_not_give_is_one_line(self):
        def few_threads():
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))  # 8 MiB of stack a thread
        done = self.floatsd("eval", self.float32 / "last.pt", "--threads", "1000", preexec_fn=few_threads)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertRegex(done.stderr, r"^floatsd: --threads: 1000, expected at most \d+ here \(.*\)\n$")
        done = self.floatsd("train", *SHORT, "--workers", "1000", "--output", self.folder / "w", preexec_fn=few_threads)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr.splitlines()[-1], r"^floatsd: workers: 1000, expected at most \d+ here ")
        done = self.floatsd("bench", "--network", "mobilenetv2", "--batch-size", "20000", "--steps", "1", "--threads",
                            "1", preexec_fn=few_threads)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, r"^floatsd: (\w+: )?no memory for a tensor of \d+ bytes[^\n]*\n$")

    def test_numbers_that_do_not_fit_the_images_are_refused(self):
        for flag in ("--cutout", "--crop-padding"):
            done = self.floatsd("train", *SHORT, flag, "29", "--output", self.folder / "r")
            self.assertEqual((done.returncode, (self.folder / "r").exists()), (2, False))
            self.assertIn(flag[2:] + ": 29, expected at most 28, a side of the images", done.stderr)


if __name__ == "__main__":
    unittest.main()
