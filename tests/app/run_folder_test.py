#!/usr/bin/env python3
"""A run's folder: what goes on in it, what another run must not do to it.

usage: run_folder_test.py FLOATSD [unittest arguments]
"""
import fcntl
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile
import unittest
import zipfile

from small_images import write_images
from the_command import CommandCase, contents, environment, start

FLOAT = ["--epochs", "2", "--batch-size", "64", "--threads", "1", "--quiet", "--skip-eval"]
INT8 = ["--weights", "*=int8:per-channel", *FLOAT]
STEP = [*INT8, "--sched", "step", "--freeze-epochs", "0"]


class RunFolder(CommandCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-run-"))
        cls.data = cls.shared / "data"
        write_images(cls.data / "mnist", 320, 50)
        write_images(cls.shared / "other" / "mnist", 256, 50)
        write_images(cls.shared / "fewer" / "mnist", 320, 40)
        cls.finished = cls.shared / "run"  # a finished one, to be copied
        cls.floatsd(cls, "train", *STEP, "--output", cls.finished)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared)) / "r"

    def refuses(self, message, *arguments, **more):
        before = contents(self.folder)
        super().refuses(message, *arguments, **more)
        self.assertEqual(contents(self.folder), before)

    def test_resume_replaces_no_files_of_others(self):
        self.folder.mkdir()
        (self.folder / "metrics.jsonl").write_text('{"mine": 1}\n')
        self.refuses("of no run that --resume goes on with", "train", *STEP, "--output", self.folder, "--resume")

    def test_a_run_whose_first_checkpoint_did_not_fit_on_the_disk_begins_anew(self):
        train = ["train", *STEP, "--output", self.folder]
        done = self.floatsd(*train, preexec_fn=limit_file_size)
        self.assertRegex(done.stderr, "^floatsd: [^\n]*last.pt: cannot be written: [^\n]*\n$")
        self.assertTrue((self.folder / "metrics.jsonl").exists())
        self.refuses("of no run that --resume goes on with", *train, "--resume", "--lr", "0.01")
        self.works(*train, "--resume")
        self.assertEqual(contents(self.folder), contents(self.finished))

    def test_a_run_with_best_alone_is_told_how_to_go_on(self):
        self.copy()
        best, last = self.folder / "best.pt", self.folder / "last.pt"
        last.rename(best)
        resume = ["train", "--resume", "--output", self.folder, "--threads", "1", "--quiet", "--skip-eval"]
        self.refuses("best.pt: there is no last.pt beside it; a copy under that name is what --resume goes on with", *resume)
        shutil.copy(best, last)
        self.works(*resume)

    def test_resume_does_not_need_the_weights_that_the_run_began_with(self):
        init = self.folder.parent / "init.pt"
        shutil.copy(self.finished / "last.pt", init)
        self.works("train", *INT8, "--sched", "step", "--init", init, "--output", self.folder)
        init.write_text("no weights")
        self.works("train", "--output", self.folder, "--resume", "--threads", "1", "--quiet")

    def copy(self):
        shutil.copytree(self.finished, self.folder)
        return self.folder / "config.toml"

    # Going on

    def test_resume_compares_with_the_checkpoint(self):
        config = self.copy()
        text = config.read_text()
        resume = ["train", "--resume", "--output", self.folder, "--threads", "1", "--quiet", "--skip-eval"]
        for before, after in (("seed = 1", "seed = 2"), ('"*=int8:', '"*=int4:'), ("batch-size = 64", "batch-size = 32")):
            self.assertIn(before, text)
            config.write_text(text.replace(before, after))
            self.refuses("last.pt: the run has '", *resume)
            self.refuses("expected the same, or --init ", *resume)
        config.unlink()  # and not with that
        self.works("train", "--resume", "--output", self.folder, *STEP)
        self.assertEqual(config.read_text(), text)

    def test_resume_compares_the_images(self):
        self.copy()
        resume = ["train", "--resume", "--output", self.folder, "--threads", "1"]
        self.refuses("last.pt: was trained on 320 images (SHA-256 ", *resume, data=self.shared / "other")
        self.refuses("here are 256 images (SHA-256 ", *resume, data=self.shared / "other")

    def test_resume_compares_the_test_images_and_the_teacher(self):
        self.copy()
        resume = ["train", "--resume", "--output", self.folder, "--threads", "1"]
        self.refuses("last.pt: the run's test images: SHA-256 ", *resume, data=self.shared / "fewer")
        teacher = self.folder.parent / "teacher.pt"
        shutil.copy(self.finished / "last.pt", teacher)
        taught = ["train", *STEP, "--teacher", teacher, "--output", self.folder, "--overwrite"]
        self.works(*taught)
        self.works(*resume, "--quiet")
        self.works("train", *STEP, "--seed", "2", "--output", self.folder.parent / "other")
        shutil.copy(self.folder.parent / "other" / "last.pt", teacher)
        self.refuses("last.pt: the run's teacher: SHA-256 ", *resume)

    def test_a_resumed_sweep_compares_the_images_of_its_finished_runs(self):
        sweep = ["sweep", *(word for word in INT8 if word != "--skip-eval"), "--formats", "int4",
                 "--output", self.folder]
        self.works(*sweep)
        self.refuses("int4/last.pt: was trained on 320 images (SHA-256 ", *sweep, "--resume", data=self.shared / "other")
        more = [*("int2" if word == "int4" else word for word in sweep), "--resume"]  # whose row would stand beside that of other images
        self.refuses("int4/last.pt: was trained on 320 images (SHA-256 ", *more, data=self.shared / "other")
        self.refuses("int4/last.pt: the run has 'lr = ", *more, "--lr", "0.001")
        self.works(*more)
        calibrations = ["sweep", "--weights", "*=int8:per-channel", "--init", self.finished / "last.pt",
                        "--post-training", "--formats", "int4", "--output", self.folder.parent / "ptq", "--quiet"]
        self.works(*calibrations)
        self.refuses("int4/last.pt: was trained on 320 images (SHA-256 ", *calibrations, "--resume", data=self.shared / "other")
        weights = self.folder.parent / "init.pt"
        shutil.copy(self.finished / "last.pt", weights)
        calibrations[calibrations.index("--init") + 1] = weights
        self.works(*calibrations, "--overwrite")
        self.works(*calibrations, "--resume")
        shutil.copy(self.folder / "int4" / "last.pt", weights)
        self.refuses("int4/last.pt: the run's weights file: SHA-256 ", *calibrations, "--resume")

    def test_a_sweep_that_was_begun_anew_takes_no_old_run_for_its_own(self):
        sweep = ["sweep", *(word for word in INT8 if word != "--skip-eval"), "--formats", "int4", "int8",
                 "--output", self.folder]
        self.works(*sweep)
        fast = [*sweep, "--lr", "1e9"]  # diverges before it has a checkpoint
        self.works(*fast, "--overwrite")
        self.assertFalse((self.folder / "int4" / "last.pt").exists())
        self.works(*fast, "--resume")

    def test_seeds_that_are_added_leave_finished_runs_where_they_are(self):
        sweep = ["sweep", *(word for word in INT8 if word != "--skip-eval"), "--formats", "int4", "--output", self.folder]
        self.works(*sweep)
        done = self.works(*(word for word in sweep if word != "--quiet"), "--resume", "--seeds", "2", "1")
        self.assertIn("int4-seed1 (2 of 2): done before", done.stderr)
        folders = {path.name for path in self.folder.iterdir() if path.is_dir()}
        self.assertEqual(folders, {"int4", "int4-seed2"})
        done = self.works(*(word for word in sweep if word != "--quiet"), "--resume", "--seed", "2")
        self.assertIn("int4 (1 of 1): done before", done.stderr)
        shutil.rmtree(self.folder / "int4-seed2")  # int4/ is not it
        self.works(*sweep, "--resume", "--seeds", "1", "2")
        self.assertTrue((self.folder / "int4-seed2" / "last.pt").exists())

    def test_best_is_a_network_that_quantizes_once_there_is_one(self):
        self.works("train", "--weights", "*=int8:per-channel", "--epochs", "3", "--float-epochs", "2", "--batch-size", "16",
                   "--threads", "1", "--output", self.folder)
        self.works("convert", self.folder / "best.pt", "-o", self.folder.parent / "best.safetensors")

    def test_an_interruption_of_the_last_evaluation_ends_the_run(self):
        write_images(self.shared / "many" / "mnist", 64, 20000)
        train = ["train", "--weights", "*=int8:per-channel", "--epochs", "1", "--batch-size", "64", "--threads", "1"]
        process = start(*train, "--output", self.folder, data=self.shared / "many",
                        env={**environment(self.shared / "many"), "FLOATSD_PROGRESS": "0.02"})
        while not process.stderr.readline().startswith("evaluate: "):
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        errors = process.communicate()[1]
        self.assertEqual(process.returncode, 130, errors)
        self.assertIn("interrupted after the last epoch; ", errors.splitlines()[-1])
        self.works("train", "--output", self.folder, "--resume", "--threads", "1", data=self.shared / "many")
        self.assertTrue((self.folder / "model.safetensors").exists())

    def test_a_calibration_that_does_not_fit_on_the_disk_keeps_the_old_one(self):
        calibrate = ["calibrate", self.finished / "last.pt", "--weights", "*=int8:per-channel", "--threads", "1",
                     "--quiet", "--output", self.folder]
        self.works(*calibrate)
        self.refuses("cannot be written", *calibrate, "--overwrite", "--images", "64", preexec_fn=limit_file_size)
        self.works(*calibrate, "--overwrite", "--images", "64")
        self.assertIn("images = 64", (self.folder / "config.toml").read_text())

    def test_a_finished_run_is_extended_where_its_schedule_allows(self):
        whole = self.folder.parent / "whole"
        self.works("train", *("3" if word == "2" else word for word in STEP), "--output", whole)
        self.copy()
        resume = ["train", "--resume", "--output", self.folder, "--threads", "1", "--quiet", "--skip-eval"]
        self.works(*resume, "--epochs", "3")
        self.assertEqual(contents(self.folder), contents(whole))
        self.refuses("cannot go on with 1 epoch instead of 3: 3 epochs are trained already", *resume, "--epochs", "1")

    def test_a_run_whose_schedule_has_ended_says_so(self):
        resume = ["train", "--resume", "--output", self.folder, "--epochs", "4", "--threads", "1"]
        self.works("train", *FLOAT, "--output", self.folder)
        self.refuses("sched cosine follows the number of epochs: epoch 1 had the rate ", *resume)
        self.refuses("and another --output train on from its weights", *resume)
        shutil.rmtree(self.folder)
        self.works("train", *INT8, "--sched", "step", "--output", self.folder)
        self.refuses("epoch 2 was trained in phase 'ranges frozen', of 4 epochs it would be 'quantize'", *resume)

    def test_a_checkpoint_from_before_there_were_records_goes_on_by_its_config(self):
        self.copy()
        last = self.folder / "last.pt"
        with zipfile.ZipFile(last) as archive:
            files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        with zipfile.ZipFile(last, "w", zipfile.ZIP_STORED) as archive:
            for name, content in files.items():
                if name.endswith("data.pkl"):
                    self.assertEqual(content.count(b"run_record"), 1)
                    content = content.replace(b"run_record", b"not_record")
                archive.writestr(name, content)
        resume = ["train", "--resume", "--output", self.folder, "--threads", "1", "--quiet", "--skip-eval"]
        self.refuses("config.toml: the run has 'seed = 1', the command 'seed = 2'", *resume, "--seed", "2")
        self.works(*resume)

    def test_metrics_that_are_not_as_they_should_be(self):
        self.copy()
        metrics = self.folder / "metrics.jsonl"
        metrics.write_text('{"epoch":1,"correct":"x"}\n')
        self.refuses('metrics.jsonl: line 1: correct is "x", expected a whole number', "train", "--resume", "--output",
                     self.folder, "--threads", "1")

    def test_the_command_line_wins_over_resume_in_a_config(self):
        self.copy()
        config = self.folder.parent / "c.toml"
        config.write_text('resume = true\nseed = 7\nepochs = 1\nweights = []\n')
        self.works("train", "--config", config, "--overwrite", "--output", self.folder, "--threads", "1", "--skip-eval")
        self.assertIn("seed = 7\n", (self.folder / "config.toml").read_text())

    def test_a_path_with_anything_in_it_comes_back(self):
        self.works("train", *FLOAT, "--limit", "64", "--output", self.folder)
        for name in ("a#b", 'q"q', "b\\s", "n\nl"):
            init = self.folder.parent / (name + ".pt")
            shutil.copy(self.folder / "last.pt", init)
            output = self.folder.parent / ("to " + name)
            self.works("train", *FLOAT, "--limit", "64", "--init", init, "--output", output)
            self.works("train", "--resume", "--output", output, "--threads", "1", "--quiet", "--skip-eval")

    # Others in the folder

    def test_a_folder_into_which_another_run_writes_is_refused(self):
        self.copy()
        held = os.open(self.folder, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        for flags in (["--resume"], [*STEP, "--overwrite"]):
            self.refuses("another floatsd writes into it", "train", *flags, "--output", self.folder)
        self.refuses("another floatsd writes into it", "calibrate", self.finished / "last.pt", "--weights",
                     "*=int8:per-channel", "--images", "10", "--overwrite", "--output", self.folder, "--threads", "1")
        os.close(held)  # as when that process ends
        self.works("train", "--resume", "--output", self.folder, "--threads", "1", "--quiet", "--skip-eval")

    def test_a_running_training_keeps_others_out_and_a_killed_one_does_not(self):
        process = start("train", "--epochs", "1000", "--threads", "1", "--output", self.folder,
                        data=self.data, stdout=subprocess.DEVNULL)
        process.stderr.readline()  # its first epoch
        done = self.floatsd("train", "--resume", "--output", self.folder)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertEqual(done.returncode, 2)
        self.assertIn("another floatsd writes into it", done.stderr)
        self.works("train", *FLOAT, "--overwrite", "--output", self.folder)

    def test_overwrite_keeps_the_old_run_until_there_is_a_new_one(self):
        self.copy()
        before = contents(self.folder)
        overwrite = ["train", *INT8, "--overwrite", "--output", self.folder]
        self.refuses("cannot be read", *overwrite, "--init", self.shared / "none.pt")
        self.refuses("a lower lr may help", *overwrite, "--lr", "1e9", code=3)

        self.refuses("cannot be written", *overwrite, preexec_fn=limit_file_size)
        self.assertEqual(contents(self.folder), before)
        self.works(*overwrite)
        fresh = self.folder.parent / "fresh"
        self.works("train", *INT8, "--output", fresh)
        self.assertEqual(contents(self.folder), contents(fresh))

    def test_a_loop_of_links_is_one_line(self):
        loop = self.folder.parent / "loop"
        loop.symlink_to("loop")
        self.refuses("loop: Too many levels of symbolic links", "train", *FLOAT, "--output", loop)
        self.refuses("Too many levels of symbolic links", "eval", loop)


def limit_file_size():
    """Stands in for a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))


if __name__ == "__main__":
    unittest.main()
