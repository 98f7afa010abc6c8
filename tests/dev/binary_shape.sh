#!/usr/bin/env bash
# What the linker made of the server: hardened, and BoringSSL invisible from outside.
#
#   binary_shape.sh <program>
#
# gRPC and libcurl bring OpenSSL as shared libraries. A symbol of the same name that the program
# exported would be taken by them instead of their own, and the process would crash in a handshake.
set -uo pipefail

program=$1

# present, absent <case> <text that must be there, or empty> <reason when it is not as it should be>
present() {
  if [ -n "$2" ]; then echo "ok $1"; else echo "FAIL $1 $3"; fi
}
absent() {
  if [ -z "$2" ]; then echo "ok $1"; else echo "FAIL $1 $3: ${2:0:200}"; fi
}

dynamic=$(readelf -d "$program")
headers=$(readelf -lW "$program")
exported=$(nm -D --defined-only "$program" | awk '{ print $3 }' |
  grep -E '^(EVP|RSA|EC|BN|AES|SHA[0-9]|HMAC|CRYPTO|OPENSSL|ERR|X509|ASN1|BIO|PEM|RAND)_' |
  tr '\n' ' ')
boringssl=$(nm "$program" 2>/dev/null | grep -c ' [tT] EVP_DigestSignInit$')

absent no_crypto_symbol_is_exported "$exported" "BoringSSL's symbols are visible"
present crypto_is_linked_in "${boringssl#0}" "there is no EVP_DigestSignInit of our own"
present position_independent "$(grep -w PIE <<<"$dynamic")" "not a PIE"
present symbols_bound_at_start "$(grep -wE 'NOW|BIND_NOW' <<<"$dynamic")" "lazy binding"
present relro "$(grep GNU_RELRO <<<"$headers")" "no read-only relocations"
present stack_not_executable "$(grep -E 'GNU_STACK .*RW ' <<<"$headers")" "executable stack"
present stack_protected "$(nm -D "$program" | grep -w __stack_chk_fail)" "no stack protector"
