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
	"github.com/tradepay/tradepay-go/orderflow"
)

// consentsAtOnce is how many steps of an agreement a customer may take at once; see
// Shop.consents.
const consentsAtOnce = 6

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

const selectAgreement = `SELECT state, access_token, expires_at, ended = 1 FROM shop_agreements WHERE customer = $1`

// agreementOf returns the customer's agreement, the zero one if there is none.
func (s *Shop) agreementOf(ctx context.Context, customer string) (agreement, error) {
	a, err := scanAgreement(s.read.QueryRowContext(ctx, selectAgreement, customer))
	if errors.Is(err, sql.ErrNoRows) {
		return agreement{}, nil
	}
	return a, err
}

func scanAgreement(row *sql.Row) (agreement, error) {
	var a agreement
	var expires int64
	err := row.Scan(&a.state, &a.token, &expires, &a.ended)
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

// tellAgreement answers whether there is an agreement, or one whose end the wallet has
// not confirmed.
func (s *Shop) tellAgreement(w http.ResponseWriter, r *http.Request, customer string) error {
	a, err := s.agreementOf(r.Context(), customer)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]bool{"active": a.active(s.now()), "ending": a.ended})
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
	case !s.consents.take(s.now(), customer):
		return errTooMany
	}
	// The shop would lose sight of a second token beside one that has ended or expired.
	if err := s.endAgreement(r.Context(), a); err != nil {
		return err
	}
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
	case errors.Is(err, tradepay.ErrOutcomeUnknown): // the page and its code are used up
		s.log.WarnContext(r.Context(), "nobody knows whether a payer has agreed", "error", err)
		return errAgreeAgain
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
	res, err := s.db.ExecContext(r.Context(), `UPDATE shop_agreements SET access_token = $2, expires_at = $3, ended = 0
		WHERE customer = $1 AND access_token = ''`, customer, granted.AccessToken, expires)
	if err != nil {
		return err
	}
	stored, err := res.RowsAffected()
	if err == nil && stored != 1 {
		err = s.declineSecond(r.Context(), customer, granted.AccessToken)
	}
	if err != nil {
		return err
	}
	return s.tellAgreement(w, r, customer)
}

// declineSecond ends a consent that a customer gave beside an earlier one, on a page
// that was opened before the earlier one was stored.
func (s *Shop) declineSecond(ctx context.Context, customer, token string) error {
	a, err := s.agreementOf(ctx, customer)
	switch {
	case err != nil:
		return err
	case a.token == token: // a wallet may give the same token again
		return nil
	}
	if err := s.client.CancelToken(ctx, token); err != nil {
		s.log.WarnContext(ctx, "a second consent of a payer was not ended", "error", err)
	}
	if !a.active(s.now()) {
		return errAgreement
	}
	return errAgreed
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

// apiEnd ends an agreement. From the moment on that this is stored, the shop begins no
// charge. It may still charge an order that it has begun to charge before. While the
// wallet has not confirmed the end, the answer is to try again.
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
	if a.token != "" && !s.consents.take(s.now(), customer) {
		return errTooMany // the wish is stored all the same
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
	return forgetToken(ctx, s.db, a.token)
}

// executor is a database or a transaction.
type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// forgetToken forgets an agreement. A page on which the customer agrees anew stays open.
func forgetToken(ctx context.Context, db executor, token string) error {
	_, err := db.ExecContext(ctx, `UPDATE shop_agreements SET access_token = '', expires_at = 0, ended = 0
		WHERE access_token = $1 AND access_token <> ''`, token)
	return err
}

// beginCharge returns the token to charge an order with, "" if there is no agreement.
// It notes the order in the transaction that finds the agreement active: whoever finds
// it ended later sees whether this order may be on its way to the wallet.
func (s *Shop) beginCharge(ctx context.Context, o *placed) (token string, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	// The update changes nothing. It makes an end that comes now wait for the commit.
	res, err := tx.ExecContext(ctx, `UPDATE shop_agreements SET ended = 0 WHERE customer = $1 AND ended = 0`,
		o.customer)
	if err != nil {
		return "", err
	}
	if found, err := res.RowsAffected(); err != nil || found != 1 {
		return "", err
	}
	a, err := scanAgreement(tx.QueryRowContext(ctx, selectAgreement, o.customer))
	if err != nil || !a.active(s.now()) {
		return "", err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO shop_agreement_charges (order_id, begun_at) VALUES ($1, $2)
		ON CONFLICT (order_id) DO UPDATE SET begun_at = $2`, o.id, s.now().UnixMilli())
	if err != nil {
		return "", err
	}
	return a.token, tx.Commit()
}

// withoutAgreement returns an order as it stands, now that the shop may not charge it.
// If orderflow does not have it, and no other request can still bring it there, nothing
// was charged, and nothing will be: errAgreement.
func (s *Shop) withoutAgreement(ctx context.Context, o *placed) (*orderflow.Order, error) {
	// Read first: a request that begins later finds no agreement.
	var begun int64
	err := s.read.QueryRowContext(ctx, `SELECT COALESCE(MAX(begun_at), 0) FROM shop_agreement_charges
		WHERE order_id = $1`, o.id).Scan(&begun)
	if err != nil {
		return nil, err
	}
	order, err := s.flow.Get(ctx, o.id)
	underWay := s.now().Sub(time.UnixMilli(begun)) < 2*callTime
	switch {
	case !errors.Is(err, orderflow.ErrNotFound):
		return order, err
	case underWay:
		return nil, errTryAgain
	}
	return nil, errAgreement
}

// endedCodes are the wallet's, for a token whose consent the payer has ended.
var endedCodes = []string{"INVALID_ACCESS_TOKEN", "EXPIRED_ACCESS_TOKEN"}

// chargeRefused looks at why the wallet does not charge. If the consent has ended
// there, it has ended here as well. Only a rejection sends the customer to the cashier:
// Flow.Create calls it one if the order has ended, and unknown while it may be charged.
func (s *Shop) chargeRefused(ctx context.Context, token string, err error) error {
	var refused *tradepay.APIError
	if !errors.As(err, &refused) || !slices.Contains(endedCodes, refused.Result.Code) {
		return err
	}
	forgotten := forgetToken(ctx, s.db, token)
	if !errors.Is(err, tradepay.ErrRejected) {
		return errors.Join(err, forgotten)
	}
	return errors.Join(errAgreement, forgotten)
}
