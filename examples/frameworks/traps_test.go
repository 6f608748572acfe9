package frameworks

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gofiber/fiber/v3/middleware/rewrite"
	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/require"
)

// TestMiddlewares: what the documents say of middlewares is so.
func TestMiddlewares(t *testing.T) {
	t.Parallel()
	withChi := func(path string, use ...func(http.Handler) http.Handler) func(*testing.T, *Shop) string {
		return func(t *testing.T, s *Shop) string {
			r := chi.NewRouter()
			r.Use(use...)
			r.Method(http.MethodPost, path, s.Client.NotifyHandler(s.Received))
			return listen(t, r)
		}
	}
	withEcho := func(pre, use echo.MiddlewareFunc) func(*testing.T, *Shop) string {
		return func(t *testing.T, s *Shop) string {
			e := echo.New()
			if pre != nil {
				e.Pre(pre)
			}
			if use != nil {
				e.Use(use)
			}
			h := echo.WrapHandler(s.Client.NotifyHandler(s.Received))
			e.POST("/notify", h)
			e.POST("/notify/", h)
			return listen(t, e)
		}
	}
	compress := func(r *http.Request) {
		body := compressed(t, notice("order-1"))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Encoding", "gzip")
	}
	twice := func(r *http.Request) {
		r.Header["Signature"] = []string{"algorithm=RSA256, keyVersion=1, signature=AAAA", r.Header.Get("Signature")}
	}
	tests := []struct {
		name   string
		serve  func(*testing.T, *Shop) string
		path   string
		change func(*http.Request)
		code   int
		status string
	}{
		{name: "chi: StripSlashes, CleanPath, Logger",
			serve: withChi("/notify", chimiddleware.StripSlashes, chimiddleware.CleanPath, chimiddleware.Logger),
			path:  "/notify/", code: 200, status: "S"},
		{name: "chi: AllowContentEncoding", serve: withChi("/notify", chimiddleware.AllowContentEncoding()),
			path: "/notify", change: compress, code: 415},
		{name: "chi: RequestSize", serve: withChi("/notify", chimiddleware.RequestSize(10)),
			path: "/notify", code: 400},
		{name: "chi: a body that was read", serve: withChi("/notify", func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.ReadAll(r.Body)
				next.ServeHTTP(w, r)
			})
		}), path: "/notify", code: 401},
		{name: "gin: a body that was bound", serve: func(t *testing.T, s *Shop) string {
			r := gin.New()
			r.Use(func(c *gin.Context) {
				var body map[string]any
				_ = c.ShouldBindJSON(&body)
			})
			r.POST("/notify", gin.WrapH(s.Client.NotifyHandler(s.Received)))
			return listen(t, r)
		}, path: "/notify", code: 401},
		{name: "echo: RemoveTrailingSlash", serve: withEcho(middleware.RemoveTrailingSlash(), nil),
			path: "/notify/", code: 401},
		{name: "echo: AddTrailingSlash", serve: withEcho(middleware.AddTrailingSlash(), nil),
			path: "/notify", code: 401},
		{name: "echo: Rewrite", serve: withEcho(middleware.Rewrite(map[string]string{"/old/*": "/$1"}), nil),
			path: "/old/notify", code: 200, status: "S"},
		{name: "echo: Decompress lets a changed body through", serve: withEcho(nil, middleware.Decompress()),
			path: "/notify", change: compress, code: 200, status: "S"},
		{name: "echo: BodyLimit", serve: withEcho(nil, middleware.BodyLimit(1<<20)), path: "/notify",
			code: 200, status: "S"},
		{name: "fiber: rewrite", serve: func(t *testing.T, s *Shop) string {
			app := fiber.New()
			app.Use(rewrite.New(rewrite.Config{Rules: map[string]string{"/old/*": "/$1"}}))
			app.Post("/notify", s.fiberNotify)
			return listenFiber(t, app)
		}, path: "/old/notify?a=1", code: 200, status: "S"},
		{name: "fiber: adaptor shows a second signature", serve: func(t *testing.T, s *Shop) string {
			app := fiber.New()
			app.Post("/notify", adaptor.HTTPHandler(s.Client.NotifyHandler(s.Received)))
			return listenFiber(t, app)
		}, path: "/notify", change: twice, code: 401}, // with fasthttp v1.69 it was 200
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSender(t)
			base := tt.serve(t, &Shop{Client: s.client, Received: (&spy{}).received})
			r := s.request(base+tt.path, []byte(notice("order-1")))
			if tt.change != nil {
				tt.change(r)
			}
			code, status := s.answer(r)
			require.Equal(t, tt.code, code)
			require.Equal(t, tt.status, status)
		})
	}
}
