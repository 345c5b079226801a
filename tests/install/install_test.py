#!/usr/bin/env python3
"""Installs floatsd and builds and runs the examples against the installed package.

usage: install_test.py CMAKE BUILD_DIR EXAMPLES_DIR LIBTORCH_PREFIX [SOURCE_DIR]

On real MNIST where FLOATSD_DATA has it, else on a few images made here. With SOURCE_DIR it builds
shared libraries from there first, and installs those.
"""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

cmake, build, examples, libtorch = sys.argv[1:5]
shared_from = sys.argv[5] if len(sys.argv) > 5 else None


def run(*command):
    done = subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    print(done.stdout, flush=True)
    if done.returncode != 0:
        sys.exit(f"install_test: exit {done.returncode}: {' '.join(map(str, command))}")
    return done.stdout


def made_images(folder):
    folder.mkdir()
    for prefix, count in (("train", 640), ("t10k", 200)):
        pixels = bytes((n * 13 + i * 7) % 256 for n in range(count) for i in range(784))
        for name, shape, values in ((f"{prefix}-images-idx3-ubyte", (count, 28, 28), pixels),
                                    (f"{prefix}-labels-idx1-ubyte", (count,),
                                     bytes(n % 10 for n in range(count)))):
            header = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
            (folder / name).write_bytes(header + values)
    return folder


with tempfile.TemporaryDirectory() as temporary:
    work = pathlib.Path(temporary)
    mnist = pathlib.Path(os.environ.get("FLOATSD_DATA", "/nonexistent")) / "mnist"
    if not mnist.is_dir():
        mnist = made_images(work / "mnist")
    if shared_from:
        build = work / "tree/build"
        run(cmake, "-S", shared_from, "-B", build, "-G", "Ninja", "-DBUILD_SHARED_LIBS=ON", "-DFLOATSD_BUILD_APPS=OFF",
            "-DFLOATSD_BUILD_TESTS=OFF", "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_PREFIX_PATH={libtorch}",
            f"-DCMAKE_CXX_COMPILER_LAUNCHER={shutil.which('ccache') or ''}")
        run(cmake, "--build", build)
    run(cmake, "--install", build, "--prefix", work / "prefix")
    for made in ("man/man1/floatsd.1", "man/man1/floatsd-train.1", "bash-completion/completions/floatsd",
                 "zsh/site-functions/_floatsd", "fish/vendor_completions.d/floatsd.fish"):
        assert shared_from or (work / "prefix/share" / made).is_file(), f"share/{made} is not installed"
    if not shared_from:
        run(work / "prefix/bin/floatsd", "--version")
    exported = "".join(path.read_text() for path in (work / "prefix").rglob("*.cmake"))
    assert str(pathlib.Path(build).parent.parent) not in exported, "the package names the source tree"
    assert libtorch not in exported, "the package names this machine's LibTorch"
    for example in ("train_lenet", "own_network"):
        run(cmake, "-S", f"{examples}/{example}", "-B", work / example,
            f"-DCMAKE_PREFIX_PATH={work}/prefix;{libtorch}", "-DCMAKE_BUILD_TYPE=Release")
        run(cmake, "--build", work / example)

    trained = run(work / "train_lenet/train", mnist, work / "m.safetensors", "3200")
    assert re.search(r"^0 mismatches, (\d+) right$", trained, re.M), "train did not end as it should"
    right = re.search(r"(\d+) right$", trained).group(1)
    ran = run(work / "train_lenet/run_integer", work / "m.safetensors", mnist)
    assert ran.startswith(f"{right} of "), f"run_integer counts otherwise than train's {right}"
    needs = run("ldd", work / "train_lenet/run_integer")
    assert not re.search(r"torch|c10|gomp|png|jpeg", needs), "run_integer links LibTorch or image libraries"

    # The same in C, which is found without LibTorch and image libraries.
    configured = run(cmake, "-S", f"{examples}/c", "-B", work / "c", f"-DCMAKE_PREFIX_PATH={work}/prefix")
    assert not re.search("Torch|ZLIB|PNG|JPEG", configured), "more was looked for"
    run(cmake, "--build", work / "c")
    in_c = run(work / "c/run_c", work / "m.safetensors", mnist / "t10k-images-idx3-ubyte",
               mnist / "t10k-labels-idx1-ubyte")
    assert in_c == ran, f"run_c counts otherwise than run_integer: {in_c}"
    failed = subprocess.run([work / "c/run_c", work / "missing", "", ""], text=True, stderr=subprocess.PIPE)
    assert failed.returncode == 2 and "missing" in failed.stderr

    # A network that is none of the zoo, restored by a program that does not know it.
    run(work / "own_network/train", mnist, work / "own.pt", "3200")
    restored = run(work / "own_network/restore", work / "own.pt", mnist, work / "own.safetensors")
    assert re.search(r"^own: 0 mismatches, \d+ of \d+ right$", restored, re.M), "restore did not end as it should"

    # The runtime alone is found on a machine without LibTorch and image libraries, and the reader
    # of images without LibTorch.
    for component, not_wanted, program in (
            ("runtime", "Torch_FOUND OR PNG_FOUND OR JPEG_FOUND",
             "#include <floatsd/runtime/program.h>\n"
             "int main() { return floatsd::runtime::Program{}.ops.empty() ? 0 : 1; }\n"),
            ("onnx", "Torch_FOUND OR PNG_FOUND OR JPEG_FOUND",
             "#include <floatsd/emit/onnx.h>\n"
             "int main() { auto* write = floatsd::emit::write_onnx; return write == nullptr ? 1 : 0; }\n"),
            ("distributed", "Torch_FOUND OR PNG_FOUND OR JPEG_FOUND",
             "#include <floatsd/distributed/ranks.h>\n"
             "int main() { auto* join = floatsd::distributed::join_ranks; return join == nullptr ? 1 : 0; }\n"),
            ("images", "Torch_FOUND",
             "#include <floatsd/images/image.h>\n"
             "int main() { return floatsd::images::decode(\"P5\\n1 1\\n255\\na\", \"\").pixels[0] == 'a' ? 0 : 1; }\n")):
        alone = work / component
        alone.mkdir()
        (alone / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(alone LANGUAGES CXX)\n"
            f"find_package(floatsd REQUIRED COMPONENTS {component})\n"
            f"if({not_wanted})\n  message(FATAL_ERROR \"more was looked for\")\nendif()\n"
            f"add_executable(alone main.cpp)\ntarget_link_libraries(alone PRIVATE floatsd::{component})\n")
        (alone / "main.cpp").write_text(program)
        run(cmake, "-S", alone, "-B", alone / "build", f"-DCMAKE_PREFIX_PATH={work}/prefix")
        run(cmake, "--build", alone / "build")
        run(alone / "build/alone")
