"""The command under test, whose path is a test's first argument: how it is run, and what it left."""
import csv
import fcntl
import json
import os
import pathlib
import pty
import shutil
import struct
import subprocess
import sys
import termios
import unittest

FLOATSD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "floatsd").resolve()
FLOATSD4 = ["--weights", "conv=floatsd4:per-channel", "linear=floatsd4:per-tensor"]


def command_line(*arguments):
    return [FLOATSD, *(word if isinstance(word, bytes) else str(word) for word in arguments)]


def environment(data=None):
    """With the folder of data sets; threads that wait leave the processor to others, and how far work is is not said,
    however slow the machine is."""
    folder = {} if data is None else {"FLOATSD_DATA": str(data)}
    return {**os.environ, "OMP_WAIT_POLICY": "passive", "FLOATSD_PROGRESS": "1e9", **folder}


def run(*arguments, data=None, **more):
    """The ended process, its output as text if `more` does not say otherwise."""
    more = {"env": environment(data), "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
            "timeout": 300, **more}
    return subprocess.run(command_line(*arguments), **more)


def start(*arguments, data=None, **more):
    """The running process."""
    more = {"env": environment(data), "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen(command_line(*arguments), **more)


def stop_before(file, stop, attempts=20):
    """Calls stop(), which begins a run in the folder of `file` and stops it, until it comes before the run has written
    `file`: a busy machine may wake this process when the run is over."""
    for _ in range(attempts):
        stop()
        if not file.exists():
            return
        shutil.rmtree(file.parent)
    raise AssertionError(f"{file} was there each of {attempts} times that the run was stopped")


class CommandCase(unittest.TestCase):
    """Tests of the command, which finds data sets in the folder `data`."""
    data = None

    def floatsd(self, *arguments, **more):
        return run(*arguments, **{"data": self.data, **more})

    def works(self, *arguments, **more):
        """The process, which ended well."""
        done = self.floatsd(*arguments, **more)
        assert done.returncode == 0, (arguments, done.stderr)  # also for a class, which has no assertEqual yet
        return done

    def refuses(self, message, *arguments, code=2, **more):
        """One line on stderr that has `message`, and nothing on stdout."""
        done = self.floatsd(*arguments, **more)
        self.assertEqual((done.returncode, done.stdout), (code, ""), (arguments, done.stderr))
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn(message, done.stderr)


def on_terminal(*arguments, stream, columns=60, **more):
    """The exit code, and what a terminal of that width is sent: by stdout or stderr, as `stream` says."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = start(*arguments, **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: child, **more})
    os.close(child)
    shown = b""
    try:
        while piece := os.read(parent, 4096):
            shown += piece
    except OSError:  # the other end is closed
        pass
    os.close(parent)
    return process.wait(), shown.decode()


def contents(folder):
    """Every file's bytes; of metrics.jsonl and metrics.csv what tells neither the time nor what ranks said, of
    report.html, which names its folder, that it is there."""
    found = {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    if "metrics.jsonl" in found:
        found["metrics.jsonl"] = [timeless(json.loads(line)) for line in found["metrics.jsonl"].splitlines()]
    if "metrics.csv" in found:
        found["metrics.csv"] = [timeless(row) for row in csv.DictReader(found["metrics.csv"].decode().splitlines())]
    if "report.html" in found:
        found["report.html"] = found["report.html"][:15]
    return found


def timeless(line):
    return {key: value for key, value in line.items() if not key.endswith(("_per_second", "_percent", "_per_step"))}
