package tradepaytest

import (
	"net/url"
)

// createQRCode answers with the address of the code, and with a picture. The picture is
// one white pixel: nobody scans the test wallet.
func (w *Wallet) createQRCode(x *exchange) *answer {
	f := w.form(x)
	app, kind := f.required("appId", 32), f.text("appQrCodeType", 32)
	page, params := f.text("appQrCodePage", 256), f.text("appQrCodeParams", 256)
	f.text("appQrCodeDesc", 64)
	switch {
	case f.mistake != "":
		return illegal(f.mistake)
	case kind != "" && kind != "PROMO":
		return illegal("appQrCodeType must be PROMO")
	}
	address := w.url + "/mini-qr/" + w.secret("qr code", app+" "+page+" "+params, 43)
	if params != "" {
		address += "?query=" + url.QueryEscape(params)
	}
	return success(map[string]any{
		"appQrCode": address, "appQrCodeResultPicType": "BASE64", "appQrCodePicValue": pixel,
	})
}

// pixel is a PNG of one white pixel, in base64.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQAAAAA3bvkkAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="
