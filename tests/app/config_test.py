#!/usr/bin/env python3
"""Config files as people write them: TOML is read, everything else is refused with its place.

usage: config_test.py FLOATSD [unittest arguments]
"""
import pathlib
import shutil
import tempfile
import unittest

from the_command import run


class Config(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-config-"))
        self.config = self.folder / "c.toml"

    def tearDown(self):
        shutil.rmtree(self.folder)

    def printed(self, content, *flags):
        """The process of train --print-config on a config of that text."""
        self.config.write_bytes(content.encode() if isinstance(content, str) else content)
        return run("train", "--config", "c.toml", "--print-config", *flags, cwd=self.folder, text=False)

    def reads(self, content, *expected):
        done = self.printed(content)
        self.assertEqual(done.returncode, 0, (content, done.stderr))
        for line in expected:
            self.assertIn(f"\n{line}\n", "\n" + done.stdout.decode(), content)

    def refuses(self, content, message, *flags):
        done = self.printed(content, *flags)
        text = done.stderr.decode()
        self.assertEqual(done.returncode, 2, (content[:200], done.stdout, text))
        self.assertEqual((done.stdout, text.count("\n")), (b"", 1), (content[:200], text))
        self.assertTrue(text.startswith("floatsd: " + message), (content[:200], message, text[:300]))

    def test_toml_is_read(self):
        rules = 'weights = ["conv=int4:per-channel", "linear=int8:per-tensor"]'
        for text in (rules, rules.replace(", ", ",\n"), rules.replace("[", "[\n  ").replace("]", ",\n]"),
                     rules.replace(", ", ", # of the rest\n"), rules + "# all", rules.replace('"', "'")):
            self.reads(text + "\nepochs = 3\n", rules, "epochs = 3")
        for text in ("lr = 2E-2", "lr=0.02", "lr = +2.0e-02 # 0.1", "lr\t=\t0.020", "lr = 0.02\r\n",
                     b"\xef\xbb\xbflr = 0.02\n", '"lr" = 0.02'):
            self.reads(text, "lr = 0.02")
        self.reads("lr = 1", "lr = 1")
        self.reads("limit = 10_000\nbatch-size = 0x40\nseed = 9223372036854775807", "limit = 10000",
                   "batch-size = 64", "seed = 9223372036854775807")
        self.reads("", "epochs = 8")
        self.reads("epochs = 3\nweights = []", "epochs = 3")

    def test_what_is_not_toml_is_refused_with_its_place(self):
        for text, place in [("lr = 0,02", "1:7"), ("# a\nlimit = 10,000", "2:11"), ("seed = 1, 2, 3", "1:9"),
                            ('dataset = "mnist", "cifar10"', "1:18"), ("epochs = 020", "1:"),
                            ("lr = 0.05\n# over\nlr = 0.001", "3:"), ('weights = [\n"a=b"\nepochs = 3', "3:1"),
                            ("weights = [", "1:"), ('output = "runs/exp\nlr = 1', "1:"), ("hflip = False", "1:"),
                            ("epochs", "1:"), ("epochs = ", "1:"), ("epochs: 3", "1:"), ("lr = “1”", "1:"),
                            ('init = "C:\\models\\new.pt"', "1:12"), ("seed = 99999999999999999999", "1:"),
                            (b'output = "\xe9"', "1:"), ("lr = .5", "1:"), ("lr = 5.", "1:"),
                            ("epochs = 3 lr = 1", "1:"), ("lr = 1e999", "1:"), ("a = " + "[" * 300000, "1:"),
                            ("a = " + "{a=" * 300000, "1:"), (".".join("a" * 300000) + " = 1", "1:"),
                            ("[" + ".".join("a" * 300000) + "]", "1:")]:
            self.refuses(text, f"c.toml:{place}")

    def test_a_value_has_the_type_of_its_key(self):
        for text, message in [('epochs = "3"', '1:10: epochs: "3", expected a whole number'),
                              ("epochs = []", "1:10: epochs: a list, expected a whole number"),
                              ("epochs = [3]", "1:10: epochs: a list"), ("epochs = 3.0", "1:10: epochs: 3.0, "),
                              ("epochs = 2.5", "1:10: epochs: 2.5, expected a whole number"),
                              ("epochs = true", "1:10: epochs: true"), ("batch-size = 1e2", "1:14: batch-size: 100.0, "),
                              ('lr = "0.1"', '1:6: lr: "0.1", expected a number'), ("lr = true", "1:6: lr: true"),
                              ("lr = [0.1, 0.01]", "1:6: lr: a list, expected a number"),
                              ("quiet = 1", "1:9: quiet: 1, expected true or false"),
                              ('quiet = "true"', '1:9: quiet: "true"'), ("hflip = []", "1:9: hflip: a list"),
                              ("dataset = 3", "1:11: dataset: 3, expected a text in quotes"),
                              ('dataset = ["mnist"]', "1:11: dataset: a list"),
                              ("weights = [1]", "1:11: weights: 1, expected a text"),
                              ('weights = [["a"]]', "1:11: weights: a list"),
                              ("seed = 1979-05-27", "1:8: seed: a date or time"),
                              ("epochs = {a = 3}", "1:10: unknown table 'epochs'"),
                              ("[train]\nepochs = 3", "1:1: unknown table 'train'"),
                              ("[[train]]\nepochs = 3", "1:"), ("train.epochs = 3", "1:1: unknown table"),
                              ("batch_size = 3", "1:14: unknown key 'batch_size': did you mean 'batch-size'?"),
                              ('init = "a\\u0000b"', "1:8: init: a text with a zero byte")]:
            self.refuses(text, "c.toml:" + message)

    def test_utf16_is_named(self):
        for content in ("lr = 1".encode("utf-16"), "lr = 1".encode("utf-16-le"), "lr = 1".encode("utf-16-be")):
            self.refuses(content, "c.toml: a text in UTF-16, expected UTF-8")

    def test_a_config_without_end_is_refused(self):
        self.refuses(b"#" * (1 << 21), "c.toml: 2097152 bytes")

    def test_any_text_is_printed_and_read_back(self):
        for name in ("a#b", 'a"b', "a\\b", "a\nb", "a\tb = 3", "äö €", "'a'", " a ", "[a]", "\x7f\x01"):
            first = self.printed("", "--init", name, "--teacher", name).stdout
            self.assertEqual(self.printed(first).stdout, first, name)
            self.assertIn(b"init = ", first)

    def test_keys_that_exclude_each_other(self):
        self.refuses("overwrite = true\nresume = true", "c.toml:2:10: resume excludes overwrite")
        self.reads("overwrite = true\nresume = false", "epochs = 8")
        done = self.printed("resume = true", "--overwrite")
        self.assertEqual(done.returncode, 0, done.stderr)  # the command line wins


if __name__ == "__main__":
    unittest.main()
