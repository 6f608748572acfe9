package wire

import (
	"maps"
	"strings"
)

// Operation names one call of the wallet's server API, or one kind of
// notification. The operation of a call that the protocol does not name is its
// path, such as "/v2/payments/confirm". An operation that only one wallet has is
// the name in its profile's Routes.Paths.
type Operation string

// The operations of the protocol.
const (
	OpPay              Operation = "pay"
	OpInquiryPayment   Operation = "inquiryPayment"
	OpCancel           Operation = "cancel"
	OpRefund           Operation = "refund"
	OpInquiryRefund    Operation = "inquiryRefund"
	OpCapture          Operation = "capture"
	OpVoid             Operation = "void"
	OpApplyToken       Operation = "applyToken"
	OpCancelToken      Operation = "cancelToken"
	OpPrepare          Operation = "prepare"
	OpUserInfo         Operation = "inquiryUserInfo"
	OpSendMessage      Operation = "sendMessage" // of the wallets whose profile has a path for it
	OpNotifyPayment    Operation = "notifyPayment"
	OpNotifyVoid       Operation = "notifyVoid"
	OpNotifyCashierURL Operation = "notifyCashierUrl"
)

// platformPaths are the platform's paths, without prefix and version.
var platformPaths = map[Operation]string{
	OpPay:            "payments/pay",
	OpInquiryPayment: "payments/inquiryPayment",
	OpCancel:         "payments/cancel",
	OpRefund:         "payments/refund",
	OpInquiryRefund:  "payments/inquiryRefund",
	OpCapture:        "payments/capture",
	OpVoid:           "payments/void",
	OpApplyToken:     "authorizations/applyToken",
	OpCancelToken:    "authorizations/cancelToken",
	OpPrepare:        "authorizations/prepare",
	OpUserInfo:       "users/inquiryUserInfo",
}

// Operations returns the calls that the wallet has, in no order. Notifications are
// not calls.
func (p *Profile) Operations() []Operation {
	known := maps.Clone(platformPaths)
	maps.Copy(known, p.Routes.Paths)
	var all []Operation
	for op := range known {
		notification := op == OpNotifyPayment || op == OpNotifyVoid || op == OpNotifyCashierURL
		if p.Path(op) != "" && !notification {
			all = append(all, op)
		}
	}
	return all
}

// Path returns the path of an operation without the gateway prefix, such as
// "/v1/payments/pay". It returns "" for an operation that is not a call of the
// protocol, or that the wallet does not have.
func (p *Profile) Path(op Operation) string {
	path, ok := p.Routes.Paths[op]
	if !ok {
		path, ok = platformPaths[op]
	}
	if _, missing := p.Routes.Unsupported[op]; missing || !ok {
		return ""
	}
	return p.Versioned(path)
}

// Versioned puts the profile's version before a path that has none.
func (p *Profile) Versioned(path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return "/" + p.Routes.Version + "/" + path
}
