// What this package needs of OpenSSL 3, by hand: the library is loaded when the
// program runs, and its headers are not needed to build it.

#include <stddef.h>

// tradepay_openssl_open loads libcrypto. It returns 1 if that worked, else 0 and why in text,
// which has size bytes.
int tradepay_openssl_open(char *text, size_t size);

// tradepay_openssl_version is the text of the library about itself.
const char *tradepay_openssl_version(void);

// tradepay_openssl_load reads a private key in PKCS #1. It returns NULL if that failed,
// and why in text, which has size bytes.
void *tradepay_openssl_load(const unsigned char *der, size_t length, char *text, size_t size);

// tradepay_openssl_free wipes a key.
void tradepay_openssl_free(void *key);

// tradepay_openssl_sign signs a digest into signature, which has *length bytes, and sets *length.
// hash is the number of bits of SHA-2. salt is the length of a PSS salt; -1: that of
// the hash, -2: as long as possible, -3: PKCS #1 v1.5. It returns 1 if the signature is
// made, else 0 and why in text, which has size bytes.
int tradepay_openssl_sign(void *key, int hash, int salt, const unsigned char *digest, size_t digest_length,
	unsigned char *signature, size_t *length, char *text, size_t size);
