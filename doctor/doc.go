// Package doctor says why the signature of a message does not verify, and what to
// change. It decides nothing: never act on a message because the doctor
// understands it.
//
//	diagnosis := doctor.Diagnose(doctor.Evidence{
//		Kind: doctor.EvidenceNotification, Method: "POST", URI: "/notify", Header: header, Body: body,
//		Keys: walletKeys, Wallet: wallets.PlatformV2(), ClientID: clientID,
//	})
//	fmt.Println(diagnosis)
//
// A merchant's program rarely calls it: tradepay.Client.DiagnoseNotification fills
// in what the client has, and the hints in errors and in the log come from here. It
// is for tools, for sandboxes, and for a message that somebody pasted.
//
// A [Diagnosis] prints as text for people. Its [Finding] values have stable names,
// one [Cause] each, and a stable JSON form.
package doctor
