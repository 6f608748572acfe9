package shop

import (
	"net/http"

	"golang.org/x/text/language"
)

// languages are what the pages speak; the first one is the default.
var languages = []string{"en", "es"}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Spanish})

// languageOf returns the language to answer in: asked for by ?lang=, kept in
// the cookie of that name, named by the browser, or else the shop's.
func (s *Shop) languageOf(r *http.Request) string {
	asked := r.URL.Query().Get("lang")
	if texts[asked] != nil {
		return asked
	}
	if cookie, err := r.Cookie("lang"); err == nil && texts[cookie.Value] != nil {
		return cookie.Value
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return s.language
	}
	_, at, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return s.language
	}
	return languages[at]
}

// name is the shop's own, in every language: an order that is sent again must
// say the same, whoever looks at it.
const name = "Café Esquina"

// texts are all that people read, by language. A test keeps them complete.
//
//nolint:misspell,gosec // half of them are Spanish; texts about passwords are none
var texts = map[string]map[string]string{
	"en": {
		"shop.name":    name,
		"nav.label":    "Shop",
		"nav.skip":     "Skip to the content",
		"nav.language": "Language",
		"language.en":  "English",
		"language.es":  "Español",
		"logout":       "Log out",

		"catalogue.title": "Catalogue",
		"catalogue.how":   "Orders are placed and paid in the mini program, inside the wallet's app.",
		"catalogue.left":  "In stock",
		"catalogue.gone":  "Sold out",
		"stock.label":     "Stock",
		"stock.save":      "Save",

		"login.title":    "Shopkeeper",
		"login.how":      "Orders and refunds are for the shopkeeper only.",
		"login.password": "Password",
		"login.enter":    "Log in",

		"orders.title":  "Orders",
		"orders.filter": "By state",
		"orders.all":    "All",
		"orders.none":   "There are no orders here.",
		"orders.next":   "Older orders",
		"orders.parked": "Paid, but not fulfilled; somebody has to look",
		"orders.late":   "Paid after the order was closed; somebody has to decide",

		"order.title":    "Order",
		"order.number":   "Order number",
		"order.time":     "Time",
		"order.goods":    "Goods",
		"order.amount":   "Amount",
		"order.state":    "State",
		"order.paid":     "Paid",
		"order.payment":  "Payment at the wallet",
		"order.refunded": "Refunded",
		"order.refunds":  "Refunds",
		"order.history":  "History",
		"order.cancel":   "Cancel the order",
		"order.capture":  "Charge what is reserved",
		"order.void":     "Release what is reserved",
		"order.retry":    "Fulfil again",
		"order.parked":   "It could not be fulfilled",
		"history.who":    "By",
		"history.why":    "Reason",

		"refund.title":     "Refund",
		"refund.amount":    "Amount; leave it empty for all that is left",
		"refund.left":      "Left",
		"refund.reason":    "Reason",
		"refund.send":      "Refund",
		"refund.whole":     "This gives back all that is left:",
		"refund.confirm":   "Yes, refund all of it",
		"refund.keep":      "No, refund nothing",
		"refund.open":      "under way",
		"refund.succeeded": "refunded",
		"refund.failed":    "failed",

		"state.created":         "Waiting for the wallet",
		"state.pending":         "Waiting for payment",
		"state.authorized":      "Reserved",
		"state.settling":        "Being charged or released",
		"state.paid":            "Paid",
		"state.fulfilled":       "Paid and fulfilled",
		"state.failed":          "Payment failed",
		"state.cancelled":       "Cancelled",
		"state.expired":         "Expired",
		"state.refunding":       "Being refunded",
		"state.refunded":        "Refunded",
		"state.partly_refunded": "Partly refunded",
		"state.parked":          "Not fulfilled",

		"explain.created":         "The wallet has not answered yet. We go on asking; nothing is lost.",
		"explain.pending":         "The wallet says that this is not paid yet.",
		"explain.authorized":      "The wallet has reserved the amount. Nothing was charged yet.",
		"explain.settling":        "The shop is charging or releasing what was reserved.",
		"explain.paid":            "The wallet has confirmed the payment. Your order is being prepared.",
		"explain.fulfilled":       "The wallet has confirmed the payment, and your order is ready.",
		"explain.failed":          "The wallet says that the payment failed. Nothing was charged.",
		"explain.cancelled":       "This order was cancelled and cannot be paid anymore.",
		"explain.expired":         "The time to pay has passed. Nothing was charged.",
		"explain.refunding":       "The wallet is giving the money back.",
		"explain.refunded":        "The whole amount was given back.",
		"explain.partly_refunded": "A part of the amount was given back.",
		"explain.late":            "It was paid after it was closed. The shop has to decide what becomes of the money.",

		"agreement.what": "The shop charges your orders without the cashier when you choose so, until you end this.",

		"actor.merchant":     "Shop",
		"actor.wallet":       "Wallet's answer",
		"actor.notification": "Wallet's notification",
		"actor.reconcile":    "Inquiry",
		"actor.fulfil":       "Fulfilment",

		"problem.title":     "This did not work",
		"error.bad_request": "The request cannot be read, or a field of it is wrong.",
		"error.items":       "Order 1 to 20 different items of the catalogue, 1 to 99 of each.",
		"error.amount": "The amount must be positive, at most what is left, and have no more decimals than its " +
			"currency. Write it like 10.50.",
		"error.unauthorized": "Log in first.",
		"error.forged":       "This form is not ours, or too old. Open the page again.",
		"error.password":     "The password is wrong.",
		"error.not_found":    "There is no such thing.",
		"error.request_key":  "This was sent before, with other content or too long ago. Start anew.",
		"error.sold_out":     "There is not enough of it in stock.",
		"error.already_paid": "It is paid already; it cannot be cancelled anymore.",
		"error.state":        "The order's state does not allow this now.",
		"error.agreed":       "You have agreed already.",
		"error.agree_again":  "The wallet has not confirmed that you agreed. Agree once more.",
		"error.agreement":    "There is no agreement with you. Pay in the cashier, or agree again.",
		"error.unsupported":  "This wallet does not offer that.",
		"error.refused":      "The wallet refuses this payment. Nothing was charged.",
		"error.too_many":     "Too many at once. Try again in a minute.",
		"error.try_again":    "There is no definite answer yet. Send the same again in a moment: it is not done twice.",
		"error.internal":     "Something is wrong on our side. Nothing was lost.",
	},
	"es": {
		"shop.name":    name,
		"nav.label":    "Tienda",
		"nav.skip":     "Ir al contenido",
		"nav.language": "Idioma",
		"language.en":  "English",
		"language.es":  "Español",
		"logout":       "Cerrar sesión",

		"catalogue.title": "Catálogo",
		"catalogue.how": "Los pedidos se hacen y se pagan en el miniprograma, dentro de la aplicación de la " +
			"billetera.",
		"catalogue.left": "Disponibles",
		"catalogue.gone": "Agotado",
		"stock.label":    "Existencias",
		"stock.save":     "Guardar",

		"login.title":    "Encargado",
		"login.how":      "Los pedidos y los reembolsos son solo para el encargado de la tienda.",
		"login.password": "Contraseña",
		"login.enter":    "Entrar",

		"orders.title":  "Pedidos",
		"orders.filter": "Por estado",
		"orders.all":    "Todos",
		"orders.none":   "Aquí no hay pedidos.",
		"orders.next":   "Pedidos anteriores",
		"orders.parked": "Pagados y sin entregar; alguien debe revisarlos",
		"orders.late":   "Pagados después del cierre del pedido; alguien debe decidir",

		"order.title":    "Pedido",
		"order.number":   "Número de pedido",
		"order.time":     "Hora",
		"order.goods":    "Productos",
		"order.amount":   "Monto",
		"order.state":    "Estado",
		"order.paid":     "Pagado",
		"order.payment":  "Pago en la billetera",
		"order.refunded": "Reembolsado",
		"order.refunds":  "Reembolsos",
		"order.history":  "Historial",
		"order.cancel":   "Cancelar el pedido",
		"order.capture":  "Cobrar lo reservado",
		"order.void":     "Liberar lo reservado",
		"order.retry":    "Entregar de nuevo",
		"order.parked":   "No se pudo entregar",
		"history.who":    "Por",
		"history.why":    "Motivo",

		"refund.title":     "Reembolsar",
		"refund.amount":    "Monto; déjelo vacío para todo lo que queda",
		"refund.left":      "Queda",
		"refund.reason":    "Motivo",
		"refund.send":      "Reembolsar",
		"refund.whole":     "Así se devuelve todo lo que queda:",
		"refund.confirm":   "Sí, reembolsar todo",
		"refund.keep":      "No, no reembolsar nada",
		"refund.open":      "en curso",
		"refund.succeeded": "reembolsado",
		"refund.failed":    "fallido",

		"state.created":         "A la espera de la billetera",
		"state.pending":         "Pendiente de pago",
		"state.authorized":      "Reservado",
		"state.settling":        "En cobro o liberación",
		"state.paid":            "Pagado",
		"state.fulfilled":       "Pagado y entregado",
		"state.failed":          "Pago fallido",
		"state.cancelled":       "Cancelado",
		"state.expired":         "Vencido",
		"state.refunding":       "Reembolso en curso",
		"state.refunded":        "Reembolsado",
		"state.partly_refunded": "Reembolsado en parte",
		"state.parked":          "Sin entregar",

		"explain.created":         "La billetera aún no respondió. Seguimos preguntando; no se pierde nada.",
		"explain.pending":         "La billetera dice que todavía no se pagó.",
		"explain.authorized":      "La billetera reservó el monto. Aún no se cobró nada.",
		"explain.settling":        "La tienda está cobrando o liberando lo reservado.",
		"explain.paid":            "La billetera confirmó el pago. Estamos preparando su pedido.",
		"explain.fulfilled":       "La billetera confirmó el pago y su pedido está listo.",
		"explain.failed":          "La billetera dice que el pago falló. No se cobró nada.",
		"explain.cancelled":       "Este pedido se canceló y ya no se puede pagar.",
		"explain.expired":         "Se acabó el tiempo para pagar. No se cobró nada.",
		"explain.refunding":       "La billetera está devolviendo el dinero.",
		"explain.refunded":        "Se devolvió el monto completo.",
		"explain.partly_refunded": "Se devolvió una parte del monto.",
		"explain.late":            "Se pagó después de cerrarse. La tienda debe decidir qué se hace con el dinero.",

		"agreement.what": "La tienda cobra sus pedidos sin pantalla de pago cuando usted lo elige, hasta que le " +
			"ponga fin.",

		"actor.merchant":     "Tienda",
		"actor.wallet":       "Respuesta de la billetera",
		"actor.notification": "Notificación de la billetera",
		"actor.reconcile":    "Consulta",
		"actor.fulfil":       "Entrega",

		"problem.title":     "No se pudo hacer",
		"error.bad_request": "No se entiende la solicitud, o uno de sus campos está mal.",
		"error.items":       "Pida de 1 a 20 productos distintos del catálogo, de 1 a 99 de cada uno.",
		"error.amount": "El monto debe ser positivo, no mayor que lo que queda, y sin más decimales que su " +
			"moneda. Escríbalo así: 10.50.",
		"error.unauthorized": "Primero inicie sesión.",
		"error.forged":       "Este formulario no es nuestro, o es demasiado viejo. Abra la página de nuevo.",
		"error.password":     "La contraseña no es correcta.",
		"error.not_found":    "Eso no existe.",
		"error.request_key":  "Esto ya se envió, con otro contenido o hace demasiado tiempo. Empiece de nuevo.",
		"error.sold_out":     "No hay existencias suficientes.",
		"error.already_paid": "Ya está pagado; no se puede cancelar.",
		"error.state":        "El estado del pedido no lo permite en este momento.",
		"error.agreed":       "Usted ya autorizó estos cobros.",
		"error.agree_again":  "La billetera no confirmó su autorización. Autorice otra vez.",
		"error.agreement":    "No hay un acuerdo con usted. Pague en la pantalla de pago o autorice otra vez.",
		"error.unsupported":  "Esta billetera no ofrece eso.",
		"error.refused":      "La billetera rechaza este pago. No se cobró nada.",
		"error.too_many":     "Demasiadas solicitudes. Inténtelo de nuevo en un minuto.",
		"error.try_again": "Todavía no hay una respuesta definitiva. Envíe lo mismo otra vez en un momento: no se " +
			"hará dos veces.",
		"error.internal": "Algo falla de nuestro lado. No se perdió nada.",
	},
}
