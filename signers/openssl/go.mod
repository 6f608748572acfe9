module github.com/tradepay/tradepay-go/signers/openssl

go 1.25.0

require (
	github.com/stretchr/testify v1.12.1
	github.com/tradepay/tradepay-go v0.0.0-00010101000000-000000000000
)

require (
	github.com/go-resty/resty/v2 v2.17.2 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/net v0.58.0 // indirect
)

replace github.com/tradepay/tradepay-go => ../../
