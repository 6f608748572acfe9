// Package shaper makes a wire.Shaper of functions: for the profiles of package
// wallets, and for tests.
package shaper

import "github.com/tradepay/tradepay-go/wire"

// Hook changes one message.
type Hook func(op wire.Operation, body map[string]any) error

// Hooks is a wire.Shaper, and an Unshaper of package tradepaytest. A nil function
// changes nothing.
type Hooks struct{ Request, Response, UndoRequest, UndoResponse Hook }

func (h Hook) run(op wire.Operation, body map[string]any) error {
	if h == nil {
		return nil
	}
	return h(op, body)
}

// ShapeRequest calls Request.
func (h Hooks) ShapeRequest(op wire.Operation, body map[string]any) error {
	return h.Request.run(op, body)
}

// ShapeResponse calls Response.
func (h Hooks) ShapeResponse(op wire.Operation, body map[string]any) error {
	return h.Response.run(op, body)
}

// UnshapeRequest calls UndoRequest.
func (h Hooks) UnshapeRequest(op wire.Operation, body map[string]any) error {
	return h.UndoRequest.run(op, body)
}

// UnshapeResponse calls UndoResponse.
func (h Hooks) UnshapeResponse(op wire.Operation, body map[string]any) error {
	return h.UndoResponse.run(op, body)
}
