package tradepaytest

import (
	"strconv"
	"time"
)

// How long codes and tokens are valid.
const (
	codeFor    = 10 * time.Minute
	accessFor  = 30 * 24 * time.Hour
	refreshFor = 365 * 24 * time.Hour
)

// tokens is what users have agreed to. Wallet.mu guards it.
type tokens struct {
	issued     int
	codes      map[string]*code
	access     map[string]*grant
	refresh    map[string]*grant
	agreements map[string]*agreement
	signings   map[string]*signing
	users      map[string]bool // who has ever given a code
	user       string          // whose wallet app it is
}

type code struct {
	user    string
	expires time.Time
	used    bool
}

// grant is one pair of tokens.
type grant struct {
	user, access, refresh string
	accessUntil           time.Time
	refreshUntil          time.Time
}

func newTokens() tokens {
	return tokens{
		codes: make(map[string]*code), access: make(map[string]*grant),
		refresh: make(map[string]*grant), agreements: make(map[string]*agreement),
		signings: make(map[string]*signing), users: map[string]bool{DefaultUser: true}, user: DefaultUser,
	}
}

// serial makes each token another one.
func (w *Wallet) serial() string {
	w.issued++
	return strconv.Itoa(w.issued)
}

// AuthCode returns a code as my.getAuthCode gives it to the mini program of a user. One
// [tradepay.Client.ApplyToken] can use it, within 10 minutes.
func (w *Wallet) AuthCode(userID string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.secret("code", w.serial()+" "+userID, 32)
	w.codes[text] = &code{user: userID, expires: w.now().Add(codeFor)}
	w.users[userID] = true
	return text
}

func (w *Wallet) applyToken(x *exchange) *answer {
	f := w.form(x)
	kind, authCode, refreshToken := f.required("grantType", 32), f.text("authCode", 32), f.text("refreshToken", 128)
	f.text("referenceClientId", 128)
	app, client := f.text("appId", 32), f.text("authClientId", 128)
	ofCode := kind == "AUTHORIZATION_CODE" // a document's sample of a refresh has neither id
	switch {
	case f.mistake != "":
		return illegal(f.mistake)
	case ofCode && app == "" && w.profile.Quirks.AppIDWithTokens && w.profile.Requirements.AppID:
		return illegal("appId is missing")
	case ofCode && client == "" && w.profile.Quirks.ClientIDWithTokens:
		return illegal("authClientId is missing")
	case client != "" && client != w.clientID:
		return otherClient()
	case kind == "AUTHORIZATION_CODE" && authCode != "" && refreshToken == "":
		return w.exchangeCode(authCode)
	case kind == "REFRESH_TOKEN" && refreshToken != "" && authCode == "":
		return w.rotate(refreshToken)
	}
	return illegal("grantType must be AUTHORIZATION_CODE with authCode, or REFRESH_TOKEN with refreshToken")
}

func otherClient() *answer { return reject("INVALID_AUTH_CLIENT", "no merchant has this authClientId") }

func (w *Wallet) exchangeCode(text string) *answer {
	c := w.codes[text]
	switch {
	case c == nil:
		return reject("INVALID_CODE", "the wallet gave no such authCode")
	case c.used:
		return reject("USED_CODE", "an authCode is valid for one use")
	case !w.now().Before(c.expires):
		return reject("EXPIRED_CODE", "the authCode has expired")
	}
	c.used = true
	return w.grantTo(c.user)
}

// rotate replaces a pair of tokens by a new one.
func (w *Wallet) rotate(refreshToken string) *answer {
	g, known := w.refresh[refreshToken]
	switch {
	case !known:
		return reject("INVALID_REFRESH_TOKEN", "the wallet gave no such refreshToken")
	case g == nil:
		return reject("USED_REFRESH_TOKEN", "a refreshToken is valid for one use")
	case !w.now().Before(g.refreshUntil):
		return reject("EXPIRED_REFRESH_TOKEN", "the refreshToken has expired")
	}
	w.revoke(g)
	return w.grantTo(g.user)
}

func (w *Wallet) revoke(g *grant) {
	delete(w.access, g.access)
	w.refresh[g.refresh] = nil
}

func (w *Wallet) grantTo(user string) *answer {
	now, serial := w.now(), w.serial()
	g := &grant{
		user: user, access: w.secret("access", serial, 64), refresh: w.secret("refresh", serial, 64),
		accessUntil: now.Add(accessFor), refreshUntil: now.Add(refreshFor),
	}
	w.access[g.access], w.refresh[g.refresh] = g, g
	return success(map[string]any{
		"accessToken": g.access, "accessTokenExpiryTime": w.tokenExpiry(g.accessUntil),
		"refreshToken": g.refresh, "refreshTokenExpiryTime": w.tokenExpiry(g.refreshUntil),
		"customerId": g.user,
	})
}

// tokenExpiry says until when a token is valid, or for how many seconds.
func (w *Wallet) tokenExpiry(until time.Time) string {
	if w.profile.Quirks.TokenSeconds {
		return strconv.FormatInt(int64(until.Sub(w.now())/time.Second), 10)
	}
	return until.Format(bodyTime)
}

// consent returns the user's grant of an access token. a says why not.
func (w *Wallet) consent(accessToken string) (g *grant, a *answer) {
	g = w.access[accessToken]
	switch {
	case g == nil:
		return nil, reject("INVALID_ACCESS_TOKEN", "no user has given this access token, or somebody cancelled it")
	case !w.now().Before(g.accessUntil):
		return nil, reject("EXPIRED_ACCESS_TOKEN", "the access token has expired")
	}
	return g, nil
}

// consented reads the access token of a request.
func (w *Wallet) consented(x *exchange) (*grant, *answer) {
	f := w.form(x)
	token, client := f.required("accessToken", 128), f.text("authClientId", 128)
	switch {
	case f.mistake != "":
		return nil, illegal(f.mistake)
	case client != "" && client != w.clientID:
		return nil, otherClient()
	}
	return w.consent(token)
}

func (w *Wallet) cancelToken(x *exchange) *answer {
	g, a := w.consented(x)
	if a != nil {
		return a
	}
	w.revoke(g)
	return success(nil)
}

func (w *Wallet) inquiryUserInfo(x *exchange) *answer {
	g, a := w.consented(x)
	if a != nil {
		return a
	}
	birthday := "birthday" // in v1
	if w.profile.Dialect == "v2" {
		birthday = "birthDate"
	}
	return success(map[string]any{"userInfo": map[string]any{
		birthday: "1990-02-03",
		"userId": g.user, "status": "ACTIVE", "nickName": "Ana", "nationality": "MX",
		"userName":     map[string]any{"fullName": "Ana Prueba", "firstName": "Ana", "lastName": "Prueba"},
		"loginIdInfos": []any{map[string]any{"loginIdType": "EMAIL", "loginId": "ana@example.com"}},
		"contactInfos": []any{
			map[string]any{"contactType": "MOBILE_PHONE", "contactNo": "+52-5550100000"},
			map[string]any{"contactType": "EMAIL", "contactNo": "ana@example.com"},
		},
	}})
}

// SetUser sets whose the wallet app and the pages are, in place of [DefaultUser]: whose
// code my.getAuthCode gives, who agrees, and whose inbox it is.
func (w *Wallet) SetUser(userID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.user, w.users[userID] = userID, true
}

// currentUser is the user of [Wallet.SetUser].
func (w *Wallet) currentUser() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.user
}

// DefaultUser is the user of the wallet app and its pages, unless [Wallet.SetUser] says
// otherwise.
const DefaultUser = "2188000000000001"
