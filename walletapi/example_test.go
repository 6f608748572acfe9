package walletapi_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/walletapi"
	"github.com/tradepay/tradepay-go/wallets"
)

func ExampleCards() {
	ctx := context.Background()
	wallet := tradepaytest.NewWallet(tradepaytest.As(wallets.SuperQi())) // in production: the wallet itself
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}
	token, err := client.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: wallet.AuthCode("2188000000000001")})
	if err != nil {
		log.Fatal(err)
	}
	cards, err := walletapi.Cards(ctx, client, token.AccessToken)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(cards), cards[0].MaskedNo[:12])
	fmt.Println(cards[0]) // nothing of it gets into a log
	// Output:
	// 1 418274******
	// walletapi.Card{}
}

func ExampleAccounts() {
	ctx := context.Background()
	wallet := tradepaytest.NewWallet(tradepaytest.As(wallets.SuperQi()))
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}
	token, err := client.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: wallet.AuthCode("2188000000000001")})
	if err != nil {
		log.Fatal(err)
	}
	accounts, err := walletapi.Accounts(ctx, client, token.AccessToken)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(accounts), len(accounts[0].No))
	// Output: 1 16
}

func ExampleCreateQRCode() {
	wallet := tradepaytest.NewWallet()
	defer wallet.Close()
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}
	code, err := walletapi.CreateQRCode(context.Background(), client, &walletapi.QRCodeRequest{
		Page: "pages/menu/menu", Params: "table=7", Description: "Table 7",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(code.Value != "", string(code.Image[1:4]))
	// Output: true PNG
}

func ExampleReconciliationFiles() {
	ctx := context.Background()
	now := time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	wallet := tradepaytest.NewWallet(tradepaytest.As(wallets.Toka()), tradepaytest.WithClock(clock))
	defer wallet.Close()
	config := wallet.Config()
	config.Now = clock
	client, err := tradepay.NewClient(config)
	if err != nil {
		log.Fatal(err)
	}
	yesterday := now.AddDate(0, 0, -1)
	links, err := walletapi.ReconciliationFiles(ctx, client, yesterday, walletapi.Daily)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(links))
	links, err = walletapi.ReconciliationFiles(ctx, client, now, walletapi.Daily)
	fmt.Println(len(links), err) // the day is not over

	other := tradepaytest.NewWallet() // another wallet has no such files
	defer other.Close()
	client, err = tradepay.NewClient(other.Config())
	if err != nil {
		log.Fatal(err)
	}
	_, err = walletapi.ReconciliationFiles(ctx, client, yesterday, walletapi.Daily)
	fmt.Println(errors.Is(err, tradepay.ErrNotSupported))
	// Output:
	// 1
	// 0 <nil>
	// true
}
