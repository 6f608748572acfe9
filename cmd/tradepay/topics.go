package main

import (
	"net/http"
	"slices"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// jsonFlag is the same everywhere.
var jsonFlag = flagRow{"json", "", false, text{"write JSON for programs", "escribe JSON para programas"}}

var (
	langFlag = flagRow{"lang", "LANGUAGE", "", text{
		"en or es; default that of LC_ALL, LC_MESSAGES or LANG",
		"en o es; por defecto el de LC_ALL, LC_MESSAGES o LANG",
	}}
	profileFlag = flagRow{"profile", "PROFILE", "", text{
		"settings of this profile (tradepay help profiles) in place of those of the environment, but for secrets",
		"configuración de este perfil (tradepay help profiles) en lugar de la del entorno, salvo los secretos",
	}}
	verboseFlag = flagRow{"v", "", false, text{
		"show the progress also where standard error is no terminal",
		"muestra el avance aunque la salida de errores no sea una terminal",
	}}
	tokenFile = flagRow{"token-file", "FILE", "", text{
		"the payer's access token, alone or as token apply wrote it; - is standard input; required",
		"el token de acceso del pagador, solo o como lo escribió token apply; - es la entrada estándar; obligatorio",
	}}
	tokenOut = flagRow{"out", "FILE", "", text{
		"new file for the tokens, which only you can read; required unless -json",
		"archivo nuevo para los tokens, legible solo para ti; obligatorio salvo con -json",
	}}
	extraFlag = flagRow{"extra", "FILE", "", text{
		"a JSON object with further fields; - is standard input",
		"un objeto JSON con más campos; - es la entrada estándar",
	}}
)

// ofOrder is the argument of the commands about an order, or a message.
var ofOrder = &argument{"ID", "id"}

// messageRows are the flags by which doctor and verify take a message.
var messageRows = []flagRow{
	{"message", "FILE", "", text{
		"message as a program saved it: raw HTTP, Lambda event, curl -v, HAR, JSON, log of nginx or Envoy; - is " +
			"standard input",
		"mensaje como lo guardó un programa: HTTP, evento de Lambda, curl -v, HAR, JSON, log de nginx o Envoy; - es " +
			"la entrada estándar",
	}},
	{"curl", "FILE", "", text{
		"a pasted curl command; - is standard input",
		"un comando curl pegado; - es la entrada estándar",
	}},
	{"headers", "FILE", "", text{
		"only the headers, one on each line or as JSON; with -body",
		"solo los encabezados, uno por línea o como JSON; junto con -body",
	}},
	{"body", "FILE", "", text{
		"body byte for byte, for -headers",
		"cuerpo, byte por byte, para -headers",
	}},
	{"method", "METHOD", "", text{
		"method of the request; default as in the message, or POST",
		"método de la solicitud; por defecto el del mensaje, o POST",
	}},
	{"uri", "PATH", "", text{
		"path and query of the request, as the side that verifies sees them",
		"ruta y query de la solicitud, tal como las ve quien verifica",
	}},
	{"kind", "KIND", "", text{
		"request, response, notification or acknowledgement; default what it looks like",
		"request, response, notification o acknowledgement; por defecto, según parezca",
	}},
	{"request", "FILE", "", text{
		"for an answer: the request that it answers, as a message or curl",
		"para una respuesta: la solicitud que responde, como mensaje o curl",
	}},
	{"sent-body", "FILE", "", text{
		"the body that the other side says it signed",
		"el cuerpo que la otra parte dice haber firmado",
	}},
	{"other-uri", "PATHS", "", text{
		"other paths that the sender may have signed, separated by commas: the public path before a proxy",
		"otras rutas que el remitente pudo firmar, separadas por comas: la ruta pública delante de un proxy",
	}},
	{"public-key", "FILE", "", text{
		"the merchant's public key, if you do not have the private one",
		"la clave pública del comercio, si no tienes la privada",
	}},
	{"at", "TIME", "", text{
		"compare the time of the message with this clock: RFC 3339, or now; default no check",
		"compara la hora del mensaje con este reloj: RFC 3339, o now; por defecto no se comprueba",
	}},
	{"tolerance", "DURATION", 5 * time.Minute, text{
		"how far the time may be off with -at",
		"diferencia de hora permitida con -at",
	}},
}

// orderRows are the flags of every order command.
func orderRows(timeout time.Duration) []flagRow {
	return []flagRow{timeoutRow(timeout), jsonFlag}
}

func timeoutRow(timeout time.Duration) flagRow {
	return flagRow{"timeout", "DURATION", timeout, text{"when to stop", "cuándo detenerse"}}
}

var (
	paymentID = flagRow{"payment-id", "NAME", "", text{
		"the wallet's id of the payment; it wins over -id",
		"identificador del pago en la billetera; tiene prioridad sobre -id",
	}}
	orderID = flagRow{"id", "NAME", "", text{
		"your id of the payment (paymentRequestId)",
		"tu identificador del pago (paymentRequestId)",
	}}
	liveFlag = flagRow{"live", "", false, text{
		"allow this where real money may move: anywhere but on this machine and at published sandboxes",
		"permite hacerlo donde puede moverse dinero real: fuera de este equipo y de los sandbox publicados",
	}}
	wantFlags = []flagRow{
		{"amount", "AMOUNT", "", text{
			"fail unless this very order is paid with exactly this amount, such as 10.50",
			"falla salvo que este mismo pedido esté pagado por exactamente este monto, por ejemplo 10.50",
		}},
		{"currency", "CODE", "", text{
			"its ISO 4217 currency",
			"su moneda ISO 4217",
		}},
	}
)

// topics are the whole help, in both languages, and the flags of each subcommand.
var topics = map[string]topic{
	"keygen": {
		name:    "keygen",
		summary: text{"make the merchant's RSA key pair", "genera el par de claves RSA del comercio"},
		about: text{
			`Writes NAME-private.pem (PKCS#8) and NAME-public.pem, which only you can read, and
prints what to upload to the wallet's console: the bare base64, or the PEM. It never
overwrites a file.`,
			`Escribe NOMBRE-private.pem (PKCS#8) y NOMBRE-public.pem, legibles solo para ti, y
muestra lo que se sube a la consola de la billetera: el base64 sin más, o el PEM.
Nunca sobrescribe un archivo existente.`,
		},
		flags: []flagRow{
			{"bits", "BITS", 2048, text{
				"2048, which every wallet accepts, 3072 or 4096",
				"2048, que aceptan todas las billeteras, 3072 o 4096",
			}},
			{"name", "NAME", "merchant", text{
				"first part of the names of the files; it may hold a path",
				"comienzo del nombre de los archivos; puede llevar una carpeta",
			}},
			{"stdout", "", false, text{
				"print both keys, the PRIVATE one too, and write no file: for secret stores",
				"imprime ambas claves, también la PRIVADA, sin escribir archivos: para almacenes de secretos",
			}},
			jsonFlag,
		},
		examples: []example{
			{"tradepay keygen -name shop", text{
				"shop-private.pem and shop-public.pem",
				"shop-private.pem y shop-public.pem",
			}},
			{"tradepay keygen -bits 4096 -stdout | vault kv put secret/tradepay key=-", text{
				"straight into a secret store",
				"directo a un almacén de secretos",
			}},
		},
	},
	"sandbox": {
		name: "sandbox",
		summary: text{
			"run the test wallet as a server on this machine",
			"ejecuta la billetera de pruebas como servidor en esta máquina",
		},
		about: text{
			`A wallet that verifies, signs, notifies, shows a cashier page and fails on demand, in
the dialect of any wallet of the family. For tests and CI in any language: it prints the
TRADEPAY_* variables to use and writes them to DIR/sandbox.env. It writes this file last:
while the file exists, the wallet answers requests. It listens on loopback and calls merchants
on loopback, unless flags say otherwise. Its keys are published: no real money, no real wallet.

To pay a payment, use the page behind paymentUrl, or -pay-after, or the control API:
  curl -X POST http://127.0.0.1:8700/__tradepay/payments/order-1/pay    (or decline, expire)
Its document is at /__tradepay/openapi.json; docs/ci.md shows it from Node, Python and Java.

It ends with SIGINT or SIGTERM and exits with 0.`,
			`Una billetera que verifica, firma, notifica, muestra la pantalla de pago y falla cuando
se le pide, en el dialecto de cualquier billetera de la familia. Para pruebas y CI en
cualquier lenguaje: imprime las variables TRADEPAY_* que debes usar y las escribe en
CARPETA/sandbox.env. Escribe este archivo al final: mientras existe, la billetera atiende
solicitudes. Escucha en loopback y llama a comercios en loopback, salvo que las opciones digan
otra cosa. Sus claves son públicas: ni dinero real ni billetera real.

Para pagar un pago, usa la página de paymentUrl, o -pay-after, o la API de control:
  curl -X POST http://127.0.0.1:8700/__tradepay/payments/order-1/pay    (o decline, expire)
Su documento está en /__tradepay/openapi.json; docs/ci.md la muestra desde Node, Python y Java.

Termina con SIGINT o SIGTERM y código 0.`,
		},
		flags: []flagRow{
			{"wallet", "NAME", "platform-v2", text{
				"whose dialect to speak",
				"qué dialecto hablar",
			}},
			{"address", "ADDRESS", "127.0.0.1:8700", text{
				"where to listen, on loopback; port 0 takes a free one",
				"dónde escuchar, en loopback; con el puerto 0 toma uno libre",
			}},
			{"dir", "DIR", "", text{
				"where to write sandbox.env and the test keys; default a temporary one, which it removes at the end",
				"dónde escribir sandbox.env y las claves de prueba; por defecto una temporal que se borra al final",
			}},
			{"merchant-key", "FILE", "", text{
				"accept this public key as the merchant's, as if you had uploaded it; then set " +
					"TRADEPAY_PRIVATE_KEY_FILE yourself",
				"acepta esta clave pública como la del comercio, como si la subieras; TRADEPAY_PRIVATE_KEY_FILE la " +
					"defines tú",
			}},
			{"pay-after", "DURATION", time.Duration(-1), text{
				"pay each payment after this time: 0s is at once",
				"paga cada pago al cabo de este tiempo: con 0s, de inmediato",
			}},
			{"decline-after", "DURATION", time.Duration(-1), text{
				"let each payment fail after this time, for lack of balance",
				"hace fallar cada pago al cabo de este tiempo, por saldo insuficiente",
			}},
			{"fault", "FAULT", newFaults, text{
				"fail: Kind[@operation][=CODE][+1 passes before][:0.3 probability | :2 times][,delay]; give the flag " +
					"again for more faults",
				"falla: Tipo[@operación][=CÓDIGO][+1 pasa antes][:0.3 probabilidad | :2 veces][,demora]; repite la " +
					"opción para más fallas",
			}},
			{"client-id", "ID", "", text{
				"know the merchant by this Client-Id, in place of a test one",
				"conoce al comercio por este Client-Id, en lugar de uno de prueba",
			}},
			{"app-id", "ID", "", text{
				"the id of its mini program",
				"el identificador de su miniprograma",
			}},
			{"partner-id", "ID", "", text{
				"its partnerId",
				"su partnerId",
			}},
			{"key-version", "VERSION", "", text{
				"the keyVersion of its key; default 1",
				"la keyVersion de su clave; por defecto 1",
			}},
			{"prefix", "PATH", "", text{
				"what stands before all paths, such as /api, in place of the wallet's own",
				"qué va delante de todas las rutas, como /api, en lugar de lo propio de la billetera",
			}},
			{"notify-attempts", "NUMBER", 8, text{
				"how many times to send a notification until the merchant acknowledges it",
				"cuántas veces enviar una notificación hasta que el comercio acuse recibo",
			}},
			{"notify-pause", "DURATION", 100 * time.Millisecond, text{
				"the pause after the first time; each one is twice as long as the one before",
				"la pausa tras la primera vez; cada una dura el doble que la anterior",
			}},
			{"notify-to", "HOST=URL", newRoutes, text{
				"send the notifications for HOST to URL, on this machine or in a private network, and sign the path " +
					"that the order had; give the flag again for more hosts",
				"envía las notificaciones para HOST a URL, en esta máquina o en una red privada, y firma la ruta que " +
					"tenía el pedido; repite la opción para más hosts",
			}},
			{"public-url", "URL", "", text{
				"how others reach the sandbox: payment URLs begin with it",
				"cómo se llega al sandbox: las URL de pago empiezan así",
			}},
			{"tls", "", false, text{
				"speak https, with a CA made for this run: DIR/sandbox-ca.pem",
				"habla https, con una CA hecha para esta ejecución: CARPETA/sandbox-ca.pem",
			}},
			{"reachable-from-network", "", false, text{
				"allow an -address and a -public-url beyond loopback. Who reaches it can create and pay orders. Its " +
					"keys are made for this run, and its control API wants the token in DIR/sandbox-control-token",
				"permite -address y -public-url fuera de loopback. Quien llegue puede crear y pagar pedidos. Sus " +
					"claves se hacen para esta ejecución, y su API de control exige el token de " +
					"CARPETA/sandbox-control-token",
			}},
			{"control-token-file", "FILE", "", text{
				"a file with that token, in place of a random one",
				"un archivo con ese token, en lugar de uno aleatorio",
			}},
			{"expiry", "DURATION", 30 * time.Minute, text{
				"how long a payer can pay a payment",
				"durante cuánto tiempo se puede pagar",
			}},
			{"seed", "NUMBER", uint64(1), text{
				"the same number and requests give the same ids and faults",
				"el mismo número y las mismas solicitudes dan los mismos identificadores y fallas",
			}},
			{"quiet", "", false, text{
				"print the variables only, not the events",
				"imprime solo las variables, no los eventos",
			}},
			{"json", "", false, text{
				`one JSON object on each line of standard output, {"event":"ready",…} first`,
				`un objeto JSON por línea en la salida estándar, {"event":"ready",…} primero`,
			}},
		},
		examples: []example{
			{"tradepay sandbox -wallet GCash -dir sandbox", text{
				"then, in another terminal: . sandbox/sandbox.env",
				"después, en otra terminal: . sandbox/sandbox.env",
			}},
			{"tradepay sandbox -pay-after 1s -fault NotifyDuplicate:0.3 -fault DropAfter@pay:1", text{
				"for CI: payers who pay, notifications that come twice, one lost answer",
				"para CI: pagadores que pagan, notificaciones repetidas y una respuesta perdida",
			}},
		},
	},
	"doctor": {
		name: "doctor",
		summary: text{
			"say why a signature does not verify, and what to change",
			"dice por qué una firma no se verifica y qué cambiar",
		},
		about: text{
			`Without a message, it checks that the settings fit together. With -live, it asks the
wallet about an order that does not exist, which moves no money, and judges the request
and the answer. With a message (kept as it came, or pasted as curl), it finds what the
sender signed instead: another path, another body, another key, another time, …
docs/doctor.md has the list.

It sends nothing without -live. It prints no private key and no part of a body, only
fingerprints, lengths and where the first difference is.`,
			`Sin mensaje, comprueba que la configuración sea coherente. Con -live consulta a la
billetera por un pedido que no existe, lo que no mueve dinero, y juzga la solicitud y la
respuesta. Con un mensaje (guardado tal como llegó, o pegado como curl) encuentra qué firmó
el remitente en su lugar: otra ruta, otro cuerpo, otra clave, otra hora, … La lista está en
docs/doctor.md.

Sin -live no envía nada. No imprime claves privadas ni parte alguna del cuerpo, solo huellas,
longitudes y dónde está la primera diferencia.`,
		},
		flags: slices.Concat(messageRows, []flagRow{
			{"live", "", false, text{
				"ask the wallet at the base URL",
				"consulta a la billetera en la URL base",
			}},
			{"timeout", "DURATION", 15 * time.Second, text{
				"when to stop, with -live",
				"cuándo detenerse, con -live",
			}},
			jsonFlag,
		}),
		settings: true,
		examples: []example{
			{"tradepay doctor", text{
				"do my settings fit together?",
				"¿mi configuración es coherente?",
			}},
			{"tradepay doctor -live", text{
				"does the wallet verify me, and do I verify it?",
				"¿la billetera me verifica, y yo a ella?",
			}},
			{"tradepay doctor -curl - < request.sh", text{
				"why does the wallet answer this request with INVALID_SIGNATURE?",
				"¿por qué la billetera responde INVALID_SIGNATURE a esta solicitud?",
			}},
			{"tradepay doctor -message notification.http -other-uri /shop/notify", text{
				"why does my server behind a proxy reject this notification?",
				"¿por qué mi servidor, detrás de un proxy, rechaza esta notificación?",
			}},
		},
	},
	"sign": {
		name:    "sign",
		summary: text{"print the signed headers of a message", "imprime los encabezados firmados de un mensaje"},
		about: text{
			`Signs METHOD PATH\nClient-Id.Time.Body, or what the wallet signs instead, with the private
key. Compare the result with that of another program, or let curl send it. The command
itself sends nothing.`,
			`Firma MÉTODO RUTA\nClient-Id.Hora.Cuerpo, o lo que la billetera firme en su lugar, con la
clave privada. Compara el resultado con el de otro programa, o envíalo con curl. El comando
mismo no envía nada.`,
		},
		flags: []flagRow{
			{"uri", "PATH", "", text{
				"path and query of the request",
				"ruta y query de la solicitud",
			}},
			{"body", "FILE", "", text{
				"body byte for byte; - is standard input",
				"cuerpo, byte por byte; - es la entrada estándar",
			}},
			{"method", "METHOD", http.MethodPost, text{
				"method of the request",
				"método de la solicitud",
			}},
			{"kind", "KIND", string(doctor.EvidenceRequest), text{
				"request or acknowledgement; response or notification with a wallet's key",
				"request o acknowledgement; response o notification con la clave de una billetera",
			}},
			{"time", "TIME", "", text{
				"text of the time header; default the current time as the wallet writes it",
				"texto del encabezado de hora; por defecto la actual, como la escribe la billetera",
			}},
			{"request-id", "ID", "", text{
				"for wallets with a Request-Id; default a fresh one",
				"para billeteras con Request-Id; por defecto, uno nuevo",
			}},
			{"curl", "", false, text{
				"print a curl command",
				"imprime un comando curl",
			}},
			jsonFlag,
		},
		settings: true,
		examples: []example{
			{"tradepay sign -uri /v2/payments/inquiryPayment -body body.json", text{
				"the headers",
				"los encabezados",
			}},
			{"tradepay sign -uri /v2/payments/inquiryPayment -body body.json -curl | sh", text{
				"signed and sent",
				"firmado y enviado",
			}},
		},
	},
	"verify": {
		name:    "verify",
		summary: text{"say whether a message verifies: exit 0 or 4", "dice si un mensaje se verifica: código 0 o 4"},
		about: text{
			`Verifies as the SDK does: strict header, configured key version, raw bytes.
tradepay doctor takes the same flags and says why a message does not verify.`,
			`Verifica igual que el SDK: encabezado estricto, versión de clave configurada, bytes sin
procesar. tradepay doctor acepta las mismas opciones y dice por qué un mensaje no se
verifica.`,
		},
		flags:    slices.Concat(messageRows, []flagRow{jsonFlag}),
		settings: true,
		examples: []example{
			{"tradepay verify -message notification.http -at now", text{
				"a notification, with its time",
				"una notificación, con su hora",
			}},
			{"tradepay verify -message answer.http -request request.http", text{
				"a wallet's answer",
				"la respuesta de una billetera",
			}},
		},
	},
	"notify": {
		name: "notify",
		summary: text{
			"send a signed test notification to a merchant",
			"envía a un comercio una notificación de prueba firmada",
		},
		about: text{
			`Sends what a wallet would send when a payment ends, and checks the acknowledgement as
a wallet does: 200, a signed S. The merchant must know the signing key as the wallet's.
The default is the key of the test wallet (tradepay sandbox). Its private half is
published: for a merchant on the internet, give a key of your own with -sign-with.
The command never calls a wallet's gateway.`,
			`Envía lo que enviaría una billetera al terminar un pago y comprueba el acuse de recibo
como lo hace una billetera: 200 y una S firmada. El comercio debe conocer la clave que firma
como la de la billetera. Por defecto es la de la billetera de pruebas (tradepay sandbox). Su
mitad privada es pública: para un comercio en internet, usa una clave tuya con -sign-with.
El comando nunca llama al gateway de una billetera.`,
		},
		flags: []flagRow{
			{"id", "NAME", "", text{
				"paymentRequestId of the payment; default a new one, which the merchant does not know",
				"paymentRequestId del pago; por defecto uno nuevo, que el comercio no conoce",
			}},
			{"amount", "AMOUNT", "10.00", text{
				"amount of the payment",
				"monto del pago",
			}},
			{"currency", "CODE", "USD", text{
				"its ISO 4217 currency",
				"su moneda ISO 4217",
			}},
			{"status", "STATUS", string(tradepay.StatusSuccess), text{
				"SUCCESS or FAIL",
				"SUCCESS o FAIL",
			}},
			{"tamper", "", false, text{
				"change it after signing it, and expect 401",
				"la altera después de firmarla y espera 401",
			}},
			{"sign-with", "FILE", "", text{
				"private key to sign with, instead of the test wallet's",
				"clave privada con la que firmar, en lugar de la de la billetera de pruebas",
			}},
			{"sign-version", "VERSION", "", text{
				"its keyVersion; default 1",
				"su keyVersion; por defecto 1",
			}},
			{"merchant-key", "FILE", "", text{
				"merchant's public key, to verify the acknowledgement; default the private key's public half",
				"clave pública del comercio, para verificar el acuse; por defecto la mitad pública de la clave privada",
			}},
			timeoutRow(10 * time.Second),
			jsonFlag,
		},
		settings: true,
		examples: []example{
			{"tradepay notify -notify-url http://127.0.0.1:8080/notify -id order-1 -amount 10.50 -currency ZAR", text{
				"does the merchant store and acknowledge it?",
				"¿el comercio la guarda y acusa recibo?",
			}},
			{"tradepay notify -notify-url http://127.0.0.1:8080/notify -tamper", text{
				"does the merchant reject a forgery?",
				"¿el comercio rechaza una falsificación?",
			}},
		},
	},
	"order create": {
		name: "order create",
		summary: text{
			"create an order at the wallet and get its payment URL",
			"crea un pedido en la billetera y obtiene su URL de pago",
		},
		about: text{
			`Shows the paymentRequestId on standard error before it sends anything, so that you can
always ask about the order. To retry, run the command with the same -id and the same flags:
the payer pays once. The payer pays at paymentUrl; until then, nobody is charged. But with
-auth-code-file, the wallet charges the payer at once, by the agreement: then -id is required,
since each new id is another charge. Exit code 3 means that the outcome is unknown: run the
command that it shows. Never retry with a new -id.
Some wallets, such as VodaPay and Toka, reject the same -id and give out the URL only once
(tradepay wallets shows it as repeats). There, if the URL is lost, cancel the order, and create
another with a new -id only after the wallet has confirmed the cancellation.`,
			`Muestra el paymentRequestId en la salida de errores antes de enviar nada, para que siempre
puedas consultar el pedido. Para reintentar, ejecuta el comando con el mismo -id y las mismas
opciones: el pagador paga una sola vez. El pagador paga en paymentUrl; hasta entonces no se
cobra a nadie. Pero con -auth-code-file la billetera cobra al pagador de inmediato, por el
acuerdo: entonces -id es obligatorio, porque cada identificador nuevo es otro cobro. El código 3
significa que el resultado se desconoce: ejecuta el comando que muestra. Nunca reintentes con otro
-id.
Algunas billeteras, como VodaPay y Toka, rechazan el mismo -id y dan la URL una sola vez
(tradepay wallets lo muestra como repeticiones). Ahí, si se pierde la URL, cancela el pedido y crea
otro con un -id nuevo solo cuando la billetera haya confirmado la cancelación.`,
		},
		argument: ofOrder,
		flags: slices.Concat([]flagRow{
			{"id", "NAME", "", text{
				"your id of the payment (paymentRequestId); default a new one; required with -auth-code-file",
				"tu identificador del pago (paymentRequestId); por defecto uno nuevo; obligatorio con -auth-code-file",
			}},
			{"amount", "AMOUNT", "", text{
				"in the currency's own decimals, such as 10.50; required",
				"con los decimales de la moneda, por ejemplo 10.50; obligatorio",
			}},
			{"currency", "CODE", "", text{
				"ISO 4217, such as ZAR; required",
				"ISO 4217, por ejemplo ZAR; obligatorio",
			}},
			{"title", "TEXT", "Test order", text{
				"what the payer sees",
				"lo que ve el pagador",
			}},
			{"redirect-url", "URL", "", text{
				"where the payer returns to: an absolute URL",
				"adónde vuelve el pagador: una URL absoluta",
			}},
			{"expires", "WHEN", "", text{
				"until when the payer can pay: 15m, or RFC 3339. To retry, give the time that the command shows",
				"hasta cuándo puede pagarse: 15m, o RFC 3339. Al reintentar, usa la hora que muestra el comando",
			}},
			{"product-code", "CODE", "", text{
				"product code, instead of the profile's",
				"código de producto, en lugar del que trae el perfil",
			}},
			{"buyer-id", "NAME", "", text{
				"the payer's user id at the wallet, for wallets that demand it",
				"identificador del pagador en la billetera, si esta lo exige",
			}},
			{"auth-code-file", "FILE", "", text{
				"file of the payer's access token, for agreement payments, which charge at once",
				"archivo con el token de acceso del pagador, para pagos por acuerdo, que cobran de inmediato",
			}},
			{"authorize", "", false, text{
				"reserve the amount instead of charging it",
				"reserva el monto en lugar de cobrarlo",
			}},
			{"extra", "FILE", "", text{
				"JSON object with further fields of this wallet",
				"objeto JSON con otros campos propios de esta billetera",
			}},
			liveFlag,
		}, orderRows(time.Minute)),
		settings: true,
		examples: []example{
			{"tradepay order create -id order-1 -amount 10.50 -currency ZAR -title 'Two coffees'", text{
				"an order of 10.50 rand",
				"un pedido de 10.50 rands",
			}},
			{"tradepay order create -amount 500 -currency CLP -expires 15m -json", text{
				"for a program: the id, the status and the URL",
				"para un programa: el identificador, el estado y la URL",
			}},
		},
	},
	"order query": {
		name:    "order query",
		summary: text{"ask the wallet about an order or a refund", "consulta un pedido o un reembolso en la billetera"},
		about: text{
			`Exits with 0 for every verified answer, paid or not. With -amount and -currency, it exits
with 0 only if this very order is paid with exactly this amount: ask so before you ship.`,
			`Termina con 0 ante toda respuesta verificada, esté pagado o no. Con -amount y -currency
termina con 0 solo si este mismo pedido está pagado por exactamente este monto: pregúntalo
así antes de entregar.`,
		},
		argument: ofOrder,
		flags: slices.Concat([]flagRow{orderID, paymentID,
			{"refund-id", "NAME", "", text{
				"ask about this refund instead (refundRequestId)",
				"consulta en cambio este reembolso (refundRequestId)",
			}},
		}, wantFlags, orderRows(time.Minute)),
		settings: true,
		examples: []example{
			{"tradepay order query -id order-1", text{
				"what is its status?",
				"¿en qué estado está?",
			}},
			{"tradepay order query -id order-1 -amount 10.50 -currency ZAR && ./ship order-1", text{
				"ship only what is paid",
				"entregar solo lo pagado",
			}},
			{"tradepay order query -refund-id refund-1", text{
				"a refund",
				"un reembolso",
			}},
		},
	},
	"order wait": {
		name: "order wait",
		summary: text{
			"ask until the order is paid, or ends otherwise",
			"consulta hasta que el pedido se pague o termine de otro modo",
		},
		about: text{
			`Exits with 0 when the order is paid or authorized, with 5 when it has failed or is
cancelled, and with 3 when the time is over and the order is still open. On a terminal, it
shows on standard error each state that it sees.`,
			`Termina con 0 cuando el pedido está pagado o autorizado, con 5 cuando falló o se canceló, y
con 3 cuando se acaba el tiempo y el pedido sigue abierto. En una terminal, muestra en la
salida de errores cada estado que ve.`,
		},
		argument: ofOrder,
		flags: slices.Concat([]flagRow{orderID, paymentID,
			{"interval", "DURATION", 5 * time.Second, text{
				"time between questions, at least 1s",
				"tiempo entre consultas, como mínimo 1s",
			}},
			verboseFlag,
		}, wantFlags, orderRows(2*time.Minute)),
		settings: true,
		examples: []example{{"tradepay order wait order-1 -timeout 5m", text{
			"at most five minutes",
			"como máximo cinco minutos",
		}}},
	},
	"order cancel": {
		name: "order cancel",
		summary: text{"close an order so that nobody can pay it anymore",
			"cierra un pedido para que ya no pueda pagarse"},
		about: text{
			`The wallet rejects this for a paid order (exit code 5): refund it. Exit code 3 means that
the order is not closed yet, or that the outcome is unknown: run the command that it shows.`,
			`La billetera lo rechaza si el pedido ya está pagado (código 5): reembólsalo. El código 3
significa que el pedido aún no está cerrado, o que el resultado se desconoce: ejecuta el
comando que muestra.`,
		},
		argument: ofOrder,
		flags:    slices.Concat([]flagRow{orderID, paymentID, liveFlag}, orderRows(time.Minute)),
		settings: true,
		examples: []example{{"tradepay order cancel order-1",
			text{"nobody can pay it now", "ya nadie puede pagarlo"}}},
	},
	"order refund": {
		name:    "order refund",
		summary: text{"give a payment or a part of it back", "devuelve un pago o una parte de él"},
		about: text{
			`Shows the refundRequestId on standard error before it sends anything. To retry, run the
command with the same -refund-id and the same flags: it refunds once. Exit code 3 means
that the wallet may have refunded: run the command that it shows. Never refund again with
a new id, nor by hand.`,
			`Muestra el refundRequestId en la salida de errores antes de enviar nada. Para reintentar,
ejecuta el comando con el mismo -refund-id y las mismas opciones: reembolsa una sola vez. El
código 3 significa que la billetera pudo haber reembolsado: ejecuta el comando que muestra.
Nunca reembolses de nuevo con otro identificador, ni a mano.`,
		},
		argument: ofOrder,
		flags: slices.Concat([]flagRow{orderID, paymentID,
			{"refund-id", "NAME", "", text{
				"your id of the refund (refundRequestId); required; the same id refunds once",
				"tu identificador del reembolso (refundRequestId); obligatorio, el mismo reembolsa una sola vez",
			}},
			{"amount", "AMOUNT", "", text{
				"the amount to give back, such as 10.50; required",
				"el monto que se devuelve, por ejemplo 10.50; obligatorio",
			}},
			{"currency", "CODE", "", text{
				"currency of the payment; required",
				"moneda del pago; obligatorio",
			}},
			{"reason", "TEXT", "", text{
				"reason, at most 256 characters",
				"motivo, 256 caracteres como máximo",
			}},
			liveFlag,
		}, orderRows(time.Minute)),
		settings: true,
		examples: []example{{
			"tradepay order refund order-1 -refund-id refund-1 -amount 4.00 -currency ZAR -reason 'One " +
				"coffee was cold'",
			text{"a part of it", "una parte"},
		}},
	},
	"order capture": {
		name:    "order capture",
		summary: text{"charge what an order has reserved", "cobra lo que reservó un pedido"},
		about: text{
			`Charges an order of order create -authorize, or a part of it. Shows the captureRequestId
before it sends anything. To retry, run the command with the same -capture-id and the same
flags: it charges once. Exit code 3 means that the wallet may have charged: run the command
that it shows. Never capture again with a new id.`,
			`Cobra un pedido de order create -authorize, o una parte. Muestra el captureRequestId antes de
enviar nada. Para reintentar, ejecuta el comando con el mismo -capture-id y las mismas opciones:
cobra una sola vez. El código 3 significa que la billetera pudo haber cobrado: ejecuta el comando
que muestra. Nunca cobres de nuevo con otro identificador.`,
		},
		argument: ofOrder,
		flags: slices.Concat([]flagRow{orderID, paymentID,
			{"capture-id", "NAME", "", text{
				"your id of the capture (captureRequestId); required; the same id charges once",
				"tu identificador del cobro (captureRequestId); obligatorio, el mismo cobra una sola vez",
			}},
			{"amount", "AMOUNT", "", text{
				"the amount to charge, such as 10.50; default all that is reserved",
				"el monto que se cobra, por ejemplo 10.50; por defecto todo lo reservado",
			}},
			{"currency", "CODE", "", text{"its ISO 4217 currency", "su moneda ISO 4217"}},
			{"partial", "", false, text{
				"more captures follow; without it, the wallet releases the rest",
				"habrá más cobros; sin esta opción, la billetera libera el resto",
			}},
			extraFlag, liveFlag,
		}, orderRows(time.Minute)),
		settings: true,
		examples: []example{{"tradepay order capture order-1 -capture-id capture-1 -amount 8.00 -currency ZAR", text{
			"8.00, and the rest goes back to the payer",
			"8.00, y el resto vuelve al pagador",
		}}},
	},
	"order void": {
		name:    "order void",
		summary: text{"release what an order has reserved", "libera lo que reservó un pedido"},
		about: text{
			`Releases an order of order create -authorize, or a part of it. To retry, run the command with
the same -void-id and the same flags. Exit code 3 means that the wallet may have released it:
run the command that it shows.`,
			`Libera un pedido de order create -authorize, o una parte. Para reintentar, ejecuta el comando con
el mismo -void-id y las mismas opciones. El código 3 significa que la billetera pudo haberlo
liberado: ejecuta el comando que muestra.`,
		},
		argument: ofOrder,
		flags: slices.Concat([]flagRow{orderID, paymentID,
			{"void-id", "NAME", "", text{
				"your id of the void (voidRequestId); required",
				"tu identificador de la liberación (voidRequestId); obligatorio",
			}},
			{"amount", "AMOUNT", "", text{
				"the amount to release, such as 10.50; default all that is reserved",
				"el monto que se libera, por ejemplo 10.50; por defecto todo lo reservado",
			}},
			{"currency", "CODE", "", text{"its ISO 4217 currency", "su moneda ISO 4217"}},
			extraFlag, liveFlag,
		}, orderRows(time.Minute)),
		settings: true,
		examples: []example{{"tradepay order void order-1 -void-id void-1", text{"all of it", "todo"}}},
	},
	"token apply": {
		name: "token apply",
		summary: text{
			"get an access token for the code of a payer",
			"obtiene un token de acceso con el código de un pagador",
		},
		about: text{
			`Sends the code that the mini program got from my.getAuthCode, or from my.signContract. A code
is good for one use, and the command sends it once. Exit code 3 means that the answer was
lost: the mini program must ask for a new code. Tokens are secrets: the command writes them
to a file of -out, or prints them with -json.`,
			`Envía el código que el miniprograma obtuvo de my.getAuthCode o de my.signContract. Un código
sirve una sola vez, y el comando lo envía una sola vez. El código de salida 3 significa que se
perdió la respuesta: el miniprograma debe pedir un código nuevo. Los tokens son secretos: el
comando los escribe en el archivo de -out, o los imprime con -json.`,
		},
		flags: slices.Concat([]flagRow{
			{"auth-code-file", "FILE", "", text{
				"the code, alone or as authCode of a JSON object; - is standard input; required",
				"el código, solo o como authCode de un objeto JSON; - es la entrada estándar; obligatorio",
			}},
			{"reference-client-id", "ID", "", text{
				"the mini program, if the client has several",
				"el miniprograma, si el cliente tiene varios",
			}},
			tokenOut, extraFlag,
		}, orderRows(time.Minute)),
		settings: true,
		examples: []example{{"tradepay token apply -auth-code-file code.txt -out payer.json", text{
			"the tokens into a new file",
			"los tokens en un archivo nuevo",
		}}},
	},
	"token refresh": {
		name: "token refresh",
		summary: text{
			"get a new access token with the refresh token",
			"obtiene otro token de acceso con el refresh token",
		},
		about: text{
			`A refresh token may be good for one use, and the command sends it once.`,
			`Un refresh token puede servir una sola vez, y el comando lo envía una sola vez.`,
		},
		flags: slices.Concat([]flagRow{
			{"token-file", "FILE", "", text{
				"the refresh token, alone or in a file of token apply; - is standard input; required",
				"el refresh token, solo o en un archivo de token apply; - es la entrada estándar; obligatorio",
			}},
			{"reference-client-id", "ID", "", text{
				"the mini program, if the client has several",
				"el miniprograma, si el cliente tiene varios",
			}},
			tokenOut, extraFlag,
		}, orderRows(time.Minute)),
		settings: true,
		examples: []example{{"tradepay token refresh -token-file payer.json -out payer-2.json", text{
			"new tokens into another file",
			"tokens nuevos en otro archivo",
		}}},
	},
	"token cancel": {
		name: "token cancel",
		summary: text{
			"end a payer's consent, its access and refresh token",
			"termina el consentimiento de un pagador, con sus tokens",
		},
		about: text{
			`Afterwards, no payment by this agreement is possible. Running it again does no harm.`,
			`Después ya no es posible ningún pago con este acuerdo. Ejecutarlo otra vez no hace daño.`,
		},
		flags:    slices.Concat([]flagRow{tokenFile, liveFlag}, orderRows(time.Minute)),
		settings: true,
		examples: []example{{"tradepay token cancel -token-file payer.json", text{
			"nobody can use the token now",
			"ya nadie puede usar el token",
		}}},
	},
	"user": {
		name:    "user",
		summary: text{"show what a payer agreed to share", "muestra lo que un pagador aceptó compartir"},
		about: text{
			`Prints personal data: keep it out of logs.`,
			`Imprime datos personales: que no queden en logs.`,
		},
		flags:    slices.Concat([]flagRow{tokenFile}, orderRows(time.Minute)),
		settings: true,
		examples: []example{{"tradepay user -token-file payer.json -json", text{"as JSON", "como JSON"}}},
	},
	"message send": {
		name:    "message send",
		summary: text{"send a payer a message in the wallet", "envía a un pagador un mensaje en la billetera"},
		about: text{
			`To the inbox, or as a push notification, where the wallet has it. Most wallets fill in a
template of their console: give -template and -parameters. The others take -title and -text.
With the same -id, a retry sends it once.`,
			`A la bandeja de entrada, o como notificación push, donde la billetera lo tenga. La mayoría de las
billeteras completan una plantilla de su consola: da -template y -parameters. Las demás aceptan
-title y -text. Con el mismo -id, un reintento lo envía una sola vez.`,
		},
		argument: ofOrder,
		flags: slices.Concat([]flagRow{
			{"id", "NAME", "", text{
				"your id of the message (requestId); required",
				"tu identificador del mensaje (requestId); obligatorio",
			}},
			{"token-file", "FILE", "", text{
				"the payer's access token, alone or as token apply wrote it; - is standard input",
				"el token de acceso del pagador, solo o como lo escribió token apply; - es la entrada estándar",
			}},
			{"user-id", "ID", "", text{
				"the payer, for wallets that want no token",
				"el pagador, para billeteras que no piden token",
			}},
			{"channel", "KIND", "", text{
				"inbox or push; default inbox",
				"inbox o push; por defecto inbox",
			}},
			{"template", "CODE", "", text{
				"the template's code in the wallet's console",
				"el código de la plantilla en la consola de la billetera",
			}},
			{"parameters", "FILE", "", text{
				`values of its variables by language: {"en-US": {"name": "Ana"}}; - is standard input`,
				`valores de sus variables por idioma: {"es-MX": {"name": "Ana"}}; - es la entrada estándar`,
			}},
			{"title", "TEXT", "", text{"at most 128 characters", "128 caracteres como máximo"}},
			{"text", "TEXT", "", text{"at most 4,096 characters", "4,096 caracteres como máximo"}},
			{"url", "URL", "", text{
				"what opens when the payer taps it",
				"qué se abre cuando el pagador lo toca",
			}},
			extraFlag, liveFlag,
		}, orderRows(time.Minute)),
		settings: true,
		examples: []example{{
			"tradepay message send shipped-1 -token-file payer.json -template T01 -parameters shipped.json",
			text{"your order is on its way", "tu pedido va en camino"},
		}},
	},
	"call": {
		name: "call",
		summary: text{"send any signed operation, and show the verdict", "envía cualquier operación firmada y " +
			"muestra el veredicto"},
		about: text{
			`Takes an operation of the wallet (tradepay wallets NAME lists them) or a path such as
/v2/payments/confirm, and a JSON object from a file. Signs it, sends it once, never repeats
it, verifies the answer, and prints the verdict and the whole answer, with whatever data of a
payer it holds.

The verdict decides the exit code. S is done: 0. Of an inquiry, that is the question, and the
payment may be open, cancelled or failed: paymentStatus says it, and before you ship, ask
tradepay order query with -amount. A is accepted: 0 of a pay, which the payer must confirm, and
3 of all else, which is not done yet. U, an answer that does not verify, or no answer: 3, it may
have happened. Ask by the references that the command shows, or send the very same bytes again;
never with a new id. F: 5, of an inquiry 3, which says nothing about the payment. The commands
of order do more: they inquire before they call it rejected.`,
			`Toma una operación de la billetera (tradepay wallets NOMBRE las muestra) o una ruta como
/v2/payments/confirm, y un objeto JSON de un archivo. Lo firma, lo envía una sola vez, nunca lo
repite, verifica la respuesta, e imprime el veredicto y la respuesta completa, con los datos del
pagador que contenga.

El veredicto decide el código de salida. S es hecho: 0. En una consulta, lo hecho es la consulta, y el
pago puede estar abierto, cancelado o fallido: lo dice paymentStatus, y antes de entregar usa
tradepay order query con -amount. A es aceptado: 0 en un pay, que el
pagador debe confirmar, y 3 en todo lo demás, que aún no está hecho. U, una respuesta que no se
verifica, o ninguna respuesta: 3, pudo haber ocurrido. Consulta con las referencias que el comando
muestra, o envía otra vez los mismos bytes; nunca con otro identificador. F: 5; en una consulta 3,
que no dice nada del pago. Los comandos de order hacen más: consultan antes de darlo por rechazado.`,
		},
		argument: &argument{"OPERATION", "operation"},
		flags: slices.Concat([]flagRow{
			{"operation", "OPERATION", "", text{
				"the operation or path; required",
				"la operación o la ruta; obligatorio",
			}},
			{"body", "FILE", "", text{
				"the JSON object to send; - is standard input; required",
				"el objeto JSON que se envía; - es la entrada estándar; obligatorio",
			}},
			liveFlag,
		}, orderRows(time.Minute)),
		settings: true,
		examples: []example{{"tradepay call inquiryPayment -body body.json", text{
			"what the wallet answers about a payment",
			"qué responde la billetera sobre un pago",
		}}},
	},
	"wallets": {
		name: "wallets",
		summary: text{
			"list the wallets, or what one needs and supports",
			"muestra las billeteras, o qué necesita y admite una",
		},
		about: text{
			`Of one: the settings that it needs, the gateways that it publishes, its operations, and from
what each part of its profile is known, the least sure first. Sends nothing.`,
			`De una: la configuración que necesita, los gateways que publica, sus operaciones, y de dónde se
conoce cada parte de su perfil, lo menos seguro primero. No envía nada.`,
		},
		argument: &argument{"WALLET", "name"},
		flags: []flagRow{
			{"name", "WALLET", "", text{
				"the wallet; default all",
				"la billetera; por defecto todas",
			}},
			jsonFlag,
		},
		examples: []example{{"tradepay wallets vodapay", text{"one of them", "una de ellas"}}},
	},
	"profiles": {
		name:    "profiles",
		summary: text{"list the named sets of settings", "muestra los conjuntos de configuración con nombre"},
		about: text{
			`A profile is a file NAME.env in the folder that the command shows, with TRADEPAY_* variables
as in sandbox.env, one NAME=value on each line. -profile NAME takes all settings from it and
from flags; of the environment, only the secrets count. The path of a file is relative to the
profile, and ~/ is your home.

A profile holds no secret: TRADEPAY_PRIVATE_KEY_FILE names the file of the private key.
The profile and its folder must be yours, or root's, and nobody else may write them, nor read
that file.`,
			`Un perfil es un archivo NOMBRE.env en la carpeta que muestra el comando, con variables TRADEPAY_*
como en sandbox.env, un NOMBRE=valor por línea. -profile NOMBRE toma de él y de las opciones toda la
configuración; del entorno solo cuentan los secretos. La ruta de un archivo es relativa al perfil, y
~/ es tu carpeta personal.

Un perfil no contiene secretos: TRADEPAY_PRIVATE_KEY_FILE nombra el archivo de la clave privada.
El perfil y su carpeta deben ser tuyos, o de root, y nadie más puede escribir en ellos, ni leer ese
archivo.`,
		},
		flags: []flagRow{jsonFlag},
		examples: []example{{"tradepay profiles", text{
			"then: tradepay order query order-1 -profile shop",
			"después: tradepay order query order-1 -profile shop",
		}}},
	},
	"completion": {
		name: "completion",
		summary: text{
			"print the completion of bash, zsh or fish",
			"imprime el autocompletado de bash, zsh o fish",
		},
		about: text{
			`Completes subcommands, flags, and their values: wallets, operations, profiles, faults.

  bash:  source <(tradepay completion bash)               in ~/.bashrc
  zsh:   source <(tradepay completion zsh)                in ~/.zshrc, after compinit
  fish:  tradepay completion fish | source                in ~/.config/fish/config.fish`,
			`Completa subcomandos, opciones y sus valores: billeteras, operaciones, perfiles, fallas.

  bash:  source <(tradepay completion bash)               en ~/.bashrc
  zsh:   source <(tradepay completion zsh)                en ~/.zshrc, después de compinit
  fish:  tradepay completion fish | source                en ~/.config/fish/config.fish`,
		},
		argument: &argument{"SHELL", "shell"},
		flags: []flagRow{{"shell", "SHELL", "", text{
			"bash, zsh or fish; required",
			"bash, zsh o fish; obligatorio",
		}}},
		examples: []example{{"tradepay completion bash", text{"what bash reads", "lo que lee bash"}}},
	},
	"version": {
		name:    "version",
		summary: text{"print the version", "imprime la versión"},
		about: text{
			`That of the module, and that of Go which built it.`,
			`La del módulo, y la de Go con la que se compiló.`,
		},
		flags:    []flagRow{jsonFlag},
		examples: []example{{"tradepay version -json", text{"for programs", "para programas"}}},
	},
	"settings": {
		name:    "settings",
		summary: text{"the TRADEPAY_* variables and their flags", "las variables TRADEPAY_* y sus opciones"},
		about: text{
			`A flag wins over its variable. Secrets have no flag: others can read a command line.
You may write the line breaks of a PEM as \n.`,
			`La opción tiene prioridad sobre su variable. Los secretos no tienen opción: la línea de
comandos la pueden leer otros. Puedes escribir los saltos de línea de un PEM como \n.`,
		},
	},
	"codes": {
		name:    "codes",
		summary: text{"what the exit codes mean", "qué significan los códigos de salida"},
		about: text{
			`0  done, or good
1  failed: a file, the network, or an unexpected answer
2  usage: flags or settings are wrong; the command sent nothing
3  the outcome is unknown: it may have happened. Run the command that it shows
4  a signature does not verify
5  the wallet rejected it, finally for this id; or the order ended without payment
6  the wallet rejected the caller: keys, client id or access
7  the wallet does not know the order, or not yet
8  not paid, paid over another amount, or given back: do not ship`,
			`0  hecho, o correcto
1  falló: un archivo, la red, o una respuesta inesperada
2  uso: opciones o configuración incorrectas; el comando no envió nada
3  el resultado se desconoce: pudo haber ocurrido. Ejecuta el comando que muestra
4  una firma no se verifica
5  la billetera lo rechazó, de forma definitiva para este identificador; o el pedido terminó sin pago
6  la billetera rechazó a quien llama: claves, client id o permisos
7  la billetera no conoce el pedido, o todavía no
8  no está pagado, se pagó otro monto, o se reembolsó: no entregues`,
		},
	},
}

// settingsInSpanish are the texts of tradepayenv.Variables in Spanish.
var settingsInSpanish = map[string]string{
	tradepayenv.Wallet:           "billetera por su nombre, como VodaPay, o platform-v1, platform-v2",
	tradepayenv.BaseURL:          "gateway que te dio la billetera; o sandbox, production si el perfil los conoce",
	tradepayenv.ClientID:         "Client-Id que emitió la billetera",
	tradepayenv.AppID:            "identificador del miniprograma",
	tradepayenv.PartnerID:        "partnerId del dialecto v1",
	tradepayenv.MerchantID:       "identificador del comercio, si la billetera lo pide en un encabezado o en la firma",
	tradepayenv.SiteName:         "my.getSiteInfo().siteName, si la billetera lo exige",
	tradepayenv.AgentToken:       "token de agente, si la billetera lo pide",
	tradepayenv.PrivateKey:       "clave privada del comercio: PEM o base64 sin más",
	tradepayenv.PrivateKeyFile:   "archivo que la contiene, en lugar de la anterior",
	tradepayenv.KeyVersion:       "keyVersion de la clave privada en la billetera; por defecto 1",
	tradepayenv.WalletKey:        "clave pública de la billetera: PEM o base64 sin más",
	tradepayenv.WalletKeyFile:    "archivo que la contiene, en lugar de la anterior",
	tradepayenv.WalletKeyVersion: "keyVersion de esa clave; por defecto 1",
	tradepayenv.WalletKeys:       "varias, durante una rotación de claves: 1=<clave>,2=<clave>",
	tradepayenv.WalletKeysFile:   "lo mismo con archivos: 1=<archivo>,2=<archivo>",
	tradepayenv.NotifyURL:        "URL pública a la que notifica la billetera",
}
