package shop

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// maxBody is more than any request of a phone or a form needs. The SDK has
	// its own limit for notifications.
	maxBody = 16 << 10
	// callTime bounds a request: it may call the wallet, and may find a database
	// that does not answer. The order outlives it.
	callTime = 25 * time.Second
	stopTime = 10 * time.Second
)

//go:embed static
var static embed.FS

// Serve serves the shop, and lets orderflow work, until ctx ends; then it
// finishes the requests and jobs that are under way. Requests that take longer
// than 10 s to end are cut off: their orders are stored, and go on from there.
func (s *Shop) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      callTime + 5*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.flow.Run(ctx) })
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if err := server.Shutdown(stop); err != nil {
			s.log.WarnContext(ctx, "requests were cut off", "error", err)
			return server.Close()
		}
		return nil
	})
	return group.Wait()
}

// Handler is all that the shop shows to the world.
func (s *Shop) Handler() http.Handler {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux := http.NewServeMux()

	// The wallet. What it sends is believed for its signature, nothing else.
	mux.Handle("POST /notify", s.flow.NotifyHandler())

	// The mini program: bearer tokens, which no other site can make a browser
	// send, so there is nothing to forge across sites; and no CORS.
	mux.Handle("GET /api/catalogue", s.api(s.apiCatalogue))
	mux.Handle("POST /api/login", s.api(s.apiLogin))
	mux.Handle("POST /api/orders", s.api(s.apiCreate))
	mux.Handle("GET /api/orders", s.api(s.apiList))
	mux.Handle("GET /api/orders/{id}", s.api(s.apiGet))
	mux.Handle("POST /api/orders/{id}/cancel", s.api(s.apiCancel))
	mux.Handle("GET /api/agreement", s.api(s.apiAgreement))
	mux.Handle("POST /api/agreement", s.api(s.apiSign))
	mux.Handle("POST /api/agreement/prepare", s.api(s.apiPrepare))
	mux.Handle("POST /api/agreement/end", s.api(s.apiEnd))
	mux.Handle("/api/", s.api(func(http.ResponseWriter, *http.Request) error { return errNotFound }))

	// Browsers: a cookie, so forms of other sites must be kept out.
	pages := http.NewServeMux()
	pages.Handle("GET /{$}", s.page(s.showCatalogue))
	pages.Handle("GET /login", s.page(s.showLogin))
	pages.Handle("POST /login", s.page(s.login))
	pages.Handle("POST /logout", s.form(s.logout))
	pages.Handle("GET /orders", s.page(s.showOrders))
	pages.Handle("GET /orders/{id}", s.page(s.showOrder))
	pages.Handle("POST /orders/{id}/refund", s.form(s.refund))
	pages.Handle("POST /orders/{id}/cancel", s.form(s.cancel))
	pages.Handle("POST /orders/{id}/capture", s.form(s.capture))
	pages.Handle("POST /orders/{id}/void", s.form(s.void))
	pages.Handle("POST /orders/{id}/retry", s.form(s.retry))
	pages.Handle("POST /stock/{item}", s.form(s.restock))
	pages.Handle("/", s.page(func(http.ResponseWriter, *http.Request, *view) error { return errNotFound }))
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(s.page(func(http.ResponseWriter, *http.Request, *view) error { return errForged }))
	mux.Handle("/", crossOrigin.Handler(pages))

	mux.Handle("GET /static/{name}", http.StripPrefix("/static/", cached(http.FileServerFS(files))))
	mux.Handle("GET /healthz", s.flow.HealthHandler())
	return s.secured(mux)
}

// secured sets what tells browsers to be careful, on every answer, and ends
// what takes too long: WriteTimeout ends the connection, not the handler.
func (s *Shop) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "+
			"connect-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // the address of a result page is a key
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		ctx, cancel := context.WithTimeout(r.Context(), callTime)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// cached lets browsers keep what is the same for all.
func cached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=300")
		next.ServeHTTP(w, r)
	})
}
