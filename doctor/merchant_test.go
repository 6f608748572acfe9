package doctor_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// ofMerchant makes a patient a message of a wallet that signs the merchant's id, with
// times in Unix seconds.
func ofMerchant(p *patient) {
	p.e.Wallet, p.e.MerchantID = wallets.Claro(), "M7"
	p.signed.Layout, p.signed.MerchantID, p.signed.Time = wire.ContentMerchant, "M7", "1768478431"
	p.setTime(p.signed.Time)
	if p.e.Kind == doctor.EvidenceRequest {
		p.e.Header.Set("Merchant-Id", "M7")
	}
	switch p.e.Kind {
	case doctor.EvidenceRequest, doctor.EvidenceResponse:
		p.signed.URI, p.e.URI = "/miniprogram/api/v2/payments/pay", "/miniprogram/api/v2/payments/pay"
	}
}

// merchantIllnesses are broken messages about the merchant's id in what is signed, and
// about seconds and milliseconds.
func merchantIllnesses() map[string]illness {
	const (
		request         = doctor.EvidenceRequest
		response        = doctor.EvidenceResponse
		acknowledgement = doctor.EvidenceAcknowledgement
	)
	broken := func(change func(p *patient)) func(p *patient) {
		return func(p *patient) {
			ofMerchant(p)
			change(p)
		}
	}
	signsID := func(id string) func(p *patient) {
		return broken(func(p *patient) { p.signed.MerchantID = id })
	}
	signsTime := func(signed, sent string) func(p *patient) {
		return broken(func(p *patient) {
			p.signed.Time = signed
			p.setTime(sent)
		})
	}
	return map[string]illness{
		"merchant id not signed": {kind: request, want: doctor.CauseMerchantID, change: broken(func(p *patient) {
			p.signed.Layout = ""
		})},
		"merchant id not signed in an acknowledgement": {kind: acknowledgement, want: doctor.CauseMerchantID,
			change: broken(func(p *patient) { p.signed.Layout = "" })},
		"merchant id signed for nobody": {kind: request, want: doctor.CauseMerchantID, change: func(p *patient) {
			p.e.MerchantID = "M7"
			p.signed.Layout, p.signed.MerchantID = wire.ContentMerchant, "M7"
		}},
		"merchant id signed for nobody, from a header": {kind: request, want: doctor.CauseMerchantID,
			change: func(p *patient) {
				p.e.Header.Set("Merchant-Id", "M7")
				p.e.Wallet.Signing.MerchantIDHeader = "Merchant-Id"
				p.signed.Layout, p.signed.MerchantID = wire.ContentMerchant, "M7"
			}},
		"empty merchant id signed": {kind: request, want: doctor.CauseMerchantID, change: signsID("")},
		"client id as merchant id": {kind: request, want: doctor.CauseMerchantID,
			change: broken(func(p *patient) { p.signed.MerchantID = p.signed.ClientID })},
		"header of another merchant":   {kind: request, want: doctor.CauseMerchantID, change: signsHeader("M8")},
		"both of another merchant":     {kind: request, want: doctor.CauseMerchantID, change: signsBoth("M8")},
		"unknown merchant id signed":   {kind: request, want: doctor.CauseContent, change: signsID("M9")},
		"notification for another one": {want: doctor.CauseContent, change: signsID("M9")},
		"merchant id of the body": {kind: response, want: doctor.CauseMerchantID, change: broken(func(p *patient) {
			p.signed.MerchantID, p.signed.Body = "M-5", []byte(`{"merchantId":"M-5"}`)
			p.e.Body = p.signed.Body
		})},
		"merchant before client": {kind: request, want: doctor.CauseLayout, change: broken(func(p *patient) {
			p.signed.ClientID, p.signed.MerchantID = p.signed.MerchantID, p.signed.ClientID
		})},
		"merchant in place of client": {kind: request, want: doctor.CauseLayout, change: broken(func(p *patient) {
			p.signed.Layout, p.signed.ClientID = "", "M7"
		})},
		"merchant id header absent": {kind: request, want: doctor.CauseMissingHeader, change: broken(func(p *patient) {
			p.e.Header.Del("Merchant-Id")
		})},
		"merchant id header repeated": {kind: request, want: doctor.CauseRepeatedHeader,
			change: broken(func(p *patient) {
				p.e.Header.Add("Merchant-Id", "M8")
			})},
		"milliseconds signed, seconds sent": {kind: request, want: doctor.CauseTimeFormat,
			change: signsTime("1768478431000", "1768478431")},
		"seconds signed, milliseconds sent": {kind: request, want: doctor.CauseTimeFormat,
			change: signsTime("1768478431", "1768478431000")},
		"ISO 8601 signed, seconds sent": {want: doctor.CauseTimeFormat,
			change: signsTime("2026-01-15T12:00:31+00:00", "1768478431")},
		"seconds of another hour": {kind: response, want: doctor.CauseClock,
			change: signsTime("1768474831", "1768474831")},
	}
}

// signsHeader lets the header name another merchant than the one that is signed.
func signsHeader(id string) func(p *patient) {
	return func(p *patient) {
		ofMerchant(p)
		p.e.Header.Set("Merchant-Id", id)
	}
}

// signsBoth lets header and content name another merchant.
func signsBoth(id string) func(p *patient) {
	return func(p *patient) {
		signsHeader(id)(p)
		p.signed.MerchantID = id
	}
}

// TestDiagnoseMerchant: of a wallet that signs the merchant's id, a good message has no
// finding. What the wallet sends may lack the id, what the merchant sends may not.
func TestDiagnoseMerchant(t *testing.T) {
	t.Parallel()
	for kind, mayLackID := range map[doctor.EvidenceKind]bool{
		doctor.EvidenceRequest: false, doctor.EvidenceAcknowledgement: false,
		doctor.EvidenceResponse: true, doctor.EvidenceNotification: true,
	} {
		for _, layout := range []wire.SignedContent{wire.ContentMerchant, ""} {
			p := newPatient(t, kind)
			ofMerchant(p)
			p.e.Wallet.Signing.Encoding = wire.EncodingPercent // as the patient writes it
			p.signed.Layout = layout
			d := doctor.Diagnose(p.evidence())
			good := layout == wire.ContentMerchant || mayLackID
			require.Equal(t, good, d.Valid, "%s %s: %s", kind, layout, d)
			require.Equal(t, good, len(d.Findings) == 0, "%s %s: %s", kind, layout, d)
		}
	}
}

// TestDiagnoseWithoutMerchantID: who does not know the merchant's id is told that it may
// be what is missing.
func TestDiagnoseWithoutMerchantID(t *testing.T) {
	t.Parallel()
	p := newPatient(t, doctor.EvidenceNotification)
	ofMerchant(p)
	p.e.MerchantID = ""
	d := doctor.Diagnose(p.evidence())
	require.False(t, d.Valid)
	require.Contains(t, d.String(), "may cover the merchant's id")
}
