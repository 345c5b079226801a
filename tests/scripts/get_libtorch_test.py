#!/usr/bin/env python3
"""get_libtorch takes a build for the CPU from whichever index has one, and sees beforehand which it is.

usage: get_libtorch_test.py SOURCE_ROOT

The indexes are folders with tiny wheels, made here.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

root = pathlib.Path(sys.argv[1])
VERSION = "2.13.0"
CUDA = ['nvidia-cudnn-cu13==9.20.0.48; platform_system == "Linux"', 'cuda-toolkit[cublas]==13.0.3']
ELSEWHERE = ['nvidia-cudnn-cu12==9.1.0.70; platform_machine == "vax"', "filelock", "sympy>=1.13.3"]


def add_wheel(index, version, requires=()):
    folder = index / "torch"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"torch-{version}-py3-none-any.whl"
    info = f"torch-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {one}\n" for one in requires)
    content = {"torch/version.py": f"__version__ = '{version}'\n",
               "torch/share/cmake/Torch/TorchConfig.cmake": "",
               f"{info}/METADATA": metadata,
               f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    record = "".join(f"{path},,\n" for path in [*content, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / name, "w") as wheel:
        for path, text in {**content, f"{info}/RECORD": record}.items():
            wheel.writestr(path, text)
    links = "".join(f'<a href="{path.name.replace("+", "%2B")}">{path.name}</a>\n'
                    for path in sorted(folder.glob("*.whl")))
    (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")
    (index / "index.html").write_text("<!DOCTYPE html><html><body></body></html>")


def get(work, **variables):
    (work / "own").mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("PIP_", "FLOATSD_", "PYTHONPATH"))}
    environment.update(PIP_INDEX_URL=f"file://{work}/own", PIP_CONFIG_FILE="/dev/null",
                       PIP_NO_CACHE_DIR="1", FLOATSD_TORCH_INDEX=f"file://{work}/pytorch",
                       FLOATSD_CACHE=f"{work}/cache", **variables)
    done = subprocess.run([root / "scripts/get_libtorch"], env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr


def taken(work):
    found = sorted((work / "cache").glob(f"libtorch-{VERSION}*"))
    assert len(found) <= 1, f"left over: {found}"
    return (found[0] / "torch/version.py").read_text().split("'")[1] if found else None


def in_folder(test):
    with tempfile.TemporaryDirectory() as folder:
        test(pathlib.Path(folder))


def a_cuda_build_is_seen_and_the_cpu_build_of_pytorch_is_taken(work):
    add_wheel(work / "own", VERSION, CUDA)
    add_wheel(work / "pytorch", f"{VERSION}+cpu")
    code, said, errors = get(work)
    assert code == 0, errors
    assert said == (f"setup: fetching LibTorch {VERSION}+cpu from file://{work}/pytorch, as pip's "
                    "package index has only a build for GPUs\n"), said
    assert taken(work) == f"{VERSION}+cpu"
    assert get(work) == (0, "", ""), "a second run does something"


def a_cpu_build_without_a_local_version_is_taken_from_pips_own_index(work):
    add_wheel(work / "own", VERSION, ELSEWHERE)
    code, said, errors = get(work)
    assert code == 0, errors
    assert said == f"setup: fetching LibTorch {VERSION} from pip's package index\n", said
    assert taken(work) == VERSION


def the_cpu_build_is_taken_from_an_index_with_several(work):
    for local in ("cpu", "cu130"):
        add_wheel(work / "own", f"{VERSION}+{local}")
    code, said, errors = get(work)
    assert code == 0 and said.count("\n") == 1, (said, errors)
    assert taken(work) == f"{VERSION}+cpu"


def without_a_cpu_build_it_says_what_was_found_and_leaves_nothing(work):
    add_wheel(work / "own", VERSION, CUDA)
    code, _, errors = get(work)
    assert code == 2, code
    last = errors.splitlines()[-1]
    assert last.startswith(f"get_libtorch: no CPU build of torch=={VERSION}: pip's package index has "
                           "only a build for GPUs"), last
    assert "FLOATSD_LIBTORCH" in last and "FLOATSD_TORCH_INDEX" in last, last
    assert taken(work) is None


def a_libtorch_of_ones_own_is_named_and_nothing_fetched(work):
    own = work / "site packages/torch"
    code, _, errors = get(work, FLOATSD_LIBTORCH=str(own))
    assert code == 2 and "has no share/cmake/Torch/TorchConfig.cmake" in errors, errors
    (own / "share/cmake/Torch").mkdir(parents=True)
    (own / "share/cmake/Torch/TorchConfig.cmake").touch()
    (own / "lib").mkdir()
    (own / "lib/libtorch_cuda.so").touch()
    (own / "version.py").write_text("from typing import Optional\n__version__ = '2.13.0+cu130'\n")
    code, said, errors = get(work, FLOATSD_LIBTORCH=str(own))
    assert code == 0, errors
    assert said == ("setup: LibTorch 2.13.0+cu130 of FLOATSD_LIBTORCH: a build with cuda, of which "
                    "only the CPU's part is linked\n"), said
    assert not (work / "cache").exists()


def builds_are_told_by_version_and_by_what_they_require_here():
    for version, requires, expected in [
            ("2.13.0+cpu", CUDA, "cpu"), ("2.13.0+cpu.cxx11.abi", [], "cpu"),
            ("2.13.0+cu130", [], "gpu"), ("2.13.0+rocm7.0", [], "gpu"), ("2.13.0+xpu", [], "gpu"),
            ("2.13.0", CUDA, "gpu"), ("2.13.0", ["triton==3.7.1"], "gpu"),
            ("2.13.0", ELSEWHERE, "cpu"), ("2.13.0", [], "cpu"),
            ("2.13.0", ['nvidia-x==1; extra == "cuda"'], "cpu")]:
        report = {"install": [{"metadata": {"name": "torch", "version": version,
                                            "requires_dist": requires}}]}
        said = subprocess.run([sys.executable, root / "scripts/which_torch"],
                              input=json.dumps(report), text=True, stdout=subprocess.PIPE).stdout
        assert said == f"{expected} {version}\n", (version, requires, said)
    silent = subprocess.run([sys.executable, root / "scripts/which_torch"], input="", text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (silent.stdout, silent.stderr) == ("", ""), silent


builds_are_told_by_version_and_by_what_they_require_here()
if subprocess.run([sys.executable, "-m", "pip", "--version"], stdout=subprocess.DEVNULL,
                  stderr=subprocess.DEVNULL).returncode != 0:
    print("get_libtorch_test: this Python has no pip")
    sys.exit(77)
for scenario in (a_cuda_build_is_seen_and_the_cpu_build_of_pytorch_is_taken,
                 a_cpu_build_without_a_local_version_is_taken_from_pips_own_index,
                 the_cpu_build_is_taken_from_an_index_with_several,
                 without_a_cpu_build_it_says_what_was_found_and_leaves_nothing,
                 a_libtorch_of_ones_own_is_named_and_nothing_fetched):
    in_folder(scenario)
