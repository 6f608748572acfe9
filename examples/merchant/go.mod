module github.com/tradepay/tradepay-go/examples/merchant

go 1.26.0

require (
	github.com/tradepay/tradepay-go v0.0.0-00010101000000-000000000000
	github.com/tradepay/tradepay-go/orderflow v0.0.0-00010101000000-000000000000
)

require github.com/stretchr/testify v1.12.1 // indirect

replace (
	github.com/tradepay/tradepay-go => ../..
	github.com/tradepay/tradepay-go/orderflow => ../../orderflow
)
