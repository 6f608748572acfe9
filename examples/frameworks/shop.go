// Package frameworks shows where a wallet's notifications and the call that
// creates an order belong in chi, gin, echo and Fiber, and how to take
// notifications in first and process them later.
//
// Copy the file of your framework, and this one. Parts of them stand in docs/frameworks.md,
// and in Spanish in docs/frameworks.es.md; tests keep all three in step.
package frameworks

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/tradepay/tradepay-go"
)

// Shop is what a framework's routes need of a shop. [Till.Shop] and
// [Orderflow] make one.
type Shop struct {
	Client *tradepay.Client
	// Place stores the order of a cart, and then asks the wallet for its
	// payment. The same cart is the same order. The price is the server's; who
	// is logged in is in the context, where your session middleware put it.
	Place func(ctx context.Context, cart string) (Placed, error)
	// Received takes in a verified notification. It returns nil only once the
	// notification is stored, for then the wallet will not say it again.
	Received func(context.Context, *tradepay.Notification) error
}

// Cart is what the mini program sends: never a price.
type Cart struct {
	Cart string `json:"cart"`
}

// Placed is what the mini program gets: my.tradePay takes TradePay as it is.
type Placed struct {
	Order    string                  `json:"order"`
	TradePay tradepay.TradePayParams `json:"tradePay"`
}

// maxCart is the most that a body with a [Cart] has, in bytes. It limits that
// route only: a notification may have 64 KiB, and more with Config.NotificationLimit.
const maxCart = 4096

// place answers the mini program, so that a framework's file has nothing to do
// but read and write. What it says about the money is all the same to it.
func (s *Shop) place(ctx context.Context, in Cart) (status int, answer any) {
	type problem struct {
		Error string `json:"error"`
	}
	placed, err := s.Place(ctx, in.Cart)
	switch {
	case err == nil:
		return http.StatusCreated, placed
	case errors.Is(err, tradepay.ErrOutcomeUnknown): // it may exist: the same cart again finds it
		return http.StatusAccepted, problem{"not known yet: ask again with the same cart"}
	case errors.Is(err, tradepay.ErrRejected):
		return http.StatusConflict, problem{"the wallet refused this order"}
	case errors.Is(err, errDecided):
		return http.StatusConflict, problem{"this cart is paid, or will not be: show its order"}
	case errors.Is(err, tradepay.ErrInvalidRequest), errors.Is(err, errNoCart):
		return http.StatusBadRequest, problem{"there is no such cart"}
	}
	slog.ErrorContext(ctx, "order not placed", "cart", in.Cart, "error", err)
	return http.StatusInternalServerError, problem{"not placed: try again with the same cart"}
}

var (
	// errNoCart is what pricing returns for a cart that it does not know.
	errNoCart = errors.New("no such cart")
	// errDecided says that there is nothing to pay for a cart anymore.
	errDecided = errors.New("the order is decided")
)
