"""Ranks of the command under test, started by mpirun: a base for their tests."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from small_images import write_images
from the_command import command_line, environment

MPIRUN = shutil.which("mpirun")


def mpirun(ranks, *arguments):
    return [MPIRUN, "--allow-run-as-root", "--oversubscribe", "--mca", "odls_base_sigkill_timeout", "5", "-n",
            str(ranks), *map(str, arguments)]


class RanksTest(unittest.TestCase):
    TRAIN, TEST = 300, 130  # images

    def make_folder(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-ranks-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def setUp(self):
        self.make_folder()
        self.data = self.folder / "data"
        write_images(self.data / "mnist", self.TRAIN, self.TEST)

    def run_ranks(self, ranks, *command, expect=0, wrapper=()):
        """The ended process if so many ranks run it."""
        launched = mpirun(ranks, *wrapper, *command_line(*command)) if ranks > 1 else command_line(*command)
        done = subprocess.run(launched, env=environment(self.data), text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done

    def start_ranks(self, ranks, *command):
        """The running process."""
        return subprocess.Popen(mpirun(ranks, *command_line(*command)), env=environment(self.data), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def processes_of(self, mpirun_process):
        """The ranks' process numbers, in their order."""
        listed = subprocess.run(["pgrep", "-P", str(mpirun_process.pid)], text=True, stdout=subprocess.PIPE)
        return sorted(map(int, listed.stdout.split()))

    def wrapper_of_rank(self, rank, command):
        """A script that runs what it is given, in that rank after a command of the shell."""
        script = self.folder / "rank.sh"
        script.write_text(f'#!/bin/sh\n[ "$OMPI_COMM_WORLD_RANK" = {rank} ] && {command}\nexec "$@"\n')
        script.chmod(0o755)
        return [script]

    def other_images(self, train, test):
        """A wrapper in which rank 1 sees other images than the first."""
        other = self.folder / "other"
        write_images(other / "mnist", train, test)
        return self.wrapper_of_rank(1, f"export FLOATSD_DATA={other}")

    def assert_one_line(self, stderr, text):
        """Of floatsd's; mpirun adds its own."""
        ours = [line for line in stderr.splitlines() if line.startswith("floatsd:")]
        self.assertEqual(len(ours), 1, stderr)
        self.assertIn(text, ours[0])

    def assert_nobody_runs(self, output):
        self.assertEqual(subprocess.run(["pgrep", "-f", str(output)], stdout=subprocess.PIPE).stdout, b"")
