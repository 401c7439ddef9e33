#!/bin/sh
# Reads a folder of packets in shards, several at a time on one machine, and joins them with `ecq merge`.
#
#   benches/scale/xargs.sh PACKETS OUT [SHARDS [PROCESSES]]        (without them 8 shards, as many processes as cores)
#
# A run that was stopped goes on when the same line is typed again: every shard has its journal. On one machine plain
# `ecq batch` uses all cores by itself and is the simpler way; this one keeps a process's fault to its shard.
# The exit code is that of `ecq merge`: 0 all read, 3 some failed, 4 none usable. ECQ names the program, ECQ_OPTIONS what
# every shard gets besides (for example ECQ_OPTIONS='--codebook opm-2025 --form html').
set -eu
if [ $# -lt 2 ]; then
    echo "xargs.sh: usage: xargs.sh PACKETS OUT [SHARDS [PROCESSES]]" >&2
    exit 2
fi
export ECQ="${ECQ:-ecq}" PACKETS="$1" OUT="$2" SHARDS="${3:-8}" ECQ_OPTIONS="${ECQ_OPTIONS:-}"
processes=${4:-$(nproc)}
mkdir -p "$OUT.shards"

# Codes 3 and 4 say that packets could not be read: the merge lists them. Everything else is a fault of the shard, and
# xargs stops at 255.
seq 1 "$SHARDS" | xargs -P "$processes" -I '{}' sh -c '
    # shellcheck disable=SC2086
    "$ECQ" batch "$PACKETS" -o "$OUT.shards/{}" --resume --shard "{}/$SHARDS" --threads 1 -q $ECQ_OPTIONS
    code=$?
    case $code in
        0 | 3 | 4) ;;
        *) echo "xargs.sh: shard {}/$SHARDS ended with exit code $code; type the same line again to go on" >&2; exit 255 ;;
    esac'

set --
for shard in $(seq 1 "$SHARDS"); do
    set -- "$@" "$OUT.shards/$shard"
done
exec "$ECQ" merge "$@" -o "$OUT" --resume
