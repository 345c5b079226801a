#!/usr/bin/env python3
"""The event files of `floatsd train --tensorboard`, as TensorBoard's own reader sees them.

usage: tensorboard_test.py FLOATSD [unittest arguments]
"""
import json
import logging
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import unittest

try:
    from tensorboard.backend.event_processing import event_accumulator
    from tensorboard.compat.tensorflow_stub import errors
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New
except ImportError:
    print("SKIPPED: tensorboard is not installed (scripts/setup --tests)")
    sys.exit(77)

from small_images import write_images
from the_command import run, start

ONE_BY_ONE = ["--weights", "*=int8:per-channel", "--threads", "1", "--quiet", "--epochs", "1", "--freeze-epochs", "0",
              "--skip-eval", "--batch-size", "1"]
INT8 = [*ONE_BY_ONE[:5], "--batch-size", "16"]
STEPS = 25  # of an epoch: 400 images


class Events:
    """All of a run, read anew."""

    def __init__(self, folder):
        self.read = event_accumulator.EventAccumulator(
            str(folder), size_guidance={kind: 0 for kind in event_accumulator.DEFAULT_SIZE_GUIDANCE})
        self.read.Reload()

    def scalars(self, tag):
        return {event.step: event.value for event in self.read.Scalars(tag)}

    def steps(self, tag):
        return [event.step for event in self.read.Scalars(tag)]

    def tags(self, kind):
        return set(self.read.Tags()[kind])

    def text(self, tag):
        (event,) = self.read.Tensors(tag)
        return event.tensor_proto.string_val[0].decode()

    def histograms(self, tag):
        return {event.step: event.histogram_value for event in self.read.Histograms(tag)}


def event_files(folder):
    return sorted(folder.glob("events.out.tfevents.*"))


def records(path):
    reader, found = PyRecordReader_New(str(path)), []
    while True:
        try:
            reader.GetNext()
        except errors.OutOfRangeError:
            return found
        found.append(reader.record())


class TensorBoard(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-tensorboard-"))
        write_images(cls.shared / "data" / "mnist", 400, 50)
        cls.finished = cls.shared / "run"
        cls.runs(cls, "train", *INT8, "--epochs", "3", "--float-epochs", "1", "--tensorboard", "--output", cls.finished)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared)) / "r"

    def runs(self, *arguments, **more):
        done = run(*arguments, data=self.shared / "data", **more)
        assert done.returncode == 0, done.stderr
        return done

    def metrics(self, folder):
        return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]

    def kill_after(self, size, *arguments):
        """Kills a training as soon as its event files hold so many bytes."""
        with start(*arguments, data=self.shared / "data") as training:
            while sum(path.stat().st_size for path in event_files(self.folder)) < size:
                self.assertIsNone(training.poll(), training.stderr.read() if training.poll() is not None else "")
                time.sleep(0.002)
            training.send_signal(signal.SIGKILL)
            training.communicate()

    # What is in it

    def test_each_epoch_has_the_numbers_of_metrics(self):
        events = Events(self.finished)
        for number, line in enumerate(self.metrics(self.finished), 1):
            self.assertEqual(events.scalars("epoch/epoch")[number * STEPS], number)
            for key, value in line.items():
                if key != "phase":
                    self.assertAlmostEqual(events.scalars("epoch/" + key)[number * STEPS], value,
                                           delta=1e-6 * max(1, abs(value)))
        self.assertEqual([event.tensor_proto.string_val[0] for event in events.read.Tensors("epoch/phase")],
                         [line["phase"].encode() for line in self.metrics(self.finished)])

    def test_each_step_has_loss_rate_and_images_a_second(self):
        events = Events(self.finished)
        for tag in ("step/loss", "step/learning_rate", "step/images_per_second"):
            self.assertEqual(events.steps(tag), list(range(1, 3 * STEPS + 1)))
        loss = events.scalars("step/loss")
        first = sum(loss[step] for step in range(1, STEPS + 1)) / STEPS
        self.assertAlmostEqual(first, self.metrics(self.finished)[0]["loss"], places=4)
        self.assertAlmostEqual(events.scalars("step/learning_rate")[1],
                               self.metrics(self.finished)[0]["learning_rate"], places=6)
        self.assertTrue(all(rate > 0 for rate in events.scalars("step/images_per_second").values()))

    def test_the_config_stands_as_text(self):
        text = Events(self.finished).text("config")
        lines = (self.finished / "config.toml").read_text().splitlines()
        self.assertEqual([line.removeprefix("    ") for line in text.splitlines()], lines)

    def test_histograms_of_weights_each_epoch_and_of_levels_and_codes_if_there_are_some(self):
        events = Events(self.finished)
        inspected = json.loads(self.runs("inspect", self.finished / "model.safetensors", "--json").stdout)
        layers = [layer["name"] for layer in inspected["layers"]]
        expected = {f"codes/{name}" for name in layers}
        for layer in inspected["layers"]:
            if "histogram" not in layer:
                continue
            name, levels = layer["name"], {int(level): count for level, count in layer["histogram"].items()}
            expected |= {f"weights/{name}", f"levels/{name}"}
            self.assertEqual(sorted(events.histograms(f"weights/{name}")), [STEPS, 2 * STEPS, 3 * STEPS])
            found = events.histograms(f"levels/{name}")
            self.assertEqual(sorted(found), [2 * STEPS, 3 * STEPS])  # the first epoch is float
            last = found[3 * STEPS]
            self.assertEqual({round(limit - 0.5): count for limit, count in zip(last.bucket_limit, last.bucket)
                              if count > 0}, levels)
            self.assertEqual(last.num, sum(levels.values()))
            self.assertEqual(last.sum, sum(level * count for level, count in levels.items()))
            self.assertEqual((last.min, last.max), (min(levels), max(levels)))
        self.assertEqual(events.tags("histograms"), expected)
        codes = events.histograms(f"codes/{layers[-1]}")[3 * STEPS]
        self.assertEqual(codes.num, 64 * 10)  # images, classes
        self.assertTrue(0 <= codes.min <= codes.max <= 255)

    def test_a_float_network_has_weights_alone(self):
        self.runs("train", "--epochs", "1", "--threads", "1", "--quiet", "--skip-eval", "--tensorboard",
                  "--output", self.folder)
        events = Events(self.folder)
        self.assertTrue(all(tag.startswith("weights/") for tag in events.tags("histograms")))
        self.assertIn("epoch/loss", events.tags("scalars"))
        self.assertNotIn("epoch/accuracy", events.tags("scalars"))

    def test_a_long_epoch_has_at_most_a_hundred_points_and_its_last_step(self):
        self.runs("train", *ONE_BY_ONE, "--tensorboard", "--output", self.folder)
        steps = Events(self.folder).steps("step/loss")
        self.assertEqual(steps, list(range(4, 401, 4)))

    def test_the_network_is_the_same_to_the_bit_without(self):
        self.runs("train", *INT8, "--epochs", "3", "--float-epochs", "1", "--output", self.folder)
        for name in ("model.safetensors", "model.pt", "config.toml"):
            self.assertEqual((self.folder / name).read_bytes(), (self.finished / name).read_bytes(), name)
        self.assertEqual(event_files(self.folder), [])

    def test_a_damaged_byte_is_noticed(self):
        (path,) = event_files(self.finished)
        self.assertGreater(len(records(path)), 10)
        bytes_ = bytearray(path.read_bytes())
        bytes_[len(bytes_) // 2] ^= 1
        damaged = self.folder.parent / "damaged"
        damaged.write_bytes(bytes_)
        with self.assertRaises(errors.DataLossError):
            records(damaged)

    # What goes on

    def test_a_killed_run_can_be_read_and_resumed_without_doubles(self):
        long = [*INT8, "--epochs", "4", "--skip-eval", "--checkpoint-minutes", "0.0005", "--tensorboard",
                "--output", self.folder]
        straight = self.folder.parent / "straight"
        self.runs("train", *long[:-1], straight)
        (whole,) = event_files(straight)
        for share in (0.3, 0.7):  # twice: in an early epoch, and later
            self.kill_after(share * whole.stat().st_size, "train", *long, "--resume")
            self.assertGreater(len(Events(self.folder).steps("step/loss")), 5)
        with event_files(self.folder)[-1].open("r+b") as torn:  # as if the kill had come within a write
            torn.truncate(event_files(self.folder)[-1].stat().st_size - 5)
        self.assertGreater(len(Events(self.folder).steps("step/loss")), 5)
        self.runs("train", *long, "--resume")
        found, expected = Events(self.folder), Events(straight)
        self.assertEqual(len(event_files(self.folder)), 3)
        self.assertEqual(found.tags("scalars"), expected.tags("scalars"))
        for tag in expected.tags("scalars"):
            self.assertEqual(found.steps(tag), expected.steps(tag), tag)
            if "images_per_second" not in tag and "waited" not in tag:
                self.assertEqual(found.scalars(tag), expected.scalars(tag), tag)
        for tag in expected.tags("histograms"):
            self.assertEqual([event.step for event in found.read.Histograms(tag)],
                             [event.step for event in expected.read.Histograms(tag)], tag)

    def test_a_run_that_was_killed_before_its_first_checkpoint_begins_anew(self):
        arguments = [*ONE_BY_ONE, "--tensorboard", "--output", self.folder]
        self.kill_after(1, "train", *arguments)
        self.assertFalse((self.folder / "last.pt").exists())
        self.runs("train", *arguments, "--resume")
        self.assertEqual(Events(self.folder).steps("step/loss"), list(range(4, 401, 4)))

    def test_a_finished_run_that_is_resumed_gets_no_file(self):
        shutil.copytree(self.finished, self.folder)
        self.runs("train", "--output", self.folder, "--resume", "--threads", "1", "--quiet", "--tensorboard")
        self.assertEqual(len(event_files(self.folder)), 1)

    def test_overwrite_removes_our_event_files_and_no_others(self):
        shutil.copytree(self.finished, self.folder)
        (old,) = event_files(self.folder)
        other = self.folder / "events.out.tfevents.1700000000.host.1.0"
        other.write_bytes(b"of another program")
        arguments = ["train", *INT8, "--epochs", "2", "--overwrite", "--output", self.folder]
        self.runs(*arguments, "--tensorboard")
        self.assertNotIn(old, event_files(self.folder))
        self.assertEqual(len(event_files(self.folder)), 2)
        self.assertEqual(Events(self.folder).steps("epoch/loss"), [STEPS, 2 * STEPS])
        self.runs(*arguments)
        self.assertEqual(event_files(self.folder), [other])

    def test_each_run_of_a_sweep_has_its_own(self):
        self.runs("sweep", *INT8, "--formats", "float32", "int8", "--epochs", "2", "--freeze-epochs", "0",
                  "--tensorboard", "--output", self.folder)
        for name in ("float32", "int8"):
            self.assertEqual(Events(self.folder / name).steps("epoch/accuracy"), [STEPS, 2 * STEPS])

    def test_inspect_says_what_an_event_file_is(self):
        said = self.runs("inspect", event_files(self.finished)[0]).stdout
        self.assertIn("events of a training, for TensorBoard", said)

    def test_a_disk_that_is_full_ends_the_run_in_one_line(self):
        done = run("train", *INT8, "--epochs", "1", "--freeze-epochs", "0", "--tensorboard", "--output", self.folder,
                   data=self.shared / "data", preexec_fn=limit_files)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("cannot be written: File too large", done.stderr)
        self.assertIn("events.out.tfevents", done.stderr)


def limit_files():
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # it tells what a restart purges
    unittest.main()
