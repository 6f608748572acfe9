package orderflow_test

import (
	"testing"

	"github.com/tradepay/tradepay-go/internal/redacttest"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestNoTypePrintsSecrets: neither fmt nor slog print payers' data, raw messages
// or payment URLs. A field is secret unless it is named here.
func TestNoTypePrintsSecrets(t *testing.T) {
	t.Parallel()
	redacttest.Check(t, redacttest.Spec{
		Dir: ".",
		Values: []any{
			orderflow.Alarm{}, orderflow.AuditFinding{}, orderflow.AuditOptions{}, orderflow.Capture{},
			orderflow.CaptureRequest{}, orderflow.Config{}, orderflow.DB{},
			orderflow.Event{}, orderflow.Flow{}, orderflow.Fulfilment{}, orderflow.Health{}, orderflow.Inquiries{},
			orderflow.ListOptions{}, orderflow.Metrics{}, orderflow.Order{}, orderflow.PoolOptions{},
			orderflow.PruneOptions{},
			orderflow.Refund{},
			orderflow.RefundRequest{},
			orderflow.Report{}, orderflow.Shard{}, orderflow.ShardError{}, orderflow.Shards{}, orderflow.Tracing{},
			orderflow.TransitionError{}, orderflow.UnreadableError{}, orderflow.Work{},
		},
		Public: map[string]string{
			"tradepay.Amount":           "Currency",
			"orderflow.Alarm":           "OrderID Reason",
			"orderflow.AuditFinding":    "ID Detail Todo",
			"orderflow.AuditOptions":    "IDs",
			"orderflow.Capture":         "ID OrderID",
			"orderflow.CaptureRequest":  "ID",
			"orderflow.Config":          "Name",
			"orderflow.Event":           "Reason",
			"orderflow.Fulfilment":      "Key",
			"orderflow.Health":          "Reason Shards",
			"orderflow.Shard":           "Name",
			"orderflow.ShardError":      "Shard Err",
			"orderflow.ListOptions":     "BeforeID",
			"orderflow.Order":           "ID",
			"orderflow.Refund":          "ID OrderID",
			"orderflow.RefundRequest":   "ID",
			"orderflow.Report":          "Name Unreadable",
			"orderflow.TransitionError": "ID Reason",
			"orderflow.UnreadableError": "ID Reason",
			"orderflow.Work":            "OrderID Trace Outcome", // ids, a traceparent and a word
		},
		Stored: []string{
			"orderflow.Fulfilment",
			"orderflow.Capture",
			"orderflow.Refund",
			"orderflow.RefundRequest",
			"orderflow.Order",
			"orderflow.Report",
		},
	})
}
