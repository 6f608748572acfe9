package walletapi

import (
	"context"
	"encoding/base64"
	"unicode/utf8"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/operation"
)

// QRCodeRequest says where a QR code leads.
type QRCodeRequest struct {
	// Page is the path of a page of the mini program, such as "pages/menu/menu", of at
	// most 256 characters. Default: its first page.
	Page string `json:"page,omitzero"`
	// Params are what the mini program gets when it starts, such as "table=7", of at
	// most 256 characters.
	Params      string `json:"params,omitzero"`
	Description string `json:"description,omitzero"` // for the merchant; at most 64 characters
}

// QRCode is a QR code that opens the mini program.
type QRCode struct {
	Value string `json:"value,omitzero"` // what the code says: a URL
	Image []byte `json:"image,omitzero"` // a picture of it; empty if the wallet sends none
}

// CreateQRCode makes a QR code that opens the merchant's mini program, whose id is
// [tradepay.Config].AppID: for a poster or a table. A second call makes another code. The
// v2 platform has it.
func CreateQRCode(ctx context.Context, client *tradepay.Client, req *QRCodeRequest) (*QRCode, error) {
	switch {
	case req == nil:
		return nil, invalid("QRCodeRequest", "is nil", "")
	case client.AppID() == "":
		return nil, invalid("Config.AppID", "is required for a QR code", "take it from the wallet's console")
	}
	request := map[string]any{"appId": client.AppID(), "appQrCodeType": "PROMO"}
	for _, f := range []struct {
		field, member, value string
		most                 int
	}{
		{"Page", "appQrCodePage", req.Page, 256},
		{"Params", "appQrCodeParams", req.Params, 256},
		{"Description", "appQrCodeDesc", req.Description, 64},
	} {
		switch {
		case f.value == "":
			continue
		case !utf8.ValidString(f.value) || utf8.RuneCountInString(f.value) > f.most:
			return nil, invalid(f.field, "is too long, or is not UTF-8", "shorten it")
		}
		request[f.member] = f.value
	}
	var answer struct {
		Code    string `json:"appQrCode"`
		Picture string `json:"appQrCodePicValue"`
	}
	if err := call(ctx, client, operation.CreateQRCode, request, &answer); err != nil {
		return nil, err
	}
	image, err := base64.StdEncoding.DecodeString(answer.Picture)
	switch {
	case answer.Code == "":
		return nil, malformed(operation.CreateQRCode, "appQrCode")
	case err != nil:
		return nil, malformed(operation.CreateQRCode, "appQrCodePicValue")
	}
	return &QRCode{Value: answer.Code, Image: image}, nil
}
