#!/usr/bin/env bash
# gpu.sh: this program beside PyTorch on the same GPU, as one Markdown table for README.md with the command that made it.
#
#   tests/peer/gpu.sh
#   DEVICE=gpu:1 PYTHON=.venv/bin/python PEER_GRID=…/peer_grid.py tests/peer/gpu.sh
#
# PYTHON needs torch, and for the rows of the grid flow-matching, tqdm and numpy as well:
#   python3 -m venv .venv && .venv/bin/pip install torch numpy flow-matching tqdm
# What is not there is said, and its column stays empty. PEER_GRID times the reference library of the grid.
#
# Of ours each figure is a difference of two runs, a shorter and a longer one: what a start costs once (kernels are made and
# tuned then) is in neither, as it is not in PyTorch's, which warm up before. With a software adapter, to try the script:
#   NETS=small GRID_BATCH=64 K=16 SIDE=8 BATCH=2 IMAGES=8 SAMPLES=2 STEPS=2 TRAIN_STEPS=4 PARTICLES=10000 SECONDS_EACH=1 tests/peer/gpu.sh
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)

# What is asked for, as it stands in the command above the table.
given=
for name in DEVICE NETS SIDE BATCH IMAGES SAMPLES STEPS TRAIN_STEPS GRID_BATCH K PARTICLES SECONDS_EACH DATA; do
  [[ -n ${!name+set} ]] && given+="$name=$(printf %q "${!name}") "
done
BATCH=${BATCH:-64} IMAGES=${IMAGES:-12800} NETS=${NETS:-small medium} SIDE=${SIDE:-32}
SAMPLES=${SAMPLES:-64} STEPS=${STEPS:-64}
TRAIN_STEPS=${TRAIN_STEPS:-1000} GRID_BATCH=${GRID_BATCH:-4096} K=${K:-128} PARTICLES=${PARTICLES:-1000000}
SECONDS_EACH=${SECONDS_EACH:-15} MINUTES=${MINUTES:-30} DATA=${DATA:-shapes}
DEVICE=${DEVICE:-gpu} PYTHON=${PYTHON:-python3}
DFM=${DFM:-${CARGO_TARGET_DIR:-$here/../../target}/release/dfm-explorer}
PEER_GRID=${PEER_GRID:-$here/../../../shared/bench/peer_grid.py}

say() { echo "gpu.sh: $*" >&2; }
[[ -x $DFM ]] || { say "no program at $DFM: cargo build --release, or DFM=FILE"; exit 2; }
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

# The entry $2 of the JSON object $1, a number or a text; empty without it.
entry() { sed -n "s/.*\"$2\": *\"\{0,1\}\([^,\"}]*\).*/\1/p" <<<"$1" | head -n 1; }
# The value of a formula; empty where a number in it is missing.
count() { awk "BEGIN { x = $1; if (x > 0) printf(x < 1000 ? \"%.3g\" : \"%.0f\", x) }" 2>/dev/null; }
# Ours: the JSON object that a command prints; empty where it fails, and then it is said why.
ours() {
  say "dfm-explorer $*"
  "$DFM" "$@" --device "$DEVICE" --quiet --json 2>"$room/why" || { say "failed: $(tail -n 1 "$room/why")" && return 1; }
}
# PyTorch's, in the same way.
theirs() {
  say "$*"
  "$PYTHON" "$@" 2>"$room/why" || { say "failed: $(tail -n 1 "$room/why")" && return 1; }
}
# $1: what; $2: ours; $3: PyTorch's; $4: their unit; $5: our command. The ratio is above 1 where ours is quicker.
row() {
  local ratio=
  if [[ -n $2 && -n $3 ]]; then
    case $4 in *" a second") ratio=$(count "$2 / $3") ;; *) ratio=$(count "$3 / $2") ;; esac
  fi
  echo "| $1 | ${2:+$2 $4} | ${3:+$3 $4} | $ratio | \`dfm-explorer $5 --device $DEVICE\` |" >>"$room/rows"
}

has_torch=no has_grid=no torch_device=cpu torch_name="not measured"
if ! "$PYTHON" -c 'import torch' 2>"$room/why"; then
  say "$PYTHON can't import torch ($(tail -n 1 "$room/why")): PyTorch's column stays empty"
  say "to fill it: python3 -m venv .venv && .venv/bin/pip install torch numpy flow-matching tqdm, and PYTHON=.venv/bin/python"
else
  has_torch=yes
  # "cuda" is what PyTorch calls AMD's GPUs as well.
  "$PYTHON" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' && torch_device=cuda:${DEVICE//[^0-9]/}
  torch_device=${torch_device%:}
  [[ $torch_device == cpu ]] && say "torch sees no GPU: its column is of the CPU"
  if [[ ! -f $PEER_GRID ]]; then
    say "no script at $PEER_GRID: the grid's rows are without PyTorch; PEER_GRID=FILE names it"
  elif ! "$PYTHON" -c 'import flow_matching, tqdm, numpy' 2>"$room/why"; then
    say "$PYTHON can't import what the grid's rows need: $(tail -n 1 "$room/why")"
  else
    has_grid=yes
  fi
fi
threads=$(nproc 2>/dev/null || echo 2)

# Networks of images: a training step, and sampling, of each size.
device=
for net in $NETS; do
  train="train images --data $DATA --tokens rgb:256 --size $SIDE --net $net --batch $BATCH"
  rate= first= second=
  # Both go on until they have seen enough: the second one begins anew.
  first=$(ours $train --minutes "$MINUTES" --images "$((IMAGES / 4 > BATCH ? IMAGES / 4 : BATCH))" --out "$room/$net-short.safetensors") &&
    second=$(ours $train --minutes "$MINUTES" --images "$((IMAGES / 4 > BATCH ? IMAGES / 4 + IMAGES : BATCH + IMAGES))" --out "$room/$net.safetensors") &&
    rate=$(count "($(entry "$second" images) - $(entry "$first" images)) / ($(entry "$second" seconds) - $(entry "$first" seconds))")
  device=${device:-$(entry "$second" device)}
  peer=
  [[ $has_torch == yes ]] && peer=$(theirs "$here/image_network.py" --device "$torch_device" --net "$net" --side "$SIDE" --batch "$BATCH" \
    --images "$SAMPLES" --steps "$STEPS" --seconds "$SECONDS_EACH" --threads "$threads")
  [[ -n $peer ]] && torch_name="$(entry "$peer" torch) on $(entry "$peer" device)"
  row "training of \`$net\`, rgb:256 $SIDE×$SIDE, batches of $BATCH" "$rate" "$(entry "$peer" train_images_per_second)" \
    "images a second" "$train"
  sample="sample images --denoiser $net.safetensors --n $SAMPLES --scheduler cubic --steps $STEPS"
  took=
  if [[ -f $room/$net.safetensors ]]; then
    with=${sample/$net.safetensors/$room/$net.safetensors}
    first=$(ours $with --out "$room/wall.npy") &&
      second=$(ours ${with/--steps $STEPS/--steps $((2 * STEPS))} --out "$room/wall.npy") &&
      took=$(count "$(entry "$second" seconds) - $(entry "$first" seconds)")
  fi
  row "$SAMPLES images in $STEPS steps, \`$net\`" "$took" "$(entry "$peer" sample_seconds)" "s" "$sample"
done

# The grid: a training step of the reference library's network, and particles with it.
flow="--target checkerboard --k $K --scheduler quadratic --source uniform"
train="train grid $flow --batch $GRID_BATCH --hidden 128"
step= first= second=
short=$((TRAIN_STEPS / 4 > 1 ? TRAIN_STEPS / 4 : 1))
first=$(ours $train --steps "$short" --out "$room/short.safetensors") &&
  second=$(ours $train --steps "$((short + TRAIN_STEPS))" --out "$room/grid.safetensors") &&
  step=$(count "1000 * ($(entry "$second" seconds) - $(entry "$first" seconds)) / $TRAIN_STEPS")
peer=
[[ $has_grid == yes ]] && peer=$(theirs "$here/on_device.py" "$torch_device" "$PEER_GRID" --k "$K" --batch "$GRID_BATCH" \
  --train-steps "$TRAIN_STEPS" --samples "$PARTICLES" --nfe "$STEPS" --threads "$threads")
theirs_step=$(entry "$peer" train_ms_per_step)
row "training step on the grid, K = $K, batches of $GRID_BATCH, hidden 128" "$step" \
  "${theirs_step:+$(count "$theirs_step")}" "ms" "$train"
sample="sample grid $flow --denoiser grid.safetensors --particles $PARTICLES --steps $STEPS"
took=
if [[ -f $room/grid.safetensors ]]; then
  with=${sample/grid.safetensors/$room/grid.safetensors}
  first=$(ours $with --out "$room/particles.npy") &&
    second=$(ours ${with/--steps $STEPS/--steps $((2 * STEPS))} --out "$room/particles.npy") &&
    took=$(count "$(entry "$second" seconds) - $(entry "$first" seconds)")
fi
theirs_took=$(entry "$peer" sample_seconds)
row "$PARTICLES particles in $STEPS steps with that network" "$took" "${theirs_took:+$(count "$theirs_took")}" "s" "$sample"

echo
echo "This program on ${device:-$DEVICE}, PyTorch ${torch_name}; ratios above 1 say that this program is the quicker one"
echo "(\`${given}tests/peer/gpu.sh\`)."
echo
echo "| what | this program | PyTorch | ratio | command |"
echo "|---|---|---|---|---|"
cat "$room/rows"
