package receivers_test

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	metrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	traces "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	metricpb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector receives OTLP over HTTP, as a collector does.
type collector struct {
	mu      sync.Mutex
	spans   map[string]*tracepb.Span // by name, the first of each
	metrics map[string]*metricpb.Metric
	schemas map[string]string // by scope
	body    strings.Builder
}

func newCollector(t *testing.T) (c *collector, address string) {
	t.Helper()
	c = &collector{
		spans: map[string]*tracepb.Span{}, metrics: map[string]*metricpb.Metric{}, schemas: map[string]string{},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		c.mu.Lock()
		defer c.mu.Unlock()
		_, _ = c.body.Write(body)
		w.Header().Set("Content-Type", "application/x-protobuf")
		switch r.URL.Path {
		case "/v1/traces":
			var request traces.ExportTraceServiceRequest
			assert.NoError(t, proto.Unmarshal(body, &request))
			c.takeSpans(&request)
		case "/v1/metrics":
			var request metrics.ExportMetricsServiceRequest
			assert.NoError(t, proto.Unmarshal(body, &request))
			c.takeMetrics(&request)
		default:
			assert.Fail(t, "another path", r.URL.Path)
		}
	}))
	t.Cleanup(server.Close)
	return c, strings.TrimPrefix(server.URL, "http://")
}

func (c *collector) takeSpans(request *traces.ExportTraceServiceRequest) {
	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			c.schemas[scope.GetScope().GetName()] = scope.GetSchemaUrl()
			for _, span := range scope.GetSpans() {
				if c.spans[span.GetName()] == nil {
					c.spans[span.GetName()] = span
				}
			}
		}
	}
}

func (c *collector) takeMetrics(request *metrics.ExportMetricsServiceRequest) {
	for _, resource := range request.GetResourceMetrics() {
		for _, scope := range resource.GetScopeMetrics() {
			c.schemas[scope.GetScope().GetName()] = scope.GetSchemaUrl()
			for _, m := range scope.GetMetrics() {
				c.metrics[m.GetName()] = m
			}
		}
	}
}

// TestOTLP: what a collector receives has the names, the units and the links.
func TestOTLP(t *testing.T) {
	t.Parallel()
	c, address := newCollector(t)
	spans, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpoint(address), otlptracehttp.WithInsecure())
	require.NoError(t, err)
	numbers, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpoint(address), otlpmetrichttp.WithInsecure())
	require.NoError(t, err)
	tracers := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(numbers)))
	sell(t, tracers, meters)
	require.NoError(t, meters.ForceFlush(t.Context()))
	require.NoError(t, tracers.Shutdown(t.Context()))
	require.NoError(t, meters.Shutdown(t.Context()))
	c.mu.Lock()
	defer c.mu.Unlock()

	known := names(t)
	for name, m := range c.metrics {
		require.Contains(t, known, name)
		unit := known[name].unit
		if unit == "-" {
			unit = ""
		}
		require.Equal(t, unit, m.GetUnit(), name)
		require.NotEmpty(t, m.GetDescription(), name)
	}
	for _, name := range []string{"tradepay.client.call.duration", "tradepay.notifications", "orderflow.transitions",
		"orderflow.due.age", "orderflow.fulfilment.duration"} {
		require.Contains(t, c.metrics, name)
	}
	bounds := c.metrics["tradepay.client.call.duration"].GetHistogram().GetDataPoints()[0].GetExplicitBounds()
	require.Contains(t, bounds, 0.05)
	require.Contains(t, bounds, 2.0)

	created, pay := c.spans["orderflow create"], c.spans["tradepay pay"]
	require.Equal(t, tracepb.Span_SPAN_KIND_CLIENT, pay.GetKind())
	require.Len(t, pay.GetEvents(), 2)
	require.Equal(t, created.GetSpanId(), pay.GetParentSpanId())
	for _, name := range []string{"orderflow notification", "orderflow fulfil"} {
		require.Len(t, c.spans[name].GetLinks(), 1, name)
		require.Equal(t, hex.EncodeToString(created.GetTraceId()),
			hex.EncodeToString(c.spans[name].GetLinks()[0].GetTraceId()), name)
	}
	require.Len(t, c.schemas, 2)
	for scope, url := range c.schemas {
		require.Contains(t, url, "https://opentelemetry.io/schemas/", scope)
	}
	require.NotContains(t, c.body.String(), "planted", "no id leaves without being asked for")
}
