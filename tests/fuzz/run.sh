#!/usr/bin/env bash
# run.sh TARGET [SECONDS]: builds the fuzzer and feeds one reader for that long (600 s by default). An input that breaks
# it is written to found/TARGET-…: fix the reader and keep the input in seeds/TARGET/, where the ordinary tests try it.
set -euo pipefail
cd "$(dirname "$0")"
target=${1:?"expected a target: $(ls seeds | tr '\n' ' ')"}
seconds=${2:-600}
[[ -d seeds/$target ]] || { echo "no target $target: expected one of $(ls seeds | tr '\n' ' ')" >&2; exit 2; }

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/dfm-explorer-target}"
# The versions are those of the program, whose lock file is the only one that is kept.
cp ../../Cargo.lock Cargo.lock
RUSTC_WRAPPER="$PWD/rustc.sh" ${CARGO:-cargo} build --release

case $target in
  npy | png | photo | drawn | checkpoint | network | cifar10) longest=65536 ;;
  csv | recipe | state | preset | flow | tokens | language) longest=16384 ;;
  *) longest=1024 ;;
esac
mkdir -p corpus/"$target" found
words=()
[[ -f words/$target ]] && words=(-dict=words/"$target")
# An allocation that only a header asks for fails here, although it would never be touched.
ulimit -v 6000000
FUZZ_TARGET=$target exec "$CARGO_TARGET_DIR/release/dfm-explorer-fuzz" corpus/"$target" seeds/"$target" \
  "${words[@]}" -max_total_time="$seconds" -max_len=$longest -timeout=10 -rss_limit_mb=2048 \
  -artifact_prefix=found/"$target"- -print_final_stats=1
