package stage

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// text is one text in the languages of the page. Braces stand for what is
// filled in.
type text struct{ En, Es string }

// texts is everything that the page, the phone's mini program and the exports
// say.
//
//nolint:misspell // half of them are Spanish
var texts = map[string]text{
	// The page.
	"title": {"See a payment happen", "Ver cómo ocurre un pago"},
	"subtitle": {"A phone, a shop, a wallet, and every message between them",
		"Un teléfono, una tienda, una billetera y cada mensaje entre ellos"},
	"skip":         {"Skip to the sequence", "Saltar a la secuencia"},
	"language":     {"Language", "Idioma"},
	"live":         {"Live", "En vivo"},
	"reconnecting": {"Reconnecting…", "Reconectando…"},
	"desk":         {"The shopkeeper’s desk", "El panel del comercio"},
	"noMoney": {"A simulation on this computer. No money moves, and nothing leaves it.",
		"Una simulación en este equipo. No se mueve dinero y nada sale de él."},

	// The phone.
	"phone":         {"Phone", "Teléfono"},
	"program":       {"The shop, a mini program", "La tienda, un miniprograma"},
	"reload":        {"Start the mini program again", "Reiniciar el miniprograma"},
	"cashier":       {"Cashier of the wallet app", "Pantalla de pago de la billetera"},
	"closeCashier":  {"Close the cashier", "Cerrar la pantalla de pago"},
	"walletApp":     {"Wallet app", "App de la billetera"},
	"ok":            {"OK", "Aceptar"},
	"callback":      {"Callback to the mini program: {code}", "Callback al miniprograma: {code}"},
	"callback.9000": {"9000, paid", "9000, pagado"},
	"callback.8000": {"8000, in process", "8000, en proceso"},
	"callback.4000": {"4000, failed", "4000, fallido"},
	"callback.4001": {"4001, declined by risk control", "4001, rechazado por el control de riesgo"},
	"callback.4002": {"4002, the risk check of the user failed", "4002, falló la verificación de riesgo del usuario"},
	"callback.6001": {"6001, cancelled", "6001, cancelado"},
	"callback.6002": {"6002, network error", "6002, error de red"},
	"callback.8001": {"8001, bad parameter", "8001, parámetro incorrecto"},
	"callback.6004": {"6004, unknown", "6004, desconocido"},

	// The sequence.
	"sequence":     {"What happens", "Lo que ocurre"},
	"history":      {"Payments", "Pagos"},
	"otherPayment": {"not from the phone", "no es del teléfono"},
	"race":         {"either order", "en cualquier orden"},
	"raceNote": {"18 and 19 race: either may come first, and 19 may not come at all.",
		"El 18 y el 19 pueden llegar en cualquier orden, y el 19 puede no llegar."},
	"begin.pay.1": {"Add a coffee", "Agrega un café"},
	"begin.pay.2": {"Pay order", "Paga el pedido"},
	"begin.pay.3": {"Watch: each message lights up here as it is sent",
		"Mira: cada mensaje se enciende aquí al enviarse"},
	"begin.reserve.1": {"Add a coffee", "Agrega un café"},
	"begin.reserve.2": {"Pay order: the wallet reserves the amount",
		"Paga el pedido: la billetera reserva el monto"},
	"begin.reserve.3":   {"As the shop, charge it or release it", "Como la tienda, cóbralo o libéralo"},
	"begin.subscribe.1": {"Allow it in the wallet, once", "Autorízalo una vez en la billetera"},
	"begin.subscribe.2": {"Add a coffee, and pay at once", "Agrega un café y paga al instante"},
	"begin.subscribe.3": {"Watch: the shop charges without the cashier",
		"Mira: la tienda cobra sin la pantalla de pago"},
	"scenario":           {"What to watch", "Qué ver"},
	"scenario.pay":       {"Pay", "Pagar"},
	"scenario.reserve":   {"Reserve, then capture", "Reservar y capturar"},
	"scenario.subscribe": {"Subscribe", "Suscribirse"},
	"desk.capture":       {"As the shop: capture", "Como la tienda: capturar"},
	"desk.void":          {"As the shop: release", "Como la tienda: liberar"},
	"desk.refund":        {"As the shop: refund", "Como la tienda: reembolsar"},
	"start":              {"How to begin", "Cómo empezar"},
	"since":              {"{time} after the step before", "{time} después del paso anterior"},
	"entire":             {"{time} after the first", "{time} después del primero"},
	"progress":           {"{n} of {total} steps", "{n} de {total} pasos"},
	"exportJSON":         {"Save as JSON", "Guardar como JSON"},
	"exportSVG":          {"Save as SVG", "Guardar como SVG"},
	"desk.failed": {"That did not work. The order’s page in the shop says why.",
		"No funcionó. La página del pedido en la tienda dice por qué."},
	"expireFailed": {"That did not work: the payment has ended already, or the wallet is down.",
		"No funcionó: el pago ya terminó, o la billetera está caída."},
	"expireNow":     {"Let it expire now", "Vencer ahora"},
	"parties":       {"Parties", "Participantes"},
	"party.0":       {"User", "Usuario"},
	"party.1":       {"Mini program", "Miniprograma"},
	"party.2":       {"Wallet app", "App de la billetera"},
	"party.3":       {"Your server", "Tu servidor"},
	"party.4":       {"Wallet server", "Servidor de la billetera"},
	"yours":         {"you write this", "esto lo escribes tú"},
	"newStep":       {"Step {n}: {what}", "Paso {n}: {what}"},
	"times":         {"{n} times", "{n} veces"},
	"mark.signed":   {"Signed, verified", "Firmado, verificado"},
	"mark.plain":    {"Not signed", "Sin firma"},
	"mark.inferred": {"Inferred", "Deducido"},
	"mark.failed":   {"Not verified", "No verificado"},
	"mark.refused":  {"Refused, or an error", "Rechazado o con error"},
	"mark.lost":     {"No answer", "Sin respuesta"},
	"mark.note":     {"Trouble", "Problema"},
	"legend":        {"How to read it", "Cómo leerlo"},

	// The 20 steps.
	"step.1":  {"Pay order", "Pagar el pedido"},
	"step.2":  {"Create order", "Crear el pedido"},
	"step.3":  {"Store the order first", "Guardar antes el pedido"},
	"step.4":  {"Create pay order", "Crear el pago"},
	"step.5":  {"Create pay order", "Crear el pago"},
	"step.6":  {"Generate payment URL", "Generar la URL de pago"},
	"step.7":  {"Return payment URL", "Devolver la URL de pago"},
	"step.8":  {"Return payment URL", "Devolver la URL"},
	"step.9":  {"Ask for the cashier", "Pedir la pantalla de pago"}, // the detail names the call
	"step.10": {"Open the cashier", "Abrir la pantalla de pago"},
	"step.11": {"Query pay order", "Consultar el pago"},
	"step.12": {"Return pay order", "Devolver el pago"},
	"step.13": {"Show pay order", "Mostrar el pago"},
	"step.14": {"Check and pay the bill", "Revisar y pagar"},
	"step.15": {"Pay bill", "Pagar la cuenta"},
	// The payer pressed something else.
	"step.14.cancel": {"Check the bill, and leave", "Revisar y salir"},
	"step.15.cancel": {"Leave without paying", "Salir sin pagar"},
	"step.16":        {"Handle the pay", "Procesar el pago"},
	"step.17":        {"Return pay result", "Devolver el resultado"},
	"step.18":        {"Callback, a hint", "Callback, una pista"},
	"step.19":        {"Notify pay result", "Notificar el resultado"},
	"step.20":        {"Ask, and show the status", "Preguntar y mostrar el estado"},

	// The steps of the other scenarios.
	"step.21":          {"Capture what is reserved", "Capturar lo reservado"},
	"step.22":          {"Ask for the agreement page", "Pedir la página del acuerdo"},
	"step.23":          {"Prepare the agreement", "Preparar el acuerdo"},
	"step.24":          {"Open the agreement page", "Abrir la página del acuerdo"},
	"step.25":          {"Read and agree", "Leer y autorizar"},
	"step.25.cancel":   {"Read, and leave", "Leer y salir"},
	"step.26":          {"Callback, with a code", "Callback, con un código"},
	"step.27":          {"Hand in the code", "Entregar el código"},
	"step.subscribe.1": {"Pay at once", "Pagar al instante"},
	"step.subscribe.4": {"Charge by the token", "Cobrar con el token"},
	"step.subscribe.5": {"Charge the customer", "Cobrar al cliente"},
	"step.subscribe.7": {"Return pay result", "Devolver el resultado"},
	"step.subscribe.8": {"Return the order", "Devolver el pedido"},
	"step.28":          {"Code for token", "Código por token"},

	// What else is sent.
	"op.pay":              {"Create pay order", "Crear el pago"},
	"op.inquiryPayment":   {"Inquire payment", "Consultar el pago"},
	"op.cancel":           {"Cancel payment", "Cancelar el pago"},
	"op.refund":           {"Refund", "Reembolsar"},
	"op.inquiryRefund":    {"Inquire refund", "Consultar el reembolso"},
	"op.capture":          {"Capture", "Capturar"},
	"op.void":             {"Void", "Anular"},
	"op.notifyVoid":       {"Notify void", "Notificar la anulación"},
	"op.notifyCashierUrl": {"Notify payment URL", "Notificar la URL de pago"},
	"op.notifyRefund":     {"Notify refund", "Notificar el reembolso"},
	"op.notifyCapture":    {"Notify capture", "Notificar la captura"},
	"op.notifyDispute":    {"Notify dispute", "Notificar la disputa"},
	"op.other":            {"{op}", "{op}"},
	"op.app":              {"The app asks its wallet", "La app pregunta a su billetera"},
	"op.shop/cancel":      {"Cancel order", "Cancelar el pedido"},

	// Details.
	"detail.pay":            {"Pay pressed", "presionó Pagar"},
	"detail.cancel":         {"Cancel pressed", "presionó Cancelar"},
	"detail.decline":        {"from an account with too little in it", "desde una cuenta sin saldo suficiente"},
	"detail.noAnswer":       {"no answer", "sin respuesta"},
	"detail.notYet":         {"not known yet: HTTP 503", "aún no se sabe: HTTP 503"},
	"state.created":         {"created", "creado"},
	"state.pending":         {"waiting for payment", "en espera de pago"},
	"state.authorized":      {"reserved", "reservado"},
	"state.settling":        {"being charged or released", "en cobro o liberación"},
	"state.paid":            {"paid", "pagado"},
	"state.fulfilled":       {"paid and delivered", "pagado y entregado"},
	"state.failed":          {"failed", "fallido"},
	"state.cancelled":       {"cancelled", "cancelado"},
	"state.expired":         {"expired", "vencido"},
	"state.refunding":       {"being refunded", "en reembolso"},
	"state.refunded":        {"refunded", "reembolsado"},
	"state.partly_refunded": {"partly refunded", "reembolsado en parte"},
	"note.walletDown":       {"The wallet is down", "La billetera está caída"},
	"note.walletUp":         {"The wallet is back", "La billetera funciona de nuevo"},
	"note.merchantDown":     {"The shop’s process was killed", "Se mató el proceso de la tienda"},
	"note.merchantUp":       {"The shop runs again", "La tienda funciona de nuevo"},
	"note.merchantStuck":    {"The shop does not start again", "La tienda no arranca"},
	"note.keysRotated": {"The wallet signs with its other key from now on",
		"La billetera firma desde ahora con su otra clave"},
	"note.expired": {"The wallet ends the time to pay, early",
		"La billetera termina antes el plazo para pagar"},
	"note.NotifyLost":      {"The notification was lost on its way", "La notificación se perdió en el camino"},
	"note.NotifyDuplicate": {"The notification is sent twice", "La notificación se envía dos veces"},
	"note.NotifyTampered": {"Somebody changes the amount of the notification",
		"Alguien cambia el monto de la notificación"},
	"note.NotifyWrongAmount": {"A signed notification over another amount", "Una notificación firmada con otro monto"},
	"note.RiskDeclined":      {"Risk control declines the payment", "El control de riesgo rechaza el pago"},
	"note.LyingCallback":     {"The callback lies", "El callback miente"},
	"note.fault":             {"Trouble: {kind}", "Problema: {kind}"},

	// Trouble.
	"trouble": {"Make trouble", "Provocar fallas"},
	"trouble.intro": {"Press one, then pay. The order still ends right.",
		"Elige una y luego paga. El pedido termina bien de todos modos."},
	"trouble.waiting":     {"waits for the next payment", "espera el próximo pago"},
	"trouble.lose":        {"Lose the notification", "Perder la notificación"},
	"trouble.lose.note":   {"The shop hears nothing, and asks.", "La tienda no se entera y pregunta."},
	"trouble.twice":       {"Send it twice", "Enviarla dos veces"},
	"trouble.twice.note":  {"It is delivered once.", "Se entrega una sola vez."},
	"trouble.tamper":      {"Tamper with the amount", "Alterar el monto"},
	"trouble.tamper.note": {"The signature gives it away.", "La firma lo delata."},
	"trouble.lie9000":     {"Callback lies: 9000", "El callback miente: 9000"},
	"trouble.lie9000.note": {"Cancel at the cashier: it claims “paid”.",
		"Cancela en la pantalla de pago: dirá «pagado»."},
	"trouble.lie6001":       {"Callback lies: 6001", "El callback miente: 6001"},
	"trouble.lie6001.note":  {"Pay: it claims “cancelled”.", "Paga: dirá «cancelado»."},
	"trouble.risk":          {"Decline for risk", "Rechazar por riesgo"},
	"trouble.risk.note":     {"Pay: nothing is charged.", "Paga: no se cobra nada."},
	"trouble.wallet":        {"Stop the wallet for 10 s", "Detener la billetera 10 s"},
	"trouble.wallet.note":   {"Every connection is cut.", "Se corta toda conexión."},
	"trouble.wallet.now":    {"The wallet is down", "La billetera está caída"},
	"trouble.merchant":      {"Kill and restart the shop", "Matar y reiniciar la tienda"},
	"trouble.merchant.note": {"Its orders are on disk.", "Sus pedidos están en disco."},
	"trouble.merchant.now":  {"The shop is down", "La tienda está caída"},
	"trouble.keys":          {"Rotate the wallet’s keys", "Rotar las claves de la billetera"},
	"trouble.keys.note":     {"Old and new are valid together.", "La vieja y la nueva valen a la vez."},
	"trouble.heal":          {"End all trouble", "Terminar las fallas"},
	"trouble.heal.note":     {"Faults that wait are forgotten.", "Se olvidan las que esperan."},
	"trouble.failed":        {"That did not work: {why}", "No funcionó: {why}"},
	"trouble.armed":         {"{what}: waits for the next payment", "{what}: espera el próximo pago"},
	"trouble.done":          {"{what}: done", "{what}: hecho"},

	// Verdicts.
	"verdict":         {"Wallet and shop", "Billetera y tienda"},
	"verdict.none":    {"No payment yet", "Aún no hay pagos"},
	"verdict.nothing": {"The order is on its way", "El pedido está en camino"},
	"verdict.agreement": {"No money has moved: the customer decides whether the shop may charge later",
		"No se movió dinero: el cliente decide si la tienda puede cobrar después"},
	"verdict.agreeReserved": {"They agree: the amount is reserved, and nothing was charged. The shop says: {shop}",
		"Coinciden: el monto está reservado y no se cobró nada. La tienda dice: {shop}"},
	"verdict.reserved": {"The wallet reserved the amount, and charged nothing. The shop says: {shop}",
		"La billetera reservó el monto y no cobró nada. La tienda dice: {shop}"},
	"verdict.settling": {"What was reserved is being charged or released. The shop says: {shop}",
		"Lo reservado se está cobrando o liberando. La tienda dice: {shop}"},
	"verdict.unsent": {"The wallet knows no payment yet. The shop says: {shop}",
		"La billetera aún no conoce el pago. La tienda dice: {shop}"},
	"verdict.open": {"Nothing was charged. The shop says: {shop}",
		"No se cobró nada. La tienda dice: {shop}"},
	"verdict.pending": {"The wallet charged {charged}. The shop does not know it yet",
		"La billetera cobró {charged}. La tienda aún no lo sabe"},
	"verdict.unseen": {"The wallet charged {charged}. What the shop says is not known here",
		"La billetera cobró {charged}. Aquí no se sabe lo que dice la tienda"},
	"verdict.closing": {"Nothing was charged. The shop does not know yet that the payment is closed",
		"No se cobró nada. La tienda aún no sabe que el pago se cerró"},
	"verdict.refunding": {"The wallet charged {charged} and gave back {refunded}. The shop says: {shop}",
		"La billetera cobró {charged} y devolvió {refunded}. La tienda dice: {shop}"},
	"verdict.agreePaid": {"They agree: the wallet charged {charged}, once. The shop says: {shop}",
		"Coinciden: la billetera cobró {charged}, una vez. La tienda dice: {shop}"},
	"verdict.agreeNothing": {"They agree: nothing was charged. The shop says: {shop}",
		"Coinciden: no se cobró nada. La tienda dice: {shop}"},
	"verdict.agreeExpired": {"They agree: nothing was charged. The wallet ended the time to pay early; the shop, " +
		"by its own clock, says: {shop}", "Coinciden: no se cobró nada. La billetera terminó antes el plazo para " +
		"pagar; la tienda, según su propio reloj, dice: {shop}"},
	"verdict.agreeRefunded": {"They agree: charged {charged}, given back {refunded}. The shop says: {shop}",
		"Coinciden: cobrado {charged}, devuelto {refunded}. La tienda dice: {shop}"},
	"verdict.chargedButClosed": {"The wallet charged {charged}, but the shop says: {shop}",
		"La billetera cobró {charged}, pero la tienda dice: {shop}"},
	"verdict.paidButNot": {"Nothing was charged, but the shop says: {shop}",
		"No se cobró nada, pero la tienda dice: {shop}"},
	"verdict.amount": {"The wallet charged {charged}, but the order is over {amount}",
		"La billetera cobró {charged}, pero el pedido es de {amount}"},
	"verdict.differ": {"The wallet charged {charged}, but the shop says: {shop}",
		"La billetera cobró {charged}, pero la tienda dice: {shop}"},
	"verdict.twice": {"The wallet charged {charges} times", "La billetera cobró {charges} veces"},

	// A message.
	"close":   {"Close", "Cerrar"},
	"loading": {"Loading…", "Cargando…"},
	"noMessage": {"This step happens within one party: no message is sent.",
		"Este paso ocurre dentro de un participante: no se envía ningún mensaje."},
	"inferredMessage": {"Nobody sends a message here. That it happened follows from the message that comes next.",
		"Aquí nadie envía un mensaje. Que ocurrió se deduce del mensaje que sigue."},
	"gone":            {"This message is not kept anymore.", "Este mensaje ya no se conserva."},
	"took":            {"took {ms} ms", "tardó {ms} ms"},
	"request":         {"Request", "Solicitud"},
	"answer":          {"Answer", "Respuesta"},
	"notification":    {"Notification", "Notificación"},
	"acknowledgement": {"Acknowledgement", "Acuse de recibo"},
	"headers":         {"Headers", "Encabezados"},
	"body":            {"Body", "Cuerpo"},
	"emptyBody":       {"(empty)", "(vacío)"},
	"signedContent":   {"What is signed", "Lo que se firma"},
	"pretty":          {"Formatted", "Con formato"},
	"raw":             {"As sent", "Tal como se envió"},
	"signature.right": {"The signature is right: key version {version}",
		"La firma es correcta: versión de clave {version}"},
	"signature.none": {"Not signed: between the app and its wallet, or between the mini program and its server, a " +
		"session protects it", "Sin firma: entre la app y su billetera, o entre el miniprograma y su servidor, lo " +
		"protege una sesión"},
	"signature.wrong":   {"It does not verify", "No se verifica"},
	"signature.refused": {"The signature is right, and the answer is no", "La firma es correcta y la respuesta es no"},
	"doctor":            {"The doctor", "El diagnóstico"},
	"remedy":            {"Remedy", "Solución"},
	"why":               {"Why", "Por qué"},
	"then":              {"What followed", "Lo que siguió"},
	"changed": {"{path} was changed on the way: the notification that verifies says {was}",
		"{path} se cambió en el camino: la notificación que se verifica dice {was}"},
	"copy":       {"Copy the body", "Copiar el cuerpo"},
	"copyCurl":   {"Copy as curl", "Copiar como curl"},
	"copied":     {"Copied", "Copiado"},
	"notCopied":  {"The browser does not allow it", "El navegador no lo permite"},
	"keyVersion": {"key {version}", "clave {version}"},
	"redacted": {"“•••” stands for secrets and what is about a person.",
		"«•••» está en lugar de secretos y datos de personas."},

	// The doctor's causes.
	"cause.not_the_wallet": {"Something before the wallet answered",
		"Respondió algo que está antes de la billetera"},
	"cause.missing_header":  {"A header that is needed is missing", "Falta un encabezado necesario"},
	"cause.repeated_header": {"A header appears twice", "Un encabezado aparece dos veces"},
	"cause.header_format": {"The Signature header is not written as it must be",
		"El encabezado Signature no tiene la forma debida"},
	"cause.algorithm_label": {"The algorithm is another one", "El algoritmo es otro"},
	"cause.plus_to_space": {"Form decoding turned each + into a space",
		"La decodificación de formulario cambió cada + por un espacio"},
	"cause.double_encoding": {"The signature was encoded twice", "La firma se codificó dos veces"},
	"cause.alphabet":        {"The signature mixes base64 and base64url", "La firma mezcla base64 y base64url"},
	"cause.line_breaks":     {"The signature has white space in it", "La firma tiene espacios o saltos de línea"},
	"cause.base64_padding": {"The = at the end of the signature are missing or too many",
		"Faltan o sobran los = al final de la firma"},
	"cause.encoding":         {"The signature is encoded in another way", "La firma está codificada de otra manera"},
	"cause.signature_length": {"The signature is not as long as the key", "La firma no tiene la longitud de la clave"},
	"cause.request_as_answer": {"A request was taken for its answer, or the reverse",
		"Se tomó una solicitud por su respuesta, o al revés"},
	"cause.own_key_loaded": {"The merchant’s own key stands where the wallet’s belongs",
		"Está la clave propia donde va la de la billetera"},
	"cause.own_signature": {"The merchant’s key signed what the wallet should have",
		"La clave del comercio firmó lo que debía firmar la billetera"},
	"cause.key_pair": {"Signed with a key that is not the registered one",
		"Firmado con una clave que no es la registrada"},
	"cause.key_version": {"Another version’s key made the signature, or there is none for it",
		"Firmó la clave de otra versión, o no hay clave para esta"},
	"cause.other_key":    {"Another key made the signature", "La firma es de otra clave"},
	"cause.unknown_key":  {"No known key made the signature", "La firma no es de ninguna clave conocida"},
	"cause.unusable_key": {"A key is absent or unusable", "Una clave falta o no sirve"},
	"cause.hash_signed": {"A hash of the content was signed in its place",
		"Se firmó un hash en lugar del contenido"},
	"cause.digest":  {"Signed with another hash than SHA-256", "Firmado con otro hash, no SHA-256"},
	"cause.pss":     {"Signed with RSASSA-PSS", "Firmado con RSASSA-PSS"},
	"cause.padding": {"The hash was signed without naming it", "Se firmó el hash sin indicar su algoritmo"},
	"cause.layout":  {"The parts were put together otherwise", "Las partes se unieron de otra forma"},
	"cause.method":  {"Another method was signed", "Se firmó otro método"},
	"cause.path_prefix": {"The path was signed with or without the gateway’s prefix",
		"La ruta se firmó con o sin el prefijo del gateway"},
	"cause.path_version":   {"Another version stands in the signed path", "La ruta firmada tiene otra versión"},
	"cause.trailing_slash": {"A slash at the end of the path differs", "Difiere una barra al final de la ruta"},
	"cause.query":          {"The query string differs", "Difiere la query"},
	"cause.path_encoding":  {"The path is encoded otherwise", "La ruta está codificada de otra forma"},
	"cause.full_url":       {"The whole URL was signed, not its path", "Se firmó la URL entera, no su ruta"},
	"cause.path_rewritten": {"A proxy changed the path", "Un proxy cambió la ruta"},
	"cause.path":           {"Another path was signed", "Se firmó otra ruta"},
	"cause.merchant_id": {"The merchant's id was or was not signed",
		"El id del comercio se firmó sin deber, o faltó firmarlo"},
	"cause.client_id": {"Another client was signed", "Se firmó otro cliente"},
	"cause.time_format": {"The time is written otherwise than it was signed",
		"La hora está escrita de otra forma que al firmar"},
	"cause.time_header":   {"The other time header was signed", "Se firmó el otro encabezado de hora"},
	"cause.clock":         {"The time is too far from the clock", "La hora se aleja demasiado del reloj"},
	"cause.body_spaces":   {"The body was formatted anew after signing", "El cuerpo se reformateó después de firmar"},
	"cause.body_form":     {"The body was decoded as a form", "El cuerpo se decodificó como formulario"},
	"cause.body_replaced": {"Characters of the body were replaced", "Se reemplazaron caracteres del cuerpo"},
	"cause.body_numbers":  {"Numbers in the body were rewritten", "Se reescribieron números del cuerpo"},
	"cause.body_emptied": {"An empty object became a list, or the reverse",
		"Un objeto vacío pasó a ser lista, o al revés"},
	"cause.body_jsonb": {"A database stored the body as jsonb", "Una base de datos guardó el cuerpo como jsonb"},
	"cause.body_order": {"The members of the body are in another order",
		"Los campos del cuerpo están en otro orden"},
	"cause.body_escapes": {"Characters of the body are escaped otherwise",
		"Los caracteres del cuerpo se escapan de otra forma"},
	"cause.body_line_ends": {"White space around the body, or its line ends, differ",
		"Difieren los espacios alrededor del cuerpo o sus saltos de línea"},
	"cause.body_bom":       {"A byte order mark was added or removed", "Se agregó o quitó una marca BOM"},
	"cause.body_empty":     {"Signed or read without the body", "Se firmó o leyó sin el cuerpo"},
	"cause.body_encoded":   {"The body is compressed or encoded", "El cuerpo está comprimido o codificado"},
	"cause.body":           {"The body was changed after it was signed", "El cuerpo cambió después de firmarse"},
	"cause.body_too_large": {"The body is over 1 MiB", "El cuerpo supera 1 MiB"},
	"cause.replay": {"An answer was sent again as a notification",
		"Una respuesta se envió otra vez, como notificación"},
	"cause.content": {"The key is right, and the content is not the signed one",
		"La clave es correcta, pero el contenido no es el firmado"},

	// The mini program, whose own texts are in examples/miniprogram.
	"mp.title": {"Café Esquina", "Café Esquina"},
}

// language is one of the languages of the page.
type language struct{ Tag, Name string }

var languages = []language{{"en", "English"}, {"es", "Español"}}

// say returns a text, or its key where there is none.
func (l language) say(key string) string {
	t, ok := texts[key]
	switch {
	case !ok:
		return key
	case l.Tag == "es":
		return t.Es
	}
	return t.En
}

// fill returns a text with its braces filled in: name, value, and so on.
func (l language) fill(key string, pairs ...string) string {
	s := l.say(key)
	for i := 0; i+1 < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, "{"+pairs[i]+"}", pairs[i+1])
	}
	return s
}

// dictionary returns the texts of the page, as JSON for its modules.
func (l language) dictionary() (string, error) {
	all := make(map[string]string, len(texts))
	for key := range texts {
		all[key] = l.say(key)
	}
	data, err := json.Marshal(all)
	return string(data), err
}

// languageOf picks the language of an answer: the query's lang, then the best
// of Accept-Language, then the stage's own.
func (s *Stage) languageOf(r *http.Request) language {
	if l, ok := languageNamed(r.URL.Query().Get("lang")); ok {
		return l
	}
	best, quality := s.language, 0.0
	for i, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		if i == 32 {
			break // nobody reads that many
		}
		tag, params, _ := strings.Cut(part, ";")
		q := 1.0
		if value, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			q, _ = strconv.ParseFloat(value, 64) // what is no number counts nothing
		}
		if l, ok := languageNamed(tag); ok && q > quality && q <= 1 {
			best, quality = l, q
		}
	}
	return best
}

// languageNamed finds the language of a tag such as "es-MX".
func languageNamed(tag string) (language, bool) {
	base, _, _ := strings.Cut(strings.TrimSpace(tag), "-")
	for _, l := range languages {
		if strings.EqualFold(l.Tag, base) {
			return l, true
		}
	}
	return language{}, false
}
