// Package receivers holds what receivers of telemetry make of module oteltradepay: a
// receiver of OTLP, and Prometheus, whose own parsers read the dashboard and the alerts of
// docs. It is a module of its own, so that no program that uses oteltradepay requires
// exporters because of these tests. There is nothing to import.
package receivers
