#!/usr/bin/env python3
"""Numbers that are not finite, in training and in networks that are given: which node, and when.

usage: not_finite_test.py FLOATSD [unittest arguments]
"""
import pathlib
import shutil
import tempfile
import unittest

from small_images import write_images
from the_command import FLOATSD4, run

STEPS = ["--epochs", "1", "--batch-size", "16", "--threads", "1", "--quiet"]


class NotFinite(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-finite-"))
        self.addCleanup(shutil.rmtree, self.folder)
        write_images(self.folder / "data" / "mnist", 160, 50)

    def fails(self, code, pattern, *arguments):
        done = run(*arguments, data=self.folder / "data")
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertRegex(done.stderr.splitlines()[-1] if done.stderr else "", pattern)

    def test_a_training_that_diverges_names_epoch_step_and_node(self):
        where = r"^floatsd: epoch 1, step \d+: .*(conv|fc)\d.* not finite.*; a lower lr may help$"
        for flags in ([], FLOATSD4):
            with self.subTest(flags=flags):
                self.fails(3, where, "train", *flags, *STEPS, "--freeze-epochs", "0", "--lr", "1e12",
                           "--output", self.folder / f"run{len(flags)}")

    def test_a_step_that_breaks_the_weights_is_not_saved(self):
        run = self.folder / "run"
        self.fails(3, r"^floatsd: epoch 1, step 1: \w+ has weights that are not finite; a lower lr",
                   "train", *STEPS, "--limit", "16", "--lr", "1e42", "--skip-eval", "--output", run)
        self.assertFalse((run / "last.pt").exists())

    def test_a_network_that_answers_with_nan_is_bad_input_and_its_node_is_named(self):
        # After one step of that size the weights are finite, and what they make is not.
        run = self.folder / "run"
        self.fails(0, "^", "train", *STEPS, "--limit", "16", "--lr", "1e25", "--skip-eval",
                   "--output", run)
        message = r"^floatsd: .*last.pt: lenet: (conv|fc)\d gives values that are not finite$"
        self.fails(2, message, "eval", run / "last.pt", "--quiet")
        self.fails(2, message, "calibrate", run / "last.pt", *FLOATSD4, "--output", self.folder / "ptq", "--quiet")


if __name__ == "__main__":
    unittest.main()
