package tradepayenv_test

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// A program configures its client from the environment, as the command tradepay does.
func ExampleRead() {
	if err := tradepayenv.Misspelt(os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, "warning:", err)
	}
	cfg, err := tradepayenv.Read()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	client, err := tradepay.NewClient(cfg)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	_ = client // serve
}

// The variables may come from anywhere. The error names each one that is missing.
func ExampleReadFrom() {
	store := map[string]string{
		"TRADEPAY_WALLET":    "GCash",
		"TRADEPAY_BASE_URL":  "https://gateway.example.com",
		"TRADEPAY_CLIENT_ID": "2022070700000000000001",
	}
	_, err := tradepayenv.ReadFrom(func(name string) string { return store[name] })
	var variable *tradepayenv.Error // the first one
	fmt.Println(errors.As(err, &variable), errors.Is(err, tradepay.ErrInvalidConfig))
	fmt.Println(variable.Variable + ": " + variable.Rule)
	fmt.Println(strings.Count(err.Error(), "is not set"))
	// Output:
	// true true
	// TRADEPAY_PRIVATE_KEY: is not set
	// 2
}

// A tool that signs needs neither a gateway nor the wallet's key.
func ExampleRequire() {
	store := map[string]string{"TRADEPAY_WALLET": "vodapay"}
	cfg, err := tradepayenv.ReadPart(func(name string) string { return store[name] })
	if err == nil {
		err = tradepayenv.Require(cfg, tradepayenv.Wallet, tradepayenv.ClientID)
	}
	fmt.Println(cfg.Wallet.Name)
	fmt.Println(err)
	// Output:
	// VodaPay
	// TRADEPAY_CLIENT_ID: is not set; take it from the wallet's console
}

// A program that shows its own help lists the variables.
func ExampleVariables() {
	for _, v := range tradepayenv.Variables()[:3] {
		fmt.Printf("%-19s %s\n", v.Name, v.Usage)
	}
	// Output:
	// TRADEPAY_WALLET     wallet by name, such as VodaPay, or platform-v1, platform-v2
	// TRADEPAY_BASE_URL   gateway that the wallet gave you; or sandbox, production where the profile has them
	// TRADEPAY_CLIENT_ID  Client-Id that the wallet issued
}

// A variable with a slip has no effect. A program warns about it when it starts.
func ExampleMisspelt() {
	err := tradepayenv.Misspelt([]string{"TRADEPAY_WALLET=VodaPay", "TRADEPAY_KEYVERSION=2"})
	fmt.Println(err)
	// Output: TRADEPAY_KEYVERSION: is not known; did you mean TRADEPAY_KEY_VERSION?
}
