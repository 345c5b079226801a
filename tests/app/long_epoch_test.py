#!/usr/bin/env python3
"""An epoch that is longer than --checkpoint-minutes: what a killed run has left of it.

usage: long_epoch_test.py FLOATSD [unittest arguments]
"""
import pathlib
import shutil
import signal
import tempfile
import time
import unittest

from small_images import write_images
from the_command import FLOATSD4, contents, run, start, stop_before

TRAIN = ["train", *FLOATSD4, "--batch-size", "4", "--lr", "0.01", "--threads", "1", "--quiet",
         "--epochs", "2", "--ema-decay", "0.99"]


class LongEpoch(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-long-"))
        self.addCleanup(shutil.rmtree, self.folder)
        write_images(self.folder / "data" / "mnist", 640, 50)
        self.data = self.folder / "data"

    def floatsd(self, *arguments):
        done = run(*arguments, data=self.data)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_killed_run_goes_on_inside_its_first_epoch_and_ends_with_the_same_bytes(self):
        whole, killed = self.folder / "whole", self.folder / "killed"
        self.floatsd(*TRAIN, "--output", whole, "--checkpoint-minutes", "0")

        def kill():
            process = start(*TRAIN, "--output", killed, "--checkpoint-minutes", "0.001", data=self.data)
            while not (killed / "last.pt").exists() and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        stop_before(killed / "metrics.jsonl", kill)
        self.floatsd("train", "--output", killed, "--resume", "--threads", "1", "--quiet")
        self.assertEqual(contents(killed), contents(whole))


if __name__ == "__main__":
    unittest.main()
