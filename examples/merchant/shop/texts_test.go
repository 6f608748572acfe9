package shop

import (
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestTextsAreComplete: both languages have the same texts, and all that the
// pages and the API name.
func TestTextsAreComplete(t *testing.T) {
	t.Parallel()
	var needed []string
	require.NoError(t, fs.WalkDir(templates, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := templates.ReadFile(path)
		for _, found := range regexp.MustCompile(`\.T "([^"]+)"`).FindAllSubmatch(text, -1) {
			needed = append(needed, string(found[1]))
		}
		return err
	}))
	require.NotEmpty(t, needed)
	for _, s := range orderflow.States() {
		needed = append(needed, "state."+string(s), "explain."+string(s))
	}
	for _, a := range []orderflow.Actor{orderflow.ActorMerchant, orderflow.ActorWallet, orderflow.ActorNotification,
		orderflow.ActorReconcile, orderflow.ActorFulfil} {
		needed = append(needed, "actor."+string(a))
	}
	for _, r := range []orderflow.RefundState{orderflow.RefundOpen, orderflow.RefundSucceeded, orderflow.RefundFailed} {
		needed = append(needed, "refund."+string(r))
	}
	for _, p := range []*problem{errBadRequest, errItems, errAmount, errUnauthorized, errForged, errPassword,
		errNotFound, errRequestKey,
		errSoldOut, errPaid, errState, errAgreed, errAgreeAgain, errAgreement, errUnsupported, errRefused,
		errTooMany, errTryAgain,
		errInternal} {
		needed = append(needed, "error."+p.code)
		require.Equal(t, "shop: "+p.code, p.Error())
	}
	needed = append(needed, "agreement.what", "state.parked", "catalogue.title", "login.title", "orders.title",
		"order.title", "problem.title")
	for key, text := range texts["es"] { // the glossary of docs/guia-de-pago.es.md has monto and miniprograma
		require.NotRegexp(t, `(?i)\b(importe|mini program)`, text, key)
	}
	require.Len(t, texts, len(languages))
	for _, lang := range languages {
		needed = append(needed, "language."+lang)
		for _, key := range needed {
			require.NotEmpty(t, texts[lang][key], "%s: %s", lang, key)
		}
		for key := range texts[lang] {
			for _, other := range languages {
				require.Contains(t, texts[other], key)
			}
			require.True(t, slices.Contains(needed, key) || strings.HasPrefix(key, "language."),
				"%s is used nowhere", key)
		}
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	o := b.phone(ana).buys("two-languages", "coffee", 1)
	w := b.browser()
	for _, c := range []struct{ path, accept, want string }{
		{"/", "", `<html lang="en">`},
		{"/", "es-MX,es;q=0.9,en;q=0.8", `<html lang="es">`},
		{"/", "fr, es;q=0.5", `<html lang="es">`},
		{"/", "en-GB", `<html lang="en">`},
		{"/", "zh", `<html lang="en">`},
		{"/", "!!", `<html lang="en">`},
		{"/login", "es", "Contraseña"},
		{"/nothing", "es", "Eso no existe."},
		{o.Page, "es", "La billetera confirmó el pago"},
		{o.Page + "&lang=en", "es", "The wallet has confirmed the payment"},
		{"/", "es", "Catalogue"}, // the last choice is kept
		{"/?lang=es", "en", "Café"},
		{"/?lang=xx", "en", "Café"},
	} {
		_, page := w.do("GET", c.path, nil, http.Header{"Accept-Language": {c.accept}})
		require.Contains(t, page, c.want, "%s for %q", c.path, c.accept)
	}
	spanish := newBench(t, sqliteSource(t), func(c *Config) { c.Language = "es" })
	_, page := spanish.browser().get("/")
	require.Contains(t, page, `<html lang="es">`)

	var a answer
	(&phone{bench: b}).callWith("GET", "/api/orders", nil, &a, http.Header{"Accept-Language": {"es"}})
	require.Equal(t, "Primero inicie sesión.", a.Error.Message)
}
