package tradepay_test

import (
	"testing"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/redacttest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/walletapi"
	"github.com/tradepay/tradepay-go/wire"
)

// TestNoTypePrintsSecrets: if an exported struct holds payers' data, raw messages,
// tokens or URLs with tokens, neither fmt nor slog print them. A field is secret
// unless this test names it.
func TestNoTypePrintsSecrets(t *testing.T) {
	t.Parallel()
	redacttest.Check(t, redacttest.Spec{
		Dir: ".",
		Values: []any{
			tradepay.APIError{}, tradepay.Acknowledgement{}, tradepay.Address{}, tradepay.Amount{},
			tradepay.ApplyTokenRequest{}, tradepay.Authorization{},
			tradepay.CallInfo{},
			tradepay.Buyer{}, tradepay.Capture{}, tradepay.CaptureRequest{}, tradepay.Client{}, tradepay.Config{},
			tradepay.ConfirmRequest{}, tradepay.Confirmation{}, tradepay.Contact{}, tradepay.CreateOrderRequest{},
			tradepay.Environment{}, tradepay.Goods{}, tradepay.Merchant{}, tradepay.MessageRequest{},
			tradepay.Notification{}, tradepay.Order{}, tradepay.OrderDetails{}, tradepay.OrderRef{},
			tradepay.PersonName{}, tradepay.PrepareRequest{},
			tradepay.Refund{}, tradepay.RefundRef{}, tradepay.RefundRequest{}, tradepay.Result{},
			tradepay.RetryPolicy{}, tradepay.SentMessage{}, tradepay.Shipping{}, tradepay.SignatureError{},
			tradepay.Store{}, tradepay.Token{}, tradepay.TradePayParams{}, tradepay.Transaction{},
			tradepay.UserInfo{}, tradepay.Void{},
			tradepay.VoidRequest{},
		},
		Public: map[string]string{
			"tradepay.APIError":           "Kind UnverifiedCode Cause TraceID Hint Err",
			"tradepay.Acknowledgement":    "Header Body", // the same for every payment, and signed
			"tradepay.Amount":             "Currency",
			"tradepay.CallInfo":           "Wallet Cause Code PaymentRequestID TraceID", // words and ids
			"tradepay.Capture":            "CaptureRequestID CaptureID",
			"tradepay.CaptureRequest":     "CaptureRequestID",
			"wire.Profile":                "Name Dialect",
			"wire.Fact":                   "About Known Says Source",
			"tradepay.Config":             "ClientID KeyVersion",
			"tradepay.ConfirmRequest":     "ConfirmRequestID",
			"tradepay.Confirmation":       "ConfirmRequestID ConfirmID",
			"tradepay.CreateOrderRequest": "PaymentRequestID",
			"tradepay.Goods":              "ID",
			"tradepay.Merchant":           "ID",
			"tradepay.MessageRequest":     "RequestID Channel TemplateCode",
			"tradepay.Notification":       "PaymentRequestID PaymentID RefundRequestID CaptureRequestID DisputeID",
			"tradepay.Order":              "PaymentRequestID PaymentID",
			"tradepay.OrderRef":           "PaymentRequestID PaymentID",
			"tradepay.PrepareRequest":     "Scopes",
			"tradepay.Refund":             "RefundRequestID RefundID",
			"tradepay.RefundRef":          "RefundRequestID RefundID",
			"tradepay.RefundRequest":      "RefundRequestID",
			"tradepay.Result":             "Code TraceID", // the wallet's word for its verdict; not its message
			"tradepay.SentMessage":        "RequestID MessageID",
			"tradepay.SignatureError":     "Header KeyVersion",
			"tradepay.Store":              "ID Name DisplayName MCC",
			"tradepay.Transaction":        "ID RequestID Type",
			"tradepay.Void":               "VoidRequestID VoidID",
			"tradepay.VoidRequest":        "VoidRequestID",
		},
		Stored: []string{
			"tradepay.Address", "tradepay.ApplyTokenRequest", "tradepay.Authorization", "tradepay.Buyer",
			"tradepay.Capture", "tradepay.CaptureRequest",
			"tradepay.ConfirmRequest", "tradepay.Confirmation",
			"tradepay.Contact", "tradepay.CreateOrderRequest", "tradepay.Environment",
			"tradepay.Goods", "tradepay.Merchant", "tradepay.MessageRequest",
			"tradepay.Notification", "tradepay.Order", "tradepay.OrderDetails", "tradepay.PersonName",
			"tradepay.PrepareRequest", "tradepay.Refund",
			"tradepay.RefundRequest", "tradepay.Result", "tradepay.SentMessage", "tradepay.Shipping", "tradepay.Token",
			"tradepay.TradePayParams", "tradepay.Transaction",
			"tradepay.UserInfo", "tradepay.Void", "tradepay.VoidRequest",
		},
	})
}

func TestNoTypeOfTheTestWalletPrintsSecrets(t *testing.T) {
	t.Parallel()
	redacttest.Check(t, redacttest.Spec{
		Dir: "tradepaytest",
		Values: []any{
			tradepaytest.Delivery{}, tradepaytest.Event{}, tradepaytest.Fault{}, tradepaytest.Merchant{},
			tradepaytest.Message{},
			tradepaytest.Payment{},
			tradepaytest.Rejection{}, tradepaytest.UserMessage{}, tradepaytest.Wallet{},
		},
		Public: map[string]string{
			"doctor.Finding":        "Summary Remedy InGo Detail",
			"tradepay.Amount":       "Currency",
			"tradepaytest.Delivery": "PaymentID PaymentRequestID Error",
			"tradepaytest.Event":    "Name PaymentRequestID PaymentID Err Detail",
			"tradepaytest.Fault":    "Code",
			"tradepaytest.Merchant": "ClientID AppID PartnerID KeyVersion",
			// For people to read, so it has no secrets.
			"tradepaytest.Message":     "Method URI* Header Body SignedContent Verdict",
			"tradepaytest.Payment":     "PaymentID PaymentRequestID",
			"tradepaytest.Rejection":   "Code Why",
			"tradepaytest.UserMessage": "RequestID MessageID",
		},
		Stored: []string{"tradepaytest.Payment", "tradepaytest.UserMessage"},
	})
}

func TestNoTypeOfWirePrintsSecrets(t *testing.T) {
	t.Parallel()
	redacttest.Check(t, redacttest.Spec{
		Dir: "wire",
		Values: []any{
			wire.FieldError{}, wire.Fact{}, wire.Message{}, wire.Products{}, wire.Profile{}, wire.Quirks{},
			wire.Requirements{}, wire.Routes{},
			wire.SignatureHeader{}, wire.Signing{}, wire.Words{},
		},
		Public: map[string]string{ // a profile is published
			"wire.FieldError":      "Field Rule Remedy Err",
			"wire.Message":         "URI ClientID Time",
			"wire.Fact":            "About Known Says Source",
			"wire.Products":        "Cashier Authorize Agreement Escrow Sales",
			"wire.Profile":         "Name Country Sources Dialect",
			"wire.Routes":          "BaseURLs Prefix Version Paths Unsupported CashierJSAPI SignJSAPI",
			"wire.SignatureHeader": "Algorithm KeyVersion Signature",
			"wire.Signing":         "AlgorithmLabel HeaderSeparator MerchantIDHeader AgentTokenHeader RequestIDHeader",
			"wire.Words":           "Results Codes Statuses",
		},
		Stored: []string{"wire.Message"},
	})
}

func TestNoTypeOfWalletAPIPrintsSecrets(t *testing.T) {
	t.Parallel()
	redacttest.Check(t, redacttest.Spec{
		Dir:    "walletapi",
		Values: []any{walletapi.Account{}, walletapi.Card{}, walletapi.QRCode{}, walletapi.QRCodeRequest{}},
		Public: map[string]string{ // a QR code is printed on posters
			"walletapi.QRCode":        "Value Image",
			"walletapi.QRCodeRequest": "Page Params Description",
		},
		Stored: []string{"walletapi.Account", "walletapi.Card"},
	})
}

func TestNoTypeOfTheDoctorPrintsSecrets(t *testing.T) {
	t.Parallel()
	redacttest.Check(t, redacttest.Spec{
		Dir:    "doctor",
		Values: []any{doctor.Diagnosis{}, doctor.Evidence{}, doctor.Finding{}},
		Public: map[string]string{
			"doctor.Diagnosis": "Key",
			"doctor.Finding":   "Summary Remedy InGo Detail",
		},
	})
}
