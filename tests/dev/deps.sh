# What Sluice needs that is not in the repository; each step does nothing when it is already there.
#
# Debian packages come from apt. BoringSSL is built from Debian's source package, the googleapis
# protos and buf come from npm at the versions of proto/package.json, grpcurl from its Go module.
# The last three go to build/deps and are shared by all build folders.
# shellcheck shell=bash

APT_BUILD="build-essential ca-certificates ccache cmake git libabsl-dev libboost-url1.81-dev
  libboost1.81-dev libc-ares-dev libcurl4-openssl-dev libgmock-dev libgrpc++-dev libgtest-dev
  libprotobuf-dev libqrencode-dev libre2-dev libspdlog-dev libsqlite3-dev libssl-dev lld
  ninja-build pkg-config prometheus-cpp-dev protobuf-compiler protobuf-compiler-grpc rapidjson-dev
  zlib1g-dev"
# The end-to-end tests speak HTTP and SQL from outside, with other code than ours; the judge of the
# clients is Python. Tools of other languages are not installed: who works on a client has them.
APT_TEST="curl openssl python3 python3-venv sqlite3"
# The fuzz targets are built by clang; its run-time libraries come beside it.
APT_FUZZ="clang-14 libclang-rt-14-dev"
BORINGSSL_PACKAGE=android-platform-external-boringssl
# The newest grpcurl that Go 1.19 (Debian 12) builds.
GRPCURL=github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.8.9

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    have sudo || die "'$*' needs root, and there is no sudo"
    sudo "$@"
  fi
}

# apt_install <package...>: installs those that are missing, and says which.
apt_install() {
  local package missing=()
  have dpkg-query || die "Sluice is built on Debian 12 or a system like it: there is no dpkg here"
  for package in "$@"; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q ' installed$' ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  if [ -z "${apt_updated:-}" ]; then
    run_logged apt-update as_root apt-get update
    apt_updated=yes
  fi
  run_logged apt-install as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"
}

# Older protobuf has a remote crash; a system that is not kept up to date gets the newer one.
PROTOBUF_AT_LEAST=3.21.12-3+deb12u1
need_safe_protobuf() {
  local version
  version=$(dpkg-query -W -f '${Version}' libprotobuf-dev)
  dpkg --compare-versions "$version" ge "$PROTOBUF_AT_LEAST" && return
  say "Upgrading protobuf from $version: before $PROTOBUF_AT_LEAST it can be crashed from afar"
  run_logged apt-update as_root apt-get update
  run_logged apt-upgrade as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends libprotobuf-dev protobuf-compiler
}

need_node() {
  have npm || apt_install nodejs npm
}

# npm_pinned <package>: the version of it that proto/package.json names.
npm_pinned() {
  sed -n "s|.*\"$1\": *\"\([0-9.]*\)\".*|$1@\1|p" "$ROOT/proto/package.json"
}

# apt-get with a source list and state of our own: the system's lists stay as they are.
apt_source() {
  local state=$DEPS/src/apt
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  printf 'deb-src %s bookworm main\n' "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" \
    >"$state/sources.list"
  apt-get -q -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache" \
    -o APT::Sandbox::User="$(id -un)" "$@"
}

fetch_boringssl() {
  mkdir -p "$DEPS/src"
  cd "$DEPS/src" || return
  apt_source update
  apt_source source "$BORINGSSL_PACKAGE"
}

build_boringssl() {
  local build=$DEPS/src/boringssl-build
  cmake -S "$ROOT/server/cmake/boringssl" -B "$build" -G Ninja -DBORINGSSL_SOURCE="$1" \
    -DCMAKE_INSTALL_LIBDIR=lib
  cmake --build "$build" -j "$(jobs_that_fit)"
  cmake --install "$build" --prefix "$DEPS/boringssl"
}

need_boringssl() {
  local source
  [ -e "$DEPS/boringssl/lib/libcrypto.a" ] && return
  say "Fetching BoringSSL from Debian's source package $BORINGSSL_PACKAGE (30 MB)"
  run_logged boringssl-fetch fetch_boringssl
  source=$(find "$DEPS/src" -maxdepth 1 -type d -name "$BORINGSSL_PACKAGE-*" | head -n 1)
  [ -n "$source" ] || die "the source package did not unpack; see $LOGS/boringssl-fetch.log"
  say "Building BoringSSL's static libcrypto (once, under a minute)"
  run_logged boringssl-build build_boringssl "$source"
  rm -rf "$DEPS/src"
}

# npm_install <package>: into build/deps/npm, without running any of the package's scripts.
npm_install() {
  mkdir -p "$DEPS/npm"
  npm install --prefix "$DEPS/npm" --no-save --no-package-lock --ignore-scripts --no-audit \
    --no-fund "$@"
}

# Only the protos of google/api and google/rpc themselves are kept: the package holds every API of
# Google.
fetch_googleapis() {
  local unpacked=$DEPS/googleapis-npm
  mkdir -p "$unpacked"
  cd "$unpacked" || return
  npm pack --silent "$(npm_pinned google-proto-files)"
  tar -xzf google-proto-files-*.tgz
  rm -rf "$DEPS/googleapis"
  mkdir -p "$DEPS/googleapis/google/api" "$DEPS/googleapis/google/rpc"
  cp package/LICENSE "$DEPS/googleapis/"
  cp package/google/api/*.proto "$DEPS/googleapis/google/api/"
  cp package/google/rpc/*.proto "$DEPS/googleapis/google/rpc/"
  rm -rf "$unpacked"
}

need_googleapis() {
  [ -e "$DEPS/googleapis/google/rpc/status.proto" ] && return
  need_node
  say "Fetching the googleapis protos from npm: $(npm_pinned google-proto-files)"
  run_logged googleapis fetch_googleapis
}

need_buf() {
  local pinned
  pinned=$(npm_pinned @bufbuild/buf)
  [ -x "$BUF" ] && [ "@bufbuild/buf@$("$BUF" --version 2>/dev/null)" = "$pinned" ] && return
  need_node
  say "Fetching buf from npm: $pinned"
  run_logged buf npm_install "$pinned"
}

# Go's caches stay in build/deps while it builds: a home folder is neither needed nor filled.
install_grpcurl() {
  local go=$DEPS/go-build status=0
  GOPATH=$go GOCACHE=$go/cache GOBIN=$DEPS/bin GOFLAGS=-modcacherw CGO_ENABLED=0 \
    go install "$GRPCURL" || status=$?
  rm -rf "$go"
  return "$status"
}

need_grpcurl() {
  [ -x "$DEPS/bin/grpcurl" ] && return
  have go || apt_install golang-go
  say "Building $GRPCURL (once, a minute or two)"
  run_logged grpcurl install_grpcurl
}

# shellcheck disable=SC2086  # Lists of package names.
deps_for_build() {
  apt_install $APT_BUILD
  need_safe_protobuf
  need_boringssl
  need_googleapis
}

# shellcheck disable=SC2086
deps_for_fuzz() { apt_install $APT_FUZZ; }

# shellcheck disable=SC2086
deps_for_test() {
  apt_install $APT_BUILD $APT_TEST
  deps_for_fuzz
  need_safe_protobuf
  need_boringssl
  need_googleapis
  need_buf
  need_grpcurl
}

deps_for_lint() {
  apt_install git clang-format shellcheck
  need_googleapis
  need_buf
}
