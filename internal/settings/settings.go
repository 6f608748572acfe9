// Package settings reads what a merchant's program needs to talk to a wallet from
// TRADEPAY_* variables: for the command, the example shop and whoever has a
// getenv. Nothing here sends anything.
package settings

import (
	"crypto/rsa"
	"errors"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	//nolint:depguard // package tradepay does not import this one
	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/spelling" //nolint:depguard // as above
	"github.com/tradepay/tradepay-go/wallets"           //nolint:depguard // as above
	"github.com/tradepay/tradepay-go/wire"
)

// The variables.
const (
	Wallet           = "TRADEPAY_WALLET"
	BaseURL          = "TRADEPAY_BASE_URL"
	ClientID         = "TRADEPAY_CLIENT_ID"
	AppID            = "TRADEPAY_APP_ID"
	PartnerID        = "TRADEPAY_PARTNER_ID"
	MerchantID       = "TRADEPAY_MERCHANT_ID"
	SiteName         = "TRADEPAY_SITE_NAME"
	AgentToken       = "TRADEPAY_AGENT_TOKEN" //nolint:gosec // the name, not a token
	PrivateKey       = "TRADEPAY_PRIVATE_KEY"
	PrivateKeyFile   = "TRADEPAY_PRIVATE_KEY_FILE"
	KeyVersion       = "TRADEPAY_KEY_VERSION"
	WalletKey        = "TRADEPAY_WALLET_KEY"
	WalletKeyFile    = "TRADEPAY_WALLET_KEY_FILE"
	WalletKeyVersion = "TRADEPAY_WALLET_KEY_VERSION"
	WalletKeys       = "TRADEPAY_WALLET_KEYS"
	WalletKeysFile   = "TRADEPAY_WALLET_KEYS_FILE"
	NotifyURL        = "TRADEPAY_NOTIFY_URL"
)

// Variable is one row of the table that the command's help and the documents
// show.
type Variable struct {
	Name             string
	English, Spanish string
	Secret           bool // never printed, and never taken from the command line
}

// Variables is the table, in the order in which it is shown.
var Variables = []Variable{
	{Wallet, "wallet by name, such as VodaPay, or platform-v1, platform-v2", "billetera por su nombre, como VodaPay, o platform-v1, platform-v2", false},
	{BaseURL, "gateway that the wallet gave you; or sandbox, production where the profile has them", "pasarela que te dio la billetera; o sandbox, production si el perfil los conoce", false},
	{ClientID, "Client-Id issued by the wallet", "Client-Id que emitió la billetera", false},
	{AppID, "id of the mini program", "identificador del miniprograma", false},
	{PartnerID, "partnerId of the v1 dialect", "partnerId del dialecto v1", false},
	{MerchantID, "merchant id, for wallets that want it in a header", "identificador del comercio, si la billetera lo pide en un encabezado", false},
	{SiteName, "my.getSiteInfo().siteName, for wallets that demand it", "my.getSiteInfo().siteName, si la billetera lo exige", false},
	{AgentToken, "agent token, for wallets that want it", "token de agente, si la billetera lo pide", true},
	{PrivateKey, "merchant's private key: PEM or bare base64", "clave privada del comercio: PEM o base64 sin más", true},
	{PrivateKeyFile, "file that holds it, in place of the above", "archivo que la contiene, en lugar de la anterior", false},
	{KeyVersion, "keyVersion of the private key at the wallet; default 1", "keyVersion de la clave privada en la billetera; por defecto 1", false},
	{WalletKey, "wallet's public key: PEM or bare base64", "clave pública de la billetera: PEM o base64 sin más", false},
	{WalletKeyFile, "file that holds it, in place of the above", "archivo que la contiene, en lugar de la anterior", false},
	{WalletKeyVersion, "keyVersion of that key; default 1", "keyVersion de esa clave; por defecto 1", false},
	{WalletKeys, "several of them while keys rotate: 1=<key>,2=<key>", "varias, durante una rotación de claves: 1=<clave>,2=<clave>", false},
	{WalletKeysFile, "the same with files: 1=<file>,2=<file>", "lo mismo con archivos: 1=<archivo>,2=<archivo>", false},
	{NotifyURL, "public URL that the wallet notifies", "URL pública a la que notifica la billetera", false},
}

// Error says which variable is wrong, by which rule, and what to do. It never
// holds the value of a secret.
type Error struct {
	Variable string
	File     string // that the variable names, if it does
	Rule     string
	Remedy   string
	Err      error // the cause, such as tradepay.ErrInvalidKey; may be nil
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

// FromEnv reads a whole configuration, ready for [tradepay.NewClient]. Give it
// os.Getenv. The error holds an [Error] for each variable that is missing or
// wrong, all of them at once.
func FromEnv(getenv func(string) string) (tradepay.Config, error) {
	cfg, err := Partial(getenv)
	if err != nil {
		return tradepay.Config{}, err
	}
	if err := Missing(cfg, Wallet, BaseURL, ClientID, PrivateKey, WalletKey); err != nil {
		return tradepay.Config{}, err
	}
	if err := Missing(cfg, demanded(cfg.Wallet)...); err != nil {
		return tradepay.Config{}, err
	}
	if _, err := tradepay.NewClient(cfg); err != nil {
		err = Explain(err)
		var e *Error
		if errors.As(err, &e) {
			if e.Variable == BaseURL && len(cfg.Wallet.Routes.BaseURLs) > 0 && !strings.Contains(cfg.BaseURL, "/") {
				e.Remedy += ", or " + published(cfg.Wallet) // it may be such a name, misspelt
			}
			e.Variable = given(getenv, e.Variable)
		}
		return tradepay.Config{}, err
	}
	return cfg, nil
}

// given is the variable that brought a key.
func given(getenv func(string) string, variable string) string {
	for _, other := range map[string][]string{
		PrivateKey: {PrivateKeyFile},
		WalletKeys: {WalletKeysFile, WalletKey, WalletKeyFile},
	}[variable] {
		if getenv(variable) == "" && getenv(other) != "" {
			return other
		}
	}
	return variable
}

// demanded is what a wallet wants to know beyond the usual.
func demanded(w wire.Profile) []string {
	var names []string
	for _, d := range []struct {
		needed   bool
		variable string
	}{
		{w.Needs.AppID, AppID}, {w.Needs.PartnerID, PartnerID}, {w.Needs.MerchantID, MerchantID},
		{w.Needs.SiteName, SiteName}, {w.Needs.AgentTokenHeader != "", AgentToken},
	} {
		if d.needed {
			names = append(names, d.variable)
		}
	}
	return names
}

// Partial reads what is set, for tools that need a part of it: each value is
// checked by itself, and what is not set stays zero. See [Missing].
func Partial(getenv func(string) string) (tradepay.Config, error) {
	var cfg tradepay.Config
	var errs []error
	keep := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	for _, f := range []struct {
		name string
		into *string
	}{
		{ClientID, &cfg.ClientID}, {AppID, &cfg.AppID}, {PartnerID, &cfg.PartnerID}, {MerchantID, &cfg.MerchantID},
		{SiteName, &cfg.SiteName}, {AgentToken, &cfg.AgentToken}, {KeyVersion, &cfg.KeyVersion}, {BaseURL, &cfg.BaseURL},
	} {
		*f.into = strings.TrimSpace(getenv(f.name)) // a line break at the end of a secret is never meant
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

// Missing returns an [Error] for each of these variables that left nothing in
// cfg. The keys go by [PrivateKey] and [WalletKey].
func Missing(cfg tradepay.Config, variables ...string) error {
	set := map[string]bool{
		Wallet: cfg.Wallet.Name != "", BaseURL: cfg.BaseURL != "", ClientID: cfg.ClientID != "", AppID: cfg.AppID != "",
		PartnerID: cfg.PartnerID != "", MerchantID: cfg.MerchantID != "", SiteName: cfg.SiteName != "",
		AgentToken: cfg.AgentToken != "", PrivateKey: cfg.PrivateKey != nil, WalletKey: len(cfg.WalletKeys) > 0,
	}
	var errs []error
	for _, name := range variables {
		if !set[name] {
			errs = append(errs, missing(name, cfg.Wallet))
		}
	}
	return errors.Join(errs...)
}

func missing(name string, w wire.Profile) error {
	e := &Error{Variable: name, Rule: "is not set", Remedy: "take it from the wallet's console", Err: tradepay.ErrInvalidConfig}
	switch name {
	case Wallet:
		e.Remedy = "name one of: " + strings.Join(Names(), ", ")
	case BaseURL:
		e.Remedy = "give the gateway that the wallet gave you, such as https://gateway.example.com"
		if len(w.Routes.BaseURLs) > 0 {
			e.Remedy = published(w)
		}
	case SiteName:
		e.Remedy = w.Name + " demands it; it is siteName of my.getSiteInfo in the mini program"
	case PrivateKey:
		e.Remedy = "name the file of your private key in " + PrivateKeyFile + "; tradepay keygen makes one"
	case WalletKey:
		e.Remedy = "name the file of the wallet's public key, from its console, in " + WalletKeyFile
	}
	return e
}

// published tells the gateways that have a name.
func published(w wire.Profile) string {
	var known []string
	for _, environment := range slices.Sorted(maps.Keys(w.Routes.BaseURLs)) {
		known = append(known, environment+" ("+w.Routes.BaseURLs[environment]+")")
	}
	return "name one that " + w.Name + " publishes: " + strings.Join(known, " or ")
}

// Misspelt returns an [Error] for each variable of an environment, as os.Environ
// has it, that is almost one of ours: what nobody reads must not pass for set.
func Misspelt(environ []string) error {
	names := make([]string, len(Variables))
	for i, v := range Variables {
		names[i] = v.Name
	}
	var errs []error
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		near := spelling.Nearest(strings.ToUpper(name), names)
		if !slices.Contains(names, name) && near != "" && spelling.Distance(strings.ToUpper(name), near) <= 2 {
			errs = append(errs, &Error{Variable: name, Rule: "is not known", Remedy: "did you mean " + near + "?", Err: tradepay.ErrInvalidConfig})
		}
	}
	return errors.Join(errs...)
}

// ReadNotifyURL returns the URL that the wallet is to notify, or "".
func ReadNotifyURL(getenv func(string) string) (string, error) {
	text := strings.TrimSpace(getenv(NotifyURL))
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Fragment != "" || u.User != nil {
		return "", &Error{Variable: NotifyURL, Rule: "must be an absolute http or https URL", Remedy: "give it like https://shop.example/tradepay/notify", Err: tradepay.ErrInvalidConfig}
	}
	return text, nil
}

// Names returns the names that [Wallet] takes.
func Names() []string {
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
	e := &Error{Variable: Wallet, Rule: "no wallet is called " + quoted(name), Remedy: "known are " + strings.Join(Names(), ", "), Err: tradepay.ErrInvalidConfig}
	if near := wallets.Nearest(name); len(near) > 0 {
		e.Remedy = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return wire.Profile{}, e
}

// fieldVariables are the variables behind the fields of [tradepay.Config].
var fieldVariables = map[string]string{
	"Wallet": Wallet, "BaseURL": BaseURL, "ClientID": ClientID, "AppID": AppID, "PartnerID": PartnerID, "MerchantID": MerchantID,
	"SiteName": SiteName, "AgentToken": AgentToken, "PrivateKey": PrivateKey, "KeyVersion": KeyVersion, "WalletKeys": WalletKeys,
}

// Explain turns an error of [tradepay.NewClient] about a field into one about
// its variable. Other errors are returned as they are.
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

// one returns the value of the one variable that is set of two, and whether it
// is the name of a file.
func one(getenv func(string) string, value, file string) (text string, isFile bool, err error) {
	text, name := getenv(value), getenv(file)
	switch {
	case text != "" && name != "":
		return "", false, &Error{Variable: value, Rule: "is set beside " + file, Remedy: "keep one of them", Err: tradepay.ErrInvalidConfig}
	case name != "":
		return name, true, nil
	}
	return text, false, nil
}

func readPrivateKey(getenv func(string) string) (*rsa.PrivateKey, error) {
	text, isFile, err := one(getenv, PrivateKey, PrivateKeyFile)
	if err != nil || text == "" {
		return nil, err
	}
	if isFile {
		return PrivateKeyFrom(PrivateKeyFile, text)
	}
	return parsePrivateKey(origin{variable: PrivateKey}, unescaped(text))
}

func readWalletKeys(getenv func(string) string) (map[string]*rsa.PublicKey, error) {
	keys := make(map[string]*rsa.PublicKey)
	text, isFile, err := one(getenv, WalletKey, WalletKeyFile)
	if err != nil {
		return nil, err
	}
	if text != "" {
		version := strings.TrimSpace(getenv(WalletKeyVersion))
		if version == "" {
			version = "1"
		}
		variable := WalletKey
		if isFile {
			variable = WalletKeyFile
		}
		if keys[version], err = readPublicKey(variable, text, isFile); err != nil {
			return nil, err
		}
	}
	list, isFile, err := one(getenv, WalletKeys, WalletKeysFile)
	if err != nil {
		return nil, err
	}
	variable := WalletKeys
	if isFile {
		variable = WalletKeysFile
	}
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		version, value, ok := strings.Cut(entry, "=")
		version = strings.TrimSpace(version)
		if !ok || version == "" || len(version) > 32 || strings.ContainsAny(version, " -/+") {
			return nil, &Error{Variable: variable, Rule: "has an entry without its keyVersion", Remedy: "write 1=<key>,2=<key>", Err: tradepay.ErrInvalidConfig}
		}
		if keys[version] != nil {
			return nil, &Error{Variable: variable, Rule: "has keyVersion " + quoted(version) + " twice", Remedy: "keep one of them", Err: tradepay.ErrInvalidConfig}
		}
		if keys[version], err = readPublicKey(variable, strings.TrimSpace(value), isFile); err != nil {
			return nil, err
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	return keys, nil
}

func readPublicKey(variable, text string, isFile bool) (*rsa.PublicKey, error) {
	if isFile {
		return PublicKeyFrom(variable, text)
	}
	return parsePublicKey(origin{variable: variable}, unescaped(text))
}

// unescaped brings back the line breaks that files of variables cannot hold.
func unescaped(text string) []byte { return []byte(strings.ReplaceAll(text, `\n`, "\n")) }

// PrivateKeyFrom reads a private key file. variable or flag is what named it.
func PrivateKeyFrom(variable, file string) (*rsa.PrivateKey, error) {
	data, err := readFile(variable, file)
	if err != nil {
		return nil, err
	}
	return parsePrivateKey(origin{variable, file}, data)
}

// PublicKeyFrom reads a public key file. variable or flag is what named it.
func PublicKeyFrom(variable, file string) (*rsa.PublicKey, error) {
	data, err := readFile(variable, file)
	if err != nil {
		return nil, err
	}
	return parsePublicKey(origin{variable, file}, data)
}

// maxKeyFile is more than any key or certificate needs.
const maxKeyFile = 64 << 10

func readFile(variable, file string) ([]byte, error) {
	e := &Error{Variable: variable, File: file, Remedy: "check the path and who may read it"}
	info, err := os.Stat(file)
	switch {
	case err != nil && (len(file) > 255 || strings.Contains(file, "-----") || strings.ContainsAny(file, "\n\r")):
		// Neither the text nor what os says about it may be shown: it is a key.
		remedy := "write it to a file and name that"
		if value, ok := strings.CutSuffix(variable, "_FILE"); ok {
			remedy += ", or set " + value + " to it"
		}
		return nil, &Error{Variable: variable, Rule: "holds a key where the name of a file belongs", Remedy: remedy, Err: tradepay.ErrInvalidKey}
	case errors.Is(err, os.ErrNotExist):
		e.Rule, e.Err = "there is no such file", err
		return nil, e
	case err != nil:
		e.Rule, e.Err = "cannot be read", err
		return nil, e
	case info.IsDir():
		e.Rule, e.Remedy, e.Err = "is a directory", "name the file in it", tradepay.ErrInvalidKey
		return nil, e
	case info.Size() > maxKeyFile:
		e.Rule, e.Remedy, e.Err = "is far too large for a key", "name the file of the key", tradepay.ErrInvalidKey
		return nil, e
	}
	data, err := os.ReadFile(file) //nolint:gosec // the file that the user names
	if err != nil {
		e.Rule, e.Err = "cannot be read", err
		return nil, e
	}
	return data, nil
}
