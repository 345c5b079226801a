# Where the scripts keep what they fetch and build, outside the source tree. Sourced, not run.

torch_version=2.13.0
cache=${FLOATSD_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/floatsd}
libtorch=${FLOATSD_LIBTORCH:-$cache/libtorch-$torch_version/torch}
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

# Whether MNIST, or what stands in its place, is whole in that folder: data fetch gets this file last.
has_mnist() {
  compgen -G "$1/mnist/t10k-labels-idx1-ubyte*" >/dev/null
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "Debian packages are missing, and this is neither root nor is there sudo: run '$*' as root"
  fi
}

# pip into a folder of its own, which appears whole or not at all. (With --target, pip leaves Python's
# own packages alone, so that Debian's refusal to change those does not apply.)
pip_into() (  # FOLDER PIP'S ARGUMENTS
  folder=$1
  shift
  mkdir -p "$(dirname "$folder")"
  part=$(mktemp -d "$folder.XXXXXX")
  trap 'rm -rf "$part"' EXIT
  chmod 755 "$part"
  export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
  python3 -m pip install --quiet --target "$part" "$@" || exit
  rm -rf "$folder"
  mv -T "$part" "$folder"
)
