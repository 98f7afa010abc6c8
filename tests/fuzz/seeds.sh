#!/usr/bin/env bash
# Seeds from the golden messages of the providers, so that they are kept once.
#
#   seeds.sh <folder>: writes <folder>/<target>/*, beside what tests/fuzz/corpus has.
#
# A seed of a message begins with the letters by which the target chooses: see targets.h.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

out=$1

# seed <target> <letters> <file>
seed() {
  mkdir -p "$out/$1"
  { printf '%s' "$2" && cat "$3"; } >"$out/$1/$2-$(basename "$3")"
}

for file in providers/*/testdata/*/*.json; do seed json '' "$file"; done
for file in providers/*/testdata/*/*.form providers/epay/testdata/callbacks/*; do
  seed form '' "$file"
done
for file in providers/payby/testdata/notifications/*; do seed payby_notification a "$file"; done
for file in providers/payby/testdata/replies/*; do
  for letters in aaa aba aca ada aea afa; do seed payby_reply $letters "$file"; done
done
for file in providers/nicepay/testdata/notifications/*; do
  for letters in a b c; do seed nicepay_notification $letters "$file"; done
done
for file in providers/nicepay/testdata/replies/*; do
  for letters in aaa aba aca ada aea baa cfa; do seed nicepay_reply $letters "$file"; done
done
for file in providers/epay/testdata/callbacks/*; do
  for letters in a b; do seed epay_notification $letters "$file"; done
done
for file in providers/epay/testdata/replies/*; do
  for letters in aaa baa bba bca; do seed epay_reply $letters "$file"; done
done

for folder in tests/fuzz/corpus/*; do
  mkdir -p "$out/$(basename "$folder")"
  cp -r "$folder/." "$out/$(basename "$folder")/"
done
