package tradepay

import (
	"errors"
	"net/http"
	"strings"

	"github.com/tradepay/tradepay-go/internal/stranger"
	"github.com/tradepay/tradepay-go/internal/transport"
)

// foreign says what answered in place of the wallet: its cause, and err with what it
// looks like. The cause is empty if the answer may be the wallet's: it is signed, or it
// says that the wallet does not know who is calling.
func (c *Client) foreign(res *transport.Response, claimed string, err error) (cause string, seen error) {
	var rejected *SignatureError
	if !errors.As(err, &rejected) {
		return "", err
	}
	isSigned := hasSignature(res.Header)
	switch {
	case rejected.Reason == ReasonContentEncoding && isSigned:
		return string(stranger.CauseCompressed), err
	case isSigned || rejected.Reason != ReasonMissingHeader && rejected.Reason != ReasonContentEncoding:
		return "", err
	case refusesCaller(c.platformCode(claimed)):
		return "", err
	}
	found := stranger.Look(res.Status, res.Header, res.Body)
	if claimed != "" {
		return string(found.Cause), err
	}
	return string(found.Cause), &foreignError{found.What, err}
}

// foreignError says what came in place of a signed answer.
type foreignError struct {
	what string
	err  error
}

func (e *foreignError) Error() string {
	return "got " + e.what + ", not a signed answer: " + strings.TrimPrefix(e.err.Error(), "tradepay: ")
}

func (e *foreignError) Unwrap() error { return e.err }

func hasSignature(header http.Header) bool {
	_, err := single(header, "Signature")
	var rejected *SignatureError
	return !errors.As(err, &rejected) || rejected.Reason != ReasonMissingHeader
}
