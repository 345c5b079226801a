#!/usr/bin/env python3
"""Ranks on two hosts with addresses of their own train and evaluate what one process does. Skipped if this machine
allows no network namespaces.

usage: ranks_on_hosts_test.py FLOATSD [unittest arguments]
"""
import subprocess
import sys
import unittest

from network_hosts import NetworkHosts, NoHosts
from the_command import FLOATSD4, command_line, contents, environment
from the_ranks import MPIRUN, RanksTest

LENET = ["train", *FLOATSD4, "--batch-size", "32", "--lr", "0.02", "--epochs", "1", "--shards", "8", "--threads", "1",
         "--quiet", "--output"]
GRADIENTS = 200_000  # bytes of a step of LeNet at the least


class RanksOnHosts(RanksTest):
    def setUp(self):
        super().setUp()
        try:
            self.hosts = NetworkHosts().__enter__()
        except NoHosts as reason:
            self.skipTest(f"no hosts of their own: {reason}")
        self.addCleanup(self.hosts.__exit__)

    def on_hosts(self, ranks, *command):
        done = subprocess.run(self.hosts.mpirun(ranks, *command_line(*command)), env=environment(self.data), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_two_hosts_train_the_bytes_of_one_process_over_their_link(self):
        alone = self.run_ranks(1, *LENET, self.folder / "one").stdout
        self.assertEqual(self.on_hosts(2, *LENET, self.folder / "two"), alone)
        self.assertEqual(contents(self.folder / "two"), contents(self.folder / "one"))
        self.assertGreater(self.hosts.sent_bytes(), (self.TRAIN // 32) * GRADIENTS)

        evaluation = ["eval", self.folder / "one" / "model.safetensors"]
        self.assertEqual(self.on_hosts(2, *evaluation), self.run_ranks(1, *evaluation).stdout)
        sweep = ["sweep", *FLOATSD4, *LENET[len(FLOATSD4) + 1:-1], "--formats", "int8", "int4", "--output"]
        self.run_ranks(1, *sweep, self.folder / "sweep-1")
        self.on_hosts(2, *sweep, self.folder / "sweep-2")
        for name in ("sweep.json", "int4/model.safetensors"):
            self.assertEqual((self.folder / "sweep-2" / name).read_bytes(),
                             (self.folder / "sweep-1" / name).read_bytes())


if __name__ == "__main__":
    if MPIRUN is None:
        sys.exit(77)
    unittest.main()
