package tradepaytest

// Merchant is the one merchant that the wallet knows, as the wallet's console has it. A
// field that is "" has its usual value.
type Merchant struct {
	ClientID, AppID, PartnerID string
	KeyVersion                 string // of the merchant's key
}

// WithMerchant makes the wallet know another merchant than the usual one.
func WithMerchant(m Merchant) Option {
	return func(w *Wallet) {
		for field, value := range map[*string]string{
			&w.clientID: m.ClientID, &w.appID: m.AppID, &w.partnerID: m.PartnerID, &w.merchantKeyVersion: m.KeyVersion,
		} {
			if value != "" {
				*field = value
			}
		}
	}
}

// merchant is the identity of the merchant that can be chosen.
type merchant struct{ clientID, appID, partnerID, merchantKeyVersion string }

func defaultMerchant() merchant {
	return merchant{
		clientID: "TEST_5X00000000000001", appID: "3333000000000001", partnerID: "P0000000001", merchantKeyVersion: "1",
	}
}

// What every merchant of a test wallet has.
const (
	merchantID = "M0000000001"
	agentToken = "test-agent-token"
	siteName   = "TEST_WALLET"
)
