#!/usr/bin/env bash
# An experiment as an array of Slurm jobs, a shard each, then one that merges them. Anything of `bench run`, `rank` or `finetune` stands behind:
#   OUT=results/all SHARDS=8 deploy/slurm/array.sh run --suite seed
# Options of sbatch are in SBATCH_OPTIONS ("--partition=cpu --cpus-per-task=4 --mem=4G --time=2:00:00"). A part that failed is begun again by the
# same command, and goes on where it was ended.
set -euo pipefail

if [ "$#" = 0 ]; then
  sed -n '2,6s/^# //p' "$0" >&2
  exit 2
fi
: "${OUT:?Name the folder of results: OUT=results/all}"
shards=${SHARDS:-4}
bench=${BENCH:-npx bench}
read -r -a options <<< "${SBATCH_OPTIONS:-}"
mkdir -p "$OUT.parts"

# Whatever is in a word or a path, it is the same in the job's shell.
words=$(printf '%q ' "$@")
parts=$(printf '%q' "$OUT.parts")
array=$(
  sbatch --parsable --array="1-$shards" --output="$OUT.parts/%a.log" --job-name=embedding-bench ${options[@]+"${options[@]}"} <<JOB
#!/usr/bin/env bash
set -euo pipefail
exec $bench $words --quiet --threads "\${SLURM_CPUS_PER_TASK:-1}" --shard "\$SLURM_ARRAY_TASK_ID/$shards" --out $parts/"\$SLURM_ARRAY_TASK_ID"
JOB
)
array=${array%%;*}
merge=$(
  sbatch --parsable --dependency="afterok:$array" --kill-on-invalid-dep=yes --output="$OUT.parts/merge.log" --job-name=embedding-bench-merge <<JOB
#!/usr/bin/env bash
set -euo pipefail
exec $bench merge $(for ((part = 1; part <= shards; part++)); do printf '%q ' "$OUT.parts/$part"; done) --out $(printf '%q' "$OUT")
JOB
)
echo "Parts: $array (logs in $OUT.parts). Merged into $OUT by ${merge%%;*}."
