#!/usr/bin/env python3
"""`floatsd check`: a network beside its baseline.

usage: check_test.py FLOATSD [unittest arguments]
"""
import json
import pathlib
import shutil
import tempfile
import unittest
import xml.etree.ElementTree

from small_images import write_images
from the_command import run

INT8 = ["--weights", "*=int8:per-channel", "--epochs", "2", "--freeze-epochs", "1", "--batch-size", "32", "--lr", "0.05",
        "--threads", "1", "--quiet"]


class Check(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-check-"))
        write_images(cls.shared / "data" / "mnist", 320, 50)
        write_images(cls.shared / "fewer" / "mnist", 320, 40)
        for name, *flags in (("good", *INT8), ("again", *INT8), ("other", *INT8, "--seed", "2"),
                             ("bad", *INT8, "--limit", "16"), ("float", *INT8[2:])):
            done = run("train", *flags, "--output", cls.shared / name, data=cls.shared / "data")
            assert done.returncode == 0, done.stderr
        cls.good = cls.shared / "good" / "model.safetensors"
        cls.bad = cls.shared / "bad" / "model.safetensors"

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))
        self.baseline = self.folder / "baseline.json"

    def check(self, file, *more, code=0, data="data", **process):
        done = run("check", file, "--baseline", self.baseline, "--threads", "1", *more, data=self.shared / data, **process)
        self.assertEqual(done.returncode, code, (done.stdout, done.stderr))
        return done

    def refuses(self, message, file, *more, **process):
        before = self.baseline.read_bytes() if self.baseline.exists() else None
        done = self.check(file, *more, code=2, **process)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn(message, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(self.baseline.read_bytes() if self.baseline.exists() else None, before)

    def make(self, file=None, *more):
        self.check(file or self.good, "--update", "--quiet", *more)
        return json.loads(self.baseline.read_text())

    def change(self, change):
        made = json.loads(self.baseline.read_text())
        change(made)
        self.baseline.write_text(json.dumps(made))

    # What is measured

    def test_a_baseline_holds_what_other_commands_say(self):
        made = self.make()
        evaluated = json.loads(run("eval", self.good, "--json", data=self.shared / "data").stdout)
        inspected = json.loads(run("inspect", self.good, "--json").stdout)
        values = {name: measure.get("value") for name, measure in made["measures"].items()}
        self.assertEqual(values["accuracy"], evaluated["accuracy"])
        self.assertEqual(values["right_images"], evaluated["correct"])
        self.assertEqual(values["mismatches"], 0)
        self.assertEqual(values["bytes"], inspected["bytes"])
        self.assertEqual(values["multiplications"], inspected["multiplications"])
        self.assertEqual({name: bound["value"] for name, bound in made["measures"]["accumulator_bounds"].items()},
                         {layer["name"]: layer["accumulator_bound"] for layer in inspected["layers"]})
        self.assertEqual((made["images"]["dataset"], made["images"]["count"]), ("mnist", 50))
        self.assertNotIn("exact", made)
        self.assertNotIn("speed", made["measures"])

    def test_a_model_and_its_checkpoint_are_measured_alike(self):
        self.make()
        said = self.check(self.shared / "good" / "last.pt").stdout
        self.assertEqual(said, self.check(self.good).stdout)
        self.assertIn("measures as in the baseline\n", said)

    def test_a_float_network_has_accuracy_alone(self):
        made = self.make(self.shared / "float" / "last.pt")
        self.assertEqual(set(made["measures"]), {"accuracy", "right_images"})
        self.make(self.shared / "float" / "last.pt", "--exact")
        self.check(self.shared / "float" / "last.pt", "--exact")

    # What moved

    def test_a_worse_network_fails_and_every_report_says_so(self):
        self.make()
        junit, markdown = self.folder / "check.xml", self.folder / "check.md"
        done = self.check(self.bad, "--junit", junit, "--markdown", markdown, code=1)
        self.assertRegex(done.stdout, r"(?m)^accuracy .* fell$")
        self.assertIn("accuracy is worse: ", done.stderr)
        suites = xml.etree.ElementTree.parse(junit).getroot()
        (suite,) = suites
        cases = list(suite)
        self.assertEqual(suite.get("tests"), str(len(cases)))
        failed = [case.get("name") for case in cases if case.find("failure") is not None]
        self.assertIn("accuracy", failed)
        self.assertEqual(suite.get("failures"), str(len(failed)))
        self.assertIn("| **fell** |", markdown.read_text())

    def test_a_better_network_passes_and_says_how_it_becomes_the_baseline(self):
        self.make(self.bad)
        self.change(lambda made: [bound.update(tolerance="1000 %")
                                  for bound in made["measures"]["accumulator_bounds"].values()])
        done = self.check(self.good)
        self.assertRegex(done.stdout, r"(?m)^accuracy .* better$")
        self.assertIn("--update", done.stderr)

    def test_tolerances_decide_both_ways(self):
        self.make()
        right = json.loads(self.baseline.read_text())["measures"]["right_images"]["value"]
        size = json.loads(self.baseline.read_text())["measures"]["bytes"]["value"]
        for lost, more, code in ((2, 10, 0), (3, 10, 1), (2, 11, 1), (-1, -5, 0)):
            self.change(lambda made: (made["measures"]["right_images"].update(value=right + lost, tolerance=2),
                                      made["measures"]["bytes"].update(value=size - more, tolerance=10)))
            self.check(self.good, code=code)

    def test_json_has_each_measure_as_numbers(self):
        self.make()
        found = json.loads(self.check(self.bad, "--json", code=1).stdout)
        accuracy = next(row for row in found["measures"] if row["name"] == "accuracy")
        self.assertEqual(accuracy["outcome"], "fell")
        self.assertLess(accuracy["now"], accuracy["baseline"])
        self.assertEqual(found["fell"], sum(row["outcome"] == "fell" for row in found["measures"]))

    # To the bit

    def test_the_same_training_is_the_same_to_the_bit(self):
        made = self.make(self.good, "--exact")
        self.assertEqual(list(made["exact"]["layers"])[:2], ["input", "conv1"])
        done = self.check(self.shared / "again" / "model.safetensors", "--exact")
        self.assertIn("measures as in the baseline\n", done.stdout)

    def test_another_training_is_told_by_its_layers(self):
        made = self.make(self.good, "--exact")
        other = self.shared / "other" / "model.safetensors"
        done = self.check(other, "--exact", code=1)
        rows = [line.split("  ")[0] for line in done.stdout.splitlines() if line.startswith("exact")]
        self.assertEqual(rows[:2], ["exact", "exact: conv1"])
        self.assertIn("ATEN_CPU_CAPABILITY", done.stderr)
        self.assertNotIn("exact", self.check(self.good).stdout)  # not asked for
        self.assertNotEqual(self.make(other)["exact"]["sha256"], made["exact"]["sha256"])  # as there were some

    # The file

    def test_an_update_keeps_tolerances(self):
        self.make()
        self.change(lambda made: made["measures"]["accuracy"].update(tolerance="7 %"))
        made = self.make(self.bad)
        self.assertEqual(made["measures"]["accuracy"]["tolerance"], "7 %")
        self.check(self.bad)

    def test_an_update_of_the_same_network_changes_no_byte(self):
        self.make(self.good, "--exact", "--speed")
        before = self.baseline.read_bytes()
        self.make(self.good)
        self.assertEqual(self.baseline.read_bytes(), before)

    def test_speed_is_measured_if_it_is_asked_for(self):
        self.assertGreater(self.make(self.good, "--speed")["measures"]["speed"]["value"], 0)
        self.change(lambda made: made["measures"]["speed"].update(value=1e-3))
        self.assertRegex(self.check(self.good, "--speed").stdout, r"(?m)^speed .* better$")
        self.assertNotIn("speed", self.check(self.good).stdout)
        self.baseline.unlink()
        self.make()
        self.assertIn("no speed to compare with", self.check(self.good, "--speed").stderr)

    def test_a_baseline_that_is_damaged_is_refused_by_its_key_also_with_update(self):
        self.make()
        whole = self.baseline.read_text()
        for before, after, message in (('"bytes"', '"octets"', "unknown key 'octets'"),
                                       ('"tolerance": 0.5', '"tolerance": "a lot"', "accuracy: tolerance is \"a lot\""),
                                       ('"floatsd_baseline": 1', '"floatsd_baseline": 9', "expected 1")):
            self.assertIn(before, whole)
            self.baseline.write_text(whole.replace(before, after))
            self.refuses(message, self.good, "--update")
        self.refuses("expected 1", self.good)
        self.baseline.write_text(whole.replace('"network": ', '"network" '))
        self.refuses("baseline.json: its JSON is no JSON: line 3, column 13", self.good, "--update")
        self.baseline.write_bytes(b"\xff\xfe")
        self.refuses(str(self.baseline), self.good)

    # What cannot be compared

    def test_other_images_are_refused_and_taken_over_by_update(self):
        self.make()
        self.refuses("was measured on 50 images of mnist", self.good, data="fewer")
        self.check(self.good, "--update", data="fewer")
        self.check(self.good, data="fewer")

    def test_no_report_of_an_earlier_check_stays_if_nothing_can_be_compared(self):
        self.make()
        junit, markdown = self.folder / "check.xml", self.folder / "check.md"
        self.check(self.good, "--junit", junit, "--markdown", markdown)
        self.assertTrue(junit.exists() and markdown.exists())
        self.refuses("was measured on 50 images", self.good, "--junit", junit, "--markdown", markdown, data="fewer")
        self.assertFalse(junit.exists() or markdown.exists())
        junit.write_text("<notes/>")  # of no check: replaced, not removed
        self.refuses("was measured on 50 images", self.good, "--junit", junit, data="fewer")
        self.assertEqual(junit.read_text(), "<notes/>")

    def test_images_that_nothing_names_are_told(self):
        done = self.check(self.good, "--update")
        self.assertIn("images: mnist, the first data set with images of the network's shape", done.stderr)

    def test_an_error_of_the_baselines_images_names_the_baseline(self):
        self.make()
        self.change(lambda made: made["images"].update(dataset="images:no such folder"))
        self.refuses(f"({self.baseline} was measured on it; --dataset names another)", self.good)

    def test_another_kind_of_network_is_refused(self):
        self.make()
        self.refuses("network is 'integer'", self.shared / "float" / "last.pt")
        self.refuses("is a float network, and --speed", self.shared / "float" / "last.pt", "--speed")

    def test_a_baseline_that_is_missing_is_refused_with_the_way_out(self):
        self.refuses("no such file; --update makes it", self.good)
        self.refuses("No such file", self.folder / "none.pt", "--update")

    def test_checksums_that_are_missing_are_refused_with_the_way_out(self):
        self.make()
        self.refuses("no key 'exact'; --exact --update puts it in", self.good, "--exact")

    def test_what_is_no_network_is_refused(self):
        self.make()
        self.refuses("expected a floatsd checkpoint", self.shared / "good" / "model.pt")
        self.refuses("is a config in TOML", self.shared / "good" / "config.toml")
        truncated = self.folder / "truncated.safetensors"
        truncated.write_bytes(self.good.read_bytes()[:-100])
        self.refuses(str(truncated), truncated)

    def test_no_output_takes_the_place_of_what_is_read(self):
        self.make()
        self.refuses("would replace it", self.good, "--junit", self.good)
        self.refuses("would replace it", self.good, "--markdown", self.baseline)
        done = run("check", self.good, "--baseline", self.good, "--update", data=self.shared / "data")
        self.assertEqual(done.returncode, 2)
        self.assertIn("would replace it", done.stderr)

    def test_two_outputs_are_two_files(self):
        one, same = self.folder / "check.out", f"{self.folder}/./check.out"
        self.refuses("is to be written by --junit and --markdown; expected two files", self.good, "--update",
                     "--junit", one, "--markdown", same)
        self.refuses("--junit and --baseline; expected two files", self.good, "--update", "--junit", self.baseline)
        self.assertEqual(list(self.folder.iterdir()), [])
        link = self.folder / "link"
        link.symlink_to("check.out")  # which is not there yet
        self.refuses("expected two files", self.good, "--update", "--junit", link, "--markdown", one)

    def test_an_output_that_cannot_be_written_is_refused_before_the_evaluation(self):
        missing = self.folder / "none" / "check.xml"
        reason = "cannot be written: No such file or directory"
        self.make()
        for flag in ("--junit", "--markdown"):
            self.refuses(reason, self.good, flag, missing)
        self.baseline = missing
        self.refuses(reason, self.good, "--update")

    def test_the_first_update_compares_with_nothing(self):
        done = self.check(self.good, "--update")
        self.assertIn("10 measures, not compared with a baseline\n", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^accuracy +- +\d+\.\d\d % +new$")
        self.assertIn("10 of 10 measures as in the baseline\n", self.check(self.good, "--update").stdout)
        self.baseline.unlink()
        said = json.loads(self.check(self.good, "--update", "--json").stdout)["measures"][0]
        self.assertEqual((said["baseline"], said["outcome"]), (None, "new"))

    def test_a_path_with_markup_is_text_in_the_reports(self):
        odd = self.folder / "a \"b\" <c> & `d` | e.safetensors"
        shutil.copy(self.good, odd)
        self.make(odd)
        junit, markdown = self.folder / "c h.xml", self.folder / "c h.md"
        self.check(odd, "--junit", junit, "--markdown", markdown)
        (suite,) = xml.etree.ElementTree.parse(junit).getroot()
        self.assertEqual(suite.get("name"), str(odd))
        self.assertIn(r"\`d\` \| e", markdown.read_text().splitlines()[0])

    def test_inspect_says_what_the_files_are(self):
        self.make()
        junit = self.folder / "check.xml"
        self.check(self.bad, "--junit", junit, code=1)
        self.assertIn("a baseline of floatsd check: ", run("inspect", self.baseline).stdout)
        self.assertRegex(run("inspect", junit).stdout, r"JUnit's XML: \d+ tests, \d+ failures")


if __name__ == "__main__":
    unittest.main()
