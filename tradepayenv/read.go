package tradepayenv

import (
	"errors"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// Read reads a whole configuration from the environment of the process. See [ReadFrom].
func Read() (tradepay.Config, error) { return ReadFrom(os.Getenv) }

// ReadFrom reads a whole configuration, which [tradepay.NewClient] accepts. getenv returns
// the value of a variable, or "" if it is not set, as os.Getenv does. The error holds an
// [Error] for each variable that is missing or wrong. With an error, the configuration is
// empty.
func ReadFrom(getenv func(name string) string) (tradepay.Config, error) {
	cfg, err := ReadPart(getenv)
	if err != nil {
		return tradepay.Config{}, err
	}
	if err := Require(cfg, Wallet, BaseURL, ClientID, PrivateKey, WalletKey); err != nil {
		return tradepay.Config{}, err
	}
	if err := Require(cfg, demanded(cfg.Wallet)...); err != nil {
		return tradepay.Config{}, err
	}
	if _, err := tradepay.NewClient(cfg); err != nil {
		return tradepay.Config{}, explained(err, cfg, trimmed(getenv))
	}
	return cfg, nil
}

// ReadPart reads the variables that are set, for a tool that needs some of them. It checks
// each value by itself. A field whose variable is not set stays zero: ask [Require] for
// those that the tool needs. With an error, the configuration holds what could be read.
func ReadPart(getenv func(name string) string) (tradepay.Config, error) {
	getenv = trimmed(getenv)
	cfg := tradepay.Config{
		BaseURL: getenv(BaseURL), ClientID: getenv(ClientID), AppID: getenv(AppID), PartnerID: getenv(PartnerID),
		MerchantID: getenv(MerchantID), SiteName: getenv(SiteName), AgentToken: getenv(AgentToken),
		KeyVersion: getenv(KeyVersion),
	}
	var errs []error
	keep := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	if name := getenv(Wallet); name != "" {
		w, err := walletByName(name)
		keep(err)
		cfg.Wallet = w
	}
	if published, ok := cfg.Wallet.Routes.BaseURLs[cfg.BaseURL]; ok {
		cfg.BaseURL = published
	}
	private, err := readPrivateKey(getenv)
	keep(err)
	if private != nil {
		cfg.PrivateKey = private
	}
	cfg.WalletKeys, err = readWalletKeys(getenv)
	keep(err)
	return cfg, errors.Join(errs...)
}

// Require returns an [Error] for each of these variables that left nothing in cfg, a
// result of [ReadPart]. [PrivateKey] and [WalletKey] stand for all variables that bring
// such a key.
func Require(cfg tradepay.Config, variables ...string) error {
	set := map[string]bool{
		Wallet: cfg.Wallet.Name != "", BaseURL: cfg.BaseURL != "", ClientID: cfg.ClientID != "",
		AppID: cfg.AppID != "", PartnerID: cfg.PartnerID != "", MerchantID: cfg.MerchantID != "",
		SiteName: cfg.SiteName != "", AgentToken: cfg.AgentToken != "", PrivateKey: cfg.PrivateKey != nil,
		WalletKey: len(cfg.WalletKeys) > 0,
	}
	var errs []error
	for _, name := range variables {
		if !set[name] {
			errs = append(errs, missing(name, cfg.Wallet))
		}
	}
	return errors.Join(errs...)
}

// ReadNotifyURL returns the URL of [NotifyURL], for
// [tradepay.CreateOrderRequest.NotifyURL], or "" if the variable is not set. The URL is
// absolute, http or https, and carries neither a user nor a fragment.
func ReadNotifyURL(getenv func(name string) string) (string, error) {
	text := trimmed(getenv)(NotifyURL)
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	absolute := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
	if !absolute || u.Fragment != "" || u.User != nil {
		return "", &Error{
			Variable: NotifyURL, Rule: "must be an absolute http or https URL without a user or a #",
			Remedy: "give it like https://shop.example/tradepay/notify", Err: tradepay.ErrInvalidConfig,
		}
	}
	return text, nil
}

// trimmed cuts off each value what does not belong to it.
func trimmed(getenv func(string) string) func(string) string {
	return func(name string) string { return unquoted(getenv(name)) }
}

// unquoted cuts white space and quotation marks off a value. A line break at the end of a
// secret is an accident of the store that it comes from, a carriage return one of a file
// written on Windows, and quotation marks stay where nothing reads an environment file as a
// shell does.
func unquoted(value string) string {
	value = strings.TrimSpace(value)
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		value = strings.TrimSpace(value[1 : n-1])
	}
	return value
}

// explained is [Explain] that names the variable which the program's user has set.
func explained(err error, cfg tradepay.Config, getenv func(string) string) error {
	err = Explain(err)
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	noURL := !strings.Contains(cfg.BaseURL, "/")
	if e.Variable == BaseURL && noURL && len(cfg.Wallet.Routes.BaseURLs) > 0 { // perhaps a misspelt name of a gateway
		e.Remedy += ", or " + published(cfg.Wallet)
	}
	e.Variable = source(e.Variable, getenv)
	return err
}

// source returns the variable that brought a key: this one, or one that replaces it.
func source(variable string, getenv func(string) string) string {
	others := map[string][]string{
		PrivateKey: {PrivateKey, PrivateKeyFile},
		WalletKeys: {WalletKeys, WalletKeysFile, WalletKey, WalletKeyFile},
	}[variable]
	for _, other := range others {
		if getenv(other) != "" {
			return other
		}
	}
	return variable
}

// demanded returns the variables that a wallet needs beyond the usual ones.
func demanded(w wire.Profile) []string {
	var names []string
	for _, d := range []struct {
		needed   bool
		variable string
	}{
		{w.Requirements.AppID, AppID}, {w.Requirements.PartnerID, PartnerID}, {w.Requirements.MerchantID, MerchantID},
		{w.Requirements.SiteName, SiteName}, {w.Signing.AgentTokenHeader != "", AgentToken},
	} {
		if d.needed {
			names = append(names, d.variable)
		}
	}
	return names
}

func missing(name string, w wire.Profile) error {
	remedy := "take it from the wallet's console"
	switch name {
	case Wallet:
		remedy = "name one of: " + strings.Join(walletNames(), ", ")
	case BaseURL:
		remedy = "give the gateway that the wallet gave you, such as https://gateway.example.com"
		if len(w.Routes.BaseURLs) > 0 {
			remedy = published(w)
		}
	case SiteName:
		remedy = w.Name + " demands it; it is siteName of my.getSiteInfo in the mini program"
	case PrivateKey:
		remedy = "name the file of your private key in " + PrivateKeyFile + "; tradepay keygen makes one"
	case WalletKey:
		remedy = "name the file of the wallet's public key, from its console, in " + WalletKeyFile
	}
	return &Error{Variable: name, Rule: "is not set", Remedy: remedy, Err: tradepay.ErrInvalidConfig}
}

// published lists the gateways that a profile has by name.
func published(w wire.Profile) string {
	var known []string
	for _, environment := range slices.Sorted(maps.Keys(w.Routes.BaseURLs)) {
		known = append(known, environment+" ("+w.Routes.BaseURLs[environment]+")")
	}
	return "name one that " + w.Name + " publishes: " + strings.Join(known, " or ")
}

// walletNames are the names that [Wallet] takes.
func walletNames() []string {
	names := []string{"platform-v1", "platform-v2"}
	for _, w := range wallets.All() {
		names = append(names, w.Name)
	}
	return names
}

func walletByName(name string) (wire.Profile, error) {
	switch strings.NewReplacer("-", "", " ", "", "_", "").Replace(strings.ToLower(name)) {
	case "platformv1":
		return wallets.PlatformV1(), nil
	case "platformv2":
		return wallets.PlatformV2(), nil
	}
	if w, ok := wallets.ByName(name); ok {
		return w, nil
	}
	remedy := "known are " + strings.Join(walletNames(), ", ")
	if near := wallets.Nearest(name); len(near) > 0 {
		remedy = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return wire.Profile{}, &Error{
		Variable: Wallet, Rule: "no wallet is called " + quoted(name), Remedy: remedy, Err: tradepay.ErrInvalidConfig,
	}
}
