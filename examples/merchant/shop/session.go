package shop

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

// role is whose session it is. A token of one role opens nothing of the other.
type role string

const (
	roleCustomer   role = "customer"   // of the mini program, by a bearer token
	roleShopkeeper role = "shopkeeper" // of the pages, by a cookie
)

const (
	sessionTime = 12 * time.Hour
	cookieName  = "shopkeeper"
)

// openSession returns a new token. The database gets its hash.
func (s *Shop) openSession(ctx context.Context, r role, customer string) (string, error) {
	token, now := rand.Text(), s.now()
	if _, err := s.db.ExecContext(ctx, `DELETE FROM shop_sessions WHERE expires_at < $1`, now.UnixMilli()); err != nil {
		return "", err
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO shop_sessions (token_hash, role, customer, expires_at)
		VALUES ($1, $2, $3, $4)`,
		hashed(token), string(r), customer, now.Add(sessionTime).UnixMilli())
	return token, err
}

// session returns the customer of a token, or errUnauthorized.
func (s *Shop) session(ctx context.Context, r role, token string) (customer string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT customer FROM shop_sessions WHERE token_hash = $1 AND role = $2
		AND expires_at > $3`,
		hashed(token), string(r), s.now().UnixMilli()).Scan(&customer)
	if errors.Is(err, sql.ErrNoRows) {
		err = errUnauthorized
	}
	return customer, err
}

func (s *Shop) closeSession(ctx context.Context, token string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM shop_sessions WHERE token_hash = $1`, hashed(token))
	return err
}

func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// loginCustomer exchanges the code of my.getAuthCode for the wallet's id of
// the payer. The wallet's tokens are not kept: this shop needs them for nothing
// else, and what is not there cannot leak. They never go to the phone.
func (s *Shop) loginCustomer(ctx context.Context, authCode string) (token string, err error) {
	_, user, err := s.grant(ctx, authCode)
	if err != nil {
		return "", err
	}
	return s.openSession(ctx, roleCustomer, user)
}

// grant exchanges a code of the mini program for the wallet's token, and says whose
// it is.
func (s *Shop) grant(ctx context.Context, authCode string) (granted *tradepay.Token, user string, err error) {
	granted, err = s.client.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: authCode})
	if err != nil {
		return nil, "", err
	}
	if user, err = s.userOf(ctx, granted); err != nil {
		// Nobody would know of this token.
		if ended := s.client.CancelToken(context.WithoutCancel(ctx), granted.AccessToken); ended != nil {
			s.log.WarnContext(ctx, "a token of an unknown payer was not ended", "error", ended)
		}
		return nil, "", err
	}
	return granted, user, nil
}

// userOf returns the wallet's id of the payer who gave a token.
func (s *Shop) userOf(ctx context.Context, granted *tradepay.Token) (string, error) {
	user := granted.UserID
	if user == "" { // some wallets tell it only here
		info, err := s.client.UserInfo(ctx, granted.AccessToken)
		if err != nil {
			return "", err
		}
		user = info.UserID
	}
	if user == "" {
		return "", errors.New("shop: the wallet does not say who the payer is")
	}
	return user, nil
}

// bearer returns the token of an Authorization header.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// keeper returns the shopkeeper's token, or errUnauthorized.
func (s *Shop) keeper(r *http.Request) (token string, err error) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return "", errUnauthorized
	}
	_, err = s.session(r.Context(), roleShopkeeper, cookie.Value)
	return cookie.Value, err
}

// isPassword compares in a time that says nothing about the password.
func (s *Shop) isPassword(given string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(s.password))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func (s *Shop) setCookie(w http.ResponseWriter, token string, age time.Duration) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever the shop is served by TLS
		Name: cookieName, Value: token, Path: "/", MaxAge: int(age.Seconds()),
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteStrictMode,
	})
}

// csrfToken belongs to one session, whose token no other site can read. It is
// the second lock on forms, beside http.CrossOriginProtection.
func csrfToken(session string) string {
	mac := hmac.New(sha256.New, []byte(session))
	mac.Write([]byte("form"))
	return hex.EncodeToString(mac.Sum(nil))
}

func isCSRFToken(session, given string) bool {
	return subtle.ConstantTimeCompare([]byte(csrfToken(session)), []byte(given)) == 1
}
