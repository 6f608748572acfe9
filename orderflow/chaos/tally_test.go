package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func usd(value int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: value} }

// readAt is when the books are read.
var readAt = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// goodBooks are of one order that was paid, shipped once and is fulfilled.
func goodBooks() ledgers {
	return ledgers{
		wanted: []wanted{{id: "order-1", amount: 1050}},
		wallet: []tradepaytest.Payment{{PaymentRequestID: "order-1", PaymentID: "1", Amount: usd(1050),
			Status:   tradepay.StatusSuccess,
			Captured: usd(1050), Charges: 1}},
		kept:      []*orderflow.Order{{ID: "order-1", State: orderflow.StateFulfilled, Amount: usd(1050)}},
		shipments: map[string]int{"order-1": 1}, at: readAt,
		warehouse: map[claim]int{{"key-1", "order-1"}: 2},
	}
}

// partBack has the wallet's service give back a part of the order, which is parked.
func partBack(l *ledgers) {
	l.wallet[0].Refunded, l.wanted[0].given = usd(350), 350
	l.kept[0].State, l.kept[0].ParkedAt, l.kept[0].Refunded = orderflow.StatePaid, readAt, usd(350)
	l.reported = map[string]int{"order-1": 1}
}

// reserve makes the order a reservation, of which 300 were asked for, captured and shipped.
func reserve(l *ledgers) {
	l.wanted[0].reserves, l.wanted[0].captures = true, 300
	l.wallet[0].Captured, l.kept[0].Captured = usd(300), usd(300)
	l.shippedFor = map[string]int{"order-1": 300}
}

// lose has a restore lose the order, which is what was asked for, paid and shipped.
func lose(l *ledgers) {
	l.kept, l.found = nil, map[string]orderflow.AuditKind{"order-1": orderflow.AuditMissing}
	l.undone = undone{shipments: l.shipments, gone: map[string]time.Time{"order-1": readAt}, restored: readAt}
	l.shipments = nil
}

// notified has a notification of the order delivered n times after the restore.
func notified(l *ledgers, n int) {
	for range n {
		l.wallet[0].Deliveries = append(l.wallet[0].Deliveries,
			tradepaytest.Delivery{At: readAt.Add(time.Second), HTTPStatus: 200})
	}
}

// TestTally spoils good books in every way that the tally must see.
func TestTally(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(*ledgers)
		want  tally
	}{
		"good": {func(*ledgers) {}, tally{Charged: 1, Fulfilled: 1}},
		"charged twice": {func(l *ledgers) {
			l.wallet[0].Charges = 2
		}, tally{Charged: 1, Fulfilled: 1, DoubleCharged: 1}},
		"two payments": {func(l *ledgers) {
			l.wallet = append(l.wallet, l.wallet[0])
		}, tally{Charged: 1, Fulfilled: 1, DoubleCharged: 1}},
		"shipped twice": {func(l *ledgers) {
			l.shipments["order-1"] = 2
		}, tally{Charged: 1, Fulfilled: 1, DoubleFulfilled: 1}},
		"shipment lost": {func(l *ledgers) { clear(l.shipments) }, tally{Charged: 1, Lost: 1}},
		"shipped although the cancel gave it back": {func(l *ledgers) {
			l.wallet[0].Refunded, l.wallet[0].Status = usd(1050), tradepay.StatusCancelled
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1, ShippedGivenBack: 1}},
		"shipped although the wallet had told of the refund": {func(l *ledgers) {
			l.wallet[0].Refunded, l.wanted[0].given, l.wanted[0].told = usd(1050), 1050, true
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1, ShippedGivenBack: 1}},
		"given back by the wallet once the merchant knew of the payment": {func(l *ledgers) {
			l.wallet[0].Refunded, l.wanted[0].given = usd(1050), 1050
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1}},
		"given back by the wallet, and parked": {func(l *ledgers) {
			clear(l.shipments)
			l.wallet[0].Refunded, l.wanted[0].given = usd(1050), 1050
			l.kept[0].State, l.kept[0].ParkedAt = orderflow.StatePaid, readAt
		}, tally{Charged: 1, Refunded: 1}},
		"given back by the wallet, and so noted": {func(l *ledgers) {
			clear(l.shipments)
			l.wallet[0].Refunded, l.wanted[0].given = usd(1050), 1050
			l.kept[0].State, l.kept[0].Refunded = orderflow.StateRefunded, usd(1050)
		}, tally{Charged: 1, Refunded: 1}},
		"a part given back by the wallet, and parked": {func(l *ledgers) {
			clear(l.shipments)
			partBack(l)
		}, tally{Charged: 1, Refunded: 1, PartsBefore: 1}},
		"a part given back by the wallet, and nobody told": {func(l *ledgers) {
			clear(l.shipments)
			partBack(l)
			clear(l.reported)
		}, tally{Charged: 1, Refunded: 1, PartsBefore: 1, Lost: 1}},
		"a part given back by the wallet, and another noted": {func(l *ledgers) {
			clear(l.shipments)
			partBack(l)
			l.kept[0].Refunded = usd(100)
		}, tally{Charged: 1, Refunded: 1, PartsBefore: 1, RefundsDisagree: 1}},
		"a part given back by the wallet when it was shipped": {func(l *ledgers) {
			l.wallet[0].Refunded, l.wanted[0].given = usd(350), 350
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1, PartsAfter: 1}},
		"shipped as if whole": {func(l *ledgers) {
			l.wallet[0].Refunded, l.wanted[0].given, l.wanted[0].told = usd(350), 350, true
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1, PartsAfter: 1, ShippedGivenBack: 1}},
		"a part given back by the wallet, and the rest of what was paid late": {func(l *ledgers) {
			clear(l.shipments)
			l.wallet[0].Refunded, l.wanted[0].given = usd(1050), 350
			l.kept[0].State, l.kept[0].LateAt, l.kept[0].Refunded = orderflow.StateRefunded, readAt, usd(1050)
		}, tally{Charged: 1, Refunded: 1, PartsBefore: 1}},
		"given back by the cancel": {func(l *ledgers) {
			clear(l.shipments)
			l.wallet[0].Refunded, l.wallet[0].Status, l.kept[0].State = usd(1050), tradepay.StatusCancelled,
				orderflow.StateCancelled
			l.wanted[0].undone = true
		}, tally{Charged: 1, Refunded: 1}},
		"given back by the cancel, and so noted": {func(l *ledgers) {
			clear(l.shipments)
			l.wallet[0].Refunded, l.wanted[0].undone = usd(1050), true
			l.kept[0].State, l.kept[0].Refunded = orderflow.StateRefunded, usd(1050)
		}, tally{Charged: 1, Refunded: 1}},
		"shipped although the cancel gave it back, and so noted": {func(l *ledgers) {
			l.wallet[0].Refunded, l.wanted[0].undone = usd(1050), true
			l.kept[0].State, l.kept[0].Refunded = orderflow.StateRefunded, usd(1050)
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1, ShippedGivenBack: 1}},
		"given back by the cancel of what had expired": {func(l *ledgers) {
			clear(l.shipments)
			l.wallet[0].Refunded, l.wallet[0].Status, l.kept[0].State = usd(1050),
				tradepay.StatusCancelled, orderflow.StateExpired
			l.kept[0].CancelRequestedAt = readAt
		}, tally{Charged: 1, Refunded: 1}},
		"a part given back by a cancel": {func(l *ledgers) {
			l.wallet[0].Refunded, l.kept[0].CancelRequestedAt = usd(350), readAt
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1, RefundsDisagree: 1}},
		"refunded and nobody had asked": {func(l *ledgers) {
			clear(l.shipments)
			l.wallet[0].Refunded = usd(1050)
			l.kept[0].State, l.kept[0].Refunded = orderflow.StateRefunded, usd(1050)
		}, tally{Charged: 1, Refunded: 1, RefundsDisagree: 1}},
		"parked, and the money kept": {func(l *ledgers) {
			clear(l.shipments)
			l.kept[0].State, l.kept[0].ParkedAt = orderflow.StatePaid, readAt
		}, tally{Charged: 1, Lost: 1}},
		"a cancel may still give it back": {func(l *ledgers) {
			clear(l.shipments)
			l.kept[0].State, l.kept[0].WalletStatus = orderflow.StatePending, tradepay.StatusSuccess
			l.kept[0].CancelRequestedAt, l.kept[0].NextAt = readAt.Add(-time.Minute), readAt.Add(time.Minute)
		}, tally{Charged: 1, InDoubt: 1}},
		"shipped in the time that a restore has undone, and in doubt since": {func(l *ledgers) {
			l.undone, l.shipments = undone{shipments: l.shipments}, nil
			l.kept[0].State, l.kept[0].WalletStatus = orderflow.StatePending, tradepay.StatusSuccess
			l.kept[0].CancelRequestedAt, l.kept[0].NextAt = readAt.Add(-time.Minute), readAt.Add(time.Minute)
		}, tally{Charged: 1, Fulfilled: 1, InDoubt: 1}},
		"in doubt for too long": {func(l *ledgers) {
			clear(l.shipments)
			l.kept[0].State, l.kept[0].WalletStatus = orderflow.StatePending, tradepay.StatusSuccess
			l.kept[0].CancelRequestedAt, l.kept[0].NextAt = readAt.Add(-time.Hour), readAt.Add(time.Minute)
		}, tally{Charged: 1, Lost: 1}},
		"in doubt, and nobody looks": {func(l *ledgers) {
			clear(l.shipments)
			l.kept[0].State, l.kept[0].WalletStatus = orderflow.StatePending, tradepay.StatusSuccess
			l.kept[0].CancelRequestedAt = readAt.Add(-time.Minute)
		}, tally{Charged: 1, Lost: 1}},
		"no next look": {func(l *ledgers) { l.kept[0].State, l.kept[0].NextAt = orderflow.StateRefunding, time.Time{} },
			tally{Charged: 1, Fulfilled: 1, Unattended: 1}},
		"next look in a year": {func(l *ledgers) {
			l.kept[0].State, l.kept[0].NextAt = orderflow.StateRefunding, readAt.AddDate(1, 0, 0)
		}, tally{Charged: 1, Fulfilled: 1, Unattended: 1}},
		"paid and forgotten": {func(l *ledgers) {
			clear(l.shipments)
			l.kept[0].State = orderflow.StatePaid
		}, tally{Charged: 1, Lost: 1}},
		"charged and pending": {func(l *ledgers) { clear(l.shipments); l.kept[0].State = orderflow.StatePending },
			tally{Charged: 1, Lost: 1}},
		"charged and not kept": {func(l *ledgers) { clear(l.shipments); l.kept = nil }, tally{Charged: 1, Lost: 1}},
		"charged too little": {func(l *ledgers) {
			l.wallet[0].Amount = usd(1)
		}, tally{Charged: 1, Fulfilled: 1, Lost: 1}},
		"charged and failed": {func(l *ledgers) {
			clear(l.shipments)
			l.kept[0].State = orderflow.StateFailed
		}, tally{Charged: 1, WronglyFailed: 1}},
		"charged and expired": {func(l *ledgers) {
			clear(l.shipments)
			l.kept[0].State = orderflow.StateExpired
		}, tally{Charged: 1, WronglyFailed: 1}},
		"charged, cancelled and given back by nobody": {func(l *ledgers) {
			clear(l.shipments)
			l.kept[0].State, l.kept[0].LateAt = orderflow.StateCancelled, time.Now()
		}, tally{Charged: 1, Lost: 1}},
		"paid late and given back": {func(l *ledgers) {
			clear(l.shipments)
			l.kept[0].State, l.kept[0].LateAt, l.kept[0].Refunded, l.wallet[0].Refunded = orderflow.StateRefunded,
				time.Now(), usd(1050), usd(1050)
		}, tally{Charged: 1, Refunded: 1}},
		"shipped and never charged": {func(l *ledgers) {
			l.wallet[0].Charges, l.wallet[0].Status = 0, tradepay.StatusFailed
		},
			tally{Fulfilled: 1, ShippedUnpaid: 1}},
		"fulfilled and given back": {func(l *ledgers) {
			l.wanted[0].refund, l.wallet[0].Refunded = 1050, usd(1050)
			l.kept[0].State, l.kept[0].Refunded = orderflow.StateRefunded, usd(1050)
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1}},
		"given back before it was shipped": {func(l *ledgers) {
			clear(l.shipments)
			l.wanted[0].refund, l.wallet[0].Refunded = 1050, usd(1050)
			l.kept[0].State, l.kept[0].Refunded = orderflow.StateRefunded, usd(1050)
		}, tally{Charged: 1, Refunded: 1}},
		"a part given back, and not shipped": {func(l *ledgers) {
			clear(l.shipments)
			l.wanted[0].refund, l.wallet[0].Refunded = 50, usd(50)
			l.kept[0].State, l.kept[0].Refunded = orderflow.StatePartlyRefunded, usd(50)
		}, tally{Charged: 1, Refunded: 1, Lost: 1}},
		"given back and not noted": {func(l *ledgers) { l.wanted[0].refund, l.wallet[0].Refunded = 50, usd(50) },
			tally{Charged: 1, Fulfilled: 1, Refunded: 1, RefundsDisagree: 1}},
		"given back twice": {func(l *ledgers) {
			l.wanted[0].refund, l.wallet[0].Refunded = 50, usd(100)
			l.kept[0].State, l.kept[0].Refunded = orderflow.StatePartlyRefunded, usd(100)
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1, RefundsDisagree: 1}},
		"refund never ends": {func(l *ledgers) {
			l.kept[0].State, l.kept[0].NextAt = orderflow.StateRefunding, readAt.Add(time.Minute)
		},
			tally{Charged: 1, Fulfilled: 1, Unfinished: 1}},
		"another key": {func(l *ledgers) { l.warehouse[claim{"key-2", "order-1"}] = 1 },
			tally{Charged: 1, Fulfilled: 1, KeysDisagree: 1}},
		"a key of two orders": {func(l *ledgers) { l.warehouse[claim{"key-1", "order-2"}] = 1 },
			tally{Charged: 1, Fulfilled: 1, KeysDisagree: 1}},
		"shipped without the warehouse": {func(l *ledgers) {
			clear(l.warehouse)
		}, tally{Charged: 1, Fulfilled: 1, KeysDisagree: 1}},
		"expired": {func(l *ledgers) {
			clear(l.shipments)
			l.wallet[0].Charges, l.wallet[0].Status, l.kept[0].State = 0,
				tradepay.StatusCancelled, orderflow.StateExpired
		}, tally{Unpaid: 1}},
		"never ends": {func(l *ledgers) {
			clear(l.shipments)
			l.wallet, l.kept[0].State, l.kept[0].NextAt = nil, orderflow.StateCreated, readAt
		}, tally{Unfinished: 1}},
		"lost by a restore, and found": {func(l *ledgers) {
			lose(l)
			notified(l, 2)
		}, tally{Charged: 1, Fulfilled: 1, Gone: 1, GonePaid: 1, GoneShipped: 1}},
		"lost by a restore, and not found": {func(l *ledgers) {
			lose(l)
			clear(l.found)
		}, tally{Charged: 1, Fulfilled: 1, Gone: 1, GonePaid: 1, GoneShipped: 1, Unfound: 1}},
		"lost by a restore, and can still be paid": {func(l *ledgers) {
			lose(l)
			clear(l.undone.shipments)
			clear(l.found)
			l.wallet[0].Charges, l.wallet[0].Status = 0, tradepay.StatusProcessing
		}, tally{Gone: 1, Unfound: 1}},
		"lost by a restore, and given back": {func(l *ledgers) {
			lose(l)
			clear(l.found)
			l.wallet[0].Refunded, l.wanted[0].refund = usd(1050), 1050
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1, Gone: 1, GoneShipped: 1}},
		"lost by a restore, and acknowledged since": {func(l *ledgers) {
			lose(l)
			notified(l, 1)
			l.wallet[0].Deliveries[0].Acknowledged = true
		}, tally{Charged: 1, Fulfilled: 1, Gone: 1, GonePaid: 1, GoneShipped: 1, Unfound: 1}},
		"lost by a restore, and notified in vain": {func(l *ledgers) {
			lose(l)
			notified(l, 3)
		}, tally{Charged: 1, Fulfilled: 1, Gone: 1, GonePaid: 1, GoneShipped: 1, Unfound: 1}},
		"lost by a restore, and an alarm tells": {func(l *ledgers) {
			lose(l)
			notified(l, 3)
			l.unknown = map[string]int{"order-1": 3}
		}, tally{Charged: 1, Fulfilled: 1, Gone: 1, GonePaid: 1, GoneShipped: 1, GoneAlarms: 1}},
		"shipped before a restore and after": {func(l *ledgers) {
			l.undone.shipments = map[string]int{"order-1": 1}
		}, tally{Charged: 1, Fulfilled: 1, DoubleFulfilled: 1}},
		"shipped before a restore, and the warehouse said so": {func(l *ledgers) {
			l.undone.shipments, l.answered = l.shipments, map[string]int{"order-1": 1}
			l.shipments = nil
		}, tally{Charged: 1, Fulfilled: 1, Answered: 1}},
		"the warehouse said so, and nobody had committed it": {func(l *ledgers) {
			clear(l.shipments)
			l.answered = map[string]int{"order-1": 1}
		}, tally{Charged: 1, Fulfilled: 1, Answered: 1}},
		"the warehouse had said so, and does not know it": {func(l *ledgers) {
			clear(l.shipments)
			clear(l.warehouse)
			l.answered = map[string]int{"order-1": 1}
		}, tally{Charged: 1, Lost: 1, Answered: 1}},
		"a refund that a restore has lost": {func(l *ledgers) {
			l.wanted[0].refund, l.wallet[0].Refunded = 50, usd(50)
			l.found, l.undone.restored = map[string]orderflow.AuditKind{"order-1": orderflow.AuditGivenBack}, readAt
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1, Forgotten: 1}},
		"a refund that is missing though no restore has lost it": {func(l *ledgers) {
			l.wanted[0].refund, l.wallet[0].Refunded = 50, usd(50)
			l.found, l.undone.restored = map[string]orderflow.AuditKind{"order-1": orderflow.AuditGivenBack}, readAt
			l.kept[0].CreatedAt = readAt
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1, RefundsDisagree: 1}},
		"a late payment that a restore has lost": {func(l *ledgers) {
			clear(l.shipments)
			l.wallet[0].Refunded, l.undone.returned = usd(1050), map[string]bool{"order-1": true}
			l.kept[0].State, l.kept[0].Refunded = orderflow.StateRefunded, usd(1050)
		}, tally{Charged: 1, Refunded: 1}},
		"reserved, and captured": {reserve, tally{Charged: 1, Fulfilled: 1, Reserved: 1, Captured: 1}},
		"reserved, and released": {func(l *ledgers) {
			reserve(l)
			clear(l.shipments)
			l.wallet[0].Captured, l.wallet[0].Status = usd(0), tradepay.StatusCancelled
			l.kept[0].Captured, l.kept[0].State = tradepay.Amount{}, orderflow.StateCancelled
		}, tally{Reserved: 1, Unpaid: 1}},
		"captured twice": {func(l *ledgers) {
			reserve(l)
			l.wallet[0].Captured = usd(600)
		}, tally{Charged: 1, Fulfilled: 1, Reserved: 1, Captured: 1, CapturedTwice: 1}},
		"captured more than was reserved": {func(l *ledgers) {
			reserve(l)
			l.wallet[0].Captured = usd(1051)
		}, tally{Charged: 1, Fulfilled: 1, Reserved: 1, Captured: 1, CapturedOver: 1}},
		"a capture that is noted otherwise": {func(l *ledgers) {
			reserve(l)
			l.kept[0].Captured = usd(299)
		}, tally{Charged: 1, Fulfilled: 1, Reserved: 1, Captured: 1, CapturesDisagree: 1}},
		"shipped for the whole, and a part captured": {func(l *ledgers) {
			reserve(l)
			l.shippedFor["order-1"] = 1050
		}, tally{Charged: 1, Fulfilled: 1, Reserved: 1, Captured: 1, ShippedUncaptured: 1}},
		"shipped, and nothing captured": {func(l *ledgers) {
			reserve(l)
			l.wallet[0].Captured = usd(0)
		}, tally{Fulfilled: 1, Reserved: 1, ShippedUncaptured: 1}},
		"captured, and not shipped": {func(l *ledgers) {
			reserve(l)
			clear(l.shipments)
		}, tally{Charged: 1, Reserved: 1, Captured: 1, Lost: 1}},
		"reserved for ever": {func(l *ledgers) {
			reserve(l)
			clear(l.shipments)
			l.wallet[0].Captured, l.wallet[0].Status = usd(0), tradepay.StatusAuthorized
			l.kept[0].State, l.kept[0].NextAt = orderflow.StateAuthorized, readAt
		}, tally{Reserved: 1, NeverEnded: 1}},
		"reserved, and lost by a restore": {func(l *ledgers) {
			reserve(l)
			lose(l)
			clear(l.found)
			clear(l.undone.shipments)
			l.wallet[0].Captured, l.wallet[0].Status = usd(0), tradepay.StatusAuthorized
		}, tally{Reserved: 1, Gone: 1, Unfound: 1}},
		"captured, and given back": {func(l *ledgers) {
			reserve(l)
			l.wanted[0].refund, l.wallet[0].Refunded = 300, usd(300)
			l.kept[0].State, l.kept[0].Refunded = orderflow.StateRefunded, usd(300)
		}, tally{Charged: 1, Fulfilled: 1, Refunded: 1, Reserved: 1, Captured: 1}},
		"nobody's payment": {func(l *ledgers) {
			l.wallet = append(l.wallet, tradepaytest.Payment{PaymentRequestID: "order-2", Charges: 1})
		}, tally{Charged: 1, Fulfilled: 1, Strange: 1}},
		"nobody's shipment": {func(l *ledgers) {
			l.shipments["order-2"] = 1
		}, tally{Charged: 1, Fulfilled: 1, Strange: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := goodBooks()
			test.spoil(&l)
			got := count(l)
			bad := test.want.DoubleCharged + test.want.DoubleFulfilled + test.want.Lost + test.want.WronglyFailed +
				test.want.ShippedUnpaid +
				test.want.ShippedGivenBack + test.want.Unattended + test.want.RefundsDisagree + test.want.KeysDisagree +
				test.want.Unfinished + test.want.Strange + test.want.Unfound + test.want.CapturedTwice +
				test.want.CapturedOver + test.want.CapturesDisagree + test.want.ShippedUncaptured + test.want.NeverEnded
			require.Equal(t, bad == 0, got.faultless())
			require.Len(t, got.Bad, bad)
			test.want.Orders, test.want.States, test.want.Bad, test.want.ids = 1, got.States, got.Bad, got.ids
			require.Equal(t, test.want, *got)
		})
	}
}
