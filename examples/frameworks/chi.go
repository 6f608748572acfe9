package frameworks

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// Chi serves the shop with chi.
//
// RequestID, Recoverer, Logger, RealIP, Timeout, StripSlashes and CleanPath
// leave the body and the request line alone; Route, Mount and
// http.StripPrefix do, too. Keep away from /notify: Compress, which changes
// the signed answer; RequestSize below 64 KiB; and all that reads the body, such
// as a logger of bodies. AllowContentEncoding without an encoding is welcome.
func Chi(s *Shop) chi.Router {
	r := chi.NewRouter()
	r.Use(middleware.RequestID, middleware.Recoverer)
	r.Route("/shop", func(r chi.Router) {
		// With orderflow: flow.NotifyHandler(). Nothing before it may read the body.
		r.Method(http.MethodPost, "/notify", s.Client.NotifyHandler(s.Received))
		r.With(middleware.Timeout(30*time.Second)).Post("/orders", func(w http.ResponseWriter, r *http.Request) {
			var in Cart
			if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCart)).Decode(&in); err != nil {
				http.Error(w, "the body is not a cart", http.StatusBadRequest)
				return
			}
			status, answer := s.place(r.Context(), in)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			if err := json.NewEncoder(w).Encode(answer); err != nil {
				slog.WarnContext(r.Context(), "answer not written", "error", err)
			}
		})
	})
	return r
}
