package openssl

// LoadAndFree has OpenSSL read a key, and drop it.
func LoadAndFree(der []byte, size int) error {
	lib, err := library()
	if err != nil {
		return err
	}
	key, err := lib.load(der, size)
	if err != nil {
		return err
	}
	key.free()
	return nil
}

// SignerOf is [New] without its copy of the key.
var SignerOf = signerOf

// DroppedOf reports whether the key of a signer is gone. It does not hold the signer.
func DroppedOf(s *Signer) func() bool {
	held := s.held
	return func() bool {
		held.mu.RLock()
		defer held.mu.RUnlock()
		return held.key == nil
	}
}
