#!/usr/bin/env python3
"""A project that has floatsd's source as a part of itself links the targets of the installed package.

usage: subproject_test.py CMAKE LIBTORCH_PREFIX SOURCE_ROOT

Configured, not built: CMake refuses a target floatsd::NAME that is not there.
"""
import pathlib
import subprocess
import sys
import tempfile

cmake, libtorch, root = sys.argv[1:]

PROJECT = f"""
cmake_minimum_required(VERSION 3.25)
project(whole LANGUAGES CXX)
add_subdirectory({root} floatsd)
add_executable(everything main.cpp)
target_link_libraries(everything PRIVATE floatsd::floatsd)
add_executable(runs main.cpp)
target_link_libraries(runs PRIVATE floatsd::runtime)
if(TARGET floatsd OR TARGET test_core)
  message(FATAL_ERROR "the command or the tests would be built, too")
endif()
"""

for flags in ([], ["-DFLOATSD_RUNTIME_ONLY=ON"]):
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        (work / "CMakeLists.txt").write_text(PROJECT)
        (work / "main.cpp").write_text("int main() {}\n")
        done = subprocess.run([cmake, "-S", work, "-B", work / "build", f"-DCMAKE_PREFIX_PATH={libtorch}", *flags],
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            sys.exit(f"subproject_test: {' '.join(flags)}\n{done.stdout}")
