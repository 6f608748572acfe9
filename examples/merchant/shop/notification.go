package shop

import (
	"context"
	"database/sql"
	"log/slog"

	tradepay "github.com/tradepay/tradepay-go"
)

// onNotification takes in what the wallet reports beside payments and the shop's own
// refunds. A consent that has ended in the wallet has ended here, in the transaction
// that notes the notification.
//
// With it, orderflow raises no alarm about the others. So the shop logs at level error
// what a person has to answer, as orderflow logs its alarms: a dispute has a deadline.
func (s *Shop) onNotification(ctx context.Context, tx *sql.Tx, n *tradepay.Notification) error {
	switch n.Kind {
	case tradepay.NotificationAuthorization:
		if n.AuthorizationEnded() {
			return forgetToken(ctx, tx, n.AccessToken)
		}
		return nil // the phone brings the code of a new consent
	case tradepay.NotificationCapture, tradepay.NotificationVoid:
		// The shop asks for none: a wallet that reports them captures by itself, and
		// orderflow asks it about the order.
		s.logNotification(ctx, slog.LevelWarn, n)
	default:
		s.logNotification(ctx, slog.LevelError, n)
	}
	return nil
}

// logNotification names what a notification is about, and nothing of the payer.
func (s *Shop) logNotification(ctx context.Context, level slog.Level, n *tradepay.Notification) {
	s.log.Log(ctx, level, "a notification that the shop does not expect; somebody has to look",
		"kind", n.Kind, "order_id", n.PaymentRequestID, "payment_id", n.PaymentID,
		"refund_id", n.RefundID, "refund_request_id", n.RefundRequestID, "refund_status", n.RefundStatus,
		"dispute_id", n.DisputeID, "dispute_event", n.DisputeEvent, "defend_before", n.DefenseDueAt)
}
