#!/usr/bin/env bash
# Cargo's RUSTC_WRAPPER: compiles what Cargo.toml builds with checks with counters on every edge for libFuzzer,
# and everything else as always.
set -euo pipefail
watched=()
for argument in "$@"; do
  [[ $argument == debug-assertions=on ]] && watched=(
    -Cpasses=sancov-module
    -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares
  )
done
exec "$@" "${watched[@]}"
