package keyform

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	// pemLine is a BEGIN or END line, and what is left of one that has lost dashes or spaces.
	pemLine = regexp.MustCompile(`(?i)-+\s*(BEGIN|END)\s*([A-Z0-9 ]*?)\s*-+`)
	// pemHeader is a line at the beginning of a block, such as Comment: my key.
	pemHeader = regexp.MustCompile(`^\s*[A-Za-z][A-Za-z0-9-]*:[^\n]*\n`)
	// longBase64 is what may be a key: a line of base64. A fingerprint has hexadecimal digits only.
	longBase64 = regexp.MustCompile(`[A-Za-z0-9+/]{60,}`)
	onlyHex    = regexp.MustCompile(`^(?:[0-9a-f]+|[0-9A-F]+)$`)
)

// labels are the blocks that hold a key, spaces left out. The DER in it says which:
// many programs write PKCS#8 below the label of PKCS#1.
var labels = map[string]bool{
	"PRIVATEKEY": true, "RSAPRIVATEKEY": true, "ANYPRIVATEKEY": true, "PUBLICKEY": true, "RSAPUBLICKEY": true,
	"CERTIFICATE": true, "X509CERTIFICATE": true, "PKCS12": true,
}

// foreignLabels are blocks of something else.
var foreignLabels = map[string]error{
	"ENCRYPTEDPRIVATEKEY":     errEncrypted,
	"OPENSSHPRIVATEKEY":       errOpenSSH,
	"SSH2PUBLICKEY":           foreign("an SSH2 public key", ssh2Remedy),
	"SSH2ENCRYPTEDPRIVATEKEY": foreign("an SSH2 private key", ssh2Remedy),
	"ECPRIVATEKEY":            otherKind("EC"),
	"ECPARAMETERS":            otherKind("EC"),
	"DSAPRIVATEKEY":           otherKind("DSA"),
	"DSAPARAMETERS":           otherKind("DSA"),
	"DHPARAMETERS":            otherKind("Diffie-Hellman"),
	"CERTIFICATEREQUEST":      errRequest,
	"NEWCERTIFICATEREQUEST":   errRequest,
	"PGPPUBLICKEYBLOCK":       errPGP,
	"PGPPRIVATEKEYBLOCK":      errPGP,
	"PGPMESSAGE":              errPGP,
	"PGPSIGNATURE":            errPGP,
	"PGPSIGNEDMESSAGE":        errPGP,
	"PKCS7":                   errPKCS7,
	"CMS":                     errPKCS7,
	"TRUSTEDCERTIFICATE": foreign("a certificate with OpenSSL's trust settings",
		"openssl x509 -in key.pem -noout -pubkey writes its public key"),
	"X509CRL": unusable("is PEM, but not of a key or certificate: it lists certificates that are revoked", lookRemedy),
}

// mayStandBeside are blocks that servers and openssl put into the file of a key.
var mayStandBeside = map[string]bool{
	"CERTIFICATEREQUEST": true, "NEWCERTIFICATEREQUEST": true, "DHPARAMETERS": true, "X509CRL": true,
}

const ssh2Remedy = "ssh-keygen -i -m RFC4716 -f key.pub reads it, then ssh-keygen -e -m PKCS8 -f writes it as PEM"

var errPGP = foreign("a PGP key or message", otherKindRemedy)

// readPEM reads all blocks of a text. What stands around them, such as attributes and
// comments, does not matter, unless it may be another key.
func readPEM(text string) ([]key, error) {
	marks := pemLine.FindAllStringSubmatchIndex(text, -1)
	var keys []key
	var beside error
	var around strings.Builder
	rest := 0
	for len(marks) > 0 {
		begin := marks[0]
		around.WriteString(text[rest:begin[0]] + "\n")
		label := labelOf(text, begin)
		other := foreignLabels[label]
		switch {
		case !strings.EqualFold(text[begin[2]:begin[3]], "BEGIN"):
			return nil, damagedPEM(text, begin[0], "there is an END line without its BEGIN line")
		case other != nil && !mayStandBeside[label]:
			return nil, other
		case other == nil && !labels[label]:
			return nil, unusable("is PEM, but not of a key or certificate", lookRemedy)
		case len(marks) == 1 || !strings.EqualFold(text[marks[1][2]:marks[1][3]], "END"):
			return nil, damagedPEM(text, begin[0], "the BEGIN line has no END line after it")
		case labelOf(text, marks[1]) != label:
			return nil, damagedPEM(text, marks[1][0], "the END line names something else than the BEGIN line")
		}
		if other != nil {
			beside = other
		} else {
			found, err := readBlock(text, begin[1], marks[1][0])
			if err != nil {
				return nil, err
			}
			keys = append(keys, found...)
		}
		rest, marks = marks[1][1], marks[2:]
	}
	if len(keys) == 0 {
		return nil, beside
	}
	around.WriteString(text[rest:])
	for _, line := range longBase64.FindAllString(around.String(), -1) {
		if !onlyHex.MatchString(line) {
			return nil, unusable("is PEM with more base64 before or after it", keepOne)
		}
	}
	return keys, nil
}

// labelOf returns what a BEGIN or END line names, without its spaces.
func labelOf(text string, mark []int) string {
	return strings.ToUpper(strings.ReplaceAll(text[mark[4]:mark[5]], " ", ""))
}

// readBlock reads what stands between a BEGIN and an END line.
func readBlock(text string, from, to int) ([]key, error) {
	body := text[from:to]
	if strings.Contains(body, "Proc-Type:") || strings.Contains(body, "DEK-Info:") {
		return nil, errEncrypted
	}
	for header := ""; ; body = body[len(header):] {
		if header = pemHeader.FindString(body); header == "" {
			break
		}
	}
	body = strings.Trim(body, " \n"+quotes)
	if body == "" {
		return nil, damagedPEM(text, to, "there is nothing between the BEGIN and the END line")
	}
	der, at := fromBase64(strings.Join(strings.Fields(body), ""))
	if at < 0 {
		return readDER(der)
	}
	start := from + strings.LastIndex(text[from:to], body)
	spot := 0
	for i, r := range body { // the at-th character that is not white space
		if r == ' ' || r == '\n' {
			continue
		}
		if spot, at = i, at-len(string(r)); at < 0 {
			break
		}
	}
	return nil, damagedPEM(text, start+spot, "the base64 is cut off, or has a character that does not belong there")
}

func damagedPEM(text string, at int, what string) error {
	line := 1 + strings.Count(text[:at], "\n")
	return unusable(fmt.Sprintf("is damaged PEM: %s, in line %d", what, line), wholeRemedy)
}
