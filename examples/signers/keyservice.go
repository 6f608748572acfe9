package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

const keyID = "alias/tradepay-merchant"

// keyService is AWS KMS as far as this program needs it: on loopback, with one key. A program
// with the real one has no such file.
type keyService struct {
	server *http.Server
	url    string
	key    *rsa.PrivateKey
	// before is called before a signature is made. Its error, a name of KMS's
	// exceptions, is the answer. Tests set it.
	before func(context.Context) (exception string)
}

func startKeyService(ctx context.Context) (*keyService, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &keyService{
		url: "http://" + listener.Addr().String(), key: key, before: func(context.Context) string { return "" },
	}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

// Close ends the service.
func (s *keyService) Close() error { return s.server.Close() }

// client is the client of the AWS SDK. With the real service, it is
// kms.NewFromConfig of what config.LoadDefaultConfig finds.
func (s *keyService) client() *kms.Client {
	return kms.New(kms.Options{
		BaseEndpoint: aws.String(s.url), Region: "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "example", SecretAccessKey: "example"}, nil
		}),
	})
}

// ServeHTTP answers GetPublicKey and Sign.
func (s *keyService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	fail := func(exception string) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": exception, "message": "planted"})
	}
	var in struct {
		KeyID            string `json:"KeyId"`
		Message          []byte
		MessageType      string
		SigningAlgorithm string
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&in); err != nil {
		fail("SerializationException")
		return
	}
	out := map[string]any{"KeyId": in.KeyID}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch {
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "):
		fail("MissingAuthenticationTokenException")
		return
	case in.KeyID != keyID:
		fail("NotFoundException")
		return
	case operation == "GetPublicKey":
		der, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
		if err != nil {
			fail("KMSInternalException")
			return
		}
		out["PublicKey"] = der
	case operation == "Sign" && in.MessageType == "DIGEST" && in.SigningAlgorithm == "RSASSA_PKCS1_V1_5_SHA_256":
		if exception := s.before(r.Context()); exception != "" {
			fail(exception)
			return
		}
		signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, in.Message)
		if err != nil {
			fail("ValidationException")
			return
		}
		out["Signature"] = signature
	default:
		fail("ValidationException")
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}
