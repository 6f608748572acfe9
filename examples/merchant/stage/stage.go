package stage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"github.com/tradepay/tradepay-go/tradepaytest"
)

// ErrConfig says that a [Config] cannot work.
var ErrConfig = errors.New("stage: configuration")

// Config is what the stage shows. Wallet, Merchant and Journal are required.
type Config struct {
	Wallet   *tradepaytest.Wallet // made with tradepaytest.WithObserver(Journal.Observe)
	Merchant Merchant
	Journal  *Journal
	Desk     Desk         // what the shopkeeper does; without it the page has no such buttons
	Language string       // where the browser asks for none: "en" (default) or "es"
	Logger   *slog.Logger // by default nothing is logged
}

// Stage serves the page. It answers requests from this host only, and only
// under a name of this host.
type Stage struct {
	wallet   *tradepaytest.Wallet
	merchant Merchant
	desk     Desk
	journal  *Journal
	language language
	logger   *slog.Logger
	client   *http.Client
	handler  http.Handler

	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup
	killing sync.Mutex

	loginMu sync.Mutex
	token   string
}

// New returns a stage. It asks the shop about orders in the background until
// [Stage.Close]. Errors match [ErrConfig].
func New(cfg Config) (*Stage, error) {
	switch {
	case cfg.Wallet == nil:
		return nil, fmt.Errorf("%w: Wallet is required", ErrConfig)
	case cfg.Merchant == nil:
		return nil, fmt.Errorf("%w: Merchant is required", ErrConfig)
	case cfg.Journal == nil:
		return nil, fmt.Errorf("%w: Journal is required, and the wallet must report to its Observe", ErrConfig)
	}
	shop, err := url.Parse(cfg.Merchant.URL())
	if err != nil || shop.Scheme != "http" || !isLoopbackHost(shop.Host) || shop.Path != "" || shop.RawQuery != "" {
		return nil, fmt.Errorf("%w: Merchant.URL must be http://, a host of this machine and a port, without a path",
			ErrConfig)
	}
	s := &Stage{
		wallet: cfg.Wallet, merchant: cfg.Merchant, desk: cfg.Desk, journal: cfg.Journal,
		logger: cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler)), client: shopClient(),
	}
	var known bool
	if s.language, known = languageNamed(cmp.Or(cfg.Language, languages[0].Tag)); !known {
		return nil, fmt.Errorf("%w: Language %q: the page speaks en and es", ErrConfig, cfg.Language)
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	if s.handler, err = s.routes(); err != nil {
		s.end()
		return nil, err
	}
	s.running.Add(1)
	go s.watch()
	return s, nil
}

// Close ends what runs in the background and the streams of all pages.
func (s *Stage) Close() {
	s.end()
	s.running.Wait()
	s.client.CloseIdleConnections()
}

// ServeHTTP serves the page and all that belongs to it.
func (s *Stage) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

func (s *Stage) routes() (http.Handler, error) {
	page, err := newPage(s)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", page.index)
	mux.HandleFunc("GET /assets/{name}", page.asset)
	mux.HandleFunc("GET /miniprogram/{$}", page.program)
	mux.HandleFunc("GET /miniprogram/{name...}", page.programFile)
	mux.HandleFunc("GET /events", s.stream)
	mux.HandleFunc("GET /runs/{run}", s.export)
	mux.HandleFunc("GET /runs/{run}/entries/{entry}", s.entry)
	mux.HandleFunc("POST /runs/{run}/expire", s.expire)
	mux.HandleFunc("POST /runs/{run}/desk/{action}", s.atTheDesk)
	mux.HandleFunc("POST /trouble/{name}", s.makeTrouble)
	mux.HandleFunc(proxyPath+"/", s.proxy)
	// Another site's page may send a request, but not one that changes things.
	return s.guard(http.NewCrossOriginProtection().Handler(mux)), nil
}

// guard lets this host in, and sets the headers that every answer has.
func (s *Stage) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		// A name of another site that resolves to this host must not open the page.
		if !isLoopbackHost(r.RemoteAddr) || !isLoopbackHost(r.Host) {
			s.problem(w, http.StatusForbidden,
				"this page is for this computer only: open it as http://127.0.0.1 or http://localhost")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// problem answers with an error.
func (s *Stage) problem(w http.ResponseWriter, status int, why string) {
	writeJSON(w, status, map[string]string{"error": why})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		status, data = http.StatusInternalServerError, []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

// entry answers with one entry and its messages, for a reader of the page.
func (s *Stage) entry(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("entry"))
	if err == nil {
		var e *Entry
		if e, err = s.journal.entry(r.PathValue("run"), id); err == nil {
			writeJSON(w, http.StatusOK, e.in(s.languageOf(r)))
			return
		}
	}
	s.problem(w, http.StatusNotFound, "this message is not kept anymore")
}
