#!/bin/sh
# Reads a folder of packets in shards with GNU parallel, on this machine or on many, and joins them with `ecq merge`.
#
#   benches/scale/parallel.sh PACKETS OUT [SHARDS [JOBS]]          (without them 8 shards, as many jobs as cores)
#
# On many machines: PACKETS and OUT on a file system that all of them see, `ecq` on the path of each, and
#   PARALLEL='--sshloginfile machines.txt' benches/scale/parallel.sh /shared/packets /shared/reports 256
# A shard that fails is tried three times; a run that was stopped goes on when the same line is typed again. The exit code
# is that of `ecq merge`. ECQ and ECQ_OPTIONS as in xargs.sh. OUT.shards/joblog has a line for each shard.
set -eu
if [ $# -lt 2 ]; then
    echo "parallel.sh: usage: parallel.sh PACKETS OUT [SHARDS [JOBS]]" >&2
    exit 2
fi
export ECQ="${ECQ:-ecq}" PACKETS="$1" OUT="$2" SHARDS="${3:-8}" ECQ_OPTIONS="${ECQ_OPTIONS:-}"
jobs=${4:-100%}
mkdir -p "$OUT.shards"

# Codes 3 and 4 say that packets could not be read: the merge lists them.
parallel --will-cite --jobs "$jobs" --retries 3 --halt soon,fail=1 --joblog "$OUT.shards/joblog" \
    --env ECQ --env PACKETS --env OUT --env SHARDS --env ECQ_OPTIONS \
    '"$ECQ" batch "$PACKETS" -o "$OUT.shards/{}" --resume --shard "{}/$SHARDS" --threads 1 -q $ECQ_OPTIONS;
     code=$?; case $code in 0|3|4) exit 0;; *) exit $code;; esac' ::: $(seq 1 "$SHARDS")

set --
for shard in $(seq 1 "$SHARDS"); do
    set -- "$@" "$OUT.shards/$shard"
done
exec "$ECQ" merge "$@" -o "$OUT" --resume
