#!/usr/bin/env python3
"""Evaluation, verification, calibration and sweeps that mpirun shares out: what one process says and writes, by any
number of ranks, and what happens when a rank fails.

usage: shared_work_test.py FLOATSD [unittest arguments]
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import unittest

from small_images import write_images
from the_command import FLOATSD4, contents, run, stop_before
from the_ranks import MPIRUN, RanksTest

SHORT = ["--batch-size", "32", "--lr", "0.02", "--threads", "1"]
SWEEP = ["sweep", *FLOATSD4, *SHORT, "--formats", "float32", "int4", "--seeds", "1", "2"]


def timeless(text):
    """What --json printed, without the rate and the folder."""
    return {key: value for key, value in json.loads(text).items() if key not in ("images_per_second", "output")}


class SharedWork(RanksTest):
    """On a float32 network and its calibrated one, made once."""
    TEST = 330  # two batches of an integer network, four of others

    @classmethod
    def setUpClass(cls):
        cls.made = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-shared-"))
        cls.addClassCleanup(shutil.rmtree, cls.made)
        cls.data = cls.made / "data"
        write_images(cls.data / "mnist", cls.TRAIN, cls.TEST)
        cls.float32, cls.quantized = cls.made / "float32", cls.made / "quantized"
        for command in (["train", *SHORT, "--epochs", "2", "--quiet", "--output", cls.float32],
                        ["calibrate", cls.float32 / "last.pt", *FLOATSD4, "--threads", "1", "--quiet", "--output",
                         cls.quantized]):
            run(*command, data=cls.data, check=True)

    def setUp(self):
        self.make_folder()

    def test_any_number_of_ranks_counts_what_one_process_counts(self):
        model = self.quantized / "model.safetensors"
        for command in (["eval", self.float32 / "last.pt"], ["eval", model], ["verify", self.quantized / "last.pt", model]):
            self.assertEqual(self.run_ranks(3, *command).stdout, self.run_ranks(1, *command).stdout)
        self.assertEqual(timeless(self.run_ranks(2, *command, "--json").stdout),
                         timeless(self.run_ranks(1, *command, "--json").stdout))

    def test_an_expectation_that_fails_ends_all_ranks_with_its_code(self):
        done = self.run_ranks(3, "eval", self.quantized / "model.safetensors", "--expect-accuracy", "100", expect=1)
        self.assert_one_line(done.stderr, "expected at least 100.00 %")
        other = self.folder / "other"
        self.run_ranks(1, "calibrate", self.float32 / "last.pt", *FLOATSD4, "--images", "7", "--quiet", "--output", other)
        done = self.run_ranks(2, "verify", self.quantized / "last.pt", other / "model.safetensors", expect=1)
        self.assert_one_line(done.stderr, "mismatches between")

    def test_what_one_rank_cannot_read_ends_all_with_one_line(self):
        gone = self.wrapper_of_rank(1, "export FLOATSD_DATA=/nonexistent XDG_CACHE_HOME=/nonexistent")
        for command in (["verify", self.quantized / "last.pt", self.quantized / "model.safetensors"],
                        ["calibrate", self.float32 / "last.pt", *FLOATSD4, "--output", self.folder / "new"],
                        [*SWEEP, "--output", self.folder / "new"]):
            self.assert_one_line(self.run_ranks(2, *command, expect=2, wrapper=gone).stderr, "mnist")
            self.assertFalse((self.folder / "new").exists())
        self.assert_one_line(self.run_ranks(2, "eval", self.folder / "none.pt", expect=2).stderr, "none.pt")

    def test_ranks_that_see_other_images_or_files_are_refused(self):
        other = self.other_images(self.TRAIN, self.TEST - 1)
        for command in (["eval", self.quantized / "last.pt"], [*SWEEP, "--output", self.folder / "new"]):
            self.assert_one_line(self.run_ranks(2, *command, expect=2, wrapper=other).stderr,
                                 "ranks 0 and 1 differ in the test images")
        for place, run_folder in (("here", self.float32), ("there", self.quantized)):
            (self.folder / place).mkdir()
            shutil.copy(run_folder / "last.pt", self.folder / place)
        moved = self.wrapper_of_rank(1, f"cd {self.folder / 'there'}")
        os.chdir(self.folder / "here")
        self.addCleanup(os.chdir, "/")
        self.assert_one_line(self.run_ranks(2, "eval", "last.pt", expect=2, wrapper=moved).stderr,
                             "ranks 0 and 1 differ in the network file")

    def test_a_network_with_numbers_that_are_not_finite_ends_all_ranks_with_one_line(self):
        large = self.folder / "large"  # after one step of that size the weights are finite, and what they make is not
        self.run_ranks(1, "train", "--epochs", "1", "--batch-size", "16", "--limit", "16", "--lr", "1e25", "--threads",
                       "1", "--skip-eval", "--quiet", "--output", large)
        for command in (["eval", large / "last.pt"],
                        ["calibrate", large / "last.pt", *FLOATSD4, "--output", self.folder / "new"]):
            alone = self.run_ranks(1, *command, "--quiet", expect=2).stderr.strip()
            self.assert_one_line(self.run_ranks(2, *command, "--quiet", expect=2).stderr, alone)

    def test_a_calibration_by_ranks_writes_the_bytes_of_one_process(self):
        for ranks, flags in ((3, []), (2, ["--method", "conv=percentile", "linear=mse", "--images", "250", "--equalize",
                                           "--correct-bias"])):
            command = ["calibrate", self.float32 / "last.pt", *FLOATSD4, *flags, "--threads", "1"]
            alone, output = self.folder / f"alone-{ranks}", self.folder / f"of-{ranks}"
            self.assertEqual(self.run_ranks(ranks, *command, "--output", output).stdout,
                             self.run_ranks(1, *command, "--output", alone).stdout)
            self.assertEqual(contents(output), contents(alone))

    def test_a_calibration_that_cannot_be_written_ends_all_ranks_with_one_line(self):
        (self.folder / "file").write_text("")
        command = ["calibrate", self.float32 / "last.pt", *FLOATSD4, "--output", self.folder / "file" / "run"]
        self.assert_one_line(self.run_ranks(2, *command, expect=2).stderr, "file")
        full = self.wrapper_of_rank(0, "ulimit -f 40")
        command[-1] = self.folder / "full"
        self.assert_one_line(self.run_ranks(2, *command, expect=2, wrapper=full).stderr, "File too large")

    def assert_same_sweep(self, output, expected):
        self.assertEqual((output / "sweep.json").read_text(), (expected / "sweep.json").read_text())
        self.assertEqual((output / "sweep.svg").read_text(), (expected / "sweep.svg").read_text())
        self.assertFalse((output / "sweep.queue").exists())
        for run_folder in filter(lambda path: path.is_dir(), expected.iterdir()):
            self.assertEqual(contents(output / run_folder.name), contents(run_folder))

    def test_a_sweep_by_ranks_gives_the_table_and_the_runs_of_one_process(self):
        whole, output = self.folder / "whole", self.folder / "of-3"
        alone = self.run_ranks(1, *SWEEP, "--epochs", "1", "--json", "--output", whole)
        done = self.run_ranks(3, *SWEEP, "--epochs", "1", "--json", "--output", output)
        self.assertEqual(timeless(done.stdout), timeless(alone.stdout))
        self.assert_same_sweep(output, whole)
        self.assertIn("by another rank", done.stderr)
        shutil.rmtree(output / "int4-seed1")
        again = self.run_ranks(2, *SWEEP, "--epochs", "1", "--resume", "--output", output)
        self.assertIn("float32-seed1 (1 of 4): done before", again.stderr)
        self.assert_same_sweep(output, whole)

    def test_a_sweep_whose_rank_died_goes_on_with_another_number_of_ranks(self):
        whole, killed = self.folder / "whole", self.folder / "killed"
        sweep = [*SWEEP, "--epochs", "6"]
        self.run_ranks(1, *sweep, "--quiet", "--output", whole)

        def kill_a_rank():
            process = self.start_ranks(3, *sweep, "--output", killed)
            while not any(killed.glob("*/last.pt")) and process.poll() is None:
                time.sleep(0.005)
            with contextlib.suppress(ProcessLookupError, IndexError):  # if the sweep is over
                os.kill(self.processes_of(process)[1], signal.SIGKILL)
            process.communicate(timeout=60)
            self.assertTrue(process.returncode or (killed / "sweep.svg").exists())
        stop_before(killed / "sweep.svg", kill_a_rank)
        self.assert_nobody_runs(killed)
        self.run_ranks(2, *sweep, "--resume", "--output", killed)
        self.assert_same_sweep(killed, whole)

    def test_runs_that_a_dead_sweep_left_in_its_queue_count(self):
        output = self.folder / "sweep"
        self.run_ranks(1, *SWEEP, "--epochs", "1", "--quiet", "--output", output)
        expected = (output / "sweep.json").read_text()
        rows = json.loads(expected)["runs"]
        (output / "sweep.json").write_text(json.dumps({"runs": rows[:1]}))
        (output / "sweep.queue").mkdir()
        (output / "sweep.queue" / "int4-seed2.json").write_text(json.dumps(rows[3]))
        done = self.run_ranks(1, *SWEEP, "--epochs", "1", "--resume", "--output", output)
        self.assertIn("int4-seed2 (4 of 4): done before", done.stderr)
        self.assertEqual((output / "sweep.json").read_text(), expected)
        (output / "sweep.queue").mkdir()
        (output / "sweep.queue" / "int4-seed2.json").write_text("{")
        self.assert_one_line(self.run_ranks(2, *SWEEP, "--epochs", "1", "--resume", "--output", output,
                                            expect=2).stderr, "is no run of a sweep")

    def test_a_signal_to_one_rank_of_a_sweep_ends_all(self):
        output = self.folder / "stopped"
        process = self.start_ranks(2, *SWEEP, "--epochs", "40", "--output", output)
        while not any(output.glob("*/last.pt")) and process.poll() is None:
            time.sleep(0.005)
        os.kill(self.processes_of(process)[1], signal.SIGTERM)
        stderr = process.communicate(timeout=100)[1]
        self.assertIn("floatsd: interrupted; --resume goes on", stderr)
        self.assert_nobody_runs(output)

    def test_a_sweep_of_calibrations_and_one_that_diverges(self):
        sweep = ["sweep", *FLOATSD4, "--threads", "1", "--formats", "float32", "int8", "int4", "--post-training",
                 "--init", self.float32 / "last.pt"]
        self.run_ranks(1, *sweep, "--output", self.folder / "one")
        self.run_ranks(2, *sweep, "--output", self.folder / "two")
        self.assert_same_sweep(self.folder / "two", self.folder / "one")

        diverging = ["sweep", *FLOATSD4, "--threads", "1", "--batch-size", "32", "--epochs", "2", "--lr", "1e9",
                     "--formats", "int8", "int4", "int2", "--json", "--output"]
        alone = self.run_ranks(1, *diverging, self.folder / "diverged-1")
        done = self.run_ranks(2, *diverging, self.folder / "diverged-2")
        self.assertEqual(timeless(done.stdout), timeless(alone.stdout))
        told = [line.split("diverged:", 1)[1] for line in alone.stderr.splitlines() if "diverged:" in line]
        self.assertEqual(sorted(line.split("diverged:", 1)[1] for line in done.stderr.splitlines()
                                if "diverged:" in line), sorted(told))
        self.assertEqual(len(told), 3)


if __name__ == "__main__":
    if MPIRUN is None:
        sys.exit(77)
    unittest.main()
