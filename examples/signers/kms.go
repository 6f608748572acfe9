package main

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// kmsSigner is an RSA key at AWS KMS, of usage SIGN_VERIFY. The services of other clouds differ
// by the call in SignContext.
type kmsSigner struct {
	client *kms.Client
	keyID  string
	public *rsa.PublicKey
	slots  chan struct{} // one for each signature that may be made at once
}

// newKMSSigner asks the service for the public half. concurrent is how many signatures are made
// at once: KMS has a quota for each account and second, and answers with throttling
// beyond it.
func newKMSSigner(ctx context.Context, client *kms.Client, keyID string, concurrent int) (*kmsSigner, error) {
	out, err := client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: aws.String(keyID)})
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(out.PublicKey)
	if err != nil {
		return nil, err
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the key is %T; make one of spec RSA_2048, RSA_3072 or RSA_4096", key)
	}
	return &kmsSigner{client: client, keyID: keyID, public: public, slots: make(chan struct{}, concurrent)}, nil
}

// Public returns the public key, which needs no call.
func (s *kmsSigner) Public() crypto.PublicKey { return s.public }

// Sign is for those who have no context.
func (s *kmsSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.SignContext(context.Background(), random, digest, opts)
}

// SignContext is what the client of tradepay calls. It ends with the context, also while it
// waits for a slot. The AWS client repeats a request that the service throttles.
func (s *kmsSigner) SignContext(
	ctx context.Context, _ io.Reader, digest []byte, opts crypto.SignerOpts,
) ([]byte, error) {
	if _, isPSS := opts.(*rsa.PSSOptions); isPSS || opts.HashFunc() != crypto.SHA256 {
		return nil, errors.New("the wallets sign with RSASSA-PKCS1-v1_5 and SHA-256")
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	out, err := s.client.Sign(ctx, &kms.SignInput{
		KeyId: aws.String(s.keyID), Message: digest, MessageType: types.MessageTypeDigest, // not RAW: it is hashed
		SigningAlgorithm: types.SigningAlgorithmSpecRsassaPkcs1V15Sha256,
	})
	if err != nil {
		return nil, err
	}
	return out.Signature, nil
}
