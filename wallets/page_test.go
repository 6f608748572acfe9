package wallets_test

import (
	"bytes"
	"cmp"
	"fmt"
	"go/format"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/walletfacts"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/wire"
)

// TestPagesAreCurrent: each wallet has a page in both languages that says what its
// profile says, and the code of the pages stands in an example that compiles.
func TestPagesAreCurrent(t *testing.T) {
	t.Parallel()
	spanish, written := readSpanish(), sources(t)
	requireCurrent(t, configFile, []byte(configurations(t, tongue{})))
	for _, lang := range []tongue{{}, {es: &spanish}} {
		blocks := configBlocks(t, configurations(t, lang))
		requireCurrent(t, filepath.Join("..", "docs", "wallets"+lang.ending()), []byte(index(lang)))
		for _, w := range profiles() {
			p := page{tongue: lang, w: w, source: written[w.Name], currency: currencyOf(t, w)}
			file := filepath.Join("..", "docs", "wallets", fold(w.Name)+lang.ending())
			requireCurrent(t, file, []byte(p.write(blocks[constructor(written[w.Name])])))
		}
	}
	files, err := filepath.Glob(filepath.Join("..", "docs", "wallets", "*.md"))
	require.NoError(t, err)
	require.Len(t, files, 2*len(profiles()), "a page of no wallet")
}

// TestVariablesOfPages: the variables of each page are those that the wallet needs.
func TestVariablesOfPages(t *testing.T) {
	t.Parallel()
	keys := filepath.Join("..", "testdata", "vectors", "keys")
	written := sources(t)
	for _, w := range profiles() {
		p := page{w: w, source: written[w.Name], currency: currencyOf(t, w)}
		variables := map[string]string{}
		for _, line := range p.variables() {
			name, value, _ := strings.Cut(strings.TrimPrefix(line, "export "), "=")
			variables[name] = value
		}
		variables[tradepayenv.PrivateKeyFile] = filepath.Join(keys, "merchant.private.pkcs8.pem")
		variables[tradepayenv.WalletKeyFile] = filepath.Join(keys, "wallet.public.pkix.pem")
		config, err := tradepayenv.ReadFrom(func(name string) string { return variables[name] })
		require.NoError(t, err, w.Name)
		require.Equal(t, w.Name, config.Wallet.Name)
		_, err = tradepayenv.ReadNotifyURL(func(name string) string { return variables[name] })
		require.NoError(t, err, w.Name)
	}
}

// TestSpanishOfFacts: what is translated is said by a profile.
func TestSpanishOfFacts(t *testing.T) {
	t.Parallel()
	spanish := readSpanish()
	for _, w := range profiles() {
		for _, fact := range w.Evidence {
			delete(spanish.Facts, fact.Says)
			delete(spanish.Subjects, fact.About)
		}
	}
	require.Empty(t, spanish.Facts, "no profile says this")
	require.Empty(t, spanish.Subjects, "no fact is about this")
}

// translations are the facts and what they are about, in Spanish by their English.
type translations struct{ Subjects, Facts map[string]string }

func readSpanish() translations {
	return translations{Subjects: walletfacts.Subjects(), Facts: walletfacts.Facts()}
}

// A tongue is the language of a page: English, or Spanish where es is set.
type tongue struct{ es *translations }

func (g tongue) say(english, spanish string) string {
	if g.es != nil {
		return spanish
	}
	return english
}

func (g tongue) ending() string { return g.say(".md", ".es.md") }

// fact returns a sentence of the evidence. What has no translation is marked.
func (g tongue) fact(english string) string {
	if g.es == nil {
		return plain(english)
	}
	if spanish := g.es.Facts[english]; spanish != "" {
		return plain(spanish)
	}
	return g.english(english)
}

// english marks what a Spanish page quotes in English.
func (g tongue) english(text string) string {
	if g.es == nil {
		return plain(text)
	}
	return `<span lang="en">` + plain(text) + `</span>`
}

func (g tongue) subject(english string) string {
	if g.es == nil {
		return english
	}
	return cmp.Or(g.es.Subjects[english], g.english(english))
}

// environment translates what a profile calls a gateway.
func (g tongue) environment(name string) string {
	return g.say(name, strings.NewReplacer(
		"production", "producción", "sandbox test", "pruebas", "sandbox", "pruebas", "North America", "Norteamérica",
		"Europe", "Europa", "USA", "EE. UU.",
	).Replace(name))
}

// known translates how a fact is known.
func (g tongue) known(grade string) string {
	for _, known := range walletfacts.Grades() {
		if known.English == grade {
			return g.say(grade, known.Spanish)
		}
	}
	return grade
}

// worst is the least sure way in which a fact of the profile is known.
func worst(w wire.Profile) string {
	return worstFirst(w.Evidence)[0].Known
}

// worstFirst sorts facts by how they are known, and then by what they are about.
func worstFirst(facts []wire.Fact) []wire.Fact {
	return slices.SortedFunc(slices.Values(facts), func(a, b wire.Fact) int {
		return cmp.Or(cmp.Compare(slices.Index(grades, a.Known), slices.Index(grades, b.Known)),
			strings.Compare(a.About, b.About))
	})
}

// index writes the list of all wallets.
func index(g tongue) string {
	var b strings.Builder
	b.WriteString(g.say("# Wallets\n\n[Español](wallets.es.md)\n\n", "# Billeteras\n\n[English](wallets.md)\n\n"))
	b.WriteString(g.say(
		"A page for each wallet: how sure its profile is, what to ask the wallet for, a `Config` and variables to "+
			"paste, a sandbox\n"+
			"to try it in, and what is missing. The profiles follow public documents, merchants' public code and "+
			"messages that merchants\n"+
			"logged. **None of them was tested live.**\n\n",
		"Una página para cada billetera: qué tan confirmado está su perfil, qué pedirle a la billetera, un "+
			"`Config` y variables para pegar, un\n"+
			"sandbox para probarla y qué falta. Los perfiles siguen documentos públicos, código público de "+
			"comercios y mensajes que\n"+
			"los comercios registraron. **Ninguno se probó en producción.**\n\n"))
	b.WriteString(g.say("| wallet | country | dialect | payments | least sure part |\n|---|---|---|---|---|\n",
		"| billetera | país | dialecto | pagos | dato menos confirmado |\n|---|---|---|---|---|\n"))
	for _, w := range profiles() {
		pays := g.say("yes", "sí")
		if w.Routes.Unsupported[wire.OpPay] != "" {
			pays = "no"
		}
		fmt.Fprintf(&b, "| [%s](wallets/%s) | %s | %s | %s | %s |\n", w.Name, fold(w.Name)+g.ending(),
			cmp.Or(w.Country, g.say("any", "cualquiera")), w.Dialect, pays, g.known(worst(w)))
	}
	b.WriteString(g.say("\nYour wallet is not here? It may speak one of the two dialects as they are: try "+
		"`wallets.PlatformV2()`, then `PlatformV1()`, and ask\n"+
		"the wallet what their pages ask. [CONTRIBUTING](../CONTRIBUTING.md#adding-a-wallet) shows how to add a "+
		"profile.\n",
		"\n¿No está tu billetera? Quizá habla uno de los dos dialectos tal cual: prueba `wallets.PlatformV2()`, "+
			"después `PlatformV1()`, y\n"+
			"pregúntale lo que dicen sus páginas. [CONTRIBUTING](../CONTRIBUTING.md#adding-a-wallet) muestra cómo "+
			"agregar un perfil.\n"))
	b.WriteString(g.say("\n## How a fact is known\n\n", "\n## Cómo se sabe un dato\n\n"))
	b.WriteString(g.say("From unsure to sure:\n\n", "De menos a más confirmado:\n\n"))
	b.WriteString(g.say("| word | meaning |\n|---|---|\n", "| palabra | significado |\n|---|---|\n"))
	for _, grade := range [][3]string{
		{"contradicted", "the sources disagree, and the fact names what the profile follows",
			"las fuentes se contradicen y el dato dice cuál sigue el perfil"},
		{"inferred", "nobody says it; it follows from something else", "nadie lo dice; se deduce de otra cosa"},
		{"one client", "one integrator's code has it, and nobody knows whether it ran",
			"está en el código de un integrador y no se sabe si corrió"},
		{"documents", "only the wallet's own pages say it", "solo lo dicen las páginas de la billetera"},
		{"agreed", "several integrators do the same", "varios integradores hacen lo mismo"},
		{"running", "a log, a pasted message or the wallet's own code shows it",
			"lo muestra un log, un mensaje pegado o el código de la propia billetera"},
	} {
		fmt.Fprintf(&b, "| %s | %s |\n", g.known(grade[0]), g.say(grade[1], grade[2]))
	}
	b.WriteString(g.say("\nMessages of each wallet, signed with test keys: "+
		"[testdata/vectors/wallets](../testdata/vectors/wallets/README.md). `go test ./wallets -update`\n"+
		"writes this page and the wallets' pages from the profiles in package `wallets`; do not edit them.\n",
		"\nMensajes de cada billetera, firmados con claves de prueba: "+
			"[testdata/vectors/wallets](../testdata/vectors/wallets/README.md). `go test ./wallets -update`\n"+
			"escribe esta página y las de las billeteras a partir de los perfiles del paquete `wallets`; no las "+
			"edites.\n"))
	return b.String()
}

// A page tells about one wallet.
type page struct {
	tongue

	b        strings.Builder
	w        wire.Profile
	source   source
	currency string
}

func (p *page) printf(format string, arguments ...any) { fmt.Fprintf(&p.b, format, arguments...) }

// heading begins a section.
func (p *page) heading(english, spanish string) { p.printf("\n## %s\n\n", p.say(english, spanish)) }

func (p *page) write(config string) string {
	p.printf("# %s\n\n", p.w.Name)
	p.printf("%s\n\n", p.say("[Español]("+fold(p.w.Name)+".es.md)", "[English]("+fold(p.w.Name)+".md)"))
	p.summary()
	p.status()
	p.questions()
	p.heading("A Config to paste", "Un Config para pegar")
	p.printf("```go\n%s```\n", config)
	p.printf("\n%s\n", p.say("`tradepay.ParsePrivateKey` and `tradepay.ParsePublicKey` read the keys. `NewClient` "+
		"checks the rest.",
		"`tradepay.ParsePrivateKey` y `tradepay.ParsePublicKey` leen las claves. `NewClient` revisa lo demás."))
	p.heading("Its variables", "Sus variables")
	p.printf("%s\n\n```sh\n%s\n```\n", p.say("The same for [the command](../cli.md) and for `tradepayenv.Read`:",
		"Lo mismo para [el comando](../cli.es.md) y para `tradepayenv.Read`:"), strings.Join(p.variables(), "\n"))
	p.sandbox()
	p.operations()
	p.wire()
	p.resultCodes()
	p.notes()
	return p.b.String()
}

// constructor is the name of the function that returns a profile.
func constructor(s source) string {
	first, _, _ := strings.Cut(s.comment, " ")
	return first
}

func (p *page) summary() {
	digits, _ := tradepay.MinorDigits(p.currency)
	p.printf("| | |\n|---|---|\n")
	p.row(p.say("profile", "perfil"), "`wallets."+constructor(p.source)+"()`")
	p.row(p.say("country", "país"), cmp.Or(p.w.Country, p.say("any", "cualquiera")))
	if strings.Contains(p.source.comment, p.currency) {
		p.row(p.say("currency", "moneda"), fmt.Sprintf(
			p.say("%s, %d decimals: %s %s is %s on the wire", "%s, %d decimales: %s %s es %s en el mensaje"),
			p.currency, digits, "1", p.currency, "`1"+strings.Repeat("0", digits)+"`"))
	}
	p.row(p.say("dialect", "dialecto"), p.w.Dialect)
	p.row(p.say("tested live", "probado en producción"), "**no**")
	p.row(p.say("evidence", "evidencia"), p.tally())
}

// tally counts the facts, the least sure first.
func (p *page) tally() string {
	var said []string
	for _, grade := range grades {
		n := 0
		for _, fact := range p.w.Evidence {
			if fact.Known == grade {
				n++
			}
		}
		if n > 0 {
			said = append(said, fmt.Sprintf("%d %s", n, p.known(grade)))
		}
	}
	return strings.Join(said, ", ")
}

func (p *page) row(name, value string) { p.printf("| %s | %s |\n", name, value) }

// status lists what is known, the least sure first. Facts that are known in the same
// way, from the same place, share a row.
func (p *page) status() {
	p.heading("How sure this is", "Qué tan confirmado está")
	p.printf("%s\n\n", p.say("The least sure comes first; [the words](../wallets.md#how-a-fact-is-known).",
		"Lo menos confirmado va primero; [las palabras](../wallets.es.md#cómo-se-sabe-un-dato)."))
	p.printf("%s\n|---|---|---|\n", p.say("| what | known | |", "| qué | cómo se sabe | |"))
	facts := worstFirst(p.w.Evidence)
	for len(facts) > 0 {
		first := facts[0]
		var about []string
		facts = slices.DeleteFunc(facts, func(f wire.Fact) bool {
			same := f.Known == first.Known && f.Says == first.Says && f.Source == first.Source
			if same {
				about = append(about, p.subject(f.About))
			}
			return same
		})
		p.printf("| %s | %s, [%s](%s) | %s |\n", strings.Join(about, ", "), p.known(first.Known),
			p.say("source", "fuente"), first.Source, p.fact(first.Says))
	}
}

// questions are a list to paste into a mail to the wallet.
func (p *page) questions() {
	p.heading("What to ask the wallet for", "Qué pedirle a la billetera")
	p.printf("%s\n\n", p.say("Paste this list into your mail:", "Pega esta lista en tu correo:"))
	ask := func(condition bool, english, spanish string) {
		if condition {
			p.printf("- %s\n", p.say(english, spanish))
		}
	}
	need := p.w.Requirements
	for _, environment := range slices.Sorted(maps.Keys(p.w.Routes.BaseURLs)) {
		p.printf("- "+p.say("Is `%s` the gateway (%s)?\n", "¿Es `%s` el gateway (%s)?\n"),
			p.w.Routes.BaseURLs[environment], p.environment(environment))
	}
	ask(len(p.w.Routes.BaseURLs) == 0, "The gateway's base URL, for tests and for production.",
		"La URL base del gateway, para pruebas y para producción.")
	ask(true, "Our `Client-Id`, for tests and for production.",
		"Nuestro `Client-Id`, para pruebas y para producción.")
	ask(need.AppID, "The `appId` of our mini program.", "El `appId` de nuestro miniprograma.")
	ask(need.PartnerID, "Our `partnerId`.", "Nuestro `partnerId`.")
	ask(need.MerchantID || p.w.Signing.MerchantIDHeader != "", "Our merchant id.", "Nuestro id de comercio.")
	ask(need.SiteName, "The values of `customerBelongsTo` (`siteName` of `my.getSiteInfo`).",
		"Los valores de `customerBelongsTo` (`siteName` de `my.getSiteInfo`).")
	ask(p.w.Signing.AgentTokenHeader != "", "An agent token, if we call for other merchants.",
		"Un agent token, si llamamos en nombre de otros comercios.")
	ask(p.w.Products.Cashier == "" && p.pays(), "The `productCode` of a payment in the cashier.",
		"El `productCode` de un pago en la pantalla de pago.")
	ask(true, "Your public key and its `keyVersion`, and how you announce the next key.",
		"La clave pública de la billetera con su `keyVersion`, y cómo anuncian la siguiente.")
	ask(true, "Where we register our public key, and which `keyVersion` it gets.",
		"Dónde registramos nuestra clave pública y qué `keyVersion` recibe.")
	ask(true, "Test users with a balance, and the version of the app that runs in the sandbox.",
		"Usuarios de prueba con saldo, y la versión de la app que corre en el sandbox.")
	ask(true, "Our server's domain on the list that `my.request` may call.",
		"El dominio de nuestro servidor en la lista que `my.request` puede llamar.")
	ask(p.pays(), "From which addresses you notify, how often and for how long you repeat a notification.",
		"Desde qué direcciones notifican, cuántas veces y durante qué tiempo repiten una notificación.")
	ask(p.pays(), "Do you notify failed, expired, cancelled and refunded payments?",
		"¿Notifican los pagos fallidos, vencidos, cancelados y reembolsados?")
	ask(p.pays() && !p.w.Quirks.RefusesRepeats,
		"Does a second pay with the same `paymentRequestId` get the first answer again?",
		"¿Un segundo pay con el mismo `paymentRequestId` recibe otra vez la primera respuesta?")
	for _, fact := range worstFirst(p.w.Evidence) {
		if slices.Contains([]string{"contradicted", "inferred", "one client"}, fact.Known) {
			p.printf("- %s (%s): %s\n", p.say("Is this right?", "¿Es correcto?"), p.subject(fact.About),
				p.fact(fact.Says))
		}
	}
}

// pays reports whether a server can create payments of this wallet.
func (p *page) pays() bool { return p.w.Routes.Unsupported[wire.OpPay] == "" }

// settingName is the wallet's name in TRADEPAY_WALLET and behind -wallet.
func (p *page) settingName() string {
	if name := fold(p.w.Name); !strings.HasPrefix(name, "platform") {
		return name
	}
	return strings.ReplaceAll(strings.ToLower(p.w.Name), " ", "-")
}

// gateway is the wallet's base URL to begin with.
func gateway(w wire.Profile) string {
	for _, environment := range slices.Sorted(maps.Keys(w.Routes.BaseURLs)) {
		if strings.HasPrefix(environment, "sandbox") {
			return w.Routes.BaseURLs[environment]
		}
	}
	return "https://gateway.wallet.example"
}

// keyVersion is the version that merchants' keys have at the wallet.
func keyVersion(s source) string {
	text := strings.Join(strings.Fields(s.comment), " ")
	if match := regexp.MustCompile(`keyVersion (\d+) \(Config\.KeyVersion\)`).FindStringSubmatch(text); match != nil {
		return match[1]
	}
	return "1"
}

func (p *page) variables() []string {
	need := p.w.Requirements
	var lines []string
	set := func(condition bool, name, value string) {
		if condition {
			lines = append(lines, "export "+name+"="+value)
		}
	}
	set(true, tradepayenv.Wallet, p.settingName())
	set(true, tradepayenv.BaseURL, gateway(p.w))
	set(true, tradepayenv.ClientID, clientID)
	set(need.AppID, tradepayenv.AppID, appID)
	set(need.PartnerID, tradepayenv.PartnerID, partnerID)
	set(need.MerchantID || p.w.Signing.MerchantIDHeader != "", tradepayenv.MerchantID, merchantID)
	set(need.SiteName, tradepayenv.SiteName, siteName)
	set(p.w.Signing.AgentTokenHeader != "", tradepayenv.AgentToken, "agent-token")
	set(true, tradepayenv.PrivateKeyFile, "/etc/shop/shop-private.pem")
	set(true, tradepayenv.KeyVersion, keyVersion(p.source))
	set(true, tradepayenv.WalletKeyFile, "/etc/shop/wallet-public.pem")
	set(true, tradepayenv.NotifyURL, "https://shop.example/notify")
	return lines
}

// What stands for the ids that the wallet issues.
const (
	clientID   = "2020081513180008900"
	appID      = "3333010071465913"
	partnerID  = "P000000001"
	merchantID = "M000000001"
	siteName   = "GCASH"
)

// sandbox shows a first payment without the wallet. A test of cmd/tradepay runs it.
func (p *page) sandbox() {
	p.heading("Try it in the sandbox", "Pruébala en el sandbox")
	p.printf("%s\n\n```sh\ntradepay sandbox -wallet %s -dir sandbox -pay-after 1s\n```\n", p.say(
		"A test wallet that speaks this profile, on your machine:",
		"Una billetera de pruebas que habla este perfil, en tu computadora:"),
		p.settingName())
	commands := []string{". sandbox/sandbox.env", "tradepay doctor"}
	if p.w.Routes.Unsupported[wire.OpInquiryPayment] == "" {
		commands[1] += " -live"
	}
	if p.pays() {
		create := "tradepay order create -id order-1 -amount 10 -currency " + p.currency
		if p.w.Name == "Toka" { // which demands both
			create += " -buyer-id 2188000000000001 -expires 15m"
		}
		commands = append(commands, create, "tradepay order wait -id order-1")
	}
	p.printf("\n%s\n\n```sh\n%s\n```\n", p.say("In another terminal:", "En otra terminal:"), strings.Join(commands,
		"\n"))
}

// call is what makes an operation in Go.
var call = map[wire.Operation]string{
	wire.OpPay: "CreateOrder", wire.OpInquiryPayment: "QueryOrder", wire.OpCancel: "CancelOrder",
	wire.OpRefund:        "Refund",
	wire.OpInquiryRefund: "QueryRefund", wire.OpCapture: "Capture", wire.OpVoid: "Void",
	wire.OpApplyToken:  "ApplyToken",
	wire.OpCancelToken: "CancelToken", wire.OpPrepare: "Prepare", wire.OpUserInfo: "UserInfo",
	wire.OpSendMessage: "SendMessage", "sendPush": "SendMessage", "merchantAccept": "AcceptOrder",
	"confirm":             "ConfirmOrder",
	"inquiryUserCardList": "walletapi.Cards", "inquiryUserAccountList": "walletapi.Accounts",
	"createQRCode": "walletapi.CreateQRCode", "reconciliation": "walletapi.ReconciliationFiles",
}

func (p *page) operations() {
	p.heading("What it supports", "Qué admite")
	p.printf("%s\n\n", p.say("Where the gaps below name an operation, its path is the platform's.",
		"Si «Lo que falta», más abajo, nombra una operación, su ruta es la de la plataforma."))
	p.printf("%s\n|---|---|---|\n", p.say("| in Go | operation | path |", "| en Go | operación | ruta |"))
	operations := []wire.Operation{
		wire.OpPay, wire.OpInquiryPayment, wire.OpCancel, wire.OpRefund, wire.OpInquiryRefund, wire.OpCapture,
		wire.OpVoid, wire.OpApplyToken, wire.OpCancelToken, wire.OpPrepare, wire.OpUserInfo, wire.OpSendMessage,
	}
	for _, op := range slices.Sorted(maps.Keys(p.w.Routes.Paths)) {
		if slices.Contains(beside, op) {
			operations = append(operations, op)
		}
	}
	for _, op := range operations {
		where := "`" + p.w.Routes.Prefix + p.w.Path(op) + "`"
		switch missing := p.w.Routes.Unsupported[op]; {
		case strings.HasSuffix(missing, "/docs/wallets/"+fold(p.w.Name)+".md"):
			where = p.say("not supported, see the gaps below", "no admitido, mira lo que falta abajo")
		case missing != "":
			where = fmt.Sprintf(p.say("not supported, says [the source](%s)", "no admitido, según [la fuente](%s)"),
				missing)
		case p.w.Path(op) == "":
			where = p.say("not documented", "no documentado")
		}
		p.printf("| `%s` | `%s` | %s |\n", call[op], op, where)
	}
}

// wire says how the wallet's messages look.
func (p *page) wire() {
	p.heading("Its messages", "Sus mensajes")
	p.printf("%s\n\n| | |\n|---|---|\n", p.say("The profile writes and reads all of this; you need it only to compare.",
		"El perfil escribe y lee todo esto; solo lo necesitas para comparar."))
	none := p.say("none", "ninguno")
	p.row(p.say("signed", "se firma"), map[wire.SignedContent]string{
		"": p.say("`METHOD URI`, line feed, `Client-Id.Time.Body`",
			"`METHOD URI`, salto de línea, `Client-Id.Time.Body`"),
		wire.ContentMerchant: p.say("`METHOD URI`, line feed, `Client-Id.Merchant-Id.Time.Body`",
			"`METHOD URI`, salto de línea, `Client-Id.Merchant-Id.Time.Body`"),
		wire.ContentDotted: p.say("`METHOD.URI.Client-Id.Request-Id.Time.Body`; answers `Client-Id.Time.Body`",
			"`METHOD.URI.Client-Id.Request-Id.Time.Body`; las respuestas `Client-Id.Time.Body`"),
	}[p.w.Signing.Content])
	uri := p.say("full path on the host", "la ruta completa en el host")
	if p.w.Signing.WithoutPrefix {
		uri = p.say("path without the prefix", "la ruta sin el prefijo")
	}
	p.row(p.say("signed URI", "URI firmada"), uri)
	p.row(p.say("signature", "firma"), fmt.Sprintf(p.say("`algorithm=%s`, %s, pairs separated by `%s`",
		"`algorithm=%s`, %s, pares separados por `%s`"),
		cmp.Or(p.w.Signing.AlgorithmLabel, "RSA256"), map[wire.SignatureEncoding]string{
			wire.EncodingPercent:   p.say("percent-encoded base64", "base64 con codificación por ciento"),
			wire.EncodingBase64:    "base64",
			wire.EncodingBase64URL: p.say("base64url without padding", "base64url sin relleno"),
		}[p.w.Signing.Encoding], cmp.Or(p.w.Signing.HeaderSeparator, ", ")))
	p.row(p.say("time", "hora"), map[wire.TimeFormat]string{
		wire.TimeISO8601Millis: p.say("ISO 8601 with milliseconds and offset", "ISO 8601 con milisegundos y desfase"),
		wire.TimeISO8601:       p.say("ISO 8601 with seconds and offset", "ISO 8601 con segundos y desfase"),
		wire.TimeUTC:           p.say("ISO 8601 in UTC with `Z`", "ISO 8601 en UTC con `Z`"),
		wire.TimeUnixMillis:    p.say("Unix milliseconds", "milisegundos Unix"),
		wire.TimeUnixSeconds:   p.say("Unix seconds", "segundos Unix"),
	}[p.w.Signing.TimeFormat])
	p.row(p.say("further headers", "otros encabezados"),
		cmp.Or(codes(p.w.Signing.MerchantIDHeader, p.w.Signing.AgentTokenHeader, p.w.Signing.RequestIDHeader), none))
	amounts := p.say("smallest unit, as a string", "unidad mínima, como texto")
	if p.w.Quirks.NumericAmounts {
		amounts = p.say("smallest unit, as a JSON number", "unidad mínima, como número JSON")
	}
	p.row(p.say("amounts", "montos"), amounts)
	p.row(p.say("product codes", "códigos de producto"), cmp.Or(codes(p.w.Products.Cashier, p.w.Products.Authorize,
		p.w.Products.Agreement, p.w.Products.Escrow, p.w.Products.Sales), none))
	var calls []string
	if p.pays() {
		calls = append(calls, "my."+cmp.Or(p.w.Routes.CashierJSAPI, "tradePay"))
	}
	if p.w.Path(wire.OpPrepare) != "" {
		calls = append(calls, cmp.Or(p.w.Routes.SignJSAPI, "my.signContract"))
	}
	p.row(p.say("the mini program calls", "el miniprograma llama a"), cmp.Or(codes(calls...), none))
	p.row(p.say("particulars", "particularidades"), cmp.Or(strings.Join(p.particulars(), "; "), none))
}

// resultCodes lists the codes that the wallet writes in its own way.
func (p *page) resultCodes() {
	if len(p.w.Words.Codes) == 0 {
		return
	}
	p.heading("Its result codes", "Sus códigos de resultado")
	p.printf("%s\n\n", p.say("What it writes, and the platform's word, by which the client decides. An error shows "+
		"both. [What to do](../troubleshooting.md#result-codes-of-the-wallet).",
		"Lo que escribe y la palabra de la plataforma, por la que decide el cliente. Un error muestra ambas. "+
			"[Qué hacer](../troubleshooting.es.md#códigos-de-resultado-de-la-billetera)."))
	p.printf("%s\n|---|---|\n", p.say("| code | the platform's |", "| código | el de la plataforma |"))
	for _, code := range slices.Sorted(maps.Keys(p.w.Words.Codes)) {
		p.printf("| `%s` | `%s` |\n", code, p.w.Words.Codes[code])
	}
}

// particulars are the quirks that the wallet has.
func (p *page) particulars() []string {
	q := p.w.Quirks
	var found []string
	for _, quirk := range []struct {
		set              bool
		english, spanish string
	}{
		{q.OneGoods, "one line of goods", "una sola línea de productos"},
		{q.LateURL, "the URL may come by notification", "la URL puede llegar por notificación"},
		{q.AppIDWithTokens, "`appId` with `ApplyToken` and `UserInfo`", "`appId` con `ApplyToken` y `UserInfo`"},
		{q.ClientIDWithTokens, "`authClientId` with them", "`authClientId` con las mismas"},
		{q.ClientIDWithMessages, "`authClientId` with messages", "`authClientId` con los mensajes"},
		{q.PartnerIDWithPrepare, "`partnerId` with `Prepare`", "`partnerId` con `Prepare`"},
		{q.TextMessages, "a message is a title and a body", "un mensaje es título y texto"},
		{q.TokenSeconds, "tokens are valid for a number of seconds", "los tokens valen una cantidad de segundos"},
		{q.ObjectOrder, "`extraParams.ORDER` is an object", "`extraParams.ORDER` es un objeto"},
		{q.VoidURLWithOrder, "the order names where voids are reported",
			"el pedido dice dónde se informan las anulaciones"},
		{q.RefundNotifyURL, "a refund may name its notify URL", "un reembolso puede llevar su URL de notificación"},
		{q.RefundsByRefundID, "`QueryRefund` needs `RefundID`", "`QueryRefund` necesita `RefundID`"},
		{q.NotifyURLOptional, "`NotifyURL` is optional", "`NotifyURL` es opcional"},
		{q.RefusesRepeats, "the wallet rejects a second pay with the same id",
			"la billetera rechaza un segundo pay con el mismo id"},
		{p.w.Shaper != nil, "shapes of its own", "formas propias"},
	} {
		if quirk.set {
			found = append(found, p.say(quirk.english, quirk.spanish))
		}
	}
	return found
}

// notes are the paragraphs of the profile's comment: what is known, then the gaps, then
// the sources. A Spanish page quotes them in English.
func (p *page) notes() {
	gap := func(paragraph string) bool { return strings.HasPrefix(paragraph, "Not ") }
	paragraphs := strings.Split(strings.TrimSpace(p.source.comment), "\n\n")
	paragraphs = slices.DeleteFunc(paragraphs, func(text string) bool { return strings.HasPrefix(text, "Source") })
	paragraphs[0] = strings.Replace(paragraphs[0], constructor(p.source)+" returns", "This is", 1)
	p.heading("Gaps", "Lo que falta")
	p.printf("%s\n", p.say("What the profile does not know, in the words of its comment:",
		"Lo que el perfil no sabe, en inglés, como está en su comentario:"))
	for _, paragraph := range paragraphs {
		if gap(paragraph) {
			p.printf("\n%s\n", p.english(paragraph))
		}
	}
	p.heading("Notes", "Notas")
	p.printf("%s\n", p.say("What else its comment says:", "Lo demás que dice su comentario, en inglés:"))
	for _, paragraph := range paragraphs {
		if !gap(paragraph) {
			p.printf("\n%s\n", p.english(paragraph))
		}
	}
	if len(p.source.codes) > 0 {
		p.printf("\n%s\n|---|---|---|\n", p.say("| constant | value | |", "| constante | valor | |"))
		for _, c := range p.source.codes {
			p.printf("| `wallets.%s` | `%s` | %s |\n", c[0], c[1], p.english(c[2]))
		}
	}
	p.heading("Sources", "Fuentes")
	for _, source := range p.w.Sources {
		p.printf("- <%s>\n", source)
	}
}

// codes writes the values that are not empty.
func codes(values ...string) string {
	var said []string
	for _, value := range values {
		if value != "" && !slices.Contains(said, "`"+value+"`") {
			said = append(said, "`"+value+"`")
		}
	}
	return strings.Join(said, ", ")
}

// configFile holds the configurations of the pages as examples.
const configFile = "config_example_test.go"

// configurations writes a Go file with an example for each wallet.
func configurations(t *testing.T, g tongue) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(`package wallets_test

// go test ./wallets -update writes this file from the profiles.

import (
	"crypto/rsa"
	"fmt"
	"log"
	"os"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

// keys are published test keys in place of the merchant's and the wallet's.
func keys() (*rsa.PrivateKey, *rsa.PublicKey) {
	private, err := os.ReadFile("../testdata/vectors/keys/merchant.private.pkcs8.pem")
	if err != nil {
		log.Fatal(err)
	}
	public, err := os.ReadFile("../testdata/vectors/keys/wallet.public.pkix.pem")
	if err != nil {
		log.Fatal(err)
	}
	merchant, err := tradepay.ParsePrivateKey(private)
	if err != nil {
		log.Fatal(err)
	}
	wallet, err := tradepay.ParsePublicKey(public)
	if err != nil {
		log.Fatal(err)
	}
	return merchant, wallet
}
`)
	written := sources(t)
	for _, w := range profiles() {
		name := constructor(written[w.Name])
		fmt.Fprintf(&b, "\nfunc Example%s_config() {\nprivate, public := keys()\n", name)
		b.WriteString(configuration(g, w, written[w.Name]))
		b.WriteString("_, err := tradepay.NewClient(config)\nfmt.Println(err)\n// Output: <nil>\n}\n")
	}
	formatted, err := format.Source(b.Bytes())
	require.NoError(t, err, "%s", b.String())
	return string(formatted)
}

func configuration(g tongue, w wire.Profile, s source) string {
	var b strings.Builder
	field := func(condition bool, name, value, english, spanish string) {
		if !condition {
			return
		}
		comment := g.say(english, spanish)
		if comment != "" {
			comment = " // " + comment
		}
		fmt.Fprintf(&b, "%s: %s,%s\n", name, value, comment)
	}
	need := w.Requirements
	b.WriteString("config := tradepay.Config{\n")
	field(true, "Wallet", "wallets."+constructor(s)+"()", "", "")
	if production := w.Routes.BaseURLs["production"]; production != "" {
		fmt.Fprintf(&b, g.say("// in production: %s\n", "// en producción: %s\n"), production)
	}
	field(true, "BaseURL", strconv.Quote(gateway(w)), "", "")
	field(true, "ClientID", strconv.Quote(clientID), "", "")
	field(need.AppID, "AppID", strconv.Quote(appID), "", "")
	field(need.PartnerID, "PartnerID", strconv.Quote(partnerID), "", "")
	field(need.MerchantID || w.Signing.MerchantIDHeader != "", "MerchantID", strconv.Quote(merchantID), "", "")
	field(need.SiteName, "SiteName", strconv.Quote(siteName), "or with each order, from my.getSiteInfo",
		"o con cada pedido, de my.getSiteInfo")
	field(w.Signing.AgentTokenHeader != "", "AgentToken", `os.Getenv("TRADEPAY_AGENT_TOKEN")`,
		"if you call for other merchants", "si llamas en nombre de otros comercios")
	field(true, "PrivateKey", "private", "yours: *rsa.PrivateKey, or any crypto.Signer",
		"la tuya: *rsa.PrivateKey o cualquier crypto.Signer")
	field(true, "KeyVersion", strconv.Quote(keyVersion(s)), "of your key at the wallet", "de tu clave en la billetera")
	field(true, "WalletKeys", `map[string]*rsa.PublicKey{"1": public}`, "the wallet's, by their keyVersion",
		"las de la billetera, por su keyVersion")
	b.WriteString("}\n")
	return b.String()
}

// configBlocks takes the configurations out of a file of examples, by constructor.
func configBlocks(t *testing.T, file string) map[string]string {
	t.Helper()
	blocks := map[string]string{}
	expression := regexp.MustCompile(`(?s)func Example(\w+)_config\(\) \{.*?\n(\tconfig := .*?\n\t\}\n)`)
	for _, match := range expression.FindAllStringSubmatch(file, -1) {
		blocks[match[1]] = regexp.MustCompile(`(?m)^\t`).ReplaceAllString(match[2], "")
	}
	require.Len(t, blocks, len(profiles()))
	return blocks
}
