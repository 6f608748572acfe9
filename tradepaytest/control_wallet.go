package tradepaytest

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/tradepay/tradepay-go"
)

func controlGetHealth(w *Wallet, _ http.ResponseWriter, _ *http.Request) (any, error) {
	status := "ok"
	if w.Suspended() {
		status = "suspended"
	}
	return map[string]string{"status": status, "wallet": w.profile.Name}, nil
}

func controlReset(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	w.Reset()
	return controlGetHealth(w, rw, r)
}

func controlGetClock(w *Wallet, _ http.ResponseWriter, _ *http.Request) (any, error) {
	return map[string]string{
		"now": w.Now().Format(time.RFC3339Nano), "ahead": time.Duration(w.ahead.Load()).String(),
	}, nil
}

// longestMove keeps the clock within what a time and a duration can say.
const longestMove = 20 * 365 * 24 * time.Hour

func controlMoveClock(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		Advance string    `json:"advance"`
		To      time.Time `json:"to"`
	}
	if err := readControl(rw, r, &body); err != nil {
		return nil, err
	}
	d, err := readDuration("advance", body.Advance, longestMove)
	switch {
	case err != nil:
		return nil, err
	case (body.Advance == "") == body.To.IsZero():
		return nil, badRequest("give either advance or to")
	case body.Advance == "":
		if d = body.To.Sub(w.Now()); d < 0 {
			return nil, badRequest("the clock cannot go back: only a reset does that")
		}
	}
	if time.Duration(w.ahead.Load())+d > longestMove {
		return nil, badRequest("the clock can be ahead by at most %s", longestMove)
	}
	w.Advance(d)
	return controlGetClock(w, rw, r)
}

func controlSuspend(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		For string `json:"for"`
	}
	if err := readControl(rw, r, &body); err != nil {
		return nil, err
	}
	d, err := readDuration("for", body.For, 24*time.Hour)
	if err != nil {
		return nil, err
	}
	w.Suspend(d)
	return controlGetHealth(w, rw, r)
}

func controlResume(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	w.Resume()
	return controlGetHealth(w, rw, r)
}

func controlGetKeys(w *Wallet, _ http.ResponseWriter, _ *http.Request) (any, error) {
	_, version := w.SigningKey()
	public, err := publicPEM(w.keys.public())
	if err != nil {
		return nil, err
	}
	return map[string]any{"signsWith": version, "walletKeys": public}, nil
}

func controlRotateKeys(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	w.RotateKeys()
	return controlGetKeys(w, rw, r)
}

// publicPEM writes keys as most programs read them.
func publicPEM(keys map[string]*rsa.PublicKey) (map[string]string, error) {
	texts := make(map[string]string, len(keys))
	for version, key := range keys {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			return nil, err
		}
		texts[version] = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	return texts, nil
}

// controlGetMerchant is [Wallet.Config] for any language.
func controlGetMerchant(w *Wallet, _ http.ResponseWriter, _ *http.Request) (any, error) {
	cfg := w.Config()
	public, err := publicPEM(cfg.WalletKeys)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{
		"wallet": cfg.Wallet.Name, "baseUrl": cfg.BaseURL, "prefix": cfg.Wallet.Routes.Prefix,
		"clientId": cfg.ClientID, "appId": cfg.AppID, "partnerId": cfg.PartnerID, "merchantId": cfg.MerchantID,
		"keyVersion": cfg.KeyVersion, "walletKeys": public,
	}
	for name, value := range map[string]string{"siteName": cfg.SiteName, "agentToken": cfg.AgentToken} {
		if value != "" {
			answer[name] = value
		}
	}
	if private, ok := cfg.PrivateKey.(*rsa.PrivateKey); ok {
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return nil, err
		}
		answer["privateKey"] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	return answer, nil
}

func controlListBalances(w *Wallet, _ http.ResponseWriter, _ *http.Request) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]tradepay.Amount, 0, len(w.balances))
	for _, currency := range slices.Sorted(maps.Keys(w.balances)) {
		list = append(list, tradepay.Amount{Currency: currency, Value: w.balances[currency]})
	}
	return map[string]any{"balances": list}, nil
}

func controlSetBalance(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	var balance tradepay.Amount
	if err := readControl(rw, r, &balance); err != nil {
		return nil, err
	}
	if _, known := tradepay.MinorDigits(balance.Currency); !known || balance.Value < 0 {
		return nil, badRequest("a balance has a currency of ISO 4217 and a value in its minor unit, from 0")
	}
	w.SetBalance(balance)
	return controlListBalances(w, rw, r)
}

func controlGetUser(w *Wallet, _ http.ResponseWriter, _ *http.Request) (any, error) {
	return map[string]string{"userId": w.currentUser()}, nil
}

func controlSetUser(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	user, err := readUser(rw, r)
	if err != nil {
		return nil, err
	}
	w.SetUser(user)
	return controlGetUser(w, rw, r)
}

// controlMakeAuthCode is my.getAuthCode of any user.
func controlMakeAuthCode(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	user, err := readUser(rw, r)
	if err != nil {
		return nil, err
	}
	expires := w.Now().Add(codeFor)
	return map[string]any{"userId": user, "authCode": w.AuthCode(user), "expiresAt": expires}, nil
}

func readUser(rw http.ResponseWriter, r *http.Request) (string, error) {
	var body struct {
		UserID string `json:"userId"`
	}
	if err := readControl(rw, r, &body); err != nil {
		return "", err
	}
	if body.UserID == "" || len(body.UserID) > 64 {
		return "", badRequest("userId must have 1 to 64 characters")
	}
	return body.UserID, nil
}
