package oteltradepay

import (
	"runtime/debug"
	"strings"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// scope is the path of this module, which names its tracer and its meter. What follows is
// the same in modules oteltradepay and otelorderflow: a module may not import what is internal to another.
const scope = "github.com/tradepay/tradepay-go/oteltradepay"

// buckets are the bounds of all histograms of durations, in seconds. Most calls take 50 ms
// to 2 s, which they tell apart in nine steps; 10 s is the longest attempt by default, and
// 60 s about the longest call.
var buckets = []float64{
	.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 30, 60,
}

// builtVersion is that of the module in this build, or empty if the build does not tell it.
var builtVersion = sync.OnceValue(func() string {
	info, _ := debug.ReadBuildInfo()
	return versionIn(info)
})

func versionIn(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path != scope {
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

// newTracer returns the tracer of this module; provider may be nil for the global one.
func newTracer(provider trace.TracerProvider) trace.Tracer {
	if provider == nil {
		provider = otel.GetTracerProvider()
	}
	return provider.Tracer(scope,
		trace.WithInstrumentationVersion(builtVersion()), trace.WithSchemaURL(semconv.SchemaURL))
}

// newMeter returns the meter of this module; provider may be nil for the global one.
func newMeter(provider metric.MeterProvider) metric.Meter {
	if provider == nil {
		provider = otel.GetMeterProvider()
	}
	return provider.Meter(scope,
		metric.WithInstrumentationVersion(builtVersion()), metric.WithSchemaURL(semconv.SchemaURL))
}

// newHistogram makes a histogram of durations.
func newHistogram(meter metric.Meter, name, description string) (metric.Float64Histogram, error) {
	return meter.Float64Histogram(name, metric.WithDescription(description), metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(buckets...))
}

// newCounter makes a counter of what its unit names, such as {call}.
func newCounter(meter metric.Meter, name, unit, description string) (metric.Int64Counter, error) {
	return meter.Int64Counter(name, metric.WithDescription(description), metric.WithUnit(unit))
}
