#!/usr/bin/env python3
"""Files that are nested, long, endless or no files are refused by the command in one line, at once.

usage: bounds_test.py FLOATSD
"""
import json
import os
import pathlib
import struct
import tempfile
import unittest

from the_command import CommandCase


class Bounds(CommandCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def model(self, header, data=b""):
        path = self.folder / "m.safetensors"
        path.write_bytes(struct.pack("<Q", len(header)) + header + data)
        return path

    def test_a_codebook_that_is_nested_or_long_is_refused(self):
        path = self.folder / "levels.json"
        for levels, reason in [("[" * 300_000 + "]" * 300_000, "bytes, expected at most 65536"),
                               ("[" * 20_000 + "]" * 20_000, "its JSON is nested deeper than 16"),
                               ("[0, [1]]", "level 2 is '[1]', expected integers that ascend from 0"),
                               ('[0, 1], "levels": [0, 2]', "its JSON names 'levels' twice"),
                               ("[0, 1,]", "its JSON is no JSON: line 1, column 33"),
                               (json.dumps(list(range(200_000))), "bytes, expected at most 65536"),
                               (json.dumps(list(range(5_000))), "5000 levels with 0, expected 2 to 128")]:
            path.write_text('{"name": "own", "levels": %s}' % levels)
            self.refuses(reason, "bench", "--network", "lenet", "--weights", f"*={path}:per-tensor")

    def test_a_model_header_that_is_nested_or_long_is_refused(self):
        self.refuses("its header is nested deeper than 16",
                     "inspect", self.model(b'{"a":' * 300_000 + b"1" + b"}" * 300_000))
        self.refuses("its header has 20000000 bytes, expected at most 16777216",
                     "inspect", self.model(b"{}" + b" " * 19_999_998))

    def test_a_model_in_a_pipe_or_a_loop_of_links_is_refused(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        loop = self.folder / "loop"
        loop.symlink_to(loop)
        for command in ("inspect", "eval"):
            self.refuses("regular file", command, fifo)
            self.refuses("symbolic links", command, loop)


if __name__ == "__main__":
    unittest.main(verbosity=2)
