package frameworks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"

	"github.com/tradepay/tradepay-go"
)

// Fiber serves the shop with Fiber, which has no *http.Request: the
// notification is verified from its parts.
//
// requestid, logger, limiter, helmet and rewrite leave the raw body and the
// original URI alone; groups and mounted apps do, too. Keep away from /notify:
// compress and etag, which change the signed answer or its status; csrf, which
// refuses the wallet; cache and idempotency, which answer a notification
// without having asked you; and adaptor.HTTPHandler(client.NotifyHandler(…)):
// with fasthttp v1.69 the conversion keeps only one of two Signature headers.
func Fiber(s *Shop) *fiber.App {
	app := fiber.New(fiber.Config{
		BodyLimit:   1 << 20,          // fasthttp reads the whole body before anybody can look at it
		ReadTimeout: 10 * time.Second, // for the request to arrive; there is no limit by default
	})
	app.Use(recover.New()) // fasthttp has none: a panic would end the process
	shop := app.Group("/shop")
	shop.Post("/notify", s.fiberNotify)
	shop.Post("/orders", func(c fiber.Ctx) error {
		var in Cart
		// Not c.Bind(): it would inflate a compressed body of any size.
		if len(c.BodyRaw()) > maxCart || json.Unmarshal(c.BodyRaw(), &in) != nil {
			return c.Status(http.StatusBadRequest).JSON(fiber.Map{"error": "the body is not a cart"})
		}
		ctx, cancel := context.WithTimeout(c.Context(), 30*time.Second)
		defer cancel()
		status, answer := s.place(ctx, in)
		return c.Status(status).JSON(answer)
	})
	return app
}

// fiberNotify is what client.NotifyHandler does, for fasthttp.
func (s *Shop) fiberNotify(c fiber.Ctx) error {
	header := http.Header{}
	for name, value := range c.Request().Header.All() {
		header.Add(string(name), string(value)) // Add, not Set: a second Signature must be seen, and refused
	}
	uri := string(c.Request().Header.RequestURI()) // as it was sent: c.Path() is decoded, and has no query
	body := bytes.Clone(c.BodyRaw())               // c.Body() would decompress; and fasthttp reuses the bytes
	n, err := s.Client.ParseNotification(c.Method(), uri, header, body)
	var refused *tradepay.SignatureError
	if errors.As(err, &refused) {
		slog.Warn("notification refused", "reason", refused)
		if refused.Reason == tradepay.ReasonTooLarge {
			return c.SendStatus(http.StatusRequestEntityTooLarge)
		}
		return c.SendStatus(http.StatusUnauthorized)
	}
	if err == nil { // otherwise it is signed, and has no clear meaning: not stored
		// fasthttp does not say when the wallet hangs up.
		ctx, cancel := context.WithTimeout(c.Context(), 10*time.Second)
		defer cancel()
		err = s.Received(ctx, n)
	}
	if err != nil {
		slog.Warn("notification not stored, the wallet will send it again", "error", err)
	}
	ack, unsigned := s.Client.Acknowledge(uri, err)
	if unsigned != nil {
		return unsigned // 500: the wallet will send it again
	}
	for name := range ack.Header {
		c.Set(name, ack.Header.Get(name))
	}
	return c.Status(http.StatusOK).Send(ack.Body)
}
