// Package configtest changes a configuration in a test in one line.
package configtest

// With returns the configuration with some of its fields set.
func With[Config any](config Config, set ...func(*Config)) Config {
	for _, change := range set {
		change(&config)
	}
	return config
}
