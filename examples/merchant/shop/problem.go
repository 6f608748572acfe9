package shop

import (
	"context"
	"errors"
	"net/http"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
)

// problem is an error that the caller is told: by its code, which programs
// read, and by the text of that name in texts, which people read.
type problem struct {
	status     int
	code       string
	retryAfter string // seconds
}

// Error returns the code.
func (p *problem) Error() string { return "shop: " + p.code }

var (
	errBadRequest   = &problem{status: http.StatusBadRequest, code: "bad_request"}
	errItems        = &problem{status: http.StatusBadRequest, code: "items"}
	errAmount       = &problem{status: http.StatusBadRequest, code: "amount"}
	errUnauthorized = &problem{status: http.StatusUnauthorized, code: "unauthorized"}
	errForged       = &problem{status: http.StatusForbidden, code: "forged"}
	errPassword     = &problem{status: http.StatusForbidden, code: "password"}
	errNotFound     = &problem{status: http.StatusNotFound, code: "not_found"}
	errRequestKey   = &problem{status: http.StatusConflict, code: "request_key"}
	errSoldOut      = &problem{status: http.StatusConflict, code: "sold_out"}
	errPaid         = &problem{status: http.StatusConflict, code: "already_paid"}
	errState        = &problem{status: http.StatusConflict, code: "state"}
	errAgreed       = &problem{status: http.StatusConflict, code: "agreed"}
	errAgreement    = &problem{status: http.StatusConflict, code: "agreement"}
	errAgreeAgain   = &problem{status: http.StatusConflict, code: "agree_again"}
	errUnsupported  = &problem{status: http.StatusConflict, code: "unsupported"}
	errRefused      = &problem{status: http.StatusUnprocessableEntity, code: "refused"}
	errTooMany      = &problem{status: http.StatusTooManyRequests, code: "too_many", retryAfter: "60"}
	errTryAgain     = &problem{status: http.StatusServiceUnavailable, code: "try_again", retryAfter: "2"}
	errInternal     = &problem{status: http.StatusInternalServerError, code: "internal"}
)

// problem says what to tell the caller about an error, and logs what only we
// may know.
func (s *Shop) problem(r *http.Request, err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	for _, known := range []struct {
		is   error
		tell *problem
	}{
		// Unknown is not failed: the order is kept, and the same request goes on
		// with it. It comes first: nothing beside it makes it final.
		{tradepay.ErrOutcomeUnknown, errTryAgain},
		{orderflow.ErrAlreadyPaid, errPaid},
		{orderflow.ErrNotFound, errNotFound},
		{orderflow.ErrTransition, errState},
		{orderflow.ErrConflict, errRequestKey},
		{tradepay.ErrInvalidAmount, errAmount},
		{tradepay.ErrNotSupported, errUnsupported},
		{tradepay.ErrRejected, errRefused},
		{context.DeadlineExceeded, errTryAgain},
		{context.Canceled, errTryAgain},
	} {
		if errors.Is(err, known.is) {
			if known.tell == errTryAgain || known.tell == errRefused {
				s.log.WarnContext(r.Context(), "request not completed", "pattern", r.Pattern, "error", err)
			}
			return known.tell
		}
	}
	s.log.ErrorContext(r.Context(), "request failed", "pattern", r.Pattern, "error", err)
	if errors.Is(err, orderflow.ErrDatabase) {
		return errTryAgain
	}
	return errInternal
}
