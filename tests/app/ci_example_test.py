#!/usr/bin/env python3
"""examples/ci/check.sh on real images: it passes, and a worse network makes it fail.

usage: ci_example_test.py FLOATSD EXAMPLE [unittest arguments]
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

from the_command import FLOATSD, environment

EXAMPLE = pathlib.Path(sys.argv.pop(1)).resolve()
if not (pathlib.Path(os.environ.get("FLOATSD_DATA", "none")) / "mnist").is_dir():
    print("SKIPPED: FLOATSD_DATA has no mnist/")
    sys.exit(77)


class Example(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-ci-"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def runs(self, name, *flags):
        done = subprocess.run([EXAMPLE / "check.sh", name, *flags], env={**environment(), "FLOATSD": str(FLOATSD)},
                              cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        (suite,) = xml.etree.ElementTree.parse(self.folder / name / "check.xml").getroot()
        failed = {case.get("name") for case in suite if case.find("failure") is not None}
        return done, failed, (self.folder / name / "check.md").read_text()

    def test_the_network_is_as_good_as_its_baseline(self):
        done, failed, markdown = self.runs("good run")
        self.assertEqual(done.returncode, 0, (done.stdout, done.stderr))
        self.assertEqual(failed, set())
        self.assertNotIn("fell", markdown)

    def test_a_worse_network_fails(self):
        done, failed, markdown = self.runs("worse", "--limit", "600", "--epochs", "2")
        self.assertEqual(done.returncode, 1, (done.stdout, done.stderr))
        self.assertLessEqual({"accuracy", "right_images"}, failed)
        self.assertNotIn("bytes", failed)
        self.assertIn("| accuracy | ", markdown)
        self.assertIn("**fell**", markdown)


if __name__ == "__main__":
    unittest.main()
