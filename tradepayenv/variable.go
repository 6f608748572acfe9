package tradepayenv

import (
	"errors"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/spelling"
)

// The names of the variables.
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

// Variable describes one variable.
type Variable struct {
	Name   string
	Usage  string // what it holds, on one line, such as "Client-Id that the wallet issued"
	Secret bool   // a program never prints its value, and takes it from no command line
}

// Variables returns all variables, in the order in which a help text lists them.
func Variables() []Variable {
	return []Variable{
		{Name: Wallet, Usage: "wallet by name, such as VodaPay, or platform-v1, platform-v2"},
		{Name: BaseURL, Usage: "gateway that the wallet gave you; or sandbox, production where the profile has them"},
		{Name: ClientID, Usage: "Client-Id that the wallet issued"},
		{Name: AppID, Usage: "id of the mini program"},
		{Name: PartnerID, Usage: "partnerId of the v1 dialect"},
		{Name: MerchantID, Usage: "merchant id, for wallets that want it in a header, or signed"},
		{Name: SiteName, Usage: "my.getSiteInfo().siteName, for wallets that demand it"},
		{Name: AgentToken, Usage: "agent token, for wallets that want it", Secret: true},
		{Name: PrivateKey, Usage: "merchant's private key: PEM or bare base64", Secret: true},
		{Name: PrivateKeyFile, Usage: "file that holds it, in place of the above"},
		{Name: KeyVersion, Usage: "keyVersion of the private key at the wallet; default 1"},
		{Name: WalletKey, Usage: "wallet's public key: PEM or bare base64"},
		{Name: WalletKeyFile, Usage: "file that holds it, in place of the above"},
		{Name: WalletKeyVersion, Usage: "keyVersion of that key; default 1"},
		{Name: WalletKeys, Usage: "several of them while keys rotate: 1=<key>,2=<key>"},
		{Name: WalletKeysFile, Usage: "the same with files: 1=<file>,2=<file>"},
		{Name: NotifyURL, Usage: "public URL that the wallet notifies"},
	}
}

// Misspelt returns an [Error] for each variable of an environment that differs from one
// of [Variables] by a slip of one or two letters. Give it os.Environ(). Print the error as
// a warning at the start: nothing reads a misspelt variable, so its default applies.
func Misspelt(environ []string) error {
	var names []string
	for _, v := range Variables() {
		names = append(names, v.Name)
	}
	var errs []error
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if slices.Contains(names, name) {
			continue
		}
		upper := strings.ToUpper(name)
		near := spelling.Nearest(upper, names)
		if near == "" || spelling.Distance(upper, near) > 2 {
			continue
		}
		errs = append(errs, &Error{
			Variable: name, Rule: "is not known", Remedy: "did you mean " + near + "?", Err: tradepay.ErrInvalidConfig,
		})
	}
	return errors.Join(errs...)
}
