#!/usr/bin/env python3
"""How far long work is, as a terminal and a pipe see it. On small images made here.

usage: progress_test.py FLOATSD [unittest arguments]
"""
import json
import pathlib
import re
import shutil
import tempfile
import unittest

from small_images import write_images
from the_command import FLOATSD4, environment, on_terminal, run

TEST = 600  # images, more than are done at once
TINY = """{"name": "tiny", "input": {"shape": [1, 28, 28]}, "nodes": [
  {"name": "conv1", "kind": "conv2d", "out_channels": 2, "kernel": 3, "stride": 4},
  {"name": "relu1", "kind": "relu"},
  {"name": "conv2", "kind": "conv2d", "out_channels": 2, "kernel": 3, "stride": 2},
  {"name": "relu2", "kind": "relu"},
  {"name": "classifier", "kind": "linear", "out_features": 10}]}"""
LINE = re.compile(r"^(.+): (\d+) % \((\d+) of (\d+) (\w+)\)(, [\d.]+ \w+/s, \d+:\d\d left)?(, .+)?$")


def pgm(pixels):
    return b"P5\n28 28\n255\n" + bytes(pixels)


class Progress(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-progress-"))
        cls.data = cls.folder / "data"
        write_images(cls.data / "mnist", test=TEST)
        cls.tiny = cls.folder / "tiny.json"
        cls.tiny.write_text(TINY)
        cls.float32 = cls.folder / "float32/last.pt"
        cls.floatsd(cls, "train", "--network", cls.tiny, "--epochs", "1", "--limit", "64", "--batch-size", "32", "--output",
                    cls.float32.parent)
        cls.ptq = cls.folder / "ptq"
        cls.floatsd(cls, "calibrate", cls.float32, *FLOATSD4, "--images", "20", "--output", cls.ptq)
        cls.photos = cls.folder / "photos"
        for part in ("train", "test"):
            for label in ("a", "b"):
                (cls.photos / part / label).mkdir(parents=True)
                for n in range(2):
                    (cls.photos / part / label / f"{n}.pgm").write_bytes(pgm([40 * n] * 784))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def floatsd(self, *arguments, seconds="0"):
        """`seconds` between plain lines; None: as the command has it."""
        line_seconds = {"FLOATSD_PROGRESS": "" if seconds is None else seconds}
        return run(*arguments, *([] if arguments[0] == "predict" else ["--threads", "1"]),
                   env={**environment(self.data), **line_seconds})

    def commands(self, output):
        """Each with the stages that it goes through and what it counts there."""
        return [
            (["eval", self.float32], {"evaluate": (TEST, "images")}),
            (["eval", self.ptq / "model.safetensors"], {"evaluate": (TEST, "images")}),
            (["verify", self.ptq / "last.pt", self.ptq / "model.safetensors"], {"verify": (TEST, "images")}),
            (["analyze", self.ptq / "last.pt", "--images", "40"], {"analyze": (40 * 9, "images")}),
            (["calibrate", self.float32, *FLOATSD4, "--images", "50", "--method", "mse", "--correct-bias", "--output",
              output / "bias"], {"observe": (50, "images"), "histograms": (50, "images"),
                                 "correct bias": (50, "images"), "evaluate": (TEST, "images"),
                                 "float32 network: evaluate": (TEST, "images")}),
            (["calibrate", self.float32, *FLOATSD4, "--images", "2", "--learn-rounding", "--output", output / "round"],
             {"observe": (2, "images"), "learn rounding": (3000, "steps")}),
            (["search", self.float32, *FLOATSD4, "--formats", "int4", "int8", "--budget", "bytes=60%", "--images", "20",
              "--sensitivity-images", "16", "--output", output / "mixed.toml"],
             {"sensitivities": (16 * 7, "images"), "mixed: observe": (20, "images"),
              "int8: evaluate": (TEST, "images")}),
            (["sweep", *FLOATSD4, "--formats", "float32", "int4", "--post-training", "--init", self.float32, "--images", "20",
              "--output", output / "sweep"], {"observe": (20, "images"), "evaluate": (TEST, "images")}),
            (["train", "--network", self.tiny, *FLOATSD4, "--epochs", "2", "--limit", "128", "--batch-size", "32",
              "--freeze-epochs", "1", "--output", output / "train"],
             {"epoch 1/2": (128, "images"), "epoch 2/2": (128, "images"),
                                  "evaluate": (TEST, "images"), "verify": (TEST, "images")}),
            (["bench", "--network", self.tiny, "--batch-size", "8", "--steps", "2"], {"bench": (5, "steps")}),
            (["export", self.ptq / "model.safetensors", "--to", "vectors", "--images", "1", "-o", output / "vectors"],
             {"vectors": (3, "layers")}),
            (["export", self.ptq / "model.safetensors", "--to", "c", "--images", "120", "-o", output / "c"],
             {"golden codes": (120, "images")}),
        ]

    def test_in_a_pipe_each_stage_has_plain_lines_that_count_up(self):
        for arguments, stages in self.commands(self.folder / "lines"):
            done = self.floatsd(*arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            found = {}
            for match in filter(None, map(LINE.match, done.stderr.splitlines())):
                stage, percent, count, total, unit = match.group(1, 2, 3, 4, 5)
                counts = found.setdefault(stage, {"total": (int(total), unit), "counts": []})
                self.assertEqual(int(percent), 100 * int(count) // int(total))
                counts["counts"].append(int(count))
            for stage, total in stages.items():
                if total[0] > 100:  # so few are done at once
                    self.assertIn(stage, found, (arguments, done.stderr))
                    self.assertEqual(found[stage]["total"], total)
                    self.assertLess(max(found[stage]["counts"]), total[0])  # the end says the result
            self.assertFalse(LINE.search(done.stdout), done.stdout)

    def test_work_of_less_than_two_seconds_says_nothing_in_a_pipe(self):
        done = self.floatsd("eval", "--dataset", "mnist", self.ptq / "model.safetensors", seconds=None)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_quiet_and_json_leave_both_streams_clean(self):
        for arguments, _ in self.commands(self.folder / "quiet"):
            if arguments[0] not in ("eval", "calibrate", "train") or "--learn-rounding" in arguments:
                continue  # so that the test is short
            done = self.floatsd(*arguments, "--quiet", "--json")
            self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
            json.loads(done.stdout)

    def test_folders_of_images_are_counted_while_they_are_read(self):
        done = run("data", "describe", f"images:{self.photos}", env={**environment(), "FLOATSD_PROGRESS": "0"})
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in ("look at images: 12 % (1 of 8 files)", "read images: 75 % (3 of 4 images)"):
            self.assertIn(line, done.stderr)
        quiet = run("data", "describe", f"images:{self.photos}", "--quiet", env={**environment(), "FLOATSD_PROGRESS": "0"})
        self.assertEqual(quiet.stderr, "")
        many = self.folder / "many"
        many.mkdir()
        for n in range(300):
            (many / f"{n}.pgm").write_bytes(pgm([n % 256] * 784))
        done = self.floatsd("predict", self.ptq / "model.safetensors", many)
        self.assertIn("predict: 85 % (256 of 300 images)", done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 300)

    def on_terminal(self, *arguments, code=0):
        """What a terminal is sent on stderr."""
        ended, shown = on_terminal(*arguments, stream="stderr", data=self.data)
        self.assertEqual(ended, code)
        return shown

    def test_on_a_terminal_a_bar_is_drawn_within_its_width_and_cleared(self):
        shown = self.on_terminal("calibrate", self.float32, *FLOATSD4, "--images", "2", "--learn-rounding", "--output",
                                 self.folder / "drawn", "--threads", "1")
        drawn = [text for text in shown.split("\r\x1b[K") if text.startswith("learn rounding [")]
        self.assertGreater(len(drawn), 1, shown)
        for text in drawn:
            self.assertRegex(text, r"^learn rounding \[#* *\] +\d+%  [\d.]+ steps/s  \d+:\d\d left")
            self.assertLess(len(text), 60)
        for bar in re.finditer(r"\[[# ]{4,}\][^\r\n]*", shown):
            self.assertTrue(shown[bar.end():].startswith("\r\x1b[K"), shown)

    def test_a_bar_is_cleared_before_an_error(self):
        shown = self.on_terminal("train", "--network", self.tiny, "--lr", "1e9", "--epochs", "3", "--batch-size", "8",
                                 "--output", self.folder / "diverged", code=3)
        self.assertRegex(shown, r"(^|\n|\x1b\[K)floatsd: epoch \d")


if __name__ == "__main__":
    unittest.main()
