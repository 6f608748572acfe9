package tradepay

import (
	"context"
	"errors"
	"time"

	"github.com/tradepay/tradepay-go/internal/rsakey"
	"github.com/tradepay/tradepay-go/internal/transport"
	"github.com/tradepay/tradepay-go/wire"
)

// sealed is a signed message ready to travel.
type sealed struct{ time, signature string }

func (c *Client) seal(ctx context.Context, m wire.Message) (sealed, error) {
	return c.sealWith(ctx, c.keys.Load(), c.now(), m)
}

// sealWith signs a message. A key service that takes a context has as long as one
// attempt, and ends with ctx.
func (c *Client) sealWith(ctx context.Context, ring *keyring, at time.Time, m wire.Message) (sealed, error) {
	signing := &c.wallet.Signing
	m.Time, m.Layout, m.MerchantID = signing.TimeFormat.Format(at), signing.Content, c.merchantID
	sig, err := rsakey.SignContext(ctx, c.retry.AttemptTimeout, ring.private, m.Content())
	if err != nil {
		return sealed{}, notSigned(err)
	}
	return sealed{m.Time, c.wallet.SignatureHeader(ring.keyVersion, sig)}, nil
}

// Values of APIError.Cause of a request that was not signed.
const (
	causeSigning        = "signing"
	causeSigningTimeout = "signing_timeout"
)

// signingCause says why a request was not signed.
func signingCause(err error) string {
	var givenUp *rsakey.GivenUpError
	switch {
	case !errors.As(err, &givenUp):
		return causeSigning
	case errors.Is(givenUp.Context, context.Canceled):
		return string(transport.CauseCanceled)
	}
	return causeSigningTimeout
}

// notSigned is the error about a message that the private key did not sign. It keeps the
// error of a key service for errors.Is; its text does not show that error's.
func notSigned(err error) error {
	var fault *rsakey.UnusableError
	if !errors.As(err, &fault) || fault.Cause == nil {
		return usable("PrivateKey", err)
	}
	return &FieldError{
		Field: "PrivateKey", Rule: fault.Rule, Remedy: fault.Remedy, Err: kinds{ErrInvalidKey, fault.Cause},
	}
}
