// Package configtest changes a configuration in a test in one line.
package configtest

import "github.com/tradepay/tradepay-go"

// With returns the configuration with some of its fields set.
func With(config tradepay.Config, set ...func(*tradepay.Config)) tradepay.Config {
	for _, change := range set {
		change(&config)
	}
	return config
}
