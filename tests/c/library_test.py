#!/usr/bin/env python3
"""The shared library for C: what it shows, what it needs, and how large it is.

usage: library_test.py LIBRARY HEADER NM STRIP
"""
import pathlib
import re
import subprocess
import sys
import tempfile

library, header, nm, strip = sys.argv[1:]


def output(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


shown = {line.split()[-1] for line in output(nm, "-D", "--defined-only", library).splitlines()}
declared = set(re.findall(r"\b(floatsd_\w+)\(", pathlib.Path(header).read_text()))
assert shown == declared, f"shown or declared alone: {sorted(shown ^ declared)}"

needed = {line.split()[0].split(".so")[0] for line in output("ldd", library).splitlines()}
allowed = {"linux-vdso", "libstdc++", "libm", "libgcc_s", "libc", "libpthread", "/lib64/ld-linux-x86-64"}
assert needed <= allowed, f"needs {sorted(needed - allowed)}"

with tempfile.TemporaryDirectory() as folder:
    stripped = pathlib.Path(folder) / "stripped.so"
    subprocess.run([strip, "-o", stripped, library], check=True)
    size = stripped.stat().st_size
print(f"{len(shown)} functions, {size} bytes stripped")
assert size < 1_000_000, f"{size} bytes stripped, expected less than 1000000"
