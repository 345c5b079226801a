#!/usr/bin/env python3
"""A LibTorch that was built with CUDA is linked without a CUDA compiler.

usage: gpu_build_test.py CMAKE LIBTORCH_PREFIX SOURCE_ROOT

The build with CUDA is this machine's LibTorch under another name: it has a libtorch_cuda, and a
config that refuses, as Torch's own does without nvcc.
"""
import pathlib
import subprocess
import sys
import tempfile

cmake, libtorch, root = sys.argv[1:]

PROJECT = f"""
cmake_minimum_required(VERSION 3.25)
project(gpu LANGUAGES CXX)
list(APPEND CMAKE_MODULE_PATH {root}/cmake)
include(LocateTorch)
message(STATUS "prefix ${{TORCH_INSTALL_PREFIX}}")
add_executable(threads main.cpp)
target_compile_features(threads PRIVATE cxx_std_20)
target_link_libraries(threads PRIVATE torch)
"""
MAIN = """
#include <torch/csrc/Export.h>
#include <c10/core/Device.h>
namespace at { TORCH_API int get_num_threads(); }
int main() { return at::get_num_threads() > 0 && c10::Device(c10::kCPU).is_cpu() ? 0 : 1; }
"""


def run(*command):
    done = subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"gpu_build_test: {' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


with tempfile.TemporaryDirectory() as temporary:
    work = pathlib.Path(temporary)
    gpu = work / "site-packages/torch"
    config = gpu / "share/cmake/Torch"
    config.mkdir(parents=True)
    (config / "TorchConfig.cmake").write_text('message(FATAL_ERROR "no CUDA compiler")\n')
    (gpu / "include").symlink_to(pathlib.Path(libtorch) / "include")
    (gpu / "lib").mkdir()
    for library in (pathlib.Path(libtorch) / "lib").iterdir():
        (gpu / "lib" / library.name).symlink_to(library)
    (gpu / "lib/libtorch_cuda.so").touch()
    (work / "CMakeLists.txt").write_text(PROJECT)
    (work / "main.cpp").write_text(MAIN)
    said = run(cmake, "-S", work, "-B", work / "build", f"-DCMAKE_PREFIX_PATH={gpu}")
    assert f"-- prefix {gpu}\n" in said, said
    run(cmake, "--build", work / "build")
    run(work / "build/threads")
