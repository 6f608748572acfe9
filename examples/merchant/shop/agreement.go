package shop

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

// An agreement lets the shop charge a customer without the cashier, whenever the
// customer orders that way. A customer has at most one. Its access token is worth
// as much as a card: it stays in the database, and no phone sees it.

// agreement is what is stored of it.
type agreement struct {
	state     string    // of the page that the customer is on; "" if on none
	token     string    // "" until the customer has agreed
	expiresAt time.Time // of the token; zero if the wallet does not say
	ended     bool      // by the customer; the wallet has not confirmed it yet
}

// active reports whether the shop may charge.
func (a agreement) active(now time.Time) bool {
	return a.token != "" && !a.ended && (a.expiresAt.IsZero() || now.Before(a.expiresAt))
}

// agreementOf returns the customer's agreement, the zero one if there is none.
func (s *Shop) agreementOf(ctx context.Context, customer string) (agreement, error) {
	var a agreement
	var expires int64
	err := s.read.QueryRowContext(ctx, `SELECT state, access_token, expires_at, ended = 1 FROM shop_agreements
		WHERE customer = $1`, customer).Scan(&a.state, &a.token, &expires, &a.ended)
	if errors.Is(err, sql.ErrNoRows) {
		return agreement{}, nil
	}
	if expires > 0 {
		a.expiresAt = time.UnixMilli(expires)
	}
	return a, err
}

func (s *Shop) apiAgreement(w http.ResponseWriter, r *http.Request) error {
	customer, err := s.session(r.Context(), roleCustomer, bearer(r))
	if err != nil {
		return err
	}
	return s.tellAgreement(w, r, customer)
}

// tellAgreement answers whether there is an agreement.
func (s *Shop) tellAgreement(w http.ResponseWriter, r *http.Request, customer string) error {
	a, err := s.agreementOf(r.Context(), customer)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]bool{"active": a.active(s.now())})
}

// apiPrepare begins an agreement: the mini program opens the wallet's page with
// the answer's signContract, by the call of my that it names.
func (s *Shop) apiPrepare(w http.ResponseWriter, r *http.Request) error {
	customer, err := s.session(r.Context(), roleCustomer, bearer(r))
	if err != nil {
		return err
	}
	a, err := s.agreementOf(r.Context(), customer)
	switch {
	case err != nil:
		return err
	case a.active(s.now()):
		return errAgreed
	case a.ended: // a second token beside the first would be lost sight of
		if err := s.endAgreement(r.Context(), a); err != nil {
			return err
		}
	}
	from := s.caller(r)
	if !s.logins.take(s.now(), from) { // each is a call to the wallet, as a login is
		return errTooMany
	}
	defer s.logins.giveBack(from)
	request, err := s.agreementRequest(rand.Text(), s.languageOf(r))
	if err != nil {
		return err
	}
	page, err := s.client.Prepare(r.Context(), request)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(r.Context(), `INSERT INTO shop_agreements (customer, state, access_token, expires_at,
		ended) VALUES ($1, $2, '', 0, 0) ON CONFLICT (customer) DO UPDATE SET state = $2`, customer, request.State)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]any{
		"call":         cmp.Or(s.client.Wallet().Routes.SignJSAPI, "signContract"),
		"signContract": page.SignContract(),
	})
}

// agreementRequest says what the customer agrees to.
func (s *Shop) agreementRequest(state, lang string) (*tradepay.PrepareRequest, error) {
	info, err := json.Marshal(map[string]string{"contractTitle": name, "contractDesc": texts[lang]["agreement.what"]})
	if err != nil {
		return nil, err
	}
	request := &tradepay.PrepareRequest{State: state, ExtendInfo: string(info), ReferenceClientID: s.referenceClientID}
	if s.publicURL != "" {
		request.RedirectURL = s.publicURL + "/"
	}
	return request, nil
}

// apiSign ends it well: authCode and authState are what the wallet's page called back.
func (s *Shop) apiSign(w http.ResponseWriter, r *http.Request) error {
	customer, err := s.session(r.Context(), roleCustomer, bearer(r))
	if err != nil {
		return err
	}
	var in struct {
		AuthCode  string `json:"authCode"`
		AuthState string `json:"authState"`
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if in.AuthCode == "" || in.AuthState == "" {
		return errBadRequest
	}
	if err := s.leavePage(r.Context(), customer, in.AuthState); err != nil {
		return err
	}
	granted, user, err := s.grant(r.Context(), in.AuthCode)
	switch {
	case errors.Is(err, tradepay.ErrRejected), errors.Is(err, tradepay.ErrInvalidRequest):
		return errAgreement // the code is wrong, or used up
	case err != nil:
		return err
	case user != customer: // nobody pays for somebody else
		if err := s.client.CancelToken(r.Context(), granted.AccessToken); err != nil {
			s.log.WarnContext(r.Context(), "another payer's consent was not ended", "error", err)
		}
		return errAgreement
	}
	var expires int64
	if !granted.AccessTokenExpiresAt.IsZero() {
		expires = granted.AccessTokenExpiresAt.UnixMilli()
	}
	_, err = s.db.ExecContext(r.Context(), `UPDATE shop_agreements SET access_token = $2, expires_at = $3, ended = 0
		WHERE customer = $1`, customer, granted.AccessToken, expires)
	if err != nil {
		return err
	}
	return s.tellAgreement(w, r, customer)
}

// leavePage takes the state of the page that the customer comes from. It is good
// once: a code that somebody else's page was given opens nothing here.
func (s *Shop) leavePage(ctx context.Context, customer, state string) error {
	a, err := s.agreementOf(ctx, customer)
	switch {
	case err != nil:
		return err
	case a.state == "" || subtle.ConstantTimeCompare([]byte(a.state), []byte(state)) != 1:
		return errForged
	}
	res, err := s.db.ExecContext(ctx, `UPDATE shop_agreements SET state = '' WHERE customer = $1 AND state = $2`,
		customer, state)
	if err != nil {
		return err
	}
	if left, err := res.RowsAffected(); err != nil || left != 1 {
		return errors.Join(err, errForged)
	}
	return nil
}

// apiEnd ends an agreement. The shop charges nothing from the moment on that this
// is stored. While the wallet has not confirmed it, the answer is to try again.
func (s *Shop) apiEnd(w http.ResponseWriter, r *http.Request) error {
	customer, err := s.session(r.Context(), roleCustomer, bearer(r))
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(r.Context(), `UPDATE shop_agreements SET ended = 1 WHERE customer = $1
		AND access_token <> ''`, customer)
	if err != nil {
		return err
	}
	a, err := s.agreementOf(r.Context(), customer)
	if err != nil {
		return err
	}
	if err := s.endAgreement(r.Context(), a); err != nil {
		return err
	}
	return s.tellAgreement(w, r, customer)
}

// endAgreement has the wallet end the consent, and forgets it.
func (s *Shop) endAgreement(ctx context.Context, a agreement) error {
	if a.token == "" {
		return nil
	}
	err := s.client.CancelToken(ctx, a.token)
	// Refused: the wallet knows of no such consent, so it has ended there.
	if err != nil && !errors.Is(err, tradepay.ErrRejected) && !errors.Is(err, tradepay.ErrNotSupported) {
		return err
	}
	return s.forgetToken(ctx, a.token)
}

func (s *Shop) forgetToken(ctx context.Context, token string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM shop_agreements WHERE access_token = $1`, token)
	return err
}

// endedCodes are the wallet's, for a token whose consent the payer has ended.
var endedCodes = []string{"INVALID_ACCESS_TOKEN", "EXPIRED_ACCESS_TOKEN"}

// chargeRefused looks at why the wallet refuses to charge. If the consent has ended
// there, it has ended here as well.
func (s *Shop) chargeRefused(ctx context.Context, token string, err error) error {
	var refused *tradepay.APIError
	if !errors.As(err, &refused) || !slices.Contains(endedCodes, refused.Result.Code) {
		return err
	}
	return errors.Join(errAgreement, s.forgetToken(ctx, token))
}
