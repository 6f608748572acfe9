// Package telemetry is what the instrumentation of the client and that of orderflow have
// in common: scope, buckets, and how a duration is written.
package telemetry

import (
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Buckets are the bounds of all histograms of durations, in seconds. Most calls take 50 ms
// to 2 s, which they tell apart in nine steps; 10 s is the longest attempt by default, and
// 60 s about the longest call.
var Buckets = []float64{
	.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 30, 60,
}

// Module is the path of the module of oteltradepay.
const Module = "github.com/tradepay/tradepay-go/oteltradepay"

// Version is that of the module in this build, or empty if the build does not tell it.
var Version = sync.OnceValue(func() string {
	info, _ := debug.ReadBuildInfo()
	return versionIn(info)
})

func versionIn(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path != Module {
			continue
		}
		if m.Replace != nil { // by what is built in its place
			m = m.Replace
		}
		version, isVersion := strings.CutPrefix(m.Version, "v")
		if isVersion && !strings.HasPrefix(version, "0.0.0-00010101000000-") {
			return version
		}
	}
	return ""
}

// Tracer returns the tracer of a scope; provider may be nil for the global one.
func Tracer(provider trace.TracerProvider, scope string) trace.Tracer {
	if provider == nil {
		provider = otel.GetTracerProvider()
	}
	return provider.Tracer(scope,
		trace.WithInstrumentationVersion(Version()), trace.WithSchemaURL(semconv.SchemaURL))
}

// Meter returns the meter of a scope; provider may be nil for the global one.
func Meter(provider metric.MeterProvider, scope string) metric.Meter {
	if provider == nil {
		provider = otel.GetMeterProvider()
	}
	return provider.Meter(scope,
		metric.WithInstrumentationVersion(Version()), metric.WithSchemaURL(semconv.SchemaURL))
}

// Histogram makes a histogram of durations.
func Histogram(meter metric.Meter, name, description string) (metric.Float64Histogram, error) {
	return meter.Float64Histogram(name, metric.WithDescription(description), metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(Buckets...))
}

// Counter makes a counter of what its unit names, such as {call}.
func Counter(meter metric.Meter, name, unit, description string) (metric.Int64Counter, error) {
	return meter.Int64Counter(name, metric.WithDescription(description), metric.WithUnit(unit))
}

// Seconds is a duration as a histogram takes it.
func Seconds(d time.Duration) float64 { return d.Seconds() }
