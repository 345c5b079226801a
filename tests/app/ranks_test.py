#!/usr/bin/env python3
"""Trainings that mpirun shares out: the bytes of one process, and what happens when a rank fails.

usage: ranks_test.py FLOATSD [unittest arguments]
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from small_images import write_images
from the_command import FLOATSD4, command_line, contents, environment, run

EPOCHS = 8  # enough to be interrupted
MPIRUN = shutil.which("mpirun")
OPTIONS = {"batch-size": 32, "lr": 0.02, "epochs": 2, "shards": 8, "threads": 1}


def training(output, *flags, **options):
    """Its arguments; `options` in the place of those above."""
    values = {**OPTIONS, **{name.replace("_", "-"): value for name, value in options.items()}}
    return ["train", *FLOATSD4, "--quiet", "--output", output,
            *(word for name, value in values.items() for word in (f"--{name}", value)), *flags]


def mpirun(ranks, *arguments):
    return [MPIRUN, "--allow-run-as-root", "--oversubscribe", "--mca", "odls_base_sigkill_timeout", "5", "-n",
            str(ranks), *map(str, arguments)]


class Ranks(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-ranks-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = self.folder / "data"
        write_images(self.data / "mnist", 300, 130)

    def run_command(self, ranks, command, *, expect=0, wrapper=()):
        """What it says on stderr if so many ranks run it."""
        launched = mpirun(ranks, *wrapper, *command_line(*command)) if ranks > 1 else command_line(*command)
        done = subprocess.run(launched, env=environment(self.data), text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stderr

    def train(self, ranks, output, *flags, expect=0, wrapper=(), **options):
        return self.run_command(ranks, training(output, *flags, **options), expect=expect, wrapper=wrapper)

    def wrapper_of_rank(self, rank, command):
        """A script that runs what it is given, in that rank after a command of the shell."""
        script = self.folder / "rank.sh"
        script.write_text(f'#!/bin/sh\n[ "$OMPI_COMM_WORLD_RANK" = {rank} ] && {command}\nexec "$@"\n')
        script.chmod(0o755)
        return [script]

    def begin(self, output, *flags, **options):
        """A training by two ranks that has saved a checkpoint."""
        process = subprocess.Popen(mpirun(2, *command_line(*training(output, *flags, **options))),
                                   env=environment(self.data), text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        while not (output / "last.pt").exists() and process.poll() is None:
            time.sleep(0.005)
        return process

    def assert_one_line(self, stderr, text):
        """Of floatsd's; mpirun adds its own."""
        ours = [line for line in stderr.splitlines() if line.startswith("floatsd:")]
        self.assertEqual(len(ours), 1, stderr)
        self.assertIn(text, ours[0])

    def test_one_two_and_four_ranks_write_the_same_bytes(self):
        self.train(1, self.folder / "one")
        expected = contents(self.folder / "one")
        for ranks in (2, 4):
            self.train(ranks, self.folder / f"of-{ranks}")
            self.assertEqual(contents(self.folder / f"of-{ranks}"), expected, f"{ranks} ranks")
        self.train(1, self.folder / "two-threads", threads=2)
        self.assertEqual(contents(self.folder / "two-threads"), expected)

    def test_a_run_of_two_ranks_goes_on_as_one_and_as_four(self):
        self.train(1, self.folder / "whole", epochs=EPOCHS)
        for ranks in (1, 4):
            output = self.folder / f"resumed-by-{ranks}"
            process = self.begin(output, "--checkpoint-minutes", "0.0001", epochs=EPOCHS)
            process.terminate()
            process.communicate(timeout=60)
            self.assertFalse((output / "model.safetensors").exists(), "the run was over already")
            self.train(ranks, output, "--resume", epochs=EPOCHS)
            self.assertEqual(contents(output), contents(self.folder / "whole"))

    def test_the_death_of_a_rank_ends_all_and_leaves_the_last_checkpoint(self):
        output = self.folder / "killed"
        process = self.begin(output, "--skip-eval", epochs=1000)
        listed = subprocess.run(["pgrep", "-P", str(process.pid)], text=True, stdout=subprocess.PIPE)
        ranks = sorted(map(int, listed.stdout.split()))
        self.assertEqual(len(ranks), 2)
        os.kill(ranks[1], signal.SIGKILL)
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.assertEqual(subprocess.run(["pgrep", "-f", str(output)], stdout=subprocess.PIPE).stdout, b"")
        self.assertEqual(run("eval", output / "last.pt", data=self.data).returncode, 0)

    def test_a_folder_that_cannot_be_written_ends_all_ranks_with_one_line(self):
        (self.folder / "file").write_text("")
        self.assert_one_line(self.train(2, self.folder / "file" / "run", expect=2), "file")

    def test_a_disk_that_is_full_ends_all_ranks_with_one_line(self):
        """A limit of the size of files stands for it."""
        wrapper = self.wrapper_of_rank(0, "ulimit -f 40")
        self.assert_one_line(self.train(2, self.folder / "full", expect=2, wrapper=wrapper), "File too large")

    def test_ranks_with_other_images_are_refused(self):
        other = self.folder / "other"
        write_images(other / "mnist", 299, 130)
        wrapper = self.wrapper_of_rank(1, f"export FLOATSD_DATA={other}")
        self.assert_one_line(self.train(2, self.folder / "run", expect=2, wrapper=wrapper),
                             "ranks 0 and 1 differ in the training images")

    def test_what_cannot_be_shared_out_is_refused(self):
        run_folder = self.folder / "run"
        for ranks, command, text in (
                (2, training(run_folder, shards=1), "shards: 1, expected at least one for each of 2 ranks"),
                (1, training(run_folder, shards=6), "shards: 6, expected a power of two"),
                (3, training(run_folder), "train: mpirun started 3 of it, expected 1, 2, 4, 8"),
                (2, ["formats"], "formats: mpirun started 2 of it")):
            self.assert_one_line(self.run_command(ranks, command, expect=2), text)


if __name__ == "__main__":
    if MPIRUN is None:
        sys.exit(77)
    unittest.main()
