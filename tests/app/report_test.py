#!/usr/bin/env python3
"""Reports of runs: what train and calibrate leave, and `floatsd report`.

usage: report_test.py FLOATSD [unittest arguments]
"""
import csv
import html
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from small_images import write_images
from the_command import FLOATSD4, CommandCase, start

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "report"))
from browser import Browser, find_browser  # noqa: E402

SHORT = ["--epochs", "2", "--batch-size", "64", "--threads", "1"]
NORMALIZED = ["--mean", "0.13", "--std", "0.31"]
CHECKS = (pathlib.Path(__file__).parents[1] / "report" / "page_checks.js").read_text()
CLASSES = ["<script>", "a & b", "it's \"q\"", "\u732b\u3068\u72ac", "W" * 200, "plain"]


def write_folders(root):
    """A class a folder, whose images have a bright row at the class's place; as PGM files."""
    for part, count in (("train", 20), ("test", 5)):
        for label, name in enumerate(CLASSES):
            folder = root / part / name
            folder.mkdir(parents=True)
            for n in range(count):
                pixels = bytes((220 if y // 4 == label else 20) + (x * 31 + n * 7) % 30
                               for y in range(28) for x in range(28))
                (folder / f"{n}.pgm").write_bytes(b"P5\n28 28\n255\n" + pixels)


class Reports(CommandCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-report-"))
        cls.data = cls.shared / "data"
        write_images(cls.data / "mnist", 640, 200)
        cls.quantized = cls.shared / "quantized"
        cls.trained = cls.floatsd(cls, "train", *FLOATSD4, *SHORT, *NORMALIZED, "--output", cls.quantized)
        cls.float32 = cls.shared / "float32"
        cls.floatsd(cls, "train", *SHORT, "--quiet", "--output", cls.float32)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))

    def copy(self, run_folder):
        to = self.folder / "r"
        shutil.copytree(run_folder, to)
        return to

    # What a run leaves

    def test_a_training_leaves_a_report_with_the_numbers_that_eval_and_inspect_give(self):
        page = (self.quantized / "report.html").read_text()
        said = json.loads(self.works("eval", self.quantized / "model.safetensors", "--threads", "1", "--json").stdout)
        self.assertIn(f"{said['accuracy']:.2f} %", page)
        self.assertIn(f"{said['correct']} of 200 test images", page)
        for name in ("summary", "training", "layers", "answers", "cost", "graph", "origin"):
            self.assertIn(f'<section id="{name}">', page)
        inspected = json.loads(self.works("inspect", self.quantized / "model.safetensors", "--json").stdout)
        for layer in inspected["layers"]:
            self.assertIn(layer["name"], page)
            if "histogram" in layer:
                self.assertIn(f"{len(layer['histogram'])} of 15", page)
        bytes_of_weights = sum(layer.get("weight_bytes", 0) for layer in inspected["layers"])
        self.assertIn(f"<td class=\"number\">{bytes_of_weights:,}</td>", page)

    def test_the_command_makes_the_report_that_the_training_left(self):
        left = (self.quantized / "report.html").read_bytes()
        to = self.folder / "again.html"
        done = self.works("report", self.quantized, "-o", to, "--threads", "1")
        self.assertRegex(done.stdout, r"^\S+quantized: floatsd4:per-channel, floatsd4:per-tensor, integer network "
                                      r"\d+\.\d\d % \(\d+ of 200\), 0 mismatches\n$")
        self.assertEqual(done.stderr, f"written to {to}\n")
        self.assertEqual(to.read_bytes(), left)
        self.works("report", f"{self.quantized}/", "--threads", "1")
        self.assertEqual((self.quantized / "report.html").read_bytes(), left)

    def test_json_has_the_numbers(self):
        to = self.folder / "c.html"
        said = json.loads(self.works("report", self.quantized, self.float32, "-o", to, "--json", "--quiet").stdout)
        quantized, float32 = said["runs"]
        self.assertEqual((quantized["mismatches"], quantized["total"], float32["mismatches"]), (0, 200, None))
        self.assertEqual(float32["bytes"], 480480)
        inspected = json.loads(self.works("inspect", self.quantized / "model.safetensors", "--json").stdout)
        self.assertEqual(quantized["bytes"], inspected["bytes"])
        self.assertLess(quantized["multiplications"], float32["multiplications"])
        self.assertEqual(said["output"], str(to))

    def test_a_float_run_has_a_report_without_the_quantized_parts(self):
        page = (self.float32 / "report.html").read_text()
        self.assertIn("float network, ", page)
        self.assertNotIn('<section id="layers">', page)
        self.assertNotIn("Mismatches", page)

    def test_metrics_csv_has_the_rows_of_metrics_jsonl(self):
        lines = [json.loads(line) for line in (self.quantized / "metrics.jsonl").read_text().splitlines()]
        with open(self.quantized / "metrics.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 2)
        for line, row in zip(lines, rows):
            self.assertEqual(list(row), list(line))
            self.assertEqual(row["phase"], line["phase"])
            for key in set(line) - {"phase"}:
                self.assertEqual(float(row[key]), line[key])

    def test_columns_that_appear_later_are_in_metrics_csv(self):
        to = self.folder / "r"
        flags = ["train", "--output", to, *SHORT, "--sched", "step", "--quiet"]
        self.works(*flags, "--skip-eval")
        self.assertNotIn("accuracy", (to / "metrics.csv").read_text().splitlines()[0])
        self.works(*["3" if word == "2" else word for word in flags], "--resume")
        with open(to / "metrics.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([bool(row["accuracy"]) for row in rows], [False, False, True])

    def test_calibrate_leaves_a_report(self):
        to = self.folder / "c"
        self.works("calibrate", self.float32 / "last.pt", "--weights", "*=int8:per-channel", "--images", "50", "--output",
                   to, "--threads", "1")
        page = (to / "report.html").read_text()
        self.assertNotIn('<section id="training">', page)
        self.assertIn('<section id="layers">', page)
        self.assertIn("floatsd calibrate ", page)

    def test_skip_eval_leaves_what_needs_no_images(self):
        to = self.folder / "r"
        self.works("train", *FLOATSD4, *SHORT, "--skip-eval", "--output", to)
        page = (to / "report.html").read_text()
        self.assertIn("Nothing was evaluated", page)
        self.assertNotIn('<section id="answers">', page)
        self.assertIn('<section id="layers">', page)
        self.works("report", to, "-o", self.folder / "p.html", "--skip-eval")
        self.assertEqual((self.folder / "p.html").read_text(), page)

    def test_a_report_that_cannot_be_written_is_a_warning(self):
        to = self.copy(self.quantized)
        (to / "report.html").unlink()
        (to / "report.html").mkdir()
        done = self.works("train", "--resume", "--output", to, "--threads", "1", "--quiet")
        self.assertRegex(done.stderr, r"^\S*no report: \S+report\.html: cannot be written: [^\n]+\n$")
        self.assertRegex(done.stdout, "^integer network")

    def test_overwrite_takes_the_old_report_away(self):
        to = self.copy(self.float32)
        (to / "report.html").write_text("old")
        self.works("train", *SHORT, "--overwrite", "--output", to, "--quiet")
        self.assertIn("<html", (to / "report.html").read_text())

    # Runs as they may be

    def test_a_run_that_was_stopped_is_shown_as_far_as_it_came(self):
        for flags, signal_ in ((FLOATSD4, signal.SIGTERM), ([], signal.SIGKILL)):
            to = self.folder / signal_.name
            process = start("train", *flags, "--epochs", "1000", "--batch-size", "64", "--threads", "1", "--output", to,
                            data=self.data, stdout=subprocess.DEVNULL)
            while not (to / "last.pt").exists():
                self.assertIsNone(process.poll())
            process.send_signal(signal_)
            process.communicate()
            done = self.works("report", to, "--images", "50", "--threads", "1")
            page = (to / "report.html").read_text()
            self.assertRegex(page, r"This run is not finished: \d+ of 1000 epochs are done")
            self.assertIn("Evaluated on the first 50 test images.", page)
            self.assertIn("of 50)", done.stdout)

    def test_a_retraining_is_no_calibration(self):
        to = self.folder / "retrained"
        self.works("train", "--init", self.float32 / "last.pt", *FLOATSD4, *SHORT, "--output", to)
        (to / "metrics.jsonl").unlink()
        (to / "model.safetensors").unlink()
        self.works("report", to, "--skip-eval")
        page = (to / "report.html").read_text()
        self.assertIn(f"floatsd train --config {to}/config.toml", page)
        self.assertNotIn("floatsd calibrate", page)
        self.assertNotIn(f"floatsd verify {to}", page)

    def test_all_folders_of_a_sweep_are_shown_but_those_without_a_checkpoint(self):
        to = self.folder / "sweep"
        self.works("sweep", "--post-training", "--init", self.float32 / "last.pt", *FLOATSD4, "--formats", "float32",
                   "int8", "--threads", "1", "--output", to)
        page = self.folder / "all.html"
        runs = sorted(path for path in to.iterdir() if path.is_dir())
        said = json.loads(self.works("report", *runs, "-o", page, "--json").stdout)
        self.assertEqual([run["weights"] for run in said["runs"]], ["float32", "int8:per-channel, int8:per-tensor"])
        (to / "float32" / "last.pt").unlink()
        done = self.works("report", *runs, "-o", page, "--skip-eval")
        self.assertIn("float32: left out, the run in it has no checkpoint", done.stderr)
        (to / "int8" / "last.pt").unlink()
        self.refuses("none of the 2 runs has a checkpoint", "report", *runs, "-o", page, "--quiet")

    def test_a_run_without_its_metrics_says_so(self):
        to = self.copy(self.quantized)
        (to / "metrics.jsonl").unlink()
        self.works("report", to, "--skip-eval")
        self.assertIn("metrics.jsonl has 0 of 2 epochs.", (to / "report.html").read_text())

    def remarked(self, message, folder, *flags):
        """Said in a warning, and on the page."""
        done = self.works("report", folder, *(flags or ["--skip-eval"]), "--threads", "1", "--quiet")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn(message, done.stderr)
        self.assertIn(html.escape(message).replace("&#x27;", "&#39;"), (folder / "report.html").read_text())

    def test_a_damaged_line_of_metrics_is_left_out_and_said(self):
        to = self.copy(self.quantized)
        metrics = to / "metrics.jsonl"
        first, second = metrics.read_text().splitlines()
        for line, message in (('{"epoch":2,"phase":"float","learning_rate":1,"loss":"x"}', 'line 2: loss is "x"'),
                              ('{"epoch":0}', "line 2: epoch is 0"), ('{"epoch":1e9}', "line 2: epoch is 1000000000.0"),
                              ("[]", "line 2 is not a JSON object"), (second[:-9], "line 2 is not a JSON object"),
                              ("", "line 2 is not a JSON object"), (first, "line 2: epoch is 1, expected 2"),
                              ('{"mine":1}', "line 2: has no epoch"), ('{"correct":"x"}', 'line 2: correct is "x"')):
            metrics.write_text(f"{first}\n{line}\n")
            self.remarked(f"metrics.jsonl: {message}", to)
            self.assertIn(f"<td class=\"number\">{json.loads(first)['loss']:.4f}</td>", (to / "report.html").read_text())
        metrics.write_text("x\ny\n")
        self.remarked("line 1 is not a JSON object; left out, as 1 more line", to)
        metrics.write_text(f"{first}\n{second}\n{{")  # of an epoch whose checkpoint was not written
        self.assertEqual(self.works("report", to, "--skip-eval", "--quiet").stderr, "")

    def test_files_of_two_runs_in_one_folder_are_remarked_on(self):
        other = self.folder / "other"
        self.works("train", *FLOATSD4, "--epochs", "4", *SHORT[2:], *NORMALIZED, "--seed", "2", "--quiet", "--output", other)
        for file, message, *flags in (
                ("config.toml", "config.toml has 'seed = 2', and the run of last.pt 'seed = 1'"),
                ("metrics.jsonl", "metrics.jsonl has 4 lines, and last.pt is of epoch 2"),
                ("model.safetensors", "model.safetensors is not what last.pt becomes, from '", "--images", "50")):
            to = self.folder / file
            shutil.copytree(self.quantized, to)
            shutil.copy(other / file, to / file)
            self.remarked(message, to, *flags)
        to = self.folder / "counts"
        shutil.copytree(self.quantized, to)
        lines = (to / "metrics.jsonl").read_text().splitlines()
        last = json.loads(lines[1])
        lines[1] = json.dumps({**last, "correct": last["correct"] + 1})
        (to / "metrics.jsonl").write_text("\n".join(lines) + "\n")
        self.remarked(f"metrics.jsonl has {last['correct'] + 1} right images after the last epoch", to, "--data", self.data)

    def test_a_run_with_another_networks_model_shows_that_of_its_checkpoint(self):
        net = self.folder / "small.json"
        net.write_text(json.dumps({"name": "small", "input": {"shape": [1, 28, 28]}, "nodes": [
            {"name": "conv1", "kind": "conv2d", "out_channels": 2, "kernel": 5, "stride": 3},
            {"name": "relu1", "kind": "relu"}, {"name": "fc", "kind": "linear", "out_features": 10}]}))
        other = self.folder / "other"
        self.works("train", "--network", net, *FLOATSD4, *SHORT, "--quiet", "--output", other)
        to = self.copy(self.quantized)
        shutil.copy(other / "model.safetensors", to)
        self.remarked("model.safetensors is not what last.pt becomes", to, "--images", "20")
        self.assertIn("fc2", (to / "report.html").read_text())

    def test_weights_of_digits_are_not_called_floats(self):
        for update in ("single-trigger", "master-copy"):
            to = self.folder / update
            self.works("train", "--update", update, "--epochs", "1", "--limit", "64", "--threads", "1", "--skip-eval", "--quiet",
                       "--output", to)
            said = json.loads(self.works("report", to, "--skip-eval", "--quiet", "--json").stdout)["runs"][0]
            self.assertEqual(said["weights"], f"floatsd4 digits ({update})")
            self.assertIn(f"floatsd4 digits ({update})", (to / "report.html").read_text())

    def test_what_is_no_run_is_refused_in_one_line(self):
        self.refuses("none: is no folder, expected the folder of a run", "report", self.folder / "none")
        self.refuses("is no run's folder, expected what train or calibrate left", "report", self.folder)
        (self.folder / "config.toml").write_text("epochs = 2\n")
        self.refuses("has no checkpoint yet, expected last.pt", "report", self.folder)
        to = self.copy(self.quantized)
        last, model = to / "last.pt", to / "model.safetensors"
        model.write_bytes(model.read_bytes()[:1000])
        self.refuses("model.safetensors: ", "report", to, "--skip-eval")
        last.write_bytes(last.read_bytes()[:1000])
        self.refuses("last.pt: ", "report", to, "--skip-eval")
        shutil.copy(self.quantized / "model.safetensors", last)
        self.refuses("last.pt: ", "report", to, "--skip-eval")

    def test_an_output_that_would_replace_a_run_is_refused(self):
        self.refuses("expected -o FILE.html", "report", self.quantized, self.float32)
        before = (self.quantized / "last.pt").read_bytes()
        self.refuses("--output would replace it", "report", self.quantized, "-o", self.quantized / "last.pt")
        self.assertEqual((self.quantized / "last.pt").read_bytes(), before)
        self.refuses("cannot be written", "report", self.quantized, "--skip-eval", "-o", self.folder / "no" / "p.html")

    def test_several_runs_stand_side_by_side(self):
        to = self.folder / "c.html"
        self.works("report", self.quantized, self.float32, "-o", to, "--images", "50")
        page = to.read_text()
        self.assertIn("2 runs side by side", page)
        self.assertRegex(page, r'<div>weights</div></th><td>(<span[^>]*>)?\[&quot;conv=floatsd4')
        self.assertIn('<details id="run-2">', page)

    @unittest.skipUnless(find_browser(), "there is no Chromium")
    def test_pages_of_real_runs_look_right_in_a_browser(self):
        write_folders(self.folder / "images")
        names = self.folder / "names & <b>\"quotes\""
        self.works("train", "--dataset", f"images:{self.folder / 'images'}", "--network", "lenet", *FLOATSD4, *SHORT,
                   "--output", names)
        page = (names / "report.html").read_text()
        self.assertIn("&lt;script", page)
        self.assertNotIn("<script", page)
        compared = self.folder / "compared.html"
        self.works("report", self.quantized, self.float32, names, "-o", compared)
        browser = Browser()
        self.addCleanup(browser.close)
        for shown in (names / "report.html", compared):
            for width in (400, 1600):
                for scheme in ("light", "dark"):
                    with self.subTest(page=shown.name, width=width, scheme=scheme):
                        browser.open(shown, width, scheme)
                        self.assertEqual(browser.run(CHECKS), [])


if __name__ == "__main__":
    unittest.main()
