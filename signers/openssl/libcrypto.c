//go:build cgo && linux

#include "libcrypto.h"

#include <dlfcn.h>
#include <stdio.h>

// The functions of libcrypto.so.3, as its manual pages have them.
static struct {
	const char *(*OpenSSL_version)(int);
	void *(*d2i_AutoPrivateKey)(void **, const unsigned char **, long);
	void (*EVP_PKEY_free)(void *);
	void *(*EVP_PKEY_CTX_new)(void *, void *);
	void (*EVP_PKEY_CTX_free)(void *);
	int (*EVP_PKEY_sign_init)(void *);
	int (*EVP_PKEY_CTX_ctrl_str)(void *, const char *, const char *);
	int (*EVP_PKEY_sign)(void *, unsigned char *, size_t *, const unsigned char *, size_t);
	void (*ERR_clear_error)(void);
	unsigned long (*ERR_get_error)(void);
	void (*ERR_error_string_n)(unsigned long, char *, size_t);
} lib;

// unfound writes why dlopen or dlsym failed. The system keeps that text by thread, too.
static int unfound(char *text, size_t size) {
	const char *why = dlerror();
	snprintf(text, size, "%s", why != NULL ? why : "the system gives no reason");
	return 0;
}

int tradepay_openssl_open(char *text, size_t size) {
	void *handle = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL) return unfound(text, size);
#define FIND(name) \
	if ((*(void **)&lib.name = dlsym(handle, #name)) == NULL) return unfound(text, size);
	FIND(OpenSSL_version)
	FIND(d2i_AutoPrivateKey)
	FIND(EVP_PKEY_free)
	FIND(EVP_PKEY_CTX_new)
	FIND(EVP_PKEY_CTX_free)
	FIND(EVP_PKEY_sign_init)
	FIND(EVP_PKEY_CTX_ctrl_str)
	FIND(EVP_PKEY_sign)
	FIND(ERR_clear_error)
	FIND(ERR_get_error)
	FIND(ERR_error_string_n)
#undef FIND
	return 1;
}

const char *tradepay_openssl_version(void) { return lib.OpenSSL_version(0); }

// explain writes the first error of this thread, which OpenSSL keeps by thread: it has to be
// read in the same call from Go.
static void explain(char *text, size_t size) {
	unsigned long code = lib.ERR_get_error();
	if (code == 0) {
		snprintf(text, size, "OpenSSL gives no reason");
	} else {
		lib.ERR_error_string_n(code, text, size);
	}
	lib.ERR_clear_error();
}

void *tradepay_openssl_load(const unsigned char *der, size_t length, char *text, size_t size) {
	lib.ERR_clear_error();
	void *key = lib.d2i_AutoPrivateKey(NULL, &der, (long)length);
	if (key == NULL) explain(text, size);
	return key;
}

void tradepay_openssl_free(void *key) { lib.EVP_PKEY_free(key); }

// prepare sets how a context signs.
static int prepare(void *ctx, int hash, int salt) {
	char name[16], length[16];
	snprintf(name, sizeof name, "SHA%d", hash);
	if (lib.EVP_PKEY_sign_init(ctx) <= 0) return 0;
	if (lib.EVP_PKEY_CTX_ctrl_str(ctx, "rsa_padding_mode", salt == -3 ? "pkcs1" : "pss") <= 0) return 0;
	if (lib.EVP_PKEY_CTX_ctrl_str(ctx, "digest", name) <= 0) return 0;
	if (salt == -3) return 1;
	snprintf(length, sizeof length, "%d", salt);
	const char *said = salt == -1 ? "digest" : salt == -2 ? "max" : length;
	return lib.EVP_PKEY_CTX_ctrl_str(ctx, "rsa_pss_saltlen", said) > 0;
}

int tradepay_openssl_sign(void *key, int hash, int salt, const unsigned char *digest, size_t digest_length,
	unsigned char *signature, size_t *length, char *text, size_t size) {
	lib.ERR_clear_error();
	void *ctx = lib.EVP_PKEY_CTX_new(key, NULL);
	int made = ctx != NULL && prepare(ctx, hash, salt) &&
		lib.EVP_PKEY_sign(ctx, signature, length, digest, digest_length) > 0;
	if (!made) explain(text, size);
	if (ctx != NULL) lib.EVP_PKEY_CTX_free(ctx);
	return made;
}
