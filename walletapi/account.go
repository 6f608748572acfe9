package walletapi

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/operation"
	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/wire"
)

// Card is a card that the user has linked to the wallet. It holds personal data: fmt
// and slog do not print it.
type Card struct {
	MaskedNo  string `json:"maskedNo,omitzero"`  // the number, with digits hidden by the wallet
	AccountNo string `json:"accountNo,omitzero"` // of the account that the card pays from
}

// Account is an account of the user. It holds personal data: fmt and slog do not print
// it.
type Account struct {
	No string `json:"no,omitzero"`
}

// Cards returns the user's cards. The access token is that of
// [tradepay.Client.ApplyToken], and must have the scope CARD_LIST. SuperQi has it.
func Cards(ctx context.Context, client *tradepay.Client, accessToken string) ([]Card, error) {
	var answer struct {
		CardList []struct {
			MaskedCardNo  string `json:"maskedCardNo"`
			AccountNumber string `json:"accountNumber"`
		} `json:"cardList"`
	}
	if err := ask(ctx, client, operation.UserCards, accessToken, &answer); err != nil {
		return nil, err
	}
	cards := make([]Card, len(answer.CardList))
	for i, c := range answer.CardList {
		cards[i] = Card{MaskedNo: c.MaskedCardNo, AccountNo: c.AccountNumber}
	}
	return cards, nil
}

// Accounts returns the user's accounts. The access token is that of
// [tradepay.Client.ApplyToken]. SuperQi has it.
func Accounts(ctx context.Context, client *tradepay.Client, accessToken string) ([]Account, error) {
	var answer struct {
		AccountList []struct {
			AccountNumber string `json:"accountNumber"`
		} `json:"accountList"`
	}
	if err := ask(ctx, client, operation.UserAccounts, accessToken, &answer); err != nil {
		return nil, err
	}
	accounts := make([]Account, len(answer.AccountList))
	for i, a := range answer.AccountList {
		accounts[i] = Account{No: a.AccountNumber}
	}
	return accounts, nil
}

// ask asks for what a user has agreed to.
func ask(ctx context.Context, client *tradepay.Client, op wire.Operation, accessToken string, answer any) error {
	if accessToken == "" {
		return invalid("accessToken", "is required", "get it with ApplyToken")
	}
	return call(ctx, client, op, map[string]any{"accessToken": accessToken}, answer)
}

func (Card) redacted() redact.Value    { return redact.As("walletapi.Card") }
func (Account) redacted() redact.Value { return redact.As("walletapi.Account") }

// Format implements [fmt.Formatter] without personal data.
func (c Card) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.redacted().String()) }

// LogValue implements [slog.LogValuer] without personal data.
func (c Card) LogValue() slog.Value { return c.redacted().LogValue() }

// Format implements [fmt.Formatter] without personal data.
func (a Account) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.redacted().String()) }

// LogValue implements [slog.LogValuer] without personal data.
func (a Account) LogValue() slog.Value { return a.redacted().LogValue() }
