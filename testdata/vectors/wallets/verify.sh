#!/usr/bin/env bash
#
# Verifies every message below this directory with openssl and the published
# test keys, so that the vectors do not depend on the SDK that wrote them.
# Needs bash, jq and openssl.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Texts travel as base64 between jq and the shell, byte for byte. "built" is the
# content put together from the fields.
fields='.vectors[] | [.name, .signer, .contentSha256, .signatureHex, .headers.Signature, (.content | @base64),
  ("\(.method) \(.uri)\n\(.clientId).\(.time).\(.body)" | @base64)] | @tsv'

fail() { echo "$1: $2" >&2; exit 1; }

total=0
for file in */vectors.json; do
  while IFS=$'\t' read -r name signer sum hex header content built; do
    name="$file: $name"
    [[ $content == "$built" ]] || fail "$name" "content is not built of the fields"
    openssl base64 -A -d <<<"$content" >"$tmp/content"
    printf '%b' "$(sed 's/../\\x&/g' <<<"$hex")" >"$tmp/signature"
    openssl dgst -sha256 -verify "../keys/$signer.public.pkix.pem" -signature "$tmp/signature" "$tmp/content" >/dev/null ||
      fail "$name" "the signature does not fit"
    [[ $(openssl dgst -sha256 -r "$tmp/content") == "$sum "* ]] || fail "$name" "contentSha256 is of something else"

    # The header has the same signature in one of three encodings.
    value=${header##*signature=}
    value=${value//%2B/+} value=${value//%2F//} value=${value//%3D/=} value=${value//-/+} value=${value//_//}
    while ((${#value} % 4)); do value+='='; done
    openssl base64 -A -d <<<"$value" | cmp -s - "$tmp/signature" || fail "$name" "the header has another signature"
    total=$((total + 1))
  done < <(jq -r "$fields" "$file")
done
((total > 0)) || fail "$PWD" "no vectors found"
echo "$total messages verified with $(openssl version | cut -d' ' -f1,2)"
