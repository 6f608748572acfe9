package shop

import (
	"context"
	"database/sql"
	_ "embed" // the schema
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"golang.org/x/time/rate"
)

// Config is what a Shop needs.
type Config struct {
	Client    *tradepay.Client // required
	DB        *orderflow.DB    // required; the shop's own tables go there, too
	Catalogue []Item           // required, all in one currency
	Password  string           // the shopkeeper's; required
	// NotifyURL is where the wallet sends its notifications: POST /notify of
	// Shop.Handler, by its public name. Empty if the wallet's console knows it;
	// orders are then settled by inquiries alone, if it does not. Cookies are for
	// TLS only, unless it begins with http://.
	NotifyURL string
	// ReferenceClientID is the wallet's id of this business or mini program, which
	// Rebell and Touch 'n Go want for an agreement.
	ReferenceClientID string
	// Proxies are the addresses of reverse proxies in front of the shop, whose
	// X-Forwarded-For is believed: logins are limited by address. Without them
	// all who come through a proxy share its limit.
	Proxies   []netip.Prefix
	Language  string // where the browser asks for none: "en" (default) or "es"
	Logger    *slog.Logger
	Inquiries orderflow.Inquiries // when the wallet is asked about an order; see New for the default
	Now       func() time.Time    // default time.Now
}

// Shop is a merchant's server. It is safe for concurrent use, by any number of
// processes on one PostgreSQL database.
type Shop struct {
	client    *tradepay.Client
	flow      *orderflow.Flow
	db        *sql.DB
	read      *sql.DB // on SQLite it does not wait for who writes; see orderflow.DB
	catalogue []Item
	password  string
	notifyURL string
	publicURL string // scheme and host of the notify URL; empty if unknown
	secure    bool   // the public side is TLS, as far as is known
	language  string
	log       *slog.Logger
	now       func() time.Time

	referenceClientID string

	proxies   []netip.Prefix
	logins    *limit[netip.Addr] // of customers: each is a call to the wallet
	passwords *limit[netip.Addr] // tries of the shopkeeper's password
	consents  *limit[string]     // a customer's steps of an agreement: each is a call to the wallet
}

// ErrOtherClient says that the database belongs to a shop with another
// Client-Id: that of a test wallet, say, whose payments must ship nothing here.
var ErrOtherClient = errors.New("shop: the database belongs to another Client-Id; give this shop one of its own")

//go:embed schema.sql
var schema string

// New makes a shop and its tables. Start it with [Shop.Serve].
func New(ctx context.Context, cfg Config) (*Shop, error) {
	switch {
	case cfg.Client == nil:
		return nil, errors.New("shop: Config.Client is missing")
	case cfg.DB == nil:
		return nil, errors.New("shop: Config.DB is missing")
	case cfg.Password == "":
		return nil, errors.New("shop: Config.Password is missing; without it anybody could refund")
	}
	if err := checkCatalogue(cfg.Catalogue); err != nil {
		return nil, err
	}
	s := &Shop{
		client: cfg.Client, db: cfg.DB.SQL(), read: cfg.DB.ReadSQL(), catalogue: cfg.Catalogue, password: cfg.Password,
		notifyURL: cfg.NotifyURL, secure: true,
		language: cfg.Language, log: cfg.Logger, now: cfg.Now,
		referenceClientID: cfg.ReferenceClientID,
		proxies:           slices.Clone(cfg.Proxies),
		logins:            newLimit[netip.Addr](10, time.Second, rate.NewLimiter(20, 40)),
		passwords:         newLimit[netip.Addr](3, 10*time.Second, rate.NewLimiter(rate.Every(time.Second), 5)),
		consents:          newLimit[string](consentsAtOnce, 15*time.Second, rate.NewLimiter(rate.Inf, 0)),
	}
	if texts[s.language] == nil {
		s.language = "en"
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if cfg.NotifyURL != "" {
		u, err := url.Parse(cfg.NotifyURL)
		if err != nil || u.Host == "" {
			return nil, errors.New("shop: Config.NotifyURL must be an absolute URL")
		}
		s.publicURL, s.secure = u.Scheme+"://"+u.Host, u.Scheme == "https"
	}
	if cfg.Inquiries == (orderflow.Inquiries{}) {
		// A payer who waits in front of the result page should not wait long
		// for the truth when a notification is lost. Orders that are still open
		// cost an inquiry every 15 seconds each, until they expire.
		cfg.Inquiries = orderflow.Inquiries{First: 3 * time.Second, Longest: 15 * time.Second}
	}
	var err error
	s.flow, err = orderflow.New(ctx, orderflow.Config{
		Client:    cfg.Client,
		DB:        cfg.DB,
		Fulfil:    s.ship,
		Expiry:    timeToPay,
		Late:      orderflow.LateRefund, // paid after the order was closed: the money goes back by itself
		Inquiries: cfg.Inquiries,

		OnNotification: s.onNotification,
		// What fails here is mostly an empty shelf: a person should hear of it
		// within minutes.
		FulfilAttempts: 8,
		// Alarms are logged at level error. Config.OnAlarm and OnReport are where
		// a shop of size would call somebody.
		Logger: s.log,
		Now:    s.now,
	})
	if err != nil {
		return nil, err
	}
	return s, s.migrate(ctx)
}

// migrate makes the tables that are not there and stocks new items.
func (s *Shop) migrate(ctx context.Context) error {
	var err error
	for range 3 { // of two processes that make one table at once, PostgreSQL refuses one
		if err = s.makeTables(ctx); err == nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("shop: its tables: %w", err)
	}
	if err := s.claim(ctx); err != nil {
		return err
	}
	for _, item := range s.catalogue {
		_, err := s.db.ExecContext(ctx, `INSERT INTO shop_stock (item_id, quantity) VALUES ($1, $2)
			ON CONFLICT DO NOTHING`, item.ID, item.Stock)
		if err != nil {
			return fmt.Errorf("shop: stock: %w", err)
		}
	}
	return nil
}

// claim marks a new database as this shop's, and finds out whose another is.
func (s *Shop) claim(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO shop_client (only_one, client_id) VALUES (1, $1)
		ON CONFLICT DO NOTHING`, s.client.ClientID())
	if err != nil {
		return fmt.Errorf("shop: its client: %w", err)
	}
	var client string
	if err := s.db.QueryRowContext(ctx, `SELECT client_id FROM shop_client`).Scan(&client); err != nil {
		return fmt.Errorf("shop: its client: %w", err)
	}
	if client != s.client.ClientID() {
		return ErrOtherClient
	}
	return nil
}

func (s *Shop) makeTables(ctx context.Context) error {
	for statement := range strings.SplitSeq(schema, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := s.db.ExecContext(ctx, statement); err != nil { //nolint:gosec // the schema is compiled in
			return err
		}
	}
	return nil
}
