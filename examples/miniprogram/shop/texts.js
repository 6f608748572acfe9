// What people read, in English and in Spanish.

export const texts = {
  "catalogue": ["Catalogue", "Catálogo"],
  "orders": ["My orders", "Mis pedidos"],
  "noOrders": ["No orders yet.", "Aún no hay pedidos."],
  "older": ["Older orders", "Pedidos anteriores"],
  "total": ["Total", "Total"],
  "pay": ["Pay order", "Pagar el pedido"],
  "payAtOnce": ["Pay at once, by agreement", "Pagar al instante, por acuerdo"],
  "sendAgain": ["Send it again", "Enviarlo de nuevo"],
  "locked": [
    "There is no answer to your order yet. Send it again: it stays one order.",
    "Su pedido aún no tiene respuesta. Envíelo de nuevo: el pedido es uno solo."
  ],
  "more": ["One more: {name}", "Uno más: {name}"],
  "less": ["One less: {name}", "Uno menos: {name}"],
  "back": ["Back to the shop", "Volver a la tienda"],
  "loading": ["One moment…", "Un momento…"],
  "ordering": ["Making your order…", "Preparando el pedido…"],
  "retrying": [
    "The shop does not answer. Trying again; it stays one order.",
    "La tienda no responde. Se intenta de nuevo; el pedido es uno solo."
  ],
  "waiting": [
    "The shop is waiting for the wallet. Trying again; it stays one order.",
    "La tienda espera a la billetera. Se intenta de nuevo; el pedido es uno solo."
  ],
  "stuck": [
    "The shop has no answer from the wallet yet, and you were not asked to pay. Try again in a moment.",
    "La tienda aún no tiene respuesta de la billetera, y a usted no se le pidió pagar. Inténtelo en un momento."
  ],
  "unreachable": ["The shop does not answer. Try again in a moment.", "La tienda no responde. Inténtelo en un momento."],
  "refused": ["The shop did not take the order.", "La tienda no aceptó el pedido."],
  "again": ["Try again", "Intentar de nuevo"],
  "asking": ["Asking the shop…", "Preguntando a la tienda…"],
  "stillAsking": [
    "The shop is checking with the wallet. Do not pay again.",
    "La tienda consulta a la billetera. No pague otra vez."
  ],
  "missing": ["The shop does not have this order.", "La tienda no tiene este pedido."],
  "payNow": ["Pay now", "Pagar ahora"],
  "cancel": ["Cancel the order", "Cancelar el pedido"],
  "order": ["Order", "Pedido"],
  "open": ["Show order {id}, {amount}, {state}", "Mostrar el pedido {id}, {amount}, {state}"],

  "hint.maybe": [
    "The wallet has not confirmed the payment to the shop yet. The shop goes on asking; it is one payment, however often you open it.",
    "La billetera aún no confirmó el pago a la tienda. La tienda sigue preguntando; el pago es uno solo, aunque lo abra varias veces."
  ],
  "hint.failed": [
    "The wallet reports that the payment failed. You can try again.",
    "La billetera informa que el pago falló. Puede intentarlo de nuevo."
  ],
  "hint.declined": [
    "The wallet reports that it declined the payment. You can try again.",
    "La billetera informa que rechazó el pago. Puede intentarlo de nuevo."
  ],
  "hint.broken": [
    "The wallet could not open this payment. Try again, or ask the shop.",
    "La billetera no pudo abrir este pago. Inténtelo de nuevo o consulte a la tienda."
  ],

  "result.created": ["Not ready yet", "Aún no está listo"],
  "result.pending": ["Not paid yet", "Aún sin pagar"],
  "result.authorized": ["Reserved", "Reservado"],
  "result.settling": ["Almost there", "Ya casi"],
  "result.paid": ["Paid", "Pagado"],
  "result.fulfilled": ["Thank you!", "¡Gracias!"],
  "result.failed": ["The payment failed", "El pago falló"],
  "result.cancelled": ["Order cancelled", "Pedido cancelado"],
  "result.expired": ["Time is up", "Se acabó el tiempo"],
  "result.refunding": ["Refund under way", "Reembolso en camino"],
  "result.refunded": ["Refunded", "Reembolsado"],
  "result.partly_refunded": ["Partly refunded", "Reembolsado en parte"],
  "note.created": ["The shop is still making the payment.", "La tienda aún prepara el pago."],
  "note.pending": ["The shop has not been paid. You can pay now.", "La tienda no ha recibido el pago. Puede pagar ahora."],
  "note.authorized": ["The amount is reserved. Nothing was charged yet.", "El monto está reservado. Aún no se cobró nada."],
  "note.settling": ["The shop is charging or releasing the amount.", "La tienda está cobrando o liberando el monto."],
  "note.paid": ["Your order is being prepared.", "Su pedido se está preparando."],
  "note.fulfilled": ["Paid, and ready to collect.", "Pagado y listo para recoger."],
  "note.failed": ["The wallet says that the payment failed.", "La billetera dice que el pago falló."],
  "note.cancelled": ["It cannot be paid anymore.", "Ya no se puede pagar."],
  "note.expired": ["The time to pay has passed. Order again if you like.", "Se acabó el tiempo para pagar. Puede pedir de nuevo."],
  "note.refunding": ["Your money is on its way back.", "Su dinero está en camino de vuelta."],
  "note.refunded": ["The whole amount was given back.", "Se devolvió el monto completo."],
  "note.partly_refunded": ["A part of the amount was given back.", "Se devolvió una parte del monto."],

  "agreement": ["Pay at once", "Pagar al instante"],
  "agreement.none": [
    "Let the shop charge an order without the wallet's payment screen when you press “Pay at once”. You can end this at any time.",
    "Permita que la tienda cobre un pedido sin la pantalla de pago de la billetera cuando usted pulse «Pagar al instante». Puede ponerle fin cuando quiera."
  ],
  "agreement.active": [
    "You have allowed it. The shop charges only the orders that you pay at once.",
    "Usted lo autorizó. La tienda cobra solo los pedidos que usted paga al instante."
  ],
  "agreement.allow": ["Allow it in the wallet", "Autorizarlo en la billetera"],
  "agreement.end": ["End it", "Ponerle fin"],
  "agreement.left": ["You have not allowed it. Nothing was charged.", "Usted no lo autorizó. No se cobró nada."],
  "agreement.network": [
    "The wallet cannot be reached. Nothing was charged. Try again in a moment.",
    "No se puede contactar a la billetera. No se cobró nada. Inténtelo en un momento."
  ],
  "agreement.unknown": [
    "The wallet does not say whether you allowed it. Nothing was charged. You can allow it again.",
    "La billetera no dice si usted lo autorizó. No se cobró nada. Puede autorizarlo otra vez."
  ],
  "agreement.failed": ["The wallet could not do it. Nothing was charged.", "La billetera no pudo hacerlo. No se cobró nada."],
  "agreement.unconfirmed": [
    "The shop could not confirm it. Nothing was charged. Allow it again.",
    "La tienda no pudo confirmarlo. No se cobró nada. Autorícelo otra vez."
  ],
  "agreement.notEnded": [
    "The wallet has not confirmed the end yet. The shop charges no new order. An order that you placed before may still be charged. Try again in a moment.",
    "La billetera aún no confirmó el fin. La tienda no cobra pedidos nuevos. Un pedido que usted hizo antes todavía puede cobrarse. Inténtelo en un momento."
  ]
};
