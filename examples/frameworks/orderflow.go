package frameworks

import (
	"context"
	"fmt"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
)

// Orderflow is a shop on package orderflow, in the place of [Inbox] and
// [Till]: flow.Receive takes in, flow.Create stores before it sends, and
// flow.Run, in a goroutine, fulfils and asks about what was not heard of.
// pricing makes the request of a cart, always the same one.
func Orderflow(client *tradepay.Client, flow *orderflow.Flow, pricing Pricing) *Shop {
	place := func(ctx context.Context, cart string) (Placed, error) {
		req, err := pricing(ctx, cart)
		if err != nil {
			return Placed{}, err
		}
		order, err := flow.Create(ctx, req)
		if err != nil {
			return Placed{}, err
		}
		if !order.State.Open() { // a cart of earlier, whose order Create returns
			return Placed{}, fmt.Errorf("%w: order %q is %s", errDecided, order.ID, order.State)
		}
		return Placed{Order: order.ID, TradePay: order.TradePay()}, nil
	}
	return &Shop{Client: client, Place: place, Received: flow.Receive}
}

// Pricing makes the request of a cart from the server's own prices. Its
// PaymentRequestID belongs to the cart: one cart, one order.
type Pricing func(ctx context.Context, cart string) (*tradepay.CreateOrderRequest, error)
