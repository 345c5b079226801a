#!/usr/bin/env python3
"""Trainings that mpirun shares out: the bytes of one process, and what happens when a rank fails.

usage: ranks_test.py FLOATSD [unittest arguments]
"""
import os
import signal
import sys
import time
import unittest

from the_command import FLOATSD4, contents, run, stop_before
from the_ranks import MPIRUN, RanksTest

EPOCHS = 8  # enough to be interrupted
OPTIONS = {"batch-size": 32, "lr": 0.02, "epochs": 2, "shards": 8, "threads": 1}


def training(output, *flags, **options):
    """Its arguments; `options` in the place of those above."""
    values = {**OPTIONS, **{name.replace("_", "-"): value for name, value in options.items()}}
    return ["train", *FLOATSD4, "--quiet", "--output", output,
            *(word for name, value in values.items() for word in (f"--{name}", value)), *flags]


class Trainings(RanksTest):
    def train(self, ranks, output, *flags, expect=0, wrapper=(), **options):
        return self.run_ranks(ranks, *training(output, *flags, **options), expect=expect, wrapper=wrapper)

    def begin(self, output, *flags, **options):
        """A training by two ranks that has saved a checkpoint."""
        process = self.start_ranks(2, *training(output, *flags, **options))
        while not (output / "last.pt").exists() and process.poll() is None:
            time.sleep(0.005)
        return process

    def test_one_two_and_four_ranks_write_the_same_bytes(self):
        told = self.train(1, self.folder / "one").stdout
        expected = contents(self.folder / "one")
        for ranks in (2, 4):
            self.assertEqual(self.train(ranks, self.folder / f"of-{ranks}").stdout, told)
            self.assertEqual(contents(self.folder / f"of-{ranks}"), expected, f"{ranks} ranks")
        self.train(1, self.folder / "two-threads", threads=2)
        self.assertEqual(contents(self.folder / "two-threads"), expected)

    def test_a_run_of_two_ranks_goes_on_as_one_and_as_four(self):
        self.train(1, self.folder / "whole", epochs=EPOCHS)
        for ranks in (1, 4):
            output = self.folder / f"resumed-by-{ranks}"

            def terminate():
                process = self.begin(output, "--checkpoint-minutes", "0.0001", epochs=EPOCHS)
                for rank in self.processes_of(process):  # mpirun passes a signal on seconds later
                    os.kill(rank, signal.SIGTERM)
                process.communicate(timeout=60)
            stop_before(output / "model.safetensors", terminate)
            self.train(ranks, output, "--resume", epochs=EPOCHS)
            self.assertEqual(contents(output), contents(self.folder / "whole"))

    def test_the_death_of_a_rank_ends_all_and_leaves_the_last_checkpoint(self):
        output = self.folder / "killed"
        process = self.begin(output, "--skip-eval", epochs=1000)
        ranks = self.processes_of(process)
        self.assertEqual(len(ranks), 2)
        os.kill(ranks[1], signal.SIGKILL)
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.assert_nobody_runs(output)
        self.assertEqual(run("eval", output / "last.pt", data=self.data).returncode, 0)

    def test_a_folder_that_cannot_be_written_ends_all_ranks_with_one_line(self):
        (self.folder / "file").write_text("")
        self.assert_one_line(self.train(2, self.folder / "file" / "run", expect=2).stderr, "file")

    def test_a_disk_that_is_full_ends_all_ranks_with_one_line(self):
        """A limit of the size of files stands for it."""
        wrapper = self.wrapper_of_rank(0, "ulimit -f 40")
        self.assert_one_line(self.train(2, self.folder / "full", expect=2, wrapper=wrapper).stderr,
                             "File too large")

    def test_ranks_with_other_images_are_refused(self):
        for train, test, which in ((299, 130, "training images"), (300, 129, "test images")):
            done = self.train(2, self.folder / "run", expect=2, wrapper=self.other_images(train, test))
            self.assert_one_line(done.stderr, f"ranks 0 and 1 differ in the {which}")

    def test_what_cannot_be_shared_out_is_refused(self):
        run_folder = self.folder / "run"
        for ranks, command, text in (
                (2, training(run_folder, shards=1), "shards: 1, expected at least one for each of 2 ranks"),
                (1, training(run_folder, shards=6), "shards: 6, expected a power of two"),
                (3, training(run_folder), "train: mpirun started 3 of it, expected 1, 2, 4, 8"),
                (2, ["formats"], "formats: mpirun started 2 of it")):
            self.assert_one_line(self.run_ranks(ranks, *command, expect=2).stderr, text)


if __name__ == "__main__":
    if MPIRUN is None:
        sys.exit(77)
    unittest.main()
