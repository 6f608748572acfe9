package frameworks

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Gin serves the shop with gin.
//
// Logger, Recovery and the redirects of paths leave the body and the request
// line alone; groups and http.StripPrefix do, too. Keep away from /notify:
// whatever binds or reads the body, ShouldBindBodyWith included;
// gin-contrib/gzip, which changes the signed answer and, with
// DefaultDecompressHandle, the body; and gin-contrib/size below 64 KiB.
func Gin(s *Shop) *gin.Engine {
	r := gin.New()
	r.Use(gin.Recovery())
	shop := r.Group("/shop")
	// With orderflow: flow.NotifyHandler(). Nothing before it may bind the body.
	shop.POST("/notify", gin.WrapH(s.Client.NotifyHandler(s.Received)))
	shop.POST("/orders", func(c *gin.Context) {
		var in Cart
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxCart)
		if err := c.ShouldBindJSON(&in); err != nil {
			c.AbortWithStatusJSON(http.StatusBadRequest, gin.H{"error": "the body is not a cart"})
			return
		}
		c.JSON(s.place(c.Request.Context(), in))
	})
	return r
}
