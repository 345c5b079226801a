#!/bin/sh
# Trains the network of train.toml and holds it to baseline.json: for any CI service that runs a shell.
# Exit 1 if something fell, with what moved on stdout, in check.xml (JUnit) and in check.md.
#
# usage: examples/ci/check.sh [FOLDER [FLAGS OF TRAIN...]]      FOLDER: for the run (default: runs/ci)
#
# FLOATSD        the command (default: floatsd, or the one that scripts/build makes)
# FLOATSD_DATA   the folder that holds mnist/ (`floatsd data fetch mnist FOLDER` gets it)
set -eu
here=$(dirname "$0")
built=$here/../../build/release/bin/floatsd
floatsd=${FLOATSD:-$([ -x "$built" ] && echo "$built" || echo floatsd)}
folder=${1:-runs/ci}
[ $# = 0 ] || shift

rm -f "$folder/check.xml" "$folder/check.md"  # of an earlier check
# A training's bytes depend on the number of threads; with one they are the same on all machines of a kind.
"$floatsd" train --config "$here/train.toml" --threads 1 --overwrite --quiet --output "$folder" "$@"
"$floatsd" check "$folder/model.safetensors" --baseline "$here/baseline.json" \
  --junit "$folder/check.xml" --markdown "$folder/check.md"
