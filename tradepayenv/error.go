package tradepayenv

import (
	"errors"
	"strconv"
	"strings"

	"github.com/tradepay/tradepay-go"
)

// Error says which variable is wrong, which rule it breaks, and what to do. It never
// contains the value of a secret.
type Error struct {
	Variable string // such as TRADEPAY_WALLET_KEY_FILE
	File     string // the file that the variable names, if the mistake is in it
	Rule     string // what is wrong, such as "is not set"
	Remedy   string // what to do; may be empty
	Err      error  // the cause, such as tradepay.ErrInvalidKey; may be nil
}

func (e *Error) Error() string {
	text := e.Variable
	if e.File != "" {
		text += " (" + e.File + ")"
	}
	text += ": " + e.Rule
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// fieldVariables are the variables behind the fields of [tradepay.Config].
var fieldVariables = map[string]string{
	"Wallet": Wallet, "BaseURL": BaseURL, "ClientID": ClientID, "AppID": AppID, "PartnerID": PartnerID,
	"MerchantID": MerchantID, "SiteName": SiteName, "AgentToken": AgentToken, "PrivateKey": PrivateKey,
	"KeyVersion": KeyVersion, "WalletKeys": WalletKeys,
}

// Explain turns an error of [tradepay.NewClient] about a field into an [Error] about the
// variable behind that field. It returns every other error as it is. A program needs it
// if it changes what [ReadFrom] returned.
func Explain(err error) error {
	var field *tradepay.FieldError
	if !errors.As(err, &field) {
		return err
	}
	name, version, _ := strings.Cut(field.Field, "[")
	variable, ok := fieldVariables[name]
	if !ok {
		return err
	}
	rule := field.Rule
	if version != "" {
		rule = "the key of keyVersion " + strings.Trim(version, `"]`) + " " + rule
	}
	return &Error{Variable: variable, Rule: rule, Remedy: field.Remedy, Err: err}
}

// quoted shows a value that is no secret on one line. It only counts the characters of
// a long one, which may be a key in the wrong variable.
func quoted(text string) string {
	if len(text) > 40 {
		return "this text of " + strconv.Itoa(len(text)) + " bytes"
	}
	return strconv.QuoteToASCII(text)
}
