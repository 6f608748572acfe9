package main

// messages are what the command itself says: the English, which the code has, and the
// Spanish. A test makes sure that each is here. See topics for the help, and phrases for what
// the library says.
//
//nolint:misspell // Spanish
var messages = map[string]string{
	// Usage.
	" or ":    " o ",
	"See %s":  "Mira %s",
	"%s: %w":  "%s: %w",
	"-%s: %w": "-%s: %w",
	"%w":      "%w",
	"tradepay help %s COMMAND explains one, with examples.": "tradepay help %s COMANDO explica uno, con ejemplos.",
	"There is no help on %s":                                "No hay ayuda sobre %s",
	"Did you mean tradepay help %s":                         "Quizá quisiste decir tradepay help %s",
	"explain a command, with examples":                      "explica un comando, con ejemplos",
	"%s is followed by one of %s":                           "después de %s va uno de estos: %s",
	"no such command: %s":                                   "no existe el comando %s",
	"no such command: %s; did you mean %s?":                 "no existe el comando %s; ¿quisiste decir %s?",
	"no such command: %s; flags come after the command":     "no existe el comando %s; las opciones van después del comando",
	"no such flag: -%s":                                     "no existe la opción -%s",
	"no such flag: -%s; did you mean -%s?":                  "no existe la opción -%s; ¿quisiste decir -%s?",
	"no such flag: -%s: others can read a command line; set %s": "no existe la opción -%s: la línea de comandos la pueden " +
		"leer otros; define %s",
	"no such flag: -%s: others can read a command line; set %s or use -private-key-file": "no existe la opción -%s: la " +
		"línea de comandos la pueden leer otros; define %s o usa -private-key-file",
	"%s is no flag":           "%s no es una opción",
	"flag -%s needs a value":  "la opción -%s necesita un valor",
	"-lang %s: give en or es": "-lang %s: indica en o es",
	"unexpected argument %s: this command takes flags only": "argumento inesperado %s: este comando solo acepta opciones",
	"unexpected argument %s: this command takes one, %s, and flags": "argumento inesperado %s: este comando acepta uno, " +
		"%s, y opciones",
	"unexpected argument %s: -%s is given, too": "argumento inesperado %s: también está -%s",
	"invalid value %s for flag -%s: %w":         "valor no válido %s para la opción -%s: %w",
	"invalid value %s for flag -%s: give a duration such as 1s or 15m": "valor no válido %s para la opción -%s: indica " +
		"una duración como 1s o 15m",
	"invalid value %s for flag -%s: give a whole number": "valor no válido %s para la opción -%s: indica un número entero",
	"invalid value %s for flag -%s: give true or false, or the flag alone": "valor no válido %s para la opción -%s: " +
		"indica true o false, o solo la opción",
	"-%s: the file is over 4 MiB; no message is so large": "-%s: el archivo supera 4 MiB; ningún mensaje es tan grande",
	"cannot write: %w": "no se puede escribir: %w",
	"%s or -%s":        "%s o -%s",
	"%s of profile %s": "%s del perfil %s",

	// Profiles.
	"there is no folder for profiles: set HOME":             "no hay carpeta para los perfiles: define HOME",
	"-profile %s: a profile has a plain name, such as shop": "-profile %s: un perfil tiene un nombre simple, como tienda",
	"-profile %s: there is no file %s; did you mean %s?":    "-profile %s: no existe el archivo %s; ¿quisiste decir %s?",
	"-profile %s: there is no file %s; tradepay help profiles says what it holds": "-profile %s: no existe el archivo %s; " +
		"tradepay help profiles dice qué contiene",
	"%s, line %d: %w": "%s, línea %d: %w",
	"%s: others can write it, and so send your calls elsewhere: chmod go-w %s": "%s: otros pueden escribirlo y así desviar " +
		"tus llamadas: chmod go-w %s",
	"%s: others can read the private key: chmod 600 %s": "%s: otros pueden leer la clave privada: chmod 600 %s",
	"%s: is far too large for a profile":                "%s: es demasiado grande para un perfil",
	"write it like NAME=value":                          "escríbelo como NOMBRE=valor",
	"%s is no setting":                                  "%s no es una variable de configuración",
	"%s is no setting; did you mean %s?":                "%s no es una variable de configuración; ¿quisiste decir %s?",
	"put the value of %s into single quotes":            "pon el valor de %s entre comillas simples",
	"%s is there twice: keep one of them":               "%s aparece dos veces: conserva una",
	"%s is a secret, and a profile holds none: take it out, and set it in the environment": "%s es un secreto, y un perfil " +
		"no los contiene: quítalo y defínelo en el entorno",
	"%s holds a secret, and a profile holds none: move the key into a file that only you can read, and name that in %s": "%s " +
		"contiene un secreto, y un perfil no los contiene: mueve la clave a un archivo legible solo para ti y nómbralo en %s",
	"folder": "carpeta",
	"There are none yet. After tradepay sandbox -dir sandbox, for example:\n  mkdir -p %s && cp sandbox/sandbox.env %s": "" +
		"Todavía no hay ninguno. Después de tradepay sandbox -dir sandbox, por ejemplo:\n  mkdir -p %s && cp " +
		"sandbox/sandbox.env %s",

	// Orders.
	"status":         "estado",
	"amount":         "monto",
	"paid at":        "pagado",
	"refunded at":    "reembolsado",
	"fail reason":    "motivo de la falla",
	"time":           "hora",
	"still reserved": "aún reservado",
	"still %s":       "sigue en %s",
	"expires %s":     "vence %s",
	"%s is the production gateway of %s, where this moves real money: say -live if you mean it": "%s es la pasarela de " +
		"producción de %s, donde esto mueve dinero real: indica -live si es lo que quieres",
	"%s is not known to be a sandbox, and this may move real money: say -live if you mean it": "no se sabe que %s sea un " +
		"sandbox, y esto puede mover dinero real: indica -live si es lo que quieres",
	"name the payment: -id with your id (paymentRequestId), or -payment-id with the wallet's": "nombra el pago: -id con tu " +
		"identificador (paymentRequestId), o -payment-id con el de la billetera",
	"the command sent nothing, because it could not show the id: %w": "el comando no envió nada, porque no pudo mostrar el " +
		"identificador: %w",
	"give -amount and -currency, such as -amount 10.50 -currency ZAR": "indica -amount y -currency, por ejemplo -amount " +
		"10.50 -currency ZAR",
	"give -amount and -currency of the refund, such as -amount 10.50 -currency ZAR": "indica -amount y -currency del " +
		"reembolso, por ejemplo -amount 10.50 -currency ZAR",
	"give -refund-id, your id of this refund, such as refund-1: with the same id, a retry refunds once": "indica " +
		"-refund-id, tu identificador de este reembolso, por ejemplo refund-1: con el mismo, un reintento reembolsa una " +
		"sola vez",
	"give -%s, your id of it: with the same id, a retry does it once": "indica -%s, tu identificador: con el mismo, un " +
		"reintento lo hace una sola vez",
	"-expires %s: give a duration such as 15m, or a time such as 2026-01-15T12:00:00Z": "-expires %s: indica una duración " +
		"como 15m, o una hora como 2026-01-15T12:00:00Z",
	"-extra %s: must hold a JSON object with further fields: %w": "-extra %s: debe contener un objeto JSON con más campos: %w",
	"-amount checks that this very order is paid: name it by -id": "-amount comprueba que este mismo pedido esté pagado: " +
		"nómbralo con -id",
	"-interval %s: wallets ask for 5s; give at least 1s": "-interval %s: las billeteras piden 5s; indica al menos 1s",
	"the wallet does not know the order, or not yet":     "la billetera no conoce el pedido, o todavía no",
	"no answer that can be believed; asking again":       "ninguna respuesta confiable; se consulta de nuevo",
	"The order is still %s: it is not paid yet, and the payer may still pay. Ask again:\n  %s": "El pedido sigue en %s: " +
		"todavía no está pagado, y el pagador aún puede pagar. Consulta de nuevo:\n  %s",
	"The order was %s when the wallet last answered, and the payer may have paid since. Ask again:\n  %s": "El pedido " +
		"estaba en %s cuando la billetera respondió por última vez, y el pagador pudo haber pagado después. Consulta de " +
		"nuevo:\n  %s",
	"The order is not closed yet, and the payer may still pay. Ask:\n  %s": "El pedido aún no está cerrado, y el pagador " +
		"todavía puede pagar. Consulta:\n  %s",
	"The wallet is still processing the refund. Ask again:\n  %s": "La billetera todavía procesa el reembolso. Consulta de " +
		"nuevo:\n  %s",
	"The wallet is still working on it. Ask again:\n  %s": "La billetera todavía lo procesa. Consulta de nuevo:\n  %s",
	"The command sent nothing, and learned nothing. Ask again:": "El comando no envió nada ni averiguó nada. Consulta de " +
		"nuevo:",
	"This call sent nothing: retry it with the same id.": "Esta llamada no envió nada: reinténtala con el mismo " +
		"identificador.",
	"This call sent nothing: retry it with the same id. If an earlier call used this id, ask:": "Esta llamada no envió " +
		"nada: reinténtala con el mismo identificador. Si una llamada anterior lo usó, consulta:",
	"The id belongs to an earlier order, which stays as it is. For another order, use another -id. Ask about the earlier " +
		"one:": "El identificador es de un pedido anterior, que queda como está. Para otro pedido, usa otro -id. Consulta el " +
		"anterior:",
	"The outcome is unknown: it may have happened.": "El resultado se desconoce: pudo haber ocurrido.",
	"The outcome is unknown: it may have happened. Do not try again with another id. Ask:": "El resultado se desconoce: " +
		"pudo haber ocurrido. No lo intentes de nuevo con otro identificador. Consulta:",
	"The command only asked, and learned nothing for certain. Ask again:": "El comando solo consultó, y no averiguó nada " +
		"cierto. Consulta de nuevo:",
	"This wallet rejects repeats: look for your id among the transactions of the order.": "Esta billetera rechaza las " +
		"repeticiones: busca tu identificador entre las transacciones del pedido.",
	"Or run the very same command again: with the same id, the wallet does it once.": "O ejecuta otra vez exactamente el " +
		"mismo comando: con el mismo identificador, la billetera lo hace una sola vez.",
	"The test wallet notifies merchants on loopback only: leave %s and -notify-url out, or give one like %s.": "La " +
		"billetera de pruebas solo notifica a comercios en loopback: quita %s y -notify-url, o indica una URL como %s.",
	"This says nothing about the payment. Fix the settings and retry the command with the same id; tradepay doctor -live " +
		"checks the settings.": "Esto no dice nada del pago. Corrige la configuración y reintenta el comando con el mismo " +
		"identificador; tradepay doctor -live revisa la configuración.",
	"Nothing reached %s, the address of %s or -base-url.": "Nada llegó a %s, la dirección de %s o -base-url.",

	// Tokens, users and messages.
	"give -%s, the file that holds the secret; - is standard input": "indica -%s, el archivo con el secreto; - es la " +
		"entrada estándar",
	"-%s %s: is no whole JSON object": "-%s %s: no es un objeto JSON completo",
	"-%s %s: has no %s":               "-%s %s: no tiene %s",
	"-%s %s: is empty":                "-%s %s: está vacío",
	"give -out, a new file for the tokens, or -json to print them": "indica -out, un archivo nuevo para los tokens, o " +
		"-json para imprimirlos",
	"-out %s exists, and may hold a token that is still good: name a new file": "-out %s existe, y puede contener un token " +
		"que aún sirve: nombra un archivo nuevo",
	"If the code is spent, the mini program must ask for a new one.": "Si el código se gastó, el miniprograma debe pedir " +
		"uno nuevo.",
	"Run the command again: it does no harm to cancel a token twice.": "Ejecuta el comando otra vez: cancelar un token dos " +
		"veces no hace daño.",
	"The token is cancelled.": "El token está cancelado.",
	"tokens in":               "tokens en",
	"valid until":             "vale hasta",
	"refresh until":           "renovable hasta",
	"name":                    "nombre",
	"full name":               "nombre completo",
	"nickname":                "apodo",
	"gender":                  "género",
	"birthday":                "nacimiento",
	"nationality":             "nacionalidad",
	"avatar":                  "avatar",
	"address":                 "dirección",
	"give -id, your id of the message: with the same id, the wallet sends it once": "indica -id, tu identificador del " +
		"mensaje: con el mismo, la billetera lo envía una sola vez",
	`-parameters %s: must be like {"en-US": {"name": "Ana"}}`: `-parameters %s: debe ser como {"es-MX": {"name": "Ana"}}`,
	"Run the very same command again, or leave it: with another -id, the payer may read it twice.": "Ejecuta otra vez " +
		"exactamente el mismo comando, o déjalo: con otro -id, el pagador podría leerlo dos veces.",
	"sent":             "enviado",
	"waits to be sent": "espera a ser enviado",

	// Calls.
	"name the operation, such as inquiryPayment, or its path, such as /v2/payments/confirm": "nombra la operación, por " +
		"ejemplo inquiryPayment, o su ruta, por ejemplo /v2/payments/confirm",
	"-body is missing: give the file that holds the JSON object; - is standard input": "falta -body: indica el archivo con " +
		"el objeto JSON; - es la entrada estándar",
	"-body %s: must hold a JSON object: %w":    "-body %s: debe contener un objeto JSON: %w",
	"%s has no operation %s, see %s":           "%s no tiene la operación %s, mira %s",
	"%s has no operation %s; did you mean %s?": "%s no tiene la operación %s; ¿quisiste decir %s?",
	"%s has no operation %s; it has %s, and more by their paths": "%s no tiene la operación %s; tiene %s, y otras por su " +
		"ruta",
	"the answer is no JSON object":       "la respuesta no es un objeto JSON",
	"the answer is about another %s: %s": "la respuesta es sobre otro %s: %s",
	"Or send the very same body again; never one with a new id.": "O envía otra vez exactamente el mismo cuerpo; nunca uno " +
		"con otro identificador.",
	"This says nothing about an earlier call with the same id. Ask:\n  %s": "Esto no dice nada de una llamada anterior con " +
		"el mismo identificador. Consulta:\n  %s",
	"S: done":                         "S: hecho",
	"A: accepted; the payer must act": "A: aceptado; falta que actúe el pagador",
	"A: accepted, and not done yet":   "A: aceptado, y aún no hecho",
	"verdict":                         "veredicto",
	"code":                            "código",
	"message":                         "mensaje",
	"The wallet accepted it, and it is not done yet.":            "La billetera lo aceptó, y aún no está hecho.",
	"The wallet accepted it, and it is not done yet. Ask:\n  %s": "La billetera lo aceptó, y aún no está hecho. Consulta:\n  %s",
	"The answer to a pay does not say that it is paid. Before you ship, ask:\n  %s": "La respuesta a un pay no dice que esté " +
		"pagado. Antes de entregar, consulta:\n  %s",

	// Wallets, completion, manual.
	"Name, country, dialect, and from what the profile is known. None of them was tested live.\ntradepay wallets NAME " +
		"tells more.": "Nombre, país, dialecto, y de dónde se conoce el perfil. Ninguno se probó en producción.\ntradepay " +
		"wallets NOMBRE dice más.",
	"wallet":     "billetera",
	"country":    "país",
	"dialect":    "dialecto",
	"needs":      "necesita",
	"gateways":   "pasarelas",
	"operations": "operaciones",
	"lacks":      "no tiene",
	"cashier":    "pantalla de pago",
	"repeats":    "repeticiones",
	"it publishes none: the wallet gives it to you": "no publica ninguna: te la da la billetera",
	"it rejects a second call with the same id: inquire instead": "rechaza una segunda llamada con el mismo identificador: " +
		"consulta en su lugar",
	"From what it is known, the least sure first. Not tested live.": "De dónde se conoce, lo menos seguro primero; los hechos " +
		"están en inglés. No se probó en producción.",
	"name the shell: bash, zsh or fish": "nombra la shell: bash, zsh o fish",
	"NAME":                              "NOMBRE",
	"SYNOPSIS":                          "SINOPSIS",
	"COMMANDS":                          "COMANDOS",
	"ENVIRONMENT":                       "ENTORNO",
	"EXIT STATUS":                       "CÓDIGOS DE SALIDA",
	"COMMAND [flags]":                   "COMANDO [opciones]",
	"payments in mini programs, from the command line": "pagos en miniprogramas desde la línea de comandos",

	// Keys, signatures, the doctor.
	"-bits %d: use 2048, which every wallet accepts, 3072 or 4096": "-bits %d: usa 2048, que aceptan todas las billeteras, " +
		"3072 o 4096",
	"-name is empty: give the first part of the names of the two files": "-name está vacío: indica el comienzo del nombre " +
		"de los dos archivos",
	"-stdout and -json: keep one of them": "-stdout y -json: conserva uno de los dos",
	"cannot make a key: %w":               "no se puede generar una clave: %w",
	"cannot write the key: %w":            "no se puede escribir la clave: %w",
	"%s exists, and keygen overwrites no key: choose another -name, or move the file away": "%s existe, y keygen no " +
		"sobrescribe ninguna clave: elige otro -name, o mueve el archivo",
	"private key": "clave privada",
	"public key":  "clave pública",
	"fingerprint": "huella",
	`
Keep %s secret: it signs as you. Your server reads it from
TRADEPAY_PRIVATE_KEY_FILE, or from a secret store.

Upload the public key to the wallet's console. Most consoles take the bare base64:

%s

Others take PEM: the whole of %s. The console then shows the
keyVersion of this key, for TRADEPAY_KEY_VERSION, and the wallet's own public key,
for TRADEPAY_WALLET_KEY_FILE: that one is not yours.`: `
Mantén %s en secreto: firma en tu nombre. Tu servidor lo lee de
TRADEPAY_PRIVATE_KEY_FILE, o de un almacén de secretos.

Sube la clave pública a la consola de la billetera. La mayoría acepta el base64 sin más:

%s

Otras aceptan PEM: todo %s. Después la consola muestra la keyVersion de
esta clave, para TRADEPAY_KEY_VERSION, y la clave pública de la propia billetera,
para TRADEPAY_WALLET_KEY_FILE: esa no es tuya.`,
	"-kind %s: give request, response, notification or acknowledgement": "-kind %s: indica request, response, notification " +
		"o acknowledgement",
	"-uri must be the path and query of the request, such as %s": "-uri debe ser la ruta y query de la solicitud, por " +
		"ejemplo %s",
	"-body is missing: give the file that holds the body, byte for byte; - is standard input": "falta -body: indica el " +
		"archivo con el cuerpo, byte por byte; - es la entrada estándar",
	"-request-id: %s has no such header on a %s":            "-request-id: %s no tiene ese encabezado en un mensaje %s",
	"-curl writes a request with -body FILE, without -json": "-curl escribe una solicitud con -body ARCHIVO, sin -json",
	"-curl needs %s":             "-curl necesita %s",
	"%s must be an absolute URL": "%s debe ser una URL absoluta",
	"Add the header %s: %s wants it, and the signature does not cover it.": "Agrega el encabezado %s: %s lo pide, y la " +
		"firma no lo cubre.",
	"verified":                     "verificado",
	"not verified":                 "no verificado",
	"%s: the key %s signed the %s": "%s: la clave %s firmó %s",
	"The command did not check its time; -at now does.": "El comando no comprobó la hora; -at now la comprueba.",
	"%s: %s\nAsk tradepay doctor with the same flags for more.": "%s: %s\nConsulta a tradepay doctor con las mismas opciones " +
		"para saber más.",
	"-live asks the wallet itself and takes no message: leave out -%s": "-live consulta a la propia billetera y no acepta " +
		"mensajes: quita -%s",
	"-%s is about a message: give that by -message FILE, -curl FILE, or -headers FILE with -body FILE": "-%s es sobre un " +
		"mensaje: dalo con -message ARCHIVO, -curl ARCHIVO, o -headers ARCHIVO con -body ARCHIVO",
	"give the message one way: -message FILE, -curl FILE, or -headers FILE with -body FILE; - is standard input": "da el " +
		"mensaje de una sola forma: -message ARCHIVO, -curl ARCHIVO, o -headers ARCHIVO con -body ARCHIVO; - es la entrada " +
		"estándar",
	"-body goes with -headers; -message and -curl have their own": "-body va con -headers; -message y -curl traen el suyo",
	"-headers %s: a line has no colon":                            "-headers %s: una línea no tiene dos puntos",
	"-%s %s: %w":                                                  "-%s %s: %w",
	"-%s %s: the body is standard input: name a file instead": "-%s %s: el cuerpo es la entrada estándar: nombra un archivo " +
		"en su lugar",
	"-request %s: it is an answer, not a request":        "-request %s: es una respuesta, no una solicitud",
	"-at %s: write it like 2026-01-15T12:00:00Z, or now": "-at %s: escríbelo como 2026-01-15T12:00:00Z, o now",
	"%s holds no %s": "%s no contiene %s",
	"%s has no body of the %s: give the headers by -headers with this file, and the body by -body": "%s no tiene el cuerpo " +
		"(%s): da los encabezados con -headers y este archivo, y el cuerpo con -body",
	"-uri is missing: the path and query of the request, such as /v2/payments/pay; or give -request with the request that " +
		"this answers": "falta -uri: la ruta y query de la solicitud, por ejemplo /v2/payments/pay; o da -request con la " +
		"solicitud que esto responde",
	"the merchant signs a %s: name the private key in %s, or the public key in -public-key": "el comercio firma un mensaje " +
		"%s: nombra la clave privada en %s, o la clave pública en -public-key",
	"the wallet signs a %s: name its public key in %s": "la billetera firma un mensaje %s: nombra su clave pública en %s",
	"The file is %s.": "El archivo es %s.",
	"The message looks like a %s. If it is another kind, give -kind.": "El mensaje parece ser %s. Si es de otro tipo, indica " +
		"-kind.",
	"Nothing to change: the message is good, and key %s made its signature.": "Nada que cambiar: el mensaje es bueno, y la " +
		"clave %s hizo su firma.",
	"If the other side rejects it, that side has another key or sees another message: compare the fingerprint with the " +
		"key it has.": "Si la otra parte lo rechaza, tiene otra clave o ve otro mensaje: compara la huella con la clave que " +
		"tiene.",
	"   Why:  %s (%s, %s)": "   Causa: %s (%s, %s)",
	"   Seen: %s.":         "   Visto: %s.",
	"likely":               "probable",
	"certain":              "seguro",
	"The signature itself is right: key %s made it.": "La firma en sí es correcta: la hizo la clave %s.",
	"base URL":                   "URL base",
	"your key":                   "tu clave",
	"wallet's key":               "su clave",
	"%s, %d bits, keyVersion %s": "%s, %d bits, keyVersion %s",
	`
The settings fit together. The command sent nothing: tradepay doctor -live asks the wallet.
Compare the fingerprints with the keys in the wallet's console:
  openssl pkey -pubin -in FILE -outform DER | openssl sha256`: `
La configuración es coherente. El comando no envió nada: tradepay doctor -live consulta a la billetera.
Compara las huellas con las claves en la consola de la billetera:
  openssl pkey -pubin -in ARCHIVO -outform DER | openssl sha256`,
	"\nAsked about an order that does not exist: HTTP %d in %s": "\nConsulta por un pedido que no existe: HTTP %d en %s",
	"The wallet verified your signature, and you verified its answer.": "La billetera verificó tu firma, y tú verificaste su " +
		"respuesta.",
	"Keys, ids, path and clock are right.": "Claves, identificadores, ruta y reloj son correctos.",
	"Not good:":                            "Algo está mal:",
	"The doctor on the wallet's answer:":   "El doctor sobre la respuesta de la billetera:",
	"The doctor on your request:":          "El doctor sobre tu solicitud:",
	"The doctor on the clock:":             "El doctor sobre el reloj:",
	"behind":                               "atrasado",
	"ahead of":                             "adelantado",
	"%s Yours is %s %s the wallet's, and wallets reject times that are minutes off: set yours by NTP.": "%s El tuyo está %[2]s " +
		"%[3]s respecto al de la billetera, y las billeteras rechazan horas con minutos de diferencia: ajústalo por NTP.",
	"The signature is right: your key %s as keyVersion %s, for Client-Id %s at %s.": "La firma es correcta: tu clave %s como " +
		"keyVersion %s, para el Client-Id %s en %s.",

	// Pasted curl commands.
	"cannot read the curl command: %w":                   "no se puede leer el comando curl: %w",
	"%s has no value: the end of the command is missing": "%s no tiene valor: falta el final del comando",
	"%s is not understood in $'…'":                       "%s no se entiende en $'…'",
	"-H reads a file: paste the headers themselves":      "-H lee un archivo: pega los encabezados mismos",
	"a header has no name before its colon":              "un encabezado no tiene nombre antes de los dos puntos",
	"a header without a colon: %d characters":            "un encabezado sin dos puntos: %d caracteres",
	"a quote %s is not closed":                           "falta cerrar una comilla %s",
	"it does not begin with curl":                        "no empieza con curl",
	"it ends with a backslash":                           "termina con una barra invertida",
	"it has a shell variable or command: paste it with the value in its place": "tiene una variable o un comando de la " +
		"shell: pégalo con el valor en su lugar",
	"it has no URL": "no tiene URL",
	"it has two URLs: a word outside quotes, or a second request": "tiene dos URL: una palabra fuera de comillas, o una " +
		"segunda solicitud",
	"it is over 4 MiB": "supera 4 MiB",
	"it is quoted for the Windows command prompt: copy it as cURL (bash)": "está entrecomillado para el símbolo del sistema " +
		"de Windows: cópialo como cURL (bash)",
	"its URL is not valid":                   "su URL no es válida",
	"the doctor does not know the option %s": "el doctor no conoce la opción %s",
	"there is a %s outside quotes: put the text into quotes, or leave a redirection out": "hay un %s fuera de comillas: pon " +
		"el texto entre comillas, o quita la redirección",
	"there is a & outside quotes: put the URL into quotes": "hay un & fuera de comillas: pon la URL entre comillas",

	// Notifications.
	"-status %s: wallets notify SUCCESS or FAIL":   "-status %s: las billeteras notifican SUCCESS o FAIL",
	"name the merchant's URL in -notify-url or %s": "nombra la URL del comercio en -notify-url o %s",
	"-notify-url: %w": "-notify-url: %w",
	"-notify-url %s is the gateway of %s: notifications go to a merchant": "-notify-url %s es la pasarela de %s: las " +
		"notificaciones van a un comercio",
	"-notify-url: http is for loopback only; give the https URL that the wallet would call": "-notify-url: http es solo para " +
		"loopback; indica la URL https que llamaría la billetera",
	"making the notification: %w":                 "al preparar la notificación: %w",
	"no answer from the merchant: %w":             "el comercio no respondió: %w",
	"reading the acknowledgement: %w":             "al leer el acuse de recibo: %w",
	"HTTP status %d":                              "estado HTTP %d",
	"the acknowledgement does not verify":         "el acuse de recibo no se verifica",
	"the acknowledgement is not JSON":             "el acuse de recibo no es JSON",
	"the merchant did not store it: result %s %s": "el comercio no la guardó: resultado %s %s",
	"The merchant acknowledged a notification that this command had changed after signing it. It believes what anybody " +
		"sends.": "El comercio acusó recibo de una notificación que este comando alteró después de firmarla. Cree lo que " +
		"cualquiera envía.",
	"The merchant rejected it with 401, as it must: this command changed it after signing it.": "El comercio la rechazó con " +
		"401, como debe: este comando la alteró después de firmarla.",
	"This command changed it after signing it, and the merchant should reject it with 401: %s": "Este comando la alteró " +
		"después de firmarla, y el comercio debería rechazarla con 401: %s",
	"The merchant acknowledged it with a signed S that verifies.": "El comercio acusó recibo con una S firmada que se " +
		"verifica.",
	"Not acknowledged: %s": "Sin acuse de recibo: %s",
	"HTTP %d in %s\n%s":    "HTTP %d en %s\n%s",
	"The key %s signed it as keyVersion %s, for Client-Id %s. Does the merchant have this key as the wallet's,\nand this " +
		"Client-Id? Behind a proxy that changes the path, it must verify over the public path.": "La clave %s la firmó como " +
		"keyVersion %s, para el Client-Id %s. ¿El comercio tiene esta clave como la de la billetera,\ny este Client-Id? " +
		"Detrás de un proxy que cambia la ruta, debe verificar sobre la ruta pública.",

	// The sandbox.
	"-address %s is not on loopback, and the sandbox's keys are published: -reachable-from-network lets other machines in, " +
		"with keys of its own and a token for the control API": "-address %s no es loopback, y las claves del sandbox son " +
		"públicas: -reachable-from-network deja entrar a otras máquinas, con claves propias y un token para la API de control",
	"-control-token-file is for -reachable-from-network: on loopback, the control API wants no token": "-control-token-file " +
		"es para -reachable-from-network: en loopback, la API de control no pide token",
	"-control-token-file: %w": "-control-token-file: %w",
	"-public-url: %w":         "-public-url: %w",
	"-public-url %s is the gateway of %s: the sandbox is none": "-public-url %s es la pasarela de %s: el sandbox no lo es",
	"-public-url %s is not on loopback, and the sandbox's keys are published: -reachable-from-network gives it keys of its " +
		"own": "-public-url %s no es loopback, y las claves del sandbox son públicas: -reachable-from-network le da claves " +
		"propias",
	"-dir must have no comma: commas separate the files in %s": "-dir no puede tener comas: las comas separan los archivos " +
		"en %s",
	"-dir: %w":                              "-dir: %w",
	"-expiry must be positive, such as 15m": "-expiry debe ser positivo, por ejemplo 15m",
	"-notify-attempts and -notify-pause must be positive": "-notify-attempts y -notify-pause deben ser positivos",
	"-pay-after and -decline-after: keep one of them":     "-pay-after y -decline-after: conserva uno de los dos",
	"-prefix %s: give a plain path such as /api":          "-prefix %s: indica una ruta simple como /api",
	"nobody can pay before the order exists: give a duration such as 1s": "nadie puede pagar antes de que exista el pedido: " +
		"indica una duración como 1s",
	"cannot start: %w": "no se puede iniciar: %w",
	"cannot make a directory for the test keys: %w":           "no se puede crear una carpeta para las claves de prueba: %w",
	"cannot write the test key: %w":                           "no se puede escribir la clave de prueba: %w",
	"%s exists and holds another key: choose another -dir":    "%s existe y contiene otra clave: elige otro -dir",
	"# Test wallet, %s, no real money. Also in %s":            "# Billetera de pruebas, %s, sin dinero real. También en %s",
	"published test keys":                                     "claves de prueba públicas",
	"keys made for this run":                                  "claves hechas para esta ejecución",
	"# let your programs believe the CA in %s":                "# haz que tus programas confíen en la CA de %s",
	"# the token of the control API is in %s":                 "# el token de la API de control está en %s",
	"# %s on %s. Stop with Ctrl-C.":                           "# %s en %s. Termina con Ctrl-C.",
	"ready":                                                   "lista",
	"failed:":                                                 "falló:",
	"%s is the gateway of %s: notifications go to a merchant": "%s es la pasarela de %s: las notificaciones van a un comercio",
	"%s is not like shop.example=http://127.0.0.1:8080":       "%s no es como tienda.example=http://127.0.0.1:8080",
	"there is no fault %s; did you mean %s?":                  "no existe la falla %s; ¿quisiste decir %s?",
	"there is no fault %s; the faults are %s":                 "no existe la falla %s; las fallas son %s",
	"there is no operation %s: write it like DropAfter@pay":   "no existe la operación %s: escríbelo como DropAfter@pay",
	"%s is not how many pass before, such as 1":               "%s no es cuántas pasan antes, por ejemplo 1",
	"%s is neither a probability such as 0.3 nor a number of times such as 2": "%s no es una probabilidad como 0.3 ni un " +
		"número de veces como 2",
	"%s is not a duration such as 500ms": "%s no es una duración como 500ms",
	"the code is missing after %s=":      "falta el código después de %s=",
}
