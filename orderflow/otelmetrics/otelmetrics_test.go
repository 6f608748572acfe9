package otelmetrics_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/orderflow/otelmetrics"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	reader := metric.NewManualReader()
	m, err := otelmetrics.New(metric.NewMeterProvider(metric.WithReader(reader)).Meter("test"))
	require.NoError(t, err)
	ctx := t.Context()
	m.Transition(ctx, orderflow.StatePending, orderflow.StatePaid)
	m.Transition(ctx, orderflow.StatePending, orderflow.StatePaid)
	m.Notification(ctx, "stored")
	m.Alarm(ctx, orderflow.AlarmAmount)
	m.Fulfilment(ctx, 250*time.Millisecond, nil)
	m.Fulfilment(ctx, time.Second, errors.New("out of boxes"))

	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(ctx, &data))
	got := map[string]int{}
	for _, metric := range data.ScopeMetrics[0].Metrics {
		switch points := metric.Data.(type) {
		case metricdata.Sum[int64]:
			for _, p := range points.DataPoints {
				got[metric.Name+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] += int(p.Value)
			}
		case metricdata.Histogram[float64]:
			for _, p := range points.DataPoints {
				got[metric.Name+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] += int(p.Count)
			}
		}
	}
	require.Equal(t, map[string]int{
		"orderflow.transitions from=pending,to=paid": 2,
		"orderflow.notifications outcome=stored":     1,
		"orderflow.alarms kind=amount":               1,
		"orderflow.fulfilment.duration ok=true":      1,
		"orderflow.fulfilment.duration ok=false":     1,
	}, got)
}
