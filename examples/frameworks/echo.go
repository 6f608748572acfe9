package frameworks

import (
	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
)

// Echo serves the shop with echo.
//
// RequestID, Recover, RequestLogger, Rewrite and BodyLimit from 64 KiB leave the
// body and the request line alone; groups and http.StripPrefix do, too. Keep away
// from /notify: AddTrailingSlash and RemoveTrailingSlash, which change
// RequestURI, and with it what the signature covers; Decompress, which changes
// the body; BodyDump, which reads it before it is known whose it is; Gzip,
// which changes the signed answer; MethodOverride; CSRF, which refuses the wallet.
func Echo(s *Shop) *echo.Echo {
	e := echo.New()
	e.Use(middleware.RequestID(), middleware.Recover())
	shop := e.Group("/shop")
	// With orderflow: flow.NotifyHandler(). Nothing before it may bind the body.
	shop.POST("/notify", echo.WrapHandler(s.Client.NotifyHandler(s.Received)))
	shop.POST("/orders", func(c *echo.Context) error {
		var in Cart
		if err := c.Bind(&in); err != nil {
			return err
		}
		return c.JSON(s.place(c.Request().Context(), in))
	}, middleware.BodyLimit(maxCart))
	return e
}
