package walletapi

import (
	"context"
	"fmt"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wire"
)

// call makes one call of an operation that only some wallets have. It succeeds only
// with S.
func call(ctx context.Context, client *tradepay.Client, op wire.Operation, request map[string]any, response any) error {
	wallet := client.Wallet()
	path := wallet.Path(op)
	if path == "" {
		return fmt.Errorf("%w: %s has no %s", tradepay.ErrNotSupported, wallet.Name, op)
	}
	result, err := client.Call(ctx, path, request, response)
	if err == nil && result.Status != tradepay.ResultSuccess {
		err = &tradepay.APIError{Op: op, Kind: tradepay.ErrOutcomeUnknown, Result: result}
	}
	return err
}

// malformed is the error about an answer that lacks what it must have.
func malformed(op wire.Operation, member string) error {
	return &tradepay.APIError{
		Op: op, Kind: tradepay.ErrOutcomeUnknown,
		Err: fmt.Errorf("%w: member %q is missing or wrong", tradepay.ErrMalformed, member),
	}
}

// invalid is the error about an input that is missing or wrong.
func invalid(field, rule, remedy string) error {
	return &tradepay.FieldError{Field: field, Rule: rule, Remedy: remedy, Err: tradepay.ErrInvalidRequest}
}
