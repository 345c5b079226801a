# Where the scripts keep what they fetch and build, outside the source tree. Sourced, not run.

cache=${FLOATSD_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/floatsd}
libtorch=${FLOATSD_LIBTORCH:-$cache/libtorch-2.13.0/torch}
python_packages=$cache/python
build=build/release
floatsd=$build/bin/floatsd

# Clones in different folders share what was compiled.
export CCACHE_DIR=${CCACHE_DIR:-$cache/ccache} CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
# What ccache asks for before it keeps precompiled headers.
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
# PyTorch itself, for the tests and benches that compare with it: the same wheel as LibTorch.
export PYTHONPATH=$(dirname "$libtorch"):$python_packages${PYTHONPATH:+:$PYTHONPATH}

fail() {
  echo "${0##*/}: $*" >&2
  exit 2
}
