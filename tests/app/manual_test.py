#!/usr/bin/env python3
"""What the command says of itself: --help, man pages, and what shells complete.

usage: manual_test.py FLOATSD [unittest arguments]
"""
import functools
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

from the_command import environment, on_terminal, run

GROUPS = ["Network and data", "Quantization", "Schedule", "Augmentation", "Output", "Options"]


@functools.cache
def help_of(*command, columns=80):
    return run(*command, "--help", env={**environment(), "COLUMNS": str(columns)}).stdout


def subcommands(*command):
    text = help_of(*command)
    listed = text[text.index("\nSubcommands:\n"):].split("\n\n")[0] if "\nSubcommands:\n" in text else ""
    return re.findall(r"^  ([a-z]\S*)", listed, re.M)


def all_commands():
    """Each as its words, `floatsd` left out."""
    for name in subcommands():
        yield (name,)
        for below in subcommands(name):
            yield (name, below)


def group_of(text):
    """Of each flag in a help text the heading above it."""
    groups, heading = {}, None
    for line in text.splitlines():
        if re.fullmatch(r"[A-Z].*:", line):
            heading = line[:-1]
        elif match := re.match(r"  (?:-\w,)?(--[\w-]+)", line):
            groups[match[1]] = heading
    return groups


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.share = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-manual-"))
        cls.written = run("manual", cls.share)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.share)

    # --help

    def test_training_options_stand_in_groups(self):
        text = help_of("train")
        headings = [line[:-1] for line in text.splitlines() if re.fullmatch(r"[A-Z].*:", line)]
        self.assertEqual(headings, GROUPS)
        groups = group_of(text)
        for flag, group in {"--network": "Network and data", "--data": "Network and data", "--init": "Network and data",
                            "--weights": "Quantization", "--scales": "Quantization", "--update": "Quantization",
                            "--epochs": "Schedule", "--lr": "Schedule", "--freeze-epochs": "Schedule",
                            "--hflip": "Augmentation", "--output": "Output", "--json": "Output",
                            "--config": "Options", "--threads": "Options", "--help": "Options"}.items():
            self.assertEqual(groups[flag], group, flag)

    def test_help_is_as_wide_as_the_terminal(self):
        def widest(command, columns):
            lines = help_of(*command, columns=columns).splitlines()
            return max(len(line) for line in lines if not re.match(r"^ +(floatsd|--|[a-z-]+:) .*", line))  # no examples
        for command in (("train",), ("export",)):
            for columns, most in ((80, 80), (100, 100), (30, 60), (1000, 110)):
                self.assertLessEqual(widest(command, columns), most, (command, columns))
        self.assertGreater(widest(("train",), 80), widest(("train",), 60))
        self.assertGreater(widest(("train",), 100), widest(("train",), 80))

    def test_help_asks_the_terminal_itself(self):
        code, shown = on_terminal("verify", "--help", stream="stdout", columns=70,
                                  env={**environment(), "COLUMNS": "100"})
        self.assertEqual(code, 0)
        self.assertEqual(shown.replace("\r", ""), help_of("verify", columns=70))

    # man

    def test_each_command_has_a_page(self):
        pages = sorted(path.name for path in (self.share / "man/man1").iterdir())
        self.assertEqual(pages, sorted(["floatsd.1"] + ["-".join(["floatsd", *command]) + ".1"
                                                        for command in all_commands()]))
        for command in all_commands():
            page = (self.share / "man/man1" / ("-".join(["floatsd", *command]) + ".1")).read_text()
            for flag in group_of(help_of(*command)):
                self.assertIn(flag.replace("-", r"\-"), page, command)

    def test_pages_are_read_without_a_warning(self):
        pages = sorted((self.share / "man/man1").iterdir())
        tools = [tool for tool in (["mandoc", "-Tlint", "-Werror"], ["groff", "-ww", "-z", "-man", "-Tutf8"])
                 if shutil.which(tool[0])]
        if not tools:
            self.skipTest("neither mandoc nor groff is installed")
        for tool in tools:
            done = subprocess.run([*tool, *pages], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual((done.returncode, done.stdout), (0, ""), tool)

    @unittest.skipUnless(shutil.which("man"), "man is not installed")
    def test_man_shows_a_page(self):
        done = subprocess.run(["man", "-l", self.share / "man/man1/floatsd-verify.1"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "MANWIDTH": "80"})
        if "minimized" in done.stdout:
            self.skipTest("this system has no man pages")
        plain = re.sub(r"\s+", " ", re.sub(".\b", "", done.stdout))
        self.assertRegex(plain, r"floatsd verify runs/first/last.pt runs/first/model.safetensors")
        self.assertRegex(plain, r"floatsd-verify - Compare a prepared network")

    # Completion

    def bash(self, line):
        """What bash offers behind that line, whose last word is being written."""
        words = line.split(" ")
        script = (f"source {self.share}/bash-completion/completions/floatsd\n"
                  'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); $(complete -p floatsd | sed "s/.*-F \\([^ ]*\\).*/\\1/")\n'
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "bash", *words], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.share)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_completes_subcommands_flags_values_and_files(self):
        self.assertEqual(self.bash("floatsd "), subcommands())
        self.assertEqual(self.bash("floatsd data "), subcommands("data"))
        self.assertEqual(self.bash("floatsd veri"), ["verify"])
        self.assertEqual(sorted(set(self.bash("floatsd train --freeze-"))),
                         ["--freeze-batch-norm-epochs", "--freeze-epochs", "--freeze-lr"])
        self.assertEqual(self.bash("floatsd train --sched "), ["cosine", "one-cycle", "step"])
        self.assertEqual(self.bash("floatsd train --lr 0.1 --sched one"), ["one-cycle"])
        self.assertEqual(self.bash("floatsd train --sched = o"), ["one-cycle"])
        self.assertEqual(self.bash("floatsd train --sched ="), ["cosine", "one-cycle", "step"])
        self.assertIn("floatsd4", self.bash("floatsd sweep --formats float32 floats"))
        self.assertEqual(self.bash("floatsd export m --to c --style q"), ["qdq", "qonnx"])
        self.assertEqual(self.bash("floatsd data fetch m"), ["mnist"])
        self.assertIn("fashion-mnist", self.bash("floatsd train --dataset "))
        self.assertEqual(self.bash("floatsd train --network resnet20"), ["resnet20"])
        (self.share / "a checkpoint.pt").touch()
        for line in ("floatsd verify a", "floatsd train --init a"):
            self.assertEqual(self.bash(line), ["a", "checkpoint.pt"])  # one name, split here
        self.assertEqual(self.bash("floatsd train --data m"), ["man"])
        self.assertEqual(self.bash("floatsd train --overwrite --lr "), [])

    def test_what_is_completed_is_taken(self):
        offers = {flag: [value for value in self.bash(f"floatsd train {flag} ")
                         if not (self.share / value).exists() and value not in ("a", "checkpoint.pt")]
                  for flag in group_of(help_of("train"))}
        offers = {flag: values for flag, values in offers.items() if values}
        self.assertGreater(len(offers), 15)
        for turn in range(max(map(len, offers.values()))):
            flags = [word for flag, values in offers.items() for word in (flag, values[turn % len(values)])]
            done = run("train", *flags, "--threads", "1025")  # by which all flags before have been read
            self.assertRegex(done.stderr, "^floatsd: --threads: 1025, expected", flags)
        text = help_of("train")
        for flag, values in offers.items():
            meaning = re.sub(r"\s", "", re.search(rf"^  {flag} .*\n?((?:    .*\n)*)", text, re.M)[0])
            for value in values:
                self.assertTrue(value in meaning or "thesamechoices" in meaning, (flag, value))

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_completes_subcommands_flags_and_values(self):
        subprocess.run(["zsh", "-n", self.share / "zsh/site-functions/_floatsd"], check=True)
        for line, offered in (("floatsd veri", "verify"), ("floatsd train --sched one", "one-cycle"),
                              ("floatsd data fetch cif", "cifar10"), ("floatsd verify --dat", "--data"),
                              ("floatsd sweep --formats int8 floatsd4-1", "floatsd4-13")):
            self.assertIn(offered, self.zsh(line), line)

    def zsh(self, line):
        """The line as zsh completes it, in a shell of its own."""
        script = f"""
            zmodload zsh/zpty
            zpty shell 'PS1= TERM=dumb zsh -f -i'
            zpty -w shell 'fpath=({self.share}/zsh/site-functions $fpath); autoload -Uz compinit; compinit -u -D'
            zpty -w shell 'stty -echo; setopt no_beep; bindkey "^I" complete-word; print READY'
            zpty -r shell text '*READY*READY*'
            zpty -w -n shell {shlex.quote(line)}$'\\t'
            sleep 0.2
            for i in {{1..40}}; do
              zpty -r -t shell text && print -rn -- $text || sleep 0.05
            done
            zpty -d shell"""
        done = subprocess.run(["zsh", "-f", "-c", script], text=True, stdout=subprocess.PIPE, timeout=60,
                              cwd=self.share, stderr=subprocess.STDOUT)
        return done.stdout

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_completes_subcommands_flags_and_values(self):
        def fish(line):
            script = f"source {self.share}/fish/vendor_completions.d/floatsd.fish; complete -C '{line}'"
            done = subprocess.run(["fish", "--no-config", "-c", script], text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, cwd=self.share, check=True)
            self.assertEqual(done.stderr, "")
            return [offer.split("\t")[0] for offer in done.stdout.splitlines()]
        self.assertEqual(sorted(fish("floatsd ")), sorted(subcommands()))
        self.assertEqual(sorted(fish("floatsd data ")), sorted(subcommands("data")))
        self.assertEqual(sorted(fish("floatsd train --freeze-")),
                         ["--freeze-batch-norm-epochs", "--freeze-epochs", "--freeze-lr"])
        self.assertEqual(sorted(fish("floatsd train --sched ")), ["cosine", "one-cycle", "step"])
        self.assertIn("mnist", fish("floatsd data fetch m"))
        self.assertIn("man/", fish("floatsd train --data m"))

    def test_a_folder_that_cannot_be_written_is_one_line(self):
        done = run("manual", "/proc/share")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1))
        self.assertIn("/proc/share", done.stderr)


if __name__ == "__main__":
    unittest.main()
