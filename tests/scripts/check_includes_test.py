#!/usr/bin/env python3
"""check_includes finds what it should on a copy that is wrong in each way.

usage: check_includes_test.py CHECK_INCLUDES SOURCE_ROOT
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

check, root = sys.argv[1:]


def run(folder):
    done = subprocess.run([sys.executable, check, folder], text=True, stdout=subprocess.PIPE)
    return done.returncode, done.stdout


code, said = run(root)
assert code == 0, said
WRONG = [("src/core/file.h", '\n#include "floatsd/quant/scheme.h"\n', "core may not use quant"),
         ("src/core/file.h", '\n#include "quant/observer.h"\n', "core may not use quant"),
         ("include/floatsd/nn/graph.h", '\n#include "nn/join.h"\n', "nn/join.h is not public"),
         ("src/runtime/program.cpp", "\n#include <ATen/ATen.h>\n", "runtime is free of LibTorch"),
         ("src/nn/layer.cpp", '\n#include "floatsd/train/trainer.h"\n', "nn may not use train"),
         ("src/data/idx.cpp", '\n#include "floatsd/images/image.h"\n', "data may not use images"),
         ("src/emit/c/arena.cpp", "\n#include <ATen/ATen.h>\n", "emit/c is free of LibTorch"),
         ("src/emit/report.cpp", '\n#include "floatsd/nn/graph.h"\n', "emit may not use nn")]
for name, added, expected in WRONG:
    with tempfile.TemporaryDirectory() as copy:
        for part in ("include", "src"):
            shutil.copytree(pathlib.Path(root) / part, pathlib.Path(copy) / part)
        path = pathlib.Path(copy) / name
        path.write_text(path.read_text() + added)
        code, said = run(copy)
        assert code == 1 and expected in said and len(said.splitlines()) == 1, (name, said)
with tempfile.TemporaryDirectory() as copy:
    bare = pathlib.Path(copy) / "include/floatsd/core/bare.h"
    bare.parent.mkdir(parents=True)
    bare.write_text("int x;\nint y;\n")
    code, said = run(copy)
    assert code == 1 and "expected #pragma once" in said and "expected a comment" in said, said
