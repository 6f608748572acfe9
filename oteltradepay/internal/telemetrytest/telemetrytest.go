// Package telemetrytest keeps what instrumentation tells the SDK of OpenTelemetry, and
// writes its names down: what dashboards and alerts depend on.
package telemetrytest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// Recorder is a program's OpenTelemetry, in memory.
type Recorder struct {
	Tracers  *sdktrace.TracerProvider
	Meters   *sdkmetric.MeterProvider
	exporter *tracetest.InMemoryExporter
	reader   *sdkmetric.ManualReader
}

// New returns an empty recorder, which keeps every span. It needs no end.
func New() *Recorder {
	r := &Recorder{exporter: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	r.Tracers = sdktrace.NewTracerProvider(sdktrace.WithSyncer(r.exporter))
	r.Meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(r.reader))
	return r
}

// Spans are those that ended, in that order.
func (r *Recorder) Spans() tracetest.SpanStubs { return r.exporter.GetSpans() }

// Named are the spans of this name that ended.
func (r *Recorder) Named(name string) (found []tracetest.SpanStub) {
	for _, span := range r.Spans() {
		if span.Name == name {
			found = append(found, span)
		}
	}
	return found
}

// Collect reads all metrics, and has the observable ones observed.
func (r *Recorder) Collect(ctx context.Context) (scopes []metricdata.ScopeMetrics, err error) {
	var data metricdata.ResourceMetrics
	err = r.reader.Collect(ctx, &data)
	return data.ScopeMetrics, err
}

// Values are the numbers of the metrics: of a histogram how many values it has. A key is the
// metric's name, and its attributes without those that are not wanted.
func (r *Recorder) Values(ctx context.Context, without ...attribute.Key) (map[string]float64, error) {
	scopes, err := r.Collect(ctx)
	values := map[string]float64{}
	for _, scope := range scopes {
		for _, m := range scope.Metrics {
			for _, p := range pointsOf(m.Data) {
				kept := attribute.NewSet(slices.DeleteFunc(p.attributes.ToSlice(), func(kv attribute.KeyValue) bool {
					return slices.Contains(without, kv.Key)
				})...)
				values[strings.TrimSpace(m.Name+" "+kept.Encoded(attribute.DefaultEncoder()))] += p.value
			}
		}
	}
	return values, err
}

type point struct {
	attributes attribute.Set
	value      float64
}

func pointsOf(data metricdata.Aggregation) (points []point) {
	switch d := data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range d.DataPoints {
			points = append(points, point{p.Attributes, float64(p.Value)})
		}
	case metricdata.Gauge[int64]:
		for _, p := range d.DataPoints {
			points = append(points, point{p.Attributes, float64(p.Value)})
		}
	case metricdata.Gauge[float64]:
		for _, p := range d.DataPoints {
			points = append(points, point{p.Attributes, p.Value})
		}
	case metricdata.Histogram[float64]:
		for _, p := range d.DataPoints {
			points = append(points, point{p.Attributes, float64(p.Count)})
		}
	}
	return points
}

func kindOf(data metricdata.Aggregation) string {
	switch data.(type) {
	case metricdata.Sum[int64]:
		return "counter"
	case metricdata.Gauge[int64], metricdata.Gauge[float64]:
		return "gauge"
	case metricdata.Histogram[float64]:
		return "histogram"
	}
	return fmt.Sprintf("%T", data)
}

// Names lists all that was told, a line each, sorted: metrics with kind, unit and
// attributes, spans with kind, attributes and links, and the events of spans.
func (r *Recorder) Names(ctx context.Context) ([]string, error) {
	lines := map[string]map[attribute.Key]bool{}
	add := func(line string, attributes []attribute.KeyValue) {
		if lines[line] == nil {
			lines[line] = map[attribute.Key]bool{}
		}
		for _, kv := range attributes {
			lines[line][kv.Key] = true
		}
	}
	scopes, err := r.Collect(ctx)
	for _, scope := range scopes {
		add("scope "+scope.Scope.Name+" "+scope.Scope.SchemaURL, nil)
		for _, m := range scope.Metrics {
			unit := m.Unit
			if unit == "" {
				unit = "-"
			}
			for _, p := range pointsOf(m.Data) {
				add("metric "+m.Name+" "+kindOf(m.Data)+" "+unit, p.attributes.ToSlice())
			}
		}
	}
	for _, span := range r.Spans() {
		add("scope "+span.InstrumentationScope.Name+" "+span.InstrumentationScope.SchemaURL, nil)
		add("span "+strings.ReplaceAll(span.Name, " ", "_")+" "+span.SpanKind.String(), span.Attributes)
		for _, event := range span.Events {
			add("event "+event.Name, event.Attributes)
		}
	}
	var list []string
	for line, attributes := range lines {
		for _, key := range slices.Sorted(maps.Keys(attributes)) {
			line += " " + string(key)
		}
		list = append(list, line)
	}
	slices.Sort(list)
	return list, err
}
