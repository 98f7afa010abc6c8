#!/usr/bin/env bash
# What our documents tell people to type, typed: every grpcurl, curl and buf line of README.md, of
# clients/README.md, of the hints of ./dev serve and of the providers' READMEs runs against a
# sluiced --sandbox of its own.
#
#   readme_test.sh <sluiced> <descriptor set>
#
# Lines count that begin with "grpcurl ", "curl " or "buf curl ", in fenced blocks (and anywhere in
# the hints). They run in order, each document on a fresh server. A line must end with exit code 0;
# after the comment "# expect: CODE" it must end with that status of gRPC, or that status of HTTP.
# Of a status of gRPC grpcurl must have decoded the standard details: google.rpc.ErrorInfo with its
# reason.
# A line that follows a stream (Watch...) is given two seconds, and must have shown a message by
# then.
set -uo pipefail

server=$1
protoset=$2
tools=${SLUICE_DEPS_DIR:-build/deps}/bin
npm_tools=${SLUICE_DEPS_DIR:-$PWD/build/deps}/npm/node_modules/.bin
work=$(mktemp -d)
pid=''

stop_server() {
  [ -n "$pid" ] || return 0
  kill "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  pid=''
}
trap 'stop_server; rm -rf "$work"' EXIT

if [ ! -x "$tools/grpcurl" ]; then
  echo "skip grpcurl_lines grpcurl is not installed: ./dev deps"
  exit 0
fi

# start_server: on free ports; sets grpc, notify, admin.
start_server() {
  local any=127.0.0.1:0 data
  data=$(mktemp -d -p "$work")
  mkfifo "$data/ready"
  "$server" --sandbox --data-dir "$data/data" --grpc-address $any --notify-address $any \
    --admin-address $any --simulator-address $any --log-level off >"$data/ready" 2>/dev/null &
  pid=$!
  local addresses=''
  read -r -t 60 addresses <"$data/ready"
  grpc=$(field grpc "$addresses")
  notify=$(field notify "$addresses")
  admin=$(field admin "$addresses")
  [ -n "$grpc" ] || return 1
}

field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$2"; }

# lines_of <document>: "<expected>\t<command>", with continued lines joined.
lines_of() {
  awk -v everywhere="$([[ $1 == *.txt ]] && echo 1 || echo 0)" '
    /^```/ { fenced = !fenced; expected = ""; next }
    !fenced && !everywhere { next }
    /^# expect: / { expected = $3; next }
    line == "" && /^#/ { next }
    { line = line $0 }
    /\\$/ { sub(/\\$/, " ", line); next }
    gsub(/\047/, "&", line) % 2 == 1 { next }  # Inside quotes: JSON over several lines.
    line ~ /^(grpcurl|curl|buf curl) / { print (expected == "" ? "OK" : expected) "\t" line }
    { expected = line = "" }' "$1"
}

# here <command>: with the free ports instead of the published ones.
here() {
  sed -e "s/127\.0\.0\.1:50051/$grpc/g" -e "s/127\.0\.0\.1:8080/$notify/g" \
    -e "s/127\.0\.0\.1:9090/$admin/g" -e "s|build/release/share/sluice.binpb|$protoset|g" <<<"$1"
}

# run_line <command>: prints what it ended with: OK, a status of gRPC, or of HTTP.
run_line() {
  local command status
  command=$(here "$1")
  if [[ $command == *Watch* ]]; then
    PATH=$tools:$npm_tools:$PATH timeout 2 bash -c "$command" >"$work/out" 2>&1
    # Stopped by us, after it had shown something.
    [ $? -eq 124 ] && grep -q '"cursor"' "$work/out" && echo OK && return
    echo NOTHING_WATCHED
    return
  fi
  if [[ $command == curl* ]]; then
    status=$(eval "$command -s -o '$work/out' -w '%{http_code}'" 2>/dev/null)
    [[ $status == 2?? ]] && echo OK && return
    echo "$status"
    return
  fi
  PATH=$tools:$npm_tools:$PATH timeout 30 bash -c "$command" >"$work/out" 2>&1 && echo OK && return
  status=$(sed -n 's/^ *Code: *\([A-Za-z]*\).*/\1/p' "$work/out" | head -n 1)
  # grpcurl writes FailedPrecondition, documents write FAILED_PRECONDITION.
  printf '%s\n' "${status:-ExitCodeNotZero}" | sed 's/\([a-z]\)\([A-Z]\)/\1_\2/g' |
    tr '[:lower:]' '[:upper:]'
}

# decoded <expected> <command>: of an error of gRPC, grpcurl has shown the standard details.
decoded() {
  [[ $1 != OK && $2 == grpcurl* ]] || return 0
  grep -q 'google\.rpc\.ErrorInfo' "$work/out" && grep -q '"reason": *"[A-Z_]*"' "$work/out"
}

# settle <command>: a payment reaches the server by a notification a moment after Pay has answered.
# The next line may count on it, so the provider is asked here.
settle() {
  local name
  [[ $1 == *SimulatorService/Pay* ]] || return 0
  name=$(sed -n 's|.*"\(merchants/[^/]*/orders/[^"]*\)".*|\1|p' <<<"$1")
  [ -z "$name" ] || "$tools/grpcurl" -plaintext -d "{\"name\":\"$name\"}" "$grpc" \
    sluice.v1.OrderService/SyncOrder >/dev/null 2>&1
}

# test_document <name> <document>
test_document() {
  local number=0 expected command got
  if ! start_server; then
    echo "FAIL ${1}_server the server did not start"
    return
  fi
  while IFS=$'\t' read -r expected command; do
    number=$((number + 1))
    got=$(run_line "$command")
    settle "$command"
    if [ "$got" = "$expected" ] && decoded "$expected" "$command"; then
      echo "ok ${1}_line_$number"
    elif [ "$got" = "$expected" ]; then
      sed 's/^/    /' "$work/out" | head -n 20
      echo "FAIL ${1}_line_$number no google.rpc.ErrorInfo with a reason is shown"
    else
      sed 's/^/    /' "$work/out" | head -n 20
      echo "FAIL ${1}_line_$number expected $expected, got $got: $(cut -c 1-150 <<<"$command")"
    fi
  done < <(lines_of "$2")
  # A document without a line to type would pass for ever.
  if [ "$number" -gt 0 ]; then
    echo "ok ${1}_has_lines"
  else
    echo "FAIL ${1}_has_lines none found"
  fi
  stop_server
}

# The commands that the README tells people to run.
test_commands() {
  local command
  while read -r command; do
    if ./dev "$command" --help >/dev/null 2>&1; then
      echo "ok dev_${command}_exists"
    else
      echo "FAIL dev_${command}_exists README.md names ./dev $command"
    fi
  done < <(grep -o '\./dev [a-z]*' README.md | sed 's/.* //' | sort -u)
}

# Files and folders that a document points to by a link or names in backquotes, from its own folder
# or from the root; words with a star by what they match. Of the names only those count that begin
# with a folder of ours.
# test_links <document>
test_links() {
  local folder link name
  folder=$(dirname "$1")
  while read -r link; do
    name=link_$(tr -c 'a-zA-Z0-9\n' _ <<<"$1_$link")
    if is_there "$folder/$link" || { [[ $link != .* ]] && is_there "$link"; }; then
      echo "ok $name"
    else
      echo "FAIL $name $1 points to $link"
    fi
  done < <(
    {
      grep -o '](\([^)#:]*\))' "$1" | sed 's/](\(.*\))/\1/'
      # shellcheck disable=SC2016  # Backquotes as they stand in the document.
      grep -o '`[a-zA-Z0-9_.*/-]*/[a-zA-Z0-9_.*/-]*`' "$1" | tr -d '`' | while read -r link; do
        names_ours "$folder" "$link" && echo "$link"
      done
    } | sort -u
  )
}

is_there() { compgen -G "$1" >/dev/null; }

# names_ours <folder> <path>: what is built is not there before it is.
names_ours() {
  local top=${2%%/*}
  [[ -n $top && $top != .* && $top != build ]] && { [ -d "$top" ] || [ -d "$1/$top" ]; }
}

# Every RPC of the public services has its line in clients/README.md.
test_every_rpc() {
  local rpc
  while read -r rpc; do
    if grep -q "^grpcurl .*sluice\.v1\.$rpc\$" clients/README.md; then
      echo "ok rpc_${rpc//\//_}"
    else
      echo "FAIL rpc_${rpc//\//_} has no line in clients/README.md"
    fi
  done < <(awk '/^service / { service = $2 }
    /^  rpc / { sub(/\(.*/, "", $2); print service "/" $2 }' proto/sluice/v1/*.proto)
}

test_commands
for document in README.md server/ARCHITECTURE.md clients/README.md providers/*/README.md; do
  test_links "$document"
done
test_every_rpc
test_document readme README.md
test_document hints tests/e2e/serve_hints.txt
test_document clients clients/README.md

start_server || exit 1
served=$("$tools/grpcurl" -plaintext -d '{"parent":"merchants/demo"}' "$grpc" \
  sluice.v1.ProviderService/ListProviders)
stop_server
for document in providers/*/README.md; do
  provider=$(basename "$(dirname "$document")")
  # Only what this build serves, and has something to type.
  grep -q '^grpcurl ' "$document" || continue
  grep -q "\"provider\": \"$provider\"" <<<"$served" || continue
  test_document "$provider" "$document"
done
