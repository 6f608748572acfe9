package main

import "slices"

// jsonFlag is the same everywhere.
//
//nolint:misspell // Spanish
var jsonFlag = flagHelp{"json", "", text{"write JSON for machines", "escribe JSON para programas"}}

// messageHelp are the flags of doctor and verify that give the message.
//
//nolint:misspell // Spanish
var messageHelp = []flagHelp{
	{"message", "FILE", text{"whole HTTP message: first line, headers, empty line, body; - is standard input", "mensaje HTTP completo: primera línea, encabezados, línea vacía y cuerpo; - es la entrada estándar"}},
	{"curl", "FILE", text{"a pasted curl command; - is standard input", "un comando curl pegado; - es la entrada estándar"}},
	{"headers", "FILE", text{"only the headers, one a line; with -body", "solo los encabezados, uno por línea; junto con -body"}},
	{"body", "FILE", text{"body byte for byte, for -headers", "cuerpo, byte por byte, para -headers"}},
	{"method", "METHOD", text{"method of the request; default as in the message, or POST", "método de la solicitud; por defecto el del mensaje, o POST"}},
	{"uri", "PATH", text{"path and query of the request, as the side that verifies sees them", "ruta y query de la solicitud, tal como las ve quien verifica"}},
	{"kind", "KIND", text{"request, response, notification or acknowledgement; default as it looks", "request, response, notification o acknowledgement; por defecto, según parezca"}},
	{"request", "FILE", text{"of an answer: the request it answers, as message or curl", "para una respuesta: la solicitud que responde, como mensaje o curl"}},
	{"sent-body", "FILE", text{"the body that the other side says it signed", "el cuerpo que la otra parte dice haber firmado"}},
	{"other-uri", "PATHS", text{"further paths that may have been signed, with commas: the public path before a proxy", "otras rutas que pudieron firmarse, separadas por comas: la ruta pública delante de un proxy"}},
	{"public-key", "FILE", text{"the merchant's public key, where the private one is not at hand", "la clave pública del comercio, si no tienes la privada a mano"}},
	{"at", "TIME", text{"check the time of the message against this clock: RFC 3339, or now; default unchecked", "compara la hora del mensaje con este reloj: RFC 3339, o now; por defecto no se comprueba"}},
	{"tolerance", "DURATION", text{"how far the time may be off with -at; default 5m", "diferencia de hora permitida con -at; por defecto 5m"}},
}

// orderHelp are the flags that every order command has.
func orderHelp(timeout string) []flagHelp {
	return []flagHelp{
		{"timeout", "DURATION", text{"when to stop; default " + timeout, "cuándo detenerse; por defecto " + timeout}},
		jsonFlag,
	}
}

var (
	paymentID = flagHelp{"payment-id", "NAME", text{"the wallet's id of the payment; it wins over -id", "identificador del pago en la billetera; tiene prioridad sobre -id"}}
	orderID   = flagHelp{"id", "NAME", text{"your id of the payment (paymentRequestId)", "tu identificador del pago (paymentRequestId)"}}
	liveFlag  = flagHelp{"live", "", text{"allow this where real money may move: anywhere but on this machine and at published sandboxes", "permite hacerlo donde puede moverse dinero real: en cualquier lugar que no sea este equipo o un sandbox publicado"}}
	wantFlags = []flagHelp{
		{"amount", "AMOUNT", text{"fail unless this order is paid over this amount, such as 10.50", "falla salvo que este pedido esté pagado por este monto, por ejemplo 10.50"}},
		{"currency", "CODE", text{"its ISO 4217 currency", "su moneda ISO 4217"}},
	}
)

// topics are all that help tells, in both languages.
//
//nolint:misspell // Spanish
var topics = map[string]topic{
	"keygen": {
		name:    "keygen",
		summary: text{"make the merchant's RSA key pair", "genera el par de claves RSA del comercio"},
		about: text{
			`Writes NAME-private.pem (PKCS#8) and NAME-public.pem, readable by you alone, and
prints what to upload to the wallet's console: the bare base64, or the PEM. An
existing file is never overwritten.`,
			`Escribe NOMBRE-private.pem (PKCS#8) y NOMBRE-public.pem, legibles solo para ti, y
muestra lo que se sube a la consola de la billetera: el base64 sin más, o el PEM.
Nunca sobrescribe un archivo existente.`,
		},
		flags: []flagHelp{
			{"bits", "BITS", text{"2048 (default, which every wallet takes), 3072 or 4096", "2048 (por defecto, aceptado por todas las billeteras), 3072 o 4096"}},
			{"name", "NAME", text{"how the files begin, with a path if you like; default merchant", "comienzo del nombre de los archivos, con carpeta si quieres; por defecto merchant"}},
			{"stdout", "", text{"print both keys, the PRIVATE one too, and write no file: for secret stores", "imprime ambas claves, también la PRIVADA, sin escribir archivos: para almacenes de secretos"}},
			jsonFlag,
		},
		examples: []example{
			{"tradepay keygen -name shop", text{"shop-private.pem and shop-public.pem", "shop-private.pem y shop-public.pem"}},
			{"tradepay keygen -bits 4096 -stdout | vault kv put secret/tradepay key=-", text{"straight into a secret store", "directo a un almacén de secretos"}},
		},
	},
	"sandbox": {
		name:    "sandbox",
		summary: text{"run the test wallet as a server on this machine", "ejecuta la billetera de pruebas como servidor en esta máquina"},
		about: text{
			`A wallet that verifies, signs, notifies, shows a cashier page and fails on demand, in
the dialect of any wallet of the family. For tests and CI in any language: it prints the
TRADEPAY_* variables to use and writes them to DIR/sandbox.env, last of all, so that the
file is there while requests are answered. It listens on loopback only and calls nobody
but merchants on loopback. Its keys are published: no real money, no real wallet.

Payments are paid by the page behind paymentUrl, by -pay-after, or by
  curl -H 'Accept: application/json' -d action=pay "$paymentUrl"    (or decline, cancel)

It ends with SIGINT or SIGTERM and exits with 0.`,
			`Una billetera que verifica, firma, notifica, muestra la página de la caja y falla cuando
se le pide, en el dialecto de cualquier billetera de la familia. Para pruebas y CI en
cualquier lenguaje: imprime las variables TRADEPAY_* que debes usar y las escribe en
CARPETA/sandbox.env, al final de todo, de modo que el archivo existe mientras se atienden
solicitudes. Escucha solo en loopback y llama únicamente a comercios en loopback. Sus claves
son públicas: ni dinero real ni billetera real.

Los pagos se pagan en la página de paymentUrl, con -pay-after, o con
  curl -H 'Accept: application/json' -d action=pay "$paymentUrl"    (o decline, cancel)

Termina con SIGINT o SIGTERM y código 0.`,
		},
		flags: []flagHelp{
			{"wallet", "NAME", text{"whose dialect to speak; default platform-v2", "qué dialecto hablar; por defecto platform-v2"}},
			{"address", "ADDRESS", text{"where to listen, loopback only; default 127.0.0.1:8700; port 0 takes a free one", "dónde escuchar, solo loopback; por defecto 127.0.0.1:8700; con el puerto 0 toma uno libre"}},
			{"dir", "DIR", text{"where to write sandbox.env and the test keys; default a temporary one, removed at the end", "dónde escribir sandbox.env y las claves de prueba; por defecto una temporal que se borra al final"}},
			{"merchant-key", "FILE", text{"know this public key as the merchant's, as if you had uploaded it; then set TRADEPAY_PRIVATE_KEY_FILE yourself", "reconoce esta clave pública como la del comercio, como si la hubieras subido; TRADEPAY_PRIVATE_KEY_FILE la defines tú"}},
			{"pay-after", "DURATION", text{"pay each payment after this time: 0s is at once", "paga cada pago al cabo de este tiempo: con 0s, de inmediato"}},
			{"decline-after", "DURATION", text{"let each payment fail after this time, for lack of balance", "hace fallar cada pago al cabo de este tiempo, por saldo insuficiente"}},
			{"fault", "FAULT", text{"fail: Kind[@operation][:0.3 probability | :2 times][,delay]; repeat the flag for more", "falla: Tipo[@operación][:0.3 probabilidad | :2 veces][,demora]; repite la opción para más"}},
			{"expiry", "DURATION", text{"how long a payment can be paid; default 30m", "durante cuánto tiempo se puede pagar; por defecto 30m"}},
			{"seed", "NUMBER", text{"the same number and requests give the same ids and faults; default 1", "el mismo número y las mismas solicitudes dan los mismos identificadores y fallas; por defecto 1"}},
			{"quiet", "", text{"print the variables only, not what happens", "imprime solo las variables, no lo que va ocurriendo"}},
			{"json", "", text{"one JSON object a line on standard output, {\"event\":\"ready\",…} first", "un objeto JSON por línea en la salida estándar, {\"event\":\"ready\",…} primero"}},
		},
		examples: []example{
			{"tradepay sandbox -wallet GCash -dir sandbox", text{"then, in another terminal: . sandbox/sandbox.env", "después, en otra terminal: . sandbox/sandbox.env"}},
			{"tradepay sandbox -pay-after 1s -fault NotifyDuplicate:0.3 -fault DropAfter@pay:1", text{"for CI: payers who pay, notifications that come twice, one answer that is lost", "para CI: pagadores que pagan, notificaciones repetidas y una respuesta perdida"}},
		},
	},
	"doctor": {
		name:    "doctor",
		summary: text{"say why a signature does not verify, and what to change", "dice por qué una firma no se verifica y qué cambiar"},
		about: text{
			`Without a message, it checks that the settings fit together. With -live, it asks the
wallet about an order that does not exist, which moves no money, and judges both ways.
With a message (kept as it came, or pasted as curl), it finds what was signed instead:
another path, another body, another key, another time, … docs/doctor.md has the list.

It sends nothing without -live, and prints no private key and nothing of a body:
fingerprints, lengths and the first difference.`,
			`Sin mensaje, comprueba que la configuración sea coherente. Con -live consulta a la
billetera por un pedido que no existe, lo que no mueve dinero, y juzga ambos sentidos. Con
un mensaje (guardado tal como llegó, o pegado como curl) encuentra qué se firmó en su
lugar: otra ruta, otro cuerpo, otra clave, otra hora, … La lista está en docs/doctor.md.

Sin -live no envía nada, y no imprime claves privadas ni nada del cuerpo: solo huellas,
longitudes y la primera diferencia.`,
		},
		flags: slices.Concat(messageHelp, []flagHelp{
			{"live", "", text{"ask the wallet at the base URL", "consulta a la billetera en la URL base"}},
			{"timeout", "DURATION", text{"for -live; default 15s", "para -live; por defecto 15s"}},
			jsonFlag,
		}),
		settings: true,
		examples: []example{
			{"tradepay doctor", text{"do my settings fit together?", "¿mi configuración es coherente?"}},
			{"tradepay doctor -live", text{"does the wallet verify me, and I it?", "¿la billetera me verifica, y yo a ella?"}},
			{"tradepay doctor -curl - < request.sh", text{"why is this request answered INVALID_SIGNATURE?", "¿por qué a esta solicitud le responden INVALID_SIGNATURE?"}},
			{"tradepay doctor -message notification.http -other-uri /shop/notify", text{"why is this notification refused behind my proxy?", "¿por qué se rechaza esta notificación detrás de mi proxy?"}},
		},
	},
	"sign": {
		name:    "sign",
		summary: text{"print the signed headers of a message", "imprime los encabezados firmados de un mensaje"},
		about: text{
			`Signs METHOD PATH\nClient-Id.Time.Body, or what the wallet has in its place, with the
private key, to be compared with what another program makes, or to be sent by curl. It
sends nothing.`,
			`Firma MÉTODO RUTA\nClient-Id.Hora.Cuerpo, o lo que la billetera use en su lugar, con la
clave privada, para compararlo con lo que produce otro programa o enviarlo con curl. No
envía nada.`,
		},
		flags: []flagHelp{
			{"uri", "PATH", text{"path and query as they are sent", "ruta y query tal como se envían"}},
			{"body", "FILE", text{"body byte for byte; - is standard input", "cuerpo, byte por byte; - es la entrada estándar"}},
			{"method", "METHOD", text{"default POST", "por defecto POST"}},
			{"kind", "KIND", text{"request (default), acknowledgement, or response, notification with a wallet's key", "request (por defecto), acknowledgement, o bien response, notification con la clave de una billetera"}},
			{"time", "TIME", text{"text of the time header; default now, as the wallet writes it", "texto del encabezado de hora; por defecto la actual, como la escribe la billetera"}},
			{"request-id", "ID", text{"for wallets with a Request-Id; default a fresh one", "para billeteras con Request-Id; por defecto, uno nuevo"}},
			{"curl", "", text{"print a curl command", "imprime un comando curl"}},
			jsonFlag,
		},
		settings: true,
		examples: []example{
			{"tradepay sign -uri /v2/payments/inquiryPayment -body body.json", text{"the headers", "los encabezados"}},
			{"tradepay sign -uri /v2/payments/inquiryPayment -body body.json -curl | sh", text{"signed and sent", "firmado y enviado"}},
		},
	},
	"verify": {
		name:    "verify",
		summary: text{"say whether a message verifies: exit 0 or 4", "dice si un mensaje se verifica: código 0 o 4"},
		about: text{
			`Verifies as the SDK does: strict header, configured key version, raw bytes. The doctor
takes the same flags and says why.`,
			`Verifica igual que el SDK: encabezado estricto, versión de clave configurada, bytes sin
procesar. El doctor acepta las mismas opciones y dice por qué.`,
		},
		flags:    slices.Concat(messageHelp, []flagHelp{jsonFlag}),
		settings: true,
		examples: []example{
			{"tradepay verify -message notification.http -at now", text{"a notification, with its time", "una notificación, con su hora"}},
			{"tradepay verify -message answer.http -request request.http", text{"a wallet's answer", "la respuesta de una billetera"}},
		},
	},
	"notify": {
		name:    "notify",
		summary: text{"send a signed test notification to a merchant", "envía a un comercio una notificación de prueba firmada"},
		about: text{
			`Sends what a wallet would send when a payment ends, and checks the acknowledgement as
a wallet does: 200, a signed S. The merchant must know the signing key as the wallet's:
the test wallet's by default (tradepay sandbox), whose private half is published, so
that a merchant on the internet should be given one of yours with -sign-with. It never
calls a wallet's gateway.`,
			`Envía lo que enviaría una billetera al terminar un pago y comprueba el acuse de recibo
como lo hace una billetera: 200 y una S firmada. El comercio debe conocer la clave que firma
como la de la billetera: por defecto la de la billetera de pruebas (tradepay sandbox), cuya
mitad privada es pública, así que a un comercio en internet dale una tuya con -sign-with.
Nunca llama a la pasarela de una billetera.`,
		},
		flags: []flagHelp{
			{"id", "NAME", text{"paymentRequestId to notify; default a new one, which the merchant does not know", "paymentRequestId que se notifica; por defecto uno nuevo, que el comercio no conoce"}},
			{"amount", "AMOUNT", text{"default 10.00", "por defecto 10.00"}},
			{"currency", "CODE", text{"default USD", "por defecto USD"}},
			{"status", "STATUS", text{"SUCCESS (default) or FAIL", "SUCCESS (por defecto) o FAIL"}},
			{"tamper", "", text{"change it after it was signed, and expect 401", "la altera después de firmarla y espera 401"}},
			{"sign-with", "FILE", text{"private key to sign with, in place of the test wallet's", "clave privada con la que firmar, en lugar de la de la billetera de pruebas"}},
			{"sign-version", "VERSION", text{"its keyVersion; default 1", "su keyVersion; por defecto 1"}},
			{"merchant-key", "FILE", text{"merchant's public key, to verify the acknowledgement; default the private key's public half", "clave pública del comercio, para verificar el acuse; por defecto la mitad pública de la clave privada"}},
			{"timeout", "DURATION", text{"when to stop; default 10s", "cuándo detenerse; por defecto 10s"}},
			jsonFlag,
		},
		settings: true,
		examples: []example{
			{"tradepay notify -notify-url http://127.0.0.1:8080/notify -id order-1 -amount 10.50 -currency ZAR", text{"is it stored and acknowledged?", "¿se guarda y se acusa recibo?"}},
			{"tradepay notify -notify-url http://127.0.0.1:8080/notify -tamper", text{"is a forgery refused?", "¿se rechaza una falsificación?"}},
		},
	},
	"order create": {
		name:    "order create",
		summary: text{"create an order at the wallet and get its payment URL", "crea un pedido en la billetera y obtiene su URL de pago"},
		about: text{
			`Shows the paymentRequestId on standard error before anything is sent, so that nothing is
lost: with the same -id and the same flags the command can be repeated and charges once.
Nothing is paid by it; the payer pays at paymentUrl. Exit code 3 means that the outcome is
not known: run the command that is shown, never a new -id.`,
			`Muestra el paymentRequestId en la salida de errores antes de enviar nada, para que nada se
pierda: con el mismo -id y las mismas opciones el comando puede repetirse y cobra una sola
vez. Con esto no se paga nada; el pagador paga en paymentUrl. El código 3 significa que el
resultado se desconoce: ejecuta el comando que se muestra, nunca otro -id.`,
		},
		flags: slices.Concat([]flagHelp{
			{"id", "NAME", text{"your id of the payment (paymentRequestId); default a new one", "tu identificador del pago (paymentRequestId); por defecto uno nuevo"}},
			{"amount", "AMOUNT", text{"in the currency's own decimals, such as 10.50; required", "con los decimales de la moneda, por ejemplo 10.50; obligatorio"}},
			{"currency", "CODE", text{"ISO 4217, such as ZAR; required", "ISO 4217, por ejemplo ZAR; obligatorio"}},
			{"title", "TEXT", text{"what the payer sees; default Test order", "lo que ve el pagador; por defecto Test order"}},
			{"redirect-url", "URL", text{"where the payer returns to: an absolute URL", "adónde vuelve el pagador: una URL absoluta"}},
			{"expires", "WHEN", text{"until when it can be paid: 15m, or RFC 3339; it is part of the content, so repeat with the time that is shown", "hasta cuándo puede pagarse: 15m, o RFC 3339; es parte del contenido: al repetir, usa la hora que se muestra"}},
			{"product-code", "CODE", text{"in place of the profile's", "en lugar del que trae el perfil"}},
			{"buyer-id", "NAME", text{"the payer's user id at the wallet, where it is demanded", "identificador del pagador en la billetera, si se exige"}},
			{"auth-code-file", "FILE", text{"file of the payer's access token, for agreement payments", "archivo con el token de acceso del pagador, para pagos por convenio"}},
			{"authorize", "", text{"reserve the amount instead of charging it", "reserva el monto en lugar de cobrarlo"}},
			{"extra", "FILE", text{"JSON object of further fields of this wallet", "objeto JSON con otros campos propios de esta billetera"}},
			liveFlag,
		}, orderHelp("1m")),
		settings: true,
		examples: []example{
			{"tradepay order create -id order-1 -amount 10.50 -currency ZAR -title 'Two coffees'", text{"an order of 10.50 rand", "un pedido de 10.50 rands"}},
			{"tradepay order create -amount 500 -currency CLP -expires 15m -json", text{"for a program: the id, the status and the URL", "para un programa: el identificador, el estado y la URL"}},
		},
	},
	"order query": {
		name:    "order query",
		summary: text{"ask the wallet for an order or a refund", "consulta un pedido o un reembolso en la billetera"},
		about: text{
			`Exits with 0 for every verified answer, paid or not; with -amount and -currency only if
this very order is paid over this amount: what to ask before anything is shipped.`,
			`Termina con 0 ante toda respuesta verificada, esté pagado o no; con -amount y -currency
solo si este mismo pedido está pagado por este monto: lo que hay que preguntar antes de
entregar nada.`,
		},
		flags: slices.Concat([]flagHelp{orderID, paymentID,
			{"refund-id", "NAME", text{"ask for this refund instead (refundRequestId)", "consulta en cambio este reembolso (refundRequestId)"}},
		}, wantFlags, orderHelp("1m")),
		settings: true,
		examples: []example{
			{"tradepay order query -id order-1", text{"where does it stand?", "¿en qué estado está?"}},
			{"tradepay order query -id order-1 -amount 10.50 -currency ZAR && ./ship order-1", text{"ship only what is paid", "entregar solo lo pagado"}},
			{"tradepay order query -refund-id refund-1", text{"a refund", "un reembolso"}},
		},
	},
	"order wait": {
		name:    "order wait",
		summary: text{"ask until the order is paid, or ends otherwise", "consulta hasta que el pedido se pague o termine de otro modo"},
		about: text{
			`Exits with 0 when it is paid or authorized, with 5 when it failed or was cancelled, and
with 3 when the time is up and it is still open.`,
			`Termina con 0 cuando está pagado o autorizado, con 5 cuando falló o se canceló, y con 3
cuando se acaba el tiempo y sigue abierto.`,
		},
		flags: slices.Concat([]flagHelp{orderID, paymentID,
			{"interval", "DURATION", text{"between questions; default 5s, at least 1s", "entre consultas; por defecto 5s, como mínimo 1s"}},
		}, wantFlags, orderHelp("2m")),
		settings: true,
		examples: []example{{"tradepay order wait -id order-1 -timeout 5m", text{"at most five minutes", "como máximo cinco minutos"}}},
	},
	"order cancel": {
		name:    "order cancel",
		summary: text{"close an order so that it cannot be paid anymore", "cierra un pedido para que ya no pueda pagarse"},
		about: text{
			`What was paid already is rejected (exit code 5): refund it. Exit code 3 means that it is
not closed yet, or that this is not known: run the command that is shown.`,
			`Lo que ya se pagó se rechaza (código 5): reembólsalo. El código 3 significa que aún no
está cerrado, o que no se sabe: ejecuta el comando que se muestra.`,
		},
		flags:    slices.Concat([]flagHelp{orderID, paymentID, liveFlag}, orderHelp("1m")),
		settings: true,
		examples: []example{{"tradepay order cancel -id order-1", text{"nobody can pay it now", "ya nadie puede pagarlo"}}},
	},
	"order refund": {
		name:    "order refund",
		summary: text{"give a payment or a part of it back", "devuelve un pago o una parte de él"},
		about: text{
			`Shows the refundRequestId on standard error before anything is sent. With the same
-refund-id and the same flags the command can be repeated and refunds once. Exit code 3
means that it may have happened: run the command that is shown; never refund again with
a new id, nor by hand.`,
			`Muestra el refundRequestId en la salida de errores antes de enviar nada. Con el mismo
-refund-id y las mismas opciones el comando puede repetirse y reembolsa una sola vez. El
código 3 significa que pudo haber ocurrido: ejecuta el comando que se muestra; nunca
reembolses de nuevo con otro identificador, ni a mano.`,
		},
		flags: slices.Concat([]flagHelp{orderID, paymentID,
			{"refund-id", "NAME", text{"your id of the refund (refundRequestId); required, the same id refunds once", "tu identificador del reembolso (refundRequestId); obligatorio, el mismo reembolsa una sola vez"}},
			{"amount", "AMOUNT", text{"what is given back, such as 10.50; required", "lo que se devuelve, por ejemplo 10.50; obligatorio"}},
			{"currency", "CODE", text{"of the payment; required", "la del pago; obligatorio"}},
			{"reason", "TEXT", text{"at most 256 characters", "256 caracteres como máximo"}},
			liveFlag,
		}, orderHelp("1m")),
		settings: true,
		examples: []example{{"tradepay order refund -id order-1 -refund-id refund-1 -amount 4.00 -currency ZAR -reason 'One coffee was cold'", text{"a part of it", "una parte"}}},
	},
	"settings": {
		name:    "settings",
		summary: text{"the TRADEPAY_* variables and their flags", "las variables TRADEPAY_* y sus opciones"},
		about: text{
			`A flag wins over its variable. Secrets have no flag: others can read a command line.
Line breaks of a PEM may be written as \n.`,
			`La opción tiene prioridad sobre su variable. Los secretos no tienen opción: la línea de
comandos la pueden leer otros. Los saltos de línea de un PEM pueden escribirse como \n.`,
		},
	},
	"codes": {
		name:    "codes",
		summary: text{"what the exit codes mean", "qué significan los códigos de salida"},
		about: text{
			`0  done, or good
1  failed: a file, the network, or what was expected did not come
2  usage: flags or settings are wrong; nothing was sent
3  the outcome is not known: it may have happened. Run the command that is shown
4  a signature does not verify
5  the wallet rejected it, finally for this id; or the order ended without payment
6  the wallet refused the caller: keys, client id or access
7  the wallet does not know the order, or not yet`,
			`0  hecho, o correcto
1  falló: un archivo, la red, o no llegó lo que se esperaba
2  uso: opciones o configuración incorrectas; no se envió nada
3  el resultado se desconoce: pudo haber ocurrido. Ejecuta el comando que se muestra
4  una firma no se verifica
5  la billetera lo rechazó, de forma definitiva para este identificador; o el pedido terminó sin pago
6  la billetera rechazó a quien llama: claves, client id o permisos
7  la billetera no conoce el pedido, o todavía no`,
		},
	},
}
