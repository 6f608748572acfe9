package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/tradepay/tradepay-go/doctor"
)

// runKeygen makes the merchant's key pair.
func runKeygen(_ context.Context, c *cli, args []string) error {
	fs := c.newFlags("keygen")
	bits := flagValue[*int](fs, "bits")
	name := fs.text("name")
	stdout := fs.toggle("stdout")
	asJSON := fs.toggle("json")
	if err := fs.parse(args); err != nil {
		return err
	}
	switch {
	case *bits != 2048 && *bits != 3072 && *bits != 4096:
		return usage("-bits %d: use 2048, which every wallet accepts, 3072 or 4096", *bits)
	case *name == "":
		return usage("-name is empty: give the first part of the names of the two files")
	case *stdout && *asJSON:
		return usage("-stdout and -json: keep one of them")
	}
	files := [2]string{*name + "-private.pem", *name + "-public.pem"}
	if !*stdout {
		if err := absent(files[:]); err != nil {
			return err
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, *bits)
	if err != nil {
		return failed("cannot make a key: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return failed("cannot write the key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return failed("cannot write the key: %w", err)
	}
	privatePEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	if *stdout {
		_, err := fmt.Fprintf(c.stdout, "%s%s", privatePEM, publicPEM)
		return err
	}
	for i, data := range [][]byte{privatePEM, publicPEM} {
		if err := writeNew(files[i], data); err != nil {
			return err
		}
	}
	bare := base64.StdEncoding.EncodeToString(public)
	if *asJSON {
		return printJSON(c.stdout, map[string]any{
			"bits": *bits, "privateKeyFile": files[0], "publicKeyFile": files[1],
			"publicKey": bare, "fingerprint": doctor.Fingerprint(&key.PublicKey),
		})
	}
	word := c.lang.say
	fields(c.stdout, c.out, [2]string{word("private key"), files[0]}, [2]string{word("public key"), files[1]},
		[2]string{word("fingerprint"), doctor.Fingerprint(&key.PublicKey)})
	c.print(c.stdout, `
Keep %s secret: it signs as you. Your server reads it from
TRADEPAY_PRIVATE_KEY_FILE, or from a secret store.

Upload the public key to the wallet's console. Most consoles take the bare base64:

%s

Others take PEM: the whole of %s. The console then shows the
keyVersion of this key, for TRADEPAY_KEY_VERSION, and the wallet's own public key,
for TRADEPAY_WALLET_KEY_FILE: that one is not yours.`, files[0], bare, files[1])
	return nil
}

// absent makes sure that keygen overwrites nothing.
func absent(files []string) error {
	for _, file := range files {
		if _, err := os.Lstat(file); err == nil {
			return failed("%s exists, and keygen overwrites no key: choose another -name, or move the file away", file)
		}
	}
	return nil
}

// writeNew writes a new file that only its owner can read.
func writeNew(file string, data []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the file that the user names
	if err != nil {
		return failed("cannot write: %w", err)
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return failed("cannot write: %w", err)
	}
	return nil
}
