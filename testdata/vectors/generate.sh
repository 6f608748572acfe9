#!/usr/bin/env bash
#
# Makes every file below this directory with openssl, so that the vectors do
# not depend on any SDK that is tested with them.
#
#   ./generate.sh           write all files (keys only where one is missing)
#   ./generate.sh --check   make all files in a temporary directory and compare
#
# Needs bash and OpenSSL 3, plus od, sed, tr, head, tail, diff. RSA PKCS#1 v1.5 is
# deterministic, so a second run gives the same bytes. What openssl makes with
# random numbers is made once and kept; it is listed in ONCE below.
#
# The keys are published TEST keys. Never use them for anything else.

set -euo pipefail
export LC_ALL=C # strings are bytes
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
passphrase=test-passphrase

die() {
	printf 'generate.sh: %s\n' "$*" >&2
	exit 1
}

check=false
case "${1-}" in
'') ;;
--check) check=true ;;
*) die "usage: generate.sh [--check]" ;;
esac
case "$(openssl version)" in
'OpenSSL 0.'* | 'OpenSSL 1.'* | LibreSSL*) die 'OpenSSL 3 is needed' ;;
esac

# Files made with random numbers: made when missing, otherwise kept.
ONCE=(
	keys/merchant.private.pkcs8.pem
	keys/wallet.private.pkcs8.pem
	keys/wallet-v2.private.pkcs8.pem
	keys/bad/rsa1024.private.pkcs8.pem
	keys/bad/rsa-e3.private.pkcs8.pem
	keys/bad/rsa-pss.private.pkcs8.pem
	keys/bad/ec-p256.private.pkcs8.pem
	keys/bad/ed25519.public.pkix.pem
	keys/bad/encrypted.private.pkcs8.pem
	keys/bad/encrypted.private.pkcs1.pem
	pss-signature.b64
)

# Everything is made in $out first, scratch files go to $tmp.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
tmp=$work/tmp
mkdir -p "$out/keys/bad" "$tmp"
for f in "${ONCE[@]}"; do
	if [[ -e $here/$f ]]; then
		cp "$here/$f" "$out/$f"
	elif $check; then
		die "$f is missing"
	fi
done
cd "$out"

# ---------------------------------------------------------------------------
# Keys

# once FILE: true when FILE has to be made.
once() { [[ ! -e $1 ]]; }

# Private keys, PKCS#8 PEM.
once keys/merchant.private.pkcs8.pem &&
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out keys/merchant.private.pkcs8.pem
once keys/wallet.private.pkcs8.pem &&
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out keys/wallet.private.pkcs8.pem
once keys/wallet-v2.private.pkcs8.pem &&
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out keys/wallet-v2.private.pkcs8.pem

# certificate NAME SERIAL: a self-signed certificate with fixed serial number
# and validity. "openssl ca" takes the dates in every 3.x; "req" only in later ones.
certificate() {
	local name=$1 serial=$2 ca=$tmp/ca-$1
	mkdir -p "$ca"
	: >"$ca/index.txt"
	printf '%s\n' "$serial" >"$ca/serial"
	cat >"$ca/ca.cnf" <<-EOF
		[req]
		distinguished_name = dn
		prompt = no
		string_mask = utf8only
		[dn]
		O = TEST KEY - NEVER USE
		CN = $name
		[ca]
		default_ca = test
		[test]
		database = $ca/index.txt
		serial = $ca/serial
		new_certs_dir = $ca
		default_md = sha256
		policy = any
		x509_extensions = ext
		[any]
		organizationName = supplied
		commonName = supplied
		[ext]
		basicConstraints = critical, CA:FALSE
		keyUsage = critical, digitalSignature
	EOF
	openssl req -new -config "$ca/ca.cnf" -key "keys/$name.private.pkcs8.pem" -out "$ca/csr.pem"
	openssl ca -config "$ca/ca.cnf" -batch -notext -preserveDN -selfsign \
		-keyfile "keys/$name.private.pkcs8.pem" -in "$ca/csr.pem" \
		-startdate 260101000000Z -enddate 360101000000Z \
		-out "keys/$name.cert.pem" 2>"$ca/log" || die "openssl ca: $(cat "$ca/log")"
}

# one_line_b64 FILE: DER on stdin as base64 on one line, as wallets' consoles show it.
one_line_b64() {
	openssl base64 -A >"$1"
	printf '\n' >>"$1"
}

serial=01
for name in merchant wallet wallet-v2; do
	key=keys/$name.private.pkcs8.pem
	openssl rsa -in "$key" -traditional -out "keys/$name.private.pkcs1.pem" 2>/dev/null
	openssl pkey -in "$key" -pubout -out "keys/$name.public.pkix.pem"
	openssl rsa -in "$key" -RSAPublicKey_out -out "keys/$name.public.pkcs1.pem" 2>/dev/null
	certificate "$name" "$serial"
	openssl pkcs8 -topk8 -nocrypt -in "$key" -outform DER | one_line_b64 "keys/$name.pkcs8.b64"
	openssl pkey -in "$key" -pubout -outform DER | one_line_b64 "keys/$name.pkix.b64"
	serial=0$((10#$serial + 1))
done

# Keys that a careful SDK refuses.
bad=keys/bad
once $bad/rsa1024.private.pkcs8.pem &&
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out $bad/rsa1024.private.pkcs8.pem
once $bad/rsa-e3.private.pkcs8.pem &&
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out $bad/rsa-e3.private.pkcs8.pem
once $bad/rsa-pss.private.pkcs8.pem &&
	openssl genpkey -quiet -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out $bad/rsa-pss.private.pkcs8.pem
once $bad/ec-p256.private.pkcs8.pem &&
	openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $bad/ec-p256.private.pkcs8.pem
for name in rsa1024 rsa-e3 rsa-pss ec-p256; do
	openssl pkey -in $bad/$name.private.pkcs8.pem -pubout -out $bad/$name.public.pkix.pem
done
once $bad/ed25519.public.pkix.pem && # the private key is not kept
	openssl genpkey -quiet -algorithm ED25519 | openssl pkey -pubout -out $bad/ed25519.public.pkix.pem

# The merchant's key behind a passphrase: "ENCRYPTED PRIVATE KEY" and "Proc-Type: 4,ENCRYPTED".
once $bad/encrypted.private.pkcs8.pem &&
	openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:$passphrase \
		-in keys/merchant.private.pkcs8.pem -out $bad/encrypted.private.pkcs8.pem
once $bad/encrypted.private.pkcs1.pem &&
	openssl rsa -traditional -aes256 -passout pass:$passphrase \
		-in keys/merchant.private.pkcs8.pem -out $bad/encrypted.private.pkcs1.pem 2>/dev/null
for f in $bad/encrypted.private.pkcs8.pem $bad/encrypted.private.pkcs1.pem; do
	openssl pkey -in "$f" -passin pass:$passphrase | diff -q - keys/merchant.private.pkcs8.pem >/dev/null ||
		die "$f does not hold the merchant's key: remove it to make it again"
done

# Truncated: the PEM breaks off without an END line; or the PEM is whole and its DER breaks off.
head -c 900 keys/merchant.private.pkcs8.pem >$bad/truncated.private.pkcs8.pem
head -c 200 keys/wallet.public.pkix.pem >$bad/truncated.public.pkix.pem
{
	printf -- '-----BEGIN PUBLIC KEY-----\n'
	openssl pkey -in keys/wallet.private.pkcs8.pem -pubout -outform DER | head -c 144 | openssl base64
	printf -- '-----END PUBLIC KEY-----\n'
} >$bad/truncated-der.public.pkix.pem

# exponent NAME E: the wallet's modulus with another public exponent, which genpkey would not make.
exponent() {
	local modulus
	modulus=$(openssl rsa -in keys/wallet.private.pkcs8.pem -noout -modulus | sed 's/^Modulus=//')
	cat >"$tmp/asn1.cnf" <<-EOF
		asn1 = SEQUENCE:spki
		[spki]
		algorithm = SEQUENCE:algorithm
		key = BITWRAP,SEQUENCE:rsa
		[algorithm]
		oid = OID:rsaEncryption
		parameters = NULL
		[rsa]
		n = INTEGER:0x$modulus
		e = INTEGER:$2
	EOF
	openssl asn1parse -genconf "$tmp/asn1.cnf" -noout -out "$tmp/spki.der"
	{
		printf -- '-----BEGIN PUBLIC KEY-----\n'
		openssl base64 -in "$tmp/spki.der"
		printf -- '-----END PUBLIC KEY-----\n'
	} >"$bad/$1.public.pkix.pem"
}
exponent rsa-e65536 65536 # even
exponent rsa-e1 1         # every message is its own signature

# ---------------------------------------------------------------------------
# Helpers. They answer in REPLY, because $(...) would drop trailing newlines.

# json TEXT: TEXT as a JSON string. Pattern and replacement are quoted apart, so
# that "\" and "&" mean themselves in every version of bash.
json() {
	local s=$1 bs=$'\\' dq='"'
	s=${s//"$bs"/"$bs$bs"}
	s=${s//"$dq"/"$bs$dq"}
	s=${s//$'\n'/"${bs}n"}
	s=${s//$'\r'/"${bs}r"}
	s=${s//$'\t'/"${bs}t"}
	case "$s" in
	*[$'\001'-$'\037']*) die 'json: control character' ;;
	esac
	REPLY=$dq$s$dq
}

# hex FILE: the bytes as lower-case hexadecimal.
hex() { REPLY=$(od -An -v -tx1 "$1" | tr -d ' \n'); }

# base64, with padding; the other encodings are made from it.
base64_of() { REPLY=$(openssl base64 -A -in "$1"); }
percent_of() { REPLY=$(printf '%s' "$1" | sed -e 's/+/%2B/g' -e 's,/,%2F,g' -e 's/=/%3D/g'); }
base64url_padded_of() { REPLY=$(printf '%s' "$1" | tr '+/' '-_'); }
base64url_of() { REPLY=$(printf '%s' "$1" | tr '+/' '-_' | tr -d '='); }

# sign SIGNER TEXT: writes $tmp/content and $tmp/sig, sets hash and base64. It verifies what it made.
sign() {
	printf '%s' "$2" >"$tmp/content"
	openssl dgst -sha256 -sign "keys/$1.private.pkcs8.pem" -out "$tmp/sig" "$tmp/content"
	openssl dgst -sha256 -verify "keys/$1.public.pkix.pem" -signature "$tmp/sig" "$tmp/content" >/dev/null ||
		die 'a signature does not verify'
	hash=$(openssl dgst -sha256 -r "$tmp/content" | sed 's/ .*//')
	base64_of "$tmp/sig"
	base64=$REPLY
}

# ---------------------------------------------------------------------------
# signatures.json

client=2026011500000000000001
saw_plus_slash=false saw_two_pads=false saw_no_pad=false
separator=

# field INDENT NAME TEXT [,]
field() {
	json "$3"
	printf '%s"%s": %s%s\n' "$1" "$2" "$REPLY" "${4-}"
}

# vector NAME KIND DIALECT SIGNER KEYVERSION URI TIME BODY NOTE: signs and appends one vector.
vector() {
	local name=$1 kind=$2 dialect=$3 signer=$4 version=$5 uri=$6 time=$7 body=$8 note=$9
	local base64 hash hexsig percent url urlpadded
	# What is signed:  <METHOD> <URI>\n<Client-Id>.<Time>.<Body>
	local content="POST $uri"$'\n'"$client.$time.$body"
	sign "$signer" "$content"
	hex "$tmp/sig"
	hexsig=$REPLY
	percent_of "$base64"
	percent=$REPLY
	base64url_of "$base64"
	url=$REPLY
	base64url_padded_of "$base64"
	urlpadded=$REPLY
	case "$base64" in *+*/* | */*+*) saw_plus_slash=true ;; esac
	case "$base64" in *==) saw_two_pads=true ;; *=) ;; *) saw_no_pad=true ;; esac
	local h="algorithm=RSA256, keyVersion=$version, signature="
	{
		printf '%s    {\n' "$separator"
		field '      ' name "$name" ,
		field '      ' note "$note" ,
		field '      ' kind "$kind" ,
		field '      ' dialect "$dialect" ,
		field '      ' method POST ,
		field '      ' uri "$uri" ,
		field '      ' clientId "$client" ,
		field '      ' time "$time" ,
		field '      ' body "$body" ,
		field '      ' keyVersion "$version" ,
		field '      ' signer "$signer" ,
		field '      ' content "$content" ,
		field '      ' contentSha256 "$hash" ,
		field '      ' signatureHex "$hexsig" ,
		printf '      "encodings": {\n'
		field '        ' base64 "$base64" ,
		field '        ' percent "$percent" ,
		field '        ' base64url "$url" ,
		field '        ' base64urlPadded "$urlpadded"
		printf '      },\n      "headers": {\n'
		field '        ' base64 "$h$base64" ,
		field '        ' percent "$h$percent" ,
		field '        ' base64url "$h$url"
		printf '      }\n    }'
	} >>signatures.json
	separator=$',\n'
	REPLY=$body # for the next vector with the same body
}

# body: the text on stdin without its last newline.
body() { REPLY=$(cat); }

json 'Signatures of mini-program wallet messages, made with openssl. Content: <METHOD> <URI>\n<Client-Id>.<Time>.<Body>. RSASSA-PKCS1-v1_5 with SHA-256. TEST keys: never use them.'
printf '{\n  "version": 1,\n  "description": %s,\n  "vectors": [\n' "$REPLY" >signatures.json

# --- v1 dialect ---

body <<'EOF'
{"partnerId":"P2026011500000001","appId":"3333010000000001","paymentRequestId":"order-0001","paymentOrderTitle":"Coffee & cake <2 pieces>","paymentAmount":{"currency":"USD","value":"1250"},"paymentFactor":{"isCashierPayment":true},"paymentExpiryTime":"2026-01-15T12:15:00+00:00","paymentReturnUrl":"https://merchant.example/return?order=0001","paymentNotifyUrl":"https://merchant.example/notify","extraParams":{"ORDER":"{\"referenceOrderId\":\"0001\",\"orderDescription\":\"Coffee & cake\",\"orderAmount\":\"{\\\"currency\\\":\\\"USD\\\",\\\"value\\\":\\\"1250\\\"}\",\"buyer\":{\"referenceBuyerId\":\"216610000000000000001\"}}"},"envInfo":{"terminalType":"MINI_APP","osType":"ANDROID"},"extendInfo":"{\"customerBelongsTo\":\"siteNameExample\"}"}
EOF
vector v1-pay-request request v1 merchant 1 /api/open/v1/payments/pay 2026-01-15T12:00:00.253+00:00 "$REPLY" \
	'extraParams.ORDER is a string that holds JSON, and in it orderAmount is such a string again'

body <<'EOF'
{"result":{"resultStatus":"A","resultCode":"ACCEPT","resultMessage":"accept"},"paymentId":"2026011519074101000700000077771","paymentTime":"2026-01-15T12:00:00+00:00","actionForm":{"actionFormType":"REDIRECTION","redirectionUrl":"https://cashier.wallet.example/pay?bizNo=2026011519074101000700000077771&timestamp=1768478400900&sign=Zm9v%2BYmFy%2FQ%3D%3D"}}
EOF
vector v1-pay-response response v1 wallet 1 /api/open/v1/payments/pay 2026-01-15T12:00:00.900+00:00 "$REPLY" \
	'a response signs the URI of its request and its own Response-Time'

body <<'EOF'
{"partnerId":"P2026011500000001","paymentId":"2026011519074101000700000077771","paymentRequestId":"order-0001","extendInfo":"{\"customerBelongsTo\":\"siteNameExample\"}"}
EOF
vector v1-inquiry-payment-request request v1 merchant 1 /api/open/v1/payments/inquiryPayment 2026-01-15T07:00:05.004-05:00 "$REPLY" \
	'time with a negative offset'

body <<'EOF'
{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},"paymentStatus":"PROCESSING","paymentId":"2026011519074101000700000077771","paymentRequestId":"order-0001","paymentAmount":{"currency":"USD","value":"1250"}}
EOF
vector v1-inquiry-payment-response response v1 wallet 1 /api/open/v1/payments/inquiryPayment 2026-01-15T07:00:05.150-05:00 "$REPLY" \
	'the inquiry succeeded, the payment is still processing'

body <<'EOF'
{"partnerId":"P2026011500000001","paymentId":"2026011519074101000700000077771","paymentRequestId":"order-0001","paymentAmount":{"currency":"USD","value":"1250"},"paymentTime":"2026-01-15T12:00:20+00:00","paymentStatus":"SUCCESS","extendInfo":"{\"customerBelongsTo\":\"siteNameExample\"}"}
EOF
vector v1-notification notification v1 wallet 1 /notify 2026-01-15T12:00:21.000+00:00 "$REPLY" \
	'the URI is the path of the merchant'\''s notify URL'
vector v1-notification-query notification v1 wallet 1 '/notify?shop=1' 2026-01-15T12:00:21.000+00:00 "$REPLY" \
	'the same notification to a notify URL with a query string, which is signed too'

body <<'EOF'
{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}
EOF
vector v1-acknowledgement acknowledgement v1 merchant 1 /notify 2026-01-15T12:00:21.120+00:00 "$REPLY" \
	'the answer to v1-notification, signed by the merchant'
vector v1-acknowledgement-query acknowledgement v1 merchant 1 '/notify?shop=1' 2026-01-15T12:00:21.120+00:00 "$REPLY" \
	'the answer to v1-notification-query'

body <<'EOF'
{"partnerId":"P2026011500000001","refundRequestId":"refund-0001","paymentId":"2026011519074101000700000077771","refundAmount":{"currency":"USD","value":"250"},"refundReason":"cake sold out","extendInfo":"{\"customerBelongsTo\":\"siteNameExample\"}"}
EOF
vector v1-refund-request request v1 merchant 1 /api/open/v1/payments/refund 2026-01-15T12:01:00.000+00:00 "$REPLY" \
	'a partial refund'

body <<'EOF'
{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},"refundId":"2026011519074101000800000088881","refundTime":"2026-01-15T12:01:00+00:00"}
EOF
vector v1-refund-response response v1 wallet 1 /api/open/v1/payments/refund 2026-01-15T12:01:00.310+00:00 "$REPLY" \
	'the refund is done'

# --- v2 dialect ---

body <<'EOF'
{"productCode":"CASHIER_PAYMENT","salesCode":"51051000101000000011","appId":"3333010000000001","paymentRequestId":"order-0002","paymentAmount":{"currency":"ZAR","value":"9900"},"order":{"referenceOrderId":"0002","orderDescription":"Sunglasses","orderAmount":{"currency":"ZAR","value":"9900"},"goods":{"referenceGoodsId":"goods-1","goodsName":"Sunglasses","goodsUnitAmount":{"currency":"ZAR","value":"9900"},"goodsQuantity":"1"},"buyer":{"referenceBuyerId":"216610000000000000001"},"env":{"terminalType":"MINI_APP"}},"paymentRedirectUrl":"https://merchant.example/return?order=0002","paymentNotifyUrl":"https://merchant.example/notify"}
EOF
vector v2-pay-request request v2 merchant 1 /api/v2/payments/pay 2026-01-15T17:30:00.253+05:30 "$REPLY" \
	'order is an object; time with an offset of half an hour'

body <<'EOF'
{"result":{"resultStatus":"A","resultCode":"ACCEPT","resultMessage":"accept"},"paymentId":"2026011519074101000700000077772","paymentTime":"2026-01-15T17:30:00+05:30","redirectActionForm":{"method":"GET","redirectUrl":"https://cashier.wallet.example/pay?bizNo=2026011519074101000700000077772&timestamp=1768478400700&sign=YmFy%2BZm9v%2F"}}
EOF
vector v2-pay-response response v2 wallet 1 /api/v2/payments/pay 2026-01-15T17:30:00.700+05:30 "$REPLY" \
	'redirectActionForm with redirectUrl'

body <<'EOF'
{"paymentRequestId":"order-0002"}
EOF
vector v2-inquiry-payment-request request v2 merchant 1 /api/v2/payments/inquiryPayment 2026-01-15T20:00:40.000+08:00 "$REPLY" \
	'by paymentRequestId alone'

body <<'EOF'
{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},"paymentStatus":"SUCCESS","paymentId":"2026011519074101000700000077772","paymentRequestId":"order-0002","paymentAmount":{"currency":"ZAR","value":"9900"},"paymentTime":"2026-01-15T20:00:30+08:00","transactions":[{"transactionId":"2026011519074101000900000099991","transactionType":"CAPTURE","transactionStatus":"SUCCESS","transactionAmount":{"currency":"ZAR","value":"9900"},"transactionTime":"2026-01-15T20:00:30+08:00"}]}
EOF
vector v2-inquiry-payment-response response v2 wallet 1 /api/v2/payments/inquiryPayment 2026-01-15T20:00:40.090+08:00 "$REPLY" \
	'paid'

body <<'EOF'
{"paymentId":"2026011519074101000700000077772","paymentRequestId":"order-0002","paymentAmount":{"currency":"ZAR","value":"9900"},"paymentTime":"2026-01-15T12:00:30+00:00","paymentResult":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}
EOF
vector v2-notification notification v2 wallet 1 /notify 2026-01-15T12:00:31.000+00:00 "$REPLY" \
	'the outcome is in paymentResult'

body <<'EOF'
{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}
EOF
vector v2-acknowledgement acknowledgement v2 merchant 1 /notify 2026-01-15T12:00:31.075+00:00 "$REPLY" \
	'the answer to v2-notification, signed by the merchant'

body <<'EOF'
{"refundRequestId":"refund-0002","paymentId":"2026011519074101000700000077772","refundAmount":{"currency":"ZAR","value":"9900"},"refundReason":"returned"}
EOF
vector v2-refund-request request v2 merchant 1 /api/v2/payments/refund 2026-01-15T12:01:10.000+00:00 "$REPLY" \
	'a full refund'

body <<'EOF'
{"result":{"resultStatus":"U","resultCode":"REFUND_IN_PROCESS","resultMessage":"refund in process"}}
EOF
vector v2-refund-response response v2 wallet 1 /api/v2/payments/refund 2026-01-15T12:01:10.500+00:00 "$REPLY" \
	'the refund'\''s outcome is unknown; the signature is good all the same'

# --- text and bytes ---

body <<'EOF'
{"productCode":"CASHIER_PAYMENT","appId":"3333010000000001","paymentRequestId":"order-0003","paymentAmount":{"currency":"IQD","value":"2500000"},"order":{"orderDescription":"¿Piñata y café? — هدية عيد الميلاد","buyer":{"buyerName":"محمد Núñez"}},"paymentNotifyUrl":"https://merchant.example/notify"}
EOF
vector utf8-body request v2 merchant 1 /api/v2/payments/pay 2026-01-15T12:00:00.253+00:00 "$REPLY" \
	'Spanish and Arabic as UTF-8'

body <<'EOF'
{"productCode":"CASHIER_PAYMENT","appId":"3333010000000001","paymentRequestId":"order-0003","paymentAmount":{"currency":"IQD","value":"2500000"},"order":{"orderDescription":"\u00bfPi\u00F1ata y caf\u00e9?"},"paymentNotifyUrl":"https:\/\/merchant.example\/notify"}
EOF
vector escaped-body request v2 merchant 1 /api/v2/payments/pay 2026-01-15T12:00:00.253+00:00 "$REPLY" \
	'escapes that decoding and encoding again would lose: the body is signed as it stands'

vector pretty-body notification v2 wallet 1 /notify 2026-01-15T12:00:31.000+00:00 \
	$'{\n  "paymentId": "2026011519074101000700000077772",\n  "paymentRequestId": "order-0002",\n  "paymentAmount": { "currency": "ZAR", "value": "9900" },\n  "paymentResult": { "resultStatus": "S", "resultCode": "SUCCESS" }\n}\n' \
	'pretty-printed, with a newline at the end that is signed too'

vector crlf-body notification v2 wallet 1 /notify 2026-01-15T12:00:31.000+00:00 \
	$'{\r\n\t"paymentId": "2026011519074101000700000077772",\r\n\t"paymentRequestId": "order-0002",\r\n\t"paymentResult": {"resultStatus": "S"}\r\n}\r\n' \
	'lines end with CR LF and begin with a tab'

vector empty-object-body response v2 wallet 1 /api/v2/payments/cancel 2026-01-15T12:01:20.000+00:00 '{}' \
	'the body is {}'

# --- time ---

body <<'EOF'
{"paymentRequestId":"order-0002"}
EOF
vector time-unix-ms request v2 merchant 1 /miniprogram/api/v2/payments/inquiryPayment 1768478400253 "$REPLY" \
	'Unix milliseconds, and a longer prefix'
vector time-utc-z request v2 merchant 1 /api/open/v2/payments/inquiryPayment 2026-01-15T12:00:00Z "$REPLY" \
	'UTC with Z, whole seconds'
vector time-seconds-offset request v1 merchant 1 /acl/api/v1/payments/inquiryPayment 2026-01-15T20:00:00+08:00 "$REPLY" \
	'whole seconds with an offset'

# --- keys ---

vector key-version-0 request v1 merchant 0 /api/open/v1/payments/inquiryPayment 2026-01-15T12:00:40.000+00:00 "$REPLY" \
	'keyVersion is 0; it is not part of what is signed'

body <<'EOF'
{"paymentId":"2026011519074101000700000077773","paymentRequestId":"order-0004","paymentAmount":{"currency":"ZAR","value":"100"},"paymentTime":"2026-01-15T12:00:50+00:00","paymentResult":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}
EOF
vector wallet-v2-notification notification v2 wallet-v2 2 /notify 2026-01-15T12:00:51.000+00:00 "$REPLY" \
	'after rotation: a 3072-bit key, keyVersion 2, no padding in base64'

body <<'EOF'
{"result":{"resultStatus":"F","resultCode":"ORDER_NOT_EXIST","resultMessage":"order does not exist"}}
EOF
vector wallet-v2-response response v2 wallet-v2 2 /api/v2/payments/inquiryPayment 2026-01-15T12:00:52.000+00:00 "$REPLY" \
	'a signed failure, keyVersion 2'

# A signature whose first byte is zero, which code that passes it through a big
# integer loses. About one text in 256 has one: count up until it is found.
n=1
while :; do
	body='{"paymentId":"'$n'","paymentRequestId":"order-0005","paymentResult":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}'
	printf 'POST /notify\n%s.2026-01-15T12:00:55.000+00:00.%s' "$client" "$body" |
		openssl dgst -sha256 -sign keys/wallet.private.pkcs8.pem -out "$tmp/sig"
	hex "$tmp/sig"
	case $REPLY in 00*) break ;; esac
	n=$((n + 1))
done
vector leading-zero-signature notification v2 wallet 1 /notify 2026-01-15T12:00:55.000+00:00 "$body" \
	'the first byte of the signature is zero and must be kept'
zero_content="POST /notify"$'\n'"$client.2026-01-15T12:00:55.000+00:00.$body"

printf '\n  ]\n}\n' >>signatures.json
for saw in $saw_plus_slash $saw_two_pads $saw_no_pad; do
	$saw || die 'no vector with + and /, with ==, or without ='
done

# ---------------------------------------------------------------------------
# invalid.json: what a strict verifier refuses. The only key is the wallet's, version 1.

separator=

# refuse NAME REASON HEADER CONTENT NOTE
refuse() {
	{
		printf '%s    {\n' "$separator"
		field '      ' name "$1" ,
		field '      ' note "$5" ,
		field '      ' header "$3" ,
		field '      ' content "$4" ,
		field '      ' publicKey wallet ,
		field '      ' reason "$2"
		printf '    }'
	} >>invalid.json
	separator=$',\n'
}

json 'Signature headers that a strict verifier must refuse. It accepts algorithm RSA256, keyVersion 1 with the public key named in publicKey, and base64, percent-encoded base64 or base64url without padding. TEST keys: never use them.'
printf '{\n  "version": 1,\n  "description": %s,\n  "vectors": [\n' "$REPLY" >invalid.json

# The message that all of them are about, and its good signature.
rest="$client.2026-01-15T12:00:31.000+00:00."'{"paymentId":"2026011519074101000700000077774","paymentAmount":{"currency":"USD","value":"1250"},"paymentResult":{"resultStatus":"S"}}'
content="POST /notify?shop=1"$'\n'"$rest"
sign wallet "$content"
cp "$tmp/content" "$tmp/base.content"
cp "$tmp/sig" "$tmp/base.sig"
good=$base64
base_hash=$hash
percent_of "$good"
percent=$REPLY
base64url_of "$good"
url=$REPLY
p='algorithm=RSA256, keyVersion=1, signature='
case "$good" in *A*) ;; *) die 'the base signature has no letter A' ;; esac
case "$good" in *+*/* | */*+*) ;; *) die 'the base signature has no + and /' ;; esac

# --- the grammar of the header ---
# bad NAME HEADER NOTE: refused for $reason.
bad() { refuse "$1" "$reason" "$2" "$content" "$3"; }

reason=malformed_header
bad header-empty '' 'nothing at all'
bad missing-signature 'algorithm=RSA256, keyVersion=1' 'no signature'
bad missing-key-version "algorithm=RSA256, signature=$good" 'no keyVersion'
bad missing-algorithm "keyVersion=1, signature=$good" 'no algorithm'
bad duplicate-algorithm "algorithm=RSA256, algorithm=RSA256, keyVersion=1, signature=$good" 'algorithm twice'
bad duplicate-key-version "algorithm=RSA256, keyVersion=1, keyVersion=1, signature=$good" 'keyVersion twice'
bad duplicate-signature "$p$good, signature=$good" 'signature twice'
bad duplicate-signature-first-wrong "${p}AAAA, signature=$good" 'two signatures, only the second is good'
bad duplicate-signature-second-wrong "$p$good, signature=AAAA" 'two signatures, only the first is good'
bad unknown-pair "$p$good, extra=1" 'a pair that is not known'
bad pair-without-equals "algorithm=RSA256, keyVersion=1, signature" 'a pair without ='
bad empty-signature "$p" 'signature without a value'
bad empty-key-version "algorithm=RSA256, keyVersion=, signature=$good" 'keyVersion without a value'
bad empty-algorithm "algorithm=, keyVersion=1, signature=$good" 'algorithm without a value'
bad trailing-comma "$p$good," 'ends with a comma'
bad empty-pair "algorithm=RSA256, , keyVersion=1, signature=$good" 'a comma too many in the middle'
bad semicolons "algorithm=RSA256; keyVersion=1; signature=$good" 'separated by semicolons'
bad space-in-signature "$p${good:0:100} ${good:100}" 'a space inside the signature'
bad space-in-algorithm "algorithm=RSA 256, keyVersion=1, signature=$good" 'a space inside the algorithm'
bad newline-in-signature "$p${good:0:64}"$'\n'"${good:64}" 'base64 broken into lines'
bad crlf-in-signature "$p${good:0:64}"$'\r\n'"${good:64}" 'base64 broken into lines with CR LF'
bad plus-turned-into-space "$p${good//+/ }" 'form decoding has turned + into a space'
printf -v spaces '%1800s' ''
bad header-too-long "algorithm=RSA256,${spaces}keyVersion=1, signature=$good" 'longer than 2048 bytes'

# --- algorithm and key version: the signature itself is good ---
for a in RSA512 ECC224 none; do
	refuse "algorithm-$a" algorithm "algorithm=$a, keyVersion=1, signature=$good" "$content" "algorithm $a is not configured"
done
refuse key-version-99 key_version "algorithm=RSA256, keyVersion=99, signature=$good" "$content" 'keyVersion 99 is not configured'

# --- the encoding of the signature ---
reason=encoding
# alias TEXT: 256 bytes leave two bits for the last character, whose four low bits are zero; set the lowest.
alias_of() {
	local last=${1: -1}
	REPLY=${1%?}$(printf '%s' "$last" | tr 'AQgw' 'BRhx')
	[[ $REPLY != "$1" ]] || die 'alias: unexpected last character'
}
alias_of "${good%==}"
alias=$REPLY==
[[ $(printf '%s' "$alias" | openssl base64 -A -d | od -An -v -tx1) == "$(od -An -v -tx1 "$tmp/base.sig")" ]] ||
	die 'the alias does not decode to the same bytes'
bad base64-trailing-bits "$p$alias" 'the bits after the last byte are not zero: a lax decoder sees the good signature'
percent_of "$alias"
bad percent-trailing-bits "$p$REPLY" 'the same, percent-encoded'
base64url_of "$alias"
bad base64url-trailing-bits "$p$REPLY" 'the same in base64url'
bad base64-unpadded "$p${good%==}" 'the alphabet of base64 without its padding'
bad base64-one-pad "$p${good%=}" 'one = instead of two'
bad base64-three-pads "$p$good=" 'three = instead of two'
bad base64-data-after-padding "$p${good}AAAA" 'more text after the padding'
bad base64-leading-pad "$p==${good%==}" 'the padding comes first'
bad base64-illegal-character "$p*${good:1}" 'a character of no alphabet'
bad mixed-alphabets "$p${good//\//_}" '+ and _ in one text, padded'
bad mixed-alphabets-unpadded "$p$(printf '%s' "${good%==}" | tr '/' '_')" '+ and _ in one text, not padded'
bad percent-raw-plus "$p$(printf '%s' "$percent" | sed 's/%2B/+/')" 'percent-encoded, but one + was left as it is'
bad percent-double "$p$(printf '%s' "$percent" | sed 's/%/%25/g')" 'percent-encoded twice: %252B'
bad percent-ordinary-letter "$p$(printf '%s' "$percent" | sed 's/A/%41/')" 'a letter that needs no percent-encoding: %41'
bad percent-base64url "$p$(printf '%s' "$url" | sed -e 's/-/%2D/g' -e 's/_/%5F/g')" 'base64url with - and _ percent-encoded'
bad percent-incomplete "$p${percent%D}" 'ends in the middle of a percent escape'
bad percent-not-hex "$p$(printf '%s' "$percent" | sed 's/%2B/%2G/')" '%2G is no escape'
bad percent-newline "$p$percent%0A" 'an escaped newline at the end'
bad percent-nul "$p$percent%00" 'an escaped zero byte at the end'
bad percent-lone "$p%" 'a lone percent sign'

# --- the signature ---
reason=signature
# from FILE: a header with the bytes of FILE in base64.
from() {
	base64_of "$1"
	REPLY=$p$REPLY
}
head -c 255 "$tmp/base.sig" >"$tmp/bytes"
from "$tmp/bytes"
bad signature-255-bytes "$REPLY" 'the last byte is missing'
printf '\0' | cat - "$tmp/base.sig" >"$tmp/bytes"
from "$tmp/bytes"
bad signature-257-bytes-leading-zero "$REPLY" 'a zero byte in front'
printf '\0' | cat "$tmp/base.sig" - >"$tmp/bytes"
from "$tmp/bytes"
bad signature-257-bytes-trailing-zero "$REPLY" 'a zero byte at the end'
head -c 256 /dev/zero >"$tmp/bytes"
from "$tmp/bytes"
bad signature-all-zero "$REPLY" '256 zero bytes'
hex "$tmp/base.sig"
bad signature-hex "$p$REPLY" 'hexadecimal instead of base64: as base64 it is 384 bytes'
bad signature-one-byte "${p}AA==" 'one zero byte'

# The leading zero byte of the vector leading-zero-signature dropped.
sign wallet "$zero_content"
tail -c 255 "$tmp/sig" >"$tmp/bytes"
from "$tmp/bytes"
refuse signature-leading-zero-dropped signature "$REPLY" "$zero_content" 'the leading zero byte of the vector leading-zero-signature is missing'

# One bit of the signature flipped: the last character of the first group.
first=$(printf '%s' "${good:3:1}" | tr 'A-Za-z0-9+/' 'BADCFEHGJILKNMPORQTSVUXWZYbadcfehgjilknmporqtsvuxwzy1032547698/+')
bad signature-bit-flipped "$p${good:0:3}$first${good:4}" 'one bit differs'

sign wallet "$base_hash"
bad signed-hash-text "$p$base64" 'signs the SHA-256 of the content, written in hexadecimal, instead of the content'
openssl dgst -sha256 -binary -out "$tmp/digest" "$tmp/base.content"
openssl dgst -sha256 -sign keys/wallet.private.pkcs8.pem -out "$tmp/bytes" "$tmp/digest"
from "$tmp/bytes"
bad signed-hash-bytes "$REPLY" 'hashed twice: signs the 32 bytes of the SHA-256'
openssl pkeyutl -sign -inkey keys/wallet.private.pkcs8.pem -in "$tmp/digest" -out "$tmp/bytes"
from "$tmp/bytes"
bad no-digest-info "$REPLY" 'PKCS#1 v1.5 padding around the bare hash, without its DigestInfo'
for h in sha1 sha512; do
	openssl dgst -$h -sign keys/wallet.private.pkcs8.pem -out "$tmp/bytes" "$tmp/base.content"
	from "$tmp/bytes"
	bad $h "$REPLY" "made with ${h/sha/SHA-}, labelled RSA256"
done

# PSS: with a salt the signature is random, so it is made once and kept; without, it is deterministic.
pss=(-sigopt rsa_padding_mode:pss)
if once pss-signature.b64; then
	openssl dgst -sha256 "${pss[@]}" -sigopt rsa_pss_saltlen:32 -sign keys/wallet.private.pkcs8.pem "$tmp/base.content" |
		one_line_b64 pss-signature.b64
fi
openssl base64 -A -d -in pss-signature.b64 -out "$tmp/bytes"
openssl dgst -sha256 "${pss[@]}" -sigopt rsa_pss_saltlen:32 -verify keys/wallet.public.pkix.pem \
	-signature "$tmp/bytes" "$tmp/base.content" >/dev/null || die 'pss-signature.b64 does not verify: remove it to make it again'
from "$tmp/bytes"
bad pss "$REPLY" 'RSASSA-PSS with SHA-256 and a salt of 32 bytes'
openssl dgst -sha256 "${pss[@]}" -sigopt rsa_pss_saltlen:0 -sign keys/wallet.private.pkcs8.pem -out "$tmp/bytes" "$tmp/base.content"
from "$tmp/bytes"
bad pss-no-salt "$REPLY" 'RSASSA-PSS with SHA-256 and no salt'

sign merchant "$content"
bad signed-by-merchant "$p$base64" 'signed with the merchant'\''s key: our own message sent back'
sign wallet-v2 "$content"
bad signed-by-wallet-v2 "$p$base64" 'signed with the wallet'\''s second key, labelled with the first key'\''s version'

# The signature is good for other content.
other() { refuse "$1" signature "$p$good" "$2" "$3"; }
other content-amount-changed "${content/1250/9250}" 'one byte of the body changed: the amount'
other content-method-changed "GET ${content#POST }" 'another method'
other content-path-changed "${content/notify/notifx}" 'another path'
other content-query-dropped "POST /notify"$'\n'"$rest" 'the query string is not signed along'
other content-time-changed "${content/31.000/32.000}" 'another time'
other content-client-changed "${content/"$client"/2026011500000000000002}" 'another Client-Id'
other content-newline-added "$content"$'\n' 'a newline after the body'
other content-crlf "POST /notify?shop=1"$'\r\n'"$rest" 'CR LF after the first line'
other content-body-respaced "${content//,\"/, \"}" 'the body decoded and encoded again with other white space'

printf '\n  ]\n}\n' >>invalid.json

# ---------------------------------------------------------------------------

chmod 644 keys/*.* keys/bad/*.* ./*.json ./*.b64
if $check; then
	for f in keys signatures.json invalid.json pss-signature.b64; do
		diff -r "$out/$f" "$here/$f" >&2 || die "$f differs from what this script makes"
	done
	printf 'ok\n'
else
	cp -R "$out/." "$here/"
fi
