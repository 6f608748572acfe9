package tradepaytest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tradepay/tradepay-go"
)

// phrases is what the pages say. Braces stand for what a page fills in.
type phrases struct {
	Tag, Name, Switch                        string // BCP 47 tag, own name, label of the choice of languages
	TestWallet, NoMoney                      string
	Confirm, To, Order, Payment, MoreLines   string
	From, Account, Balance, Empty, NotEnough string
	Pay, Paying, Cancel                      string
	ExpiresAt, TimeLeft                      string
	MinutesLeft, MinuteLeft, SecondsLeft     string
	TimeIsUp, Offline                        string
	Paid, PaidNote                           string
	Reserved, ReservedNote                   string
	InProcess, InProcessNote                 string
	Failed, FailedNote, RiskNote             string
	Cancelled, CancelledNote                 string
	Closed, ClosedNote                       string
	Back                                     string
	Unknown, UnknownNote                     string
	BadAction, BadMethod                     string
	AgreeTo, AgreeNote, Agree                string
	Agreed, AuthCode, UnknownAgreement       string
	NotAgreed                                string
}

var english = phrases{
	Tag: "en", Name: "English", Switch: "Language",
	TestWallet: "Test wallet", NoMoney: "No money moves here.",
	Confirm: "Confirm the payment", To: "To", Order: "Your order", Payment: "Payment", MoreLines: "and {n} more",
	From: "Pay from", Account: "My account", Balance: "Balance: {amount}", Empty: "Empty account",
	NotEnough: "Not enough balance",
	Pay:       "Pay {amount}", Paying: "Paying…", Cancel: "Cancel",
	ExpiresAt: "Expires at {time} UTC", TimeLeft: "{time} left to pay",
	MinutesLeft: "{n} minutes left to pay", MinuteLeft: "1 minute left to pay", SecondsLeft: "{n} seconds left to pay",
	TimeIsUp: "The time is up", Offline: "The wallet does not answer, so it is not known whether the payment went " +
		"through. Try again: it is charged once at most.",
	Paid: "Paid", PaidNote: "The merchant will be told by the wallet.",
	Reserved: "Reserved", ReservedNote: "The amount is reserved. The merchant charges it later.",
	InProcess: "Payment in process", InProcessNote: "The wallet is still working on it. Do not pay again.",
	Failed: "Payment failed", FailedNote: "There is not enough balance. Nothing was charged.",
	RiskNote:  "The wallet's risk control declined it. Nothing was charged.",
	Cancelled: "Cancelled", CancelledNote: "Nothing was charged. The payment can still be made until it expires.",
	Closed: "Payment closed", ClosedNote: "The time to pay is over, or the merchant cancelled. Nothing was charged.",
	Back:    "Back to the merchant",
	Unknown: "Unknown payment", UnknownNote: "This link leads to no payment of this wallet.",
	BadAction: "Unknown action", BadMethod: "Method not allowed",
	AgreeTo: "Agree to {scopes}", AgreeNote: "The merchant asks to act for you within this scope.", Agree: "Agree",
	Agreed: "Agreed", AuthCode: "authCode for the merchant: {code}", UnknownAgreement: "Unknown agreement",
	NotAgreed: "Not agreed",
}

var spanish = phrases{
	Tag: "es", Name: "Español", Switch: "Idioma",
	TestWallet: "Billetera de prueba", NoMoney: "Aquí no se mueve dinero.",
	Confirm: "Confirmar el pago", To: "Para", Order: "Pedido", Payment: "Pago", MoreLines: "y {n} más",
	From: "Pagar desde", Account: "Mi cuenta", Balance: "Saldo: {amount}", Empty: "Cuenta vacía",
	NotEnough: "Saldo insuficiente",
	Pay:       "Pagar {amount}", Paying: "Pagando…", Cancel: "Cancelar",
	ExpiresAt: "Vence a las {time} UTC", TimeLeft: "Quedan {time} para pagar",
	MinutesLeft: "Quedan {n} minutos para pagar", MinuteLeft: "Queda 1 minuto para pagar",
	SecondsLeft: "Quedan {n} segundos para pagar",
	TimeIsUp:    "Se acabó el tiempo", Offline: "La billetera no responde, así que no se sabe si el pago se hizo. Se " +
		"puede intentar de nuevo: se cobra una sola vez.",
	Paid: "Pagado", PaidNote: "La billetera avisará al comercio.",
	Reserved: "Reservado", ReservedNote: "El monto queda reservado. El comercio lo cobrará más tarde.",
	InProcess: "Pago en proceso", InProcessNote: "La billetera aún lo está procesando. No hay que pagar otra vez.",
	Failed: "Pago rechazado", FailedNote: "El saldo no alcanza. No se cobró nada.",
	RiskNote:  "El control de riesgo de la billetera lo rechazó. No se cobró nada.",
	Cancelled: "Cancelado", CancelledNote: "No se cobró nada. El pago sigue abierto hasta que venza.",
	Closed: "Pago cerrado", ClosedNote: "El plazo para pagar terminó o el comercio lo canceló. No se cobró nada.",
	Back:    "Volver al comercio",
	Unknown: "Pago desconocido", UnknownNote: "Este enlace no lleva a ningún pago de esta billetera.",
	BadAction: "Acción desconocida", BadMethod: "Método no permitido",
	AgreeTo: "Autorizar {scopes}", AgreeNote: "El comercio pide permiso para actuar en su nombre dentro de " +
		"este alcance.", Agree: "Autorizar",
	Agreed: "Autorizado", AuthCode: "authCode para el comercio: {code}", UnknownAgreement: "Autorización desconocida",
	NotAgreed: "No autorizado",
}

// languages are those of the pages; the first is the default.
var languages = []*phrases{&english, &spanish}

// pointRegions are where Spanish has 1,234.50 and not 1.234,50, by CLDR.
var pointRegions = strings.Fields("419 BZ CU DO GT HN MX NI PA PE PR SV US")

// locale is a language and how its country writes numbers.
type locale struct {
	*phrases
	group, point string
}

// localeOf returns the locale of a tag such as "es-MX".
func localeOf(tag string) (locale, bool) {
	base, region, _ := strings.Cut(strings.TrimSpace(tag), "-")
	for _, p := range languages {
		if p.Tag != strings.ToLower(base) { // EqualFold takes ſ for s
			continue
		}
		l := locale{phrases: p, group: ",", point: "."}
		if p == &spanish && !slices.Contains(pointRegions, strings.ToUpper(region)) {
			l.group, l.point = ".", ","
		}
		return l, true
	}
	return locale{}, false
}

// localeFor picks the language of an answer: the query's lang, then the best
// of Accept-Language, then English.
func localeFor(r *http.Request) locale {
	if l, ok := localeOf(r.URL.Query().Get("lang")); ok {
		return l
	}
	best, quality := locale{phrases: &english, group: ",", point: "."}, 0.0
	for i, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		if i == 32 {
			break // nobody reads that many
		}
		tag, params, _ := strings.Cut(part, ";")
		q := 1.0
		if text, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			q, _ = strconv.ParseFloat(text, 64)
		}
		if l, ok := localeOf(tag); ok && q > quality && q <= 1 {
			best, quality = l, q
		}
	}
	return best
}

// number writes an amount's number with as many decimals as its currency has.
func (l locale) number(a tradepay.Amount) string {
	whole, fraction, decimals := strings.Cut(a.Decimal(), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + l.group + whole[i:]
	}
	if decimals {
		whole += l.point + fraction
	}
	return whole
}

// amount writes an amount, such as 1.234,50 ZAR, on one line.
func (l locale) amount(a tradepay.Amount) string { return l.number(a) + "\u00a0" + a.Currency }

// fill puts a value into a phrase.
func fill(phrase, name, value string) string { return strings.Replace(phrase, "{"+name+"}", value, 1) }
