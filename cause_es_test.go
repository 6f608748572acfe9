package tradepay_test

var spanish = language{
	path: "docs/troubleshooting.es.md",
	titles: []string{
		"Sin firma", "Sin conexión", "En un proxy", "En el handshake de TLS", "Sin una respuesta completa",
		"Responde otra cosa",
	},
	change: "Qué cambiar", others: "Otros lo dicen así",
	saysWhetherSent: "`NotSent` dice si se envió.", maybeSent: "Puede haberse enviado.", notSent: "No se envió nada.",
	neverRetried: "No se reintenta.", seldomRetried: "Se reintenta, salvo que sea inútil con certeza.",
	retried: "Se reintenta si es seguro.",
	remedies: map[string]string{
		"signing": "errors.As encuentra en este error el del servicio de claves: quizá la clave está desactivada, " +
			"su usuario no puede firmar o se agotaron sus sesiones; si el servicio rellena de otra forma, haz que " +
			"firme el digest con RSASSA-PKCS1-v1_5 y SHA-256",
		"signing_timeout": "el servicio de claves es lento: mira su carga y la red hasta él; Retry.AttemptTimeout " +
			"y el plazo del contexto dicen cuánto espera el cliente a un firmante con SignContext",
		"dns": "revisa el host de Config.BaseURL; si es correcto, esta máquina no lo resuelve: los " +
			"contenedores y las VPN tienen servidores de nombres propios",
		"dns_server": "el servidor de nombres de esta máquina falla: mira /etc/resolv.conf y la red del " +
			"contenedor",
		"refused": "nada escucha en este host y puerto, o un firewall rechaza la conexión: revisa ambos en " +
			"Config.BaseURL",
		"unreachable": "revisa las rutas y el firewall de esta máquina, IPv6 sin ruta, y a qué se conecta " +
			"Config.HTTPClient",
		"connect_timeout": "un firewall descarta la conexión: deja salir a esta máquina hacia el host y " +
			"pregunta a la billetera si su lista de permitidos tiene las direcciones de tu servidor",
		"local_limit": "esta máquina tiene demasiados archivos o conexiones abiertos: crea un solo Client y " +
			"consérvalo, cierra lo que abres y sube ulimit -n",
		"proxy_address": "corrige HTTPS_PROXY, que net/http ignora si no puede leerlo, o Proxy de " +
			"Config.HTTPClient: es como http://proxy.example:3128, con los caracteres especiales de la " +
			"contraseña codificados con %",
		"proxy_unreachable": "HTTPS_PROXY, o Proxy de Config.HTTPClient, nombra un proxy que no responde: " +
			"revisa su host y puerto, y si su certificado es de confianza cuando empieza con https; NO_PROXY " +
			"nombra los hosts que no necesitan proxy",
		"proxy_auth": "indica el usuario y la contraseña del proxy, codificados con %: " +
			"HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT; para NTLM o Kerberos, ejecuta un proxy local que los " +
			"hable",
		"proxy_refused": "pide a quien administra el proxy que permita CONNECT al host y puerto de la " +
			"billetera, o nombra el host en NO_PROXY",
		"tls_version": "revisa el host de Config.BaseURL: el cliente solo habla TLS 1.2 y 1.3, que las " +
			"billeteras tienen; un aparato viejo en el camino quizá no",
		"tls_unknown_root": "no desactives la verificación; si el proxy de una empresa abre TLS, o el gateway " +
			"tiene una CA propia, agrega esa CA a este sistema o a RootCAs de Config.HTTPClient; si el gateway " +
			"no envía su certificado intermedio, avisa a la billetera",
		"tls_no_roots": "este sistema no tiene certificados de CA, como una imagen hecha de scratch: instala " +
			"ca-certificates, o copia /etc/ssl/certs/ca-certificates.crt en la imagen",
		"tls_wrong_name": "revisa el host de Config.BaseURL: debe ser un nombre del certificado, no una " +
			"dirección ni un alias; un DNS equivocado o una página de inicio de sesión de la red se ven igual",
		"tls_expired": "revisa el reloj de esta máquina; si está bien, venció el certificado del gateway, o el " +
			"de un aparato en el camino: avisa a quien lo administra",
		"tls_not_yet_valid": "el reloj de esta máquina está atrasado: ajústalo por NTP",
		"tls_certificate": "el certificado no es para servidores, o es demasiado débil: Err de APIError dice " +
			"cuál de las dos; avisa a quien administra el gateway",
		"tls_client_certificate": "pide a la billetera un certificado de cliente, u otro si no acepta el tuyo, " +
			"y ponlo en TLSClientConfig.Certificates de Config.HTTPClient",
		"tls_alert": "revisa host y puerto de Config.BaseURL; un servidor que exige un certificado de cliente " +
			"quizá no lo diga",
		"tls_timeout": "algo acepta la conexión y descarta lo que sigue: un firewall que lee TLS, un puerto " +
			"equivocado, o paquetes demasiado grandes para una VPN (MTU)",
		"tls_broken": "algo en el camino termina TLS: revisa el puerto y pregunta a la billetera si su lista " +
			"de permitidos tiene las direcciones de tu servidor; quizá un firewall no deja pasar a este host",
		"not_tls": "pon en Config.BaseURL el puerto https del gateway; quizá responda en su lugar un proxy o " +
			"una página de inicio de sesión de la red",
		"canceled": "el programa terminó el contexto de la llamada: el contexto de una solicitud HTTP termina " +
			"cuando se va quien la envió; conserva la llamada con context.WithoutCancel y un timeout",
		"answer_timeout": "la billetera, o algo delante de ella, es lenta; Retry.AttemptTimeout y el plazo del " +
			"contexto dicen cuánto espera el cliente",
		"reset": "si pasa pocas veces: nada; si pasa siempre: un firewall o una lista de permitidos en el " +
			"camino corta la solicitud",
		"reset_idle": "si pasa pocas veces: nada; si pasa a menudo: algo en el camino cierra pronto las " +
			"conexiones inactivas: pon IdleConnTimeout de Config.HTTPClient por debajo de su límite",
		"http2": "si pasa pocas veces: nada, el servidor se reinicia; si pasa siempre: algo en el camino no " +
			"está hecho para HTTP/2: desactívalo en Config.HTTPClient",
		"truncated":      "busca un proxy o un firewall que corte las respuestas",
		"too_large":      "ninguna respuesta de una billetera pasa de 1 MiB: revisa host y ruta de Config.BaseURL",
		"not_http":       "lo que escucha ahí no habla HTTP: revisa host y puerto de Config.BaseURL",
		"https_expected": "escribe https en Config.BaseURL",
		"challenge": "un firewall toma a este programa por un robot: pide a la billetera que deje pasar a su " +
			"API las direcciones de tu servidor",
		"login": "revisa host y ruta de Config.BaseURL, y si un proxy o un portal en el camino pide iniciar " +
			"sesión: la API solo pide una firma",
		"captive_portal": "la red de esta máquina pide iniciar sesión antes de dejar pasar nada",
		"redirect": "el cliente no sigue redirecciones, porque la firma es para una dirección: pon en " +
			"Config.BaseURL la dirección que documenta la billetera; una página de inicio de sesión de la red " +
			"se ve igual",
		"not_found": "no hay nada en esta ruta: revisa la ruta de Config.BaseURL, el perfil de la billetera " +
			"(Routes.Prefix, Version, Paths), y si es el sandbox o producción",
		"forbidden": "algo delante de la billetera no deja pasar a esta máquina: pregunta a la billetera si su " +
			"lista de permitidos tiene las direcciones de tu servidor, y revisa el host de Config.BaseURL",
		"rate_limited": "algo delante de la billetera limita las solicitudes: pregunta con menos frecuencia, y " +
			"pide a la billetera su límite",
		"gateway": "la billetera, o algo delante de ella, tiene un problema: espera; si dura, di a la " +
			"billetera cuándo empezó y con qué host",
		"compressed": "busca qué comprime las respuestas, como un CDN o un proxy: el cliente no lo pide, " +
			"porque la firma cubre los bytes que escribió la billetera",
		"unsigned": "no llegó el encabezado Signature: revisa Config.BaseURL, porque puede responder otra API " +
			"o una simulación, y busca un proxy que descarte el encabezado",
		"not_the_wallet": "revisa host y ruta de Config.BaseURL: ahí responde un sitio web, un proxy u otro " +
			"servicio",
	},
}
