// Package miniprogram is a shop as a mini program, which a wallet's studio opens: app.json
// and what it names. See README.md. It pays at the server of examples/merchant.
package miniprogram

import "embed"

// Shop has the modules in the folder shop, which hold all that is not particular to the
// runtime of a wallet. The simulated phone of examples/merchant runs them as well.
//
//go:embed shop/*.js
var Shop embed.FS
