#!/usr/bin/env bash
# buf over the API: `lint` (style, STANDARD), `breaking` (compatible with the protos on main), or
# `breaking_is_seen` (that comparison refuses changes that break callers).
#
#   proto_lint.sh lint|breaking|breaking_is_seen
#
# buf sees a copy with the googleapis protos beside ours, so it needs no network and no registry.
set -euo pipefail
# shellcheck source=tests/dev/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

# stage_protos <name>: a module of the protos of stdin (a tar) and googleapis.
stage_protos() {
  mkdir -p "$stage/$1"
  tar -x -C "$stage/$1"
  cp "$ROOT/proto/buf.yaml" "$stage/$1/proto/"
  cp -r "$DEPS/googleapis/google" "$stage/$1/proto/"
}

# The branch that others build on, by the name it has in this clone; nothing outside git.
main_branch() {
  local name
  for name in main origin/main; do
    git -C "$ROOT" rev-parse --verify --quiet "$name^{commit}" && return
  done
}

lint() {
  if [ ! -x "$BUF" ]; then
    echo "skip buf_lint buf is not installed: ./dev deps"
    return
  fi
  tar -c -C "$ROOT" proto/sluice | stage_protos now
  if (cd "$stage/now/proto" && "$BUF" lint); then
    echo "ok buf_lint"
  else
    echo "FAIL buf_lint see the lines above"
  fi
}

breaking() {
  local main
  main=$(main_branch || true)
  if [ -z "$main" ] || ! git -C "$ROOT" cat-file -e "$main:proto/sluice" 2>/dev/null; then
    echo "skip buf_breaking main has no protos yet"
    return
  fi
  tar -c -C "$ROOT" proto/sluice | stage_protos now
  git -C "$ROOT" archive "$main" proto/sluice | stage_protos main
  if (cd "$stage/now/proto" && "$BUF" breaking --against "$stage/main/proto"); then
    echo "ok buf_breaking against ${main:0:12}"
  else
    echo "FAIL buf_breaking against ${main:0:12}; see the lines above"
  fi
}

# refuses <name> <file> <sed script>: on a copy changed like that, buf names what it breaks.
refuses() {
  local proto=$stage/$1/proto/$2
  cp -r "$stage/now" "$stage/$1"
  sed -i -E "$3" "$proto"
  if cmp -s "$proto" "$stage/now/proto/$2"; then
    echo "FAIL buf_breaking_sees_$1 the change did not apply to $2"
  elif (cd "$stage/$1/proto" && "$BUF" breaking --against "$stage/now/proto" >"$stage/said"); then
    echo "FAIL buf_breaking_sees_$1 the change passed"
  elif grep -q "$2" "$stage/said"; then
    echo "ok buf_breaking_sees_$1"
  else
    echo "FAIL buf_breaking_sees_$1 it failed for another reason: $(head -c 200 "$stage/said")"
  fi
}

breaking_is_seen() {
  if [ ! -x "$BUF" ]; then
    echo "skip buf_breaking_is_seen buf is not installed: ./dev deps"
    return
  fi
  tar -c -C "$ROOT" proto/sluice | stage_protos now
  if (cd "$stage/now/proto" && "$BUF" breaking --against "$stage/now/proto"); then
    echo "ok buf_breaking_takes_the_same"
  else
    echo "FAIL buf_breaking_takes_the_same see the lines above"
  fi
  local order=sluice/v1/order.proto
  refuses renumbering "$order" 's/^(  int64 revision = )23 /\1230 /'
  refuses another_type "$order" 's/^  int64 (revision = 23 )/  string \1/'
  refuses a_removed_rpc "$order" '/^  rpc SyncOrder\(/d'
  refuses a_removed_value sluice/v1/attempt.proto '/^    STATE_UNKNOWN = 4;/d'
}

case "${1:-}" in
  lint) lint ;;
  breaking) breaking ;;
  breaking_is_seen) breaking_is_seen ;;
  *) die "usage: proto_lint.sh lint|breaking|breaking_is_seen" ;;
esac
