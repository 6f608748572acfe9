// Untagged: it is there to be copied.
module github.com/tradepay/tradepay-go/examples/signers

go 1.25.0

require (
	github.com/ThalesGroup/crypto11 v1.6.2
	github.com/aws/aws-sdk-go-v2 v1.48.0
	github.com/aws/aws-sdk-go-v2/service/kms v1.62.6
	github.com/stretchr/testify v1.12.1
	github.com/tradepay/tradepay-go v0.0.0-00010101000000-000000000000
	github.com/tradepay/tradepay-go/signers/openssl v0.0.0-00010101000000-000000000000
)

require (
	github.com/aws/aws-sdk-go-v2/internal/configsources v1.5.12 // indirect
	github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.8.12 // indirect
	github.com/aws/smithy-go v1.28.9 // indirect
	github.com/go-resty/resty/v2 v2.17.2 // indirect
	github.com/miekg/pkcs11 v1.1.2 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	github.com/thales-e-security/pool v0.0.2 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/net v0.58.0 // indirect
)

replace (
	github.com/tradepay/tradepay-go => ../../
	github.com/tradepay/tradepay-go/signers/openssl => ../../signers/openssl
)
