package wallets_test

// go test ./wallets -update writes this file from the profiles.

import (
	"crypto/rsa"
	"fmt"
	"log"
	"os"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

// keys are published test keys in place of the merchant's and the wallet's.
func keys() (*rsa.PrivateKey, *rsa.PublicKey) {
	private, err := os.ReadFile("../testdata/vectors/keys/merchant.private.pkcs8.pem")
	if err != nil {
		log.Fatal(err)
	}
	public, err := os.ReadFile("../testdata/vectors/keys/wallet.public.pkix.pem")
	if err != nil {
		log.Fatal(err)
	}
	merchant, err := tradepay.ParsePrivateKey(private)
	if err != nil {
		log.Fatal(err)
	}
	wallet, err := tradepay.ParsePublicKey(public)
	if err != nil {
		log.Fatal(err)
	}
	return merchant, wallet
}

func ExampleAlipayConnect_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet:     wallets.AlipayConnect(),
		BaseURL:    "https://gateway.wallet.example",
		ClientID:   "2020081513180008900",
		AppID:      "3333010071465913",
		SiteName:   "GCASH",                                // or with each order, from my.getSiteInfo
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleAntom_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet:     wallets.Antom(),
		BaseURL:    "https://open-sea-global.alipay.com/ams/sandbox/api",
		ClientID:   "2020081513180008900",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleBancoEstado_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet:     wallets.BancoEstado(),
		BaseURL:    "https://desa-uat-cirrus.bancoestado.cl",
		ClientID:   "2020081513180008900",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "0",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleBeSuperApp_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet:     wallets.BeSuperApp(),
		BaseURL:    "https://gateway.wallet.example",
		ClientID:   "2020081513180008900",
		PartnerID:  "P000000001",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleClaro_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet: wallets.Claro(),
		// in production: https://superapp-api.miniprogramas.claro.com.co
		BaseURL:    "https://superapp-api-test.miniprogramas.claro.com.co",
		ClientID:   "2020081513180008900",
		AppID:      "3333010071465913",
		MerchantID: "M000000001",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "0",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleEMAS_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet:     wallets.EMAS(),
		BaseURL:    "https://gateway.wallet.example",
		ClientID:   "2020081513180008900",
		PartnerID:  "P000000001",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleGCash_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet:     wallets.GCash(),
		BaseURL:    "https://gateway.wallet.example",
		ClientID:   "2020081513180008900",
		AppID:      "3333010071465913",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleGCashV1_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet: wallets.GCashV1(),
		// in production: https://api.saas.mynt.xyz
		BaseURL:    "https://api-sit.saas.mynt.xyz",
		ClientID:   "2020081513180008900",
		PartnerID:  "P000000001",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "2",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleMPesa_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet:     wallets.MPesa(),
		BaseURL:    "https://gateway.wallet.example",
		ClientID:   "2020081513180008900",
		AppID:      "3333010071465913",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleMandiri_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet:     wallets.Mandiri(),
		BaseURL:    "https://gateway.wallet.example",
		ClientID:   "2020081513180008900",
		AppID:      "3333010071465913",
		SiteName:   "GCASH",                                // or with each order, from my.getSiteInfo
		AgentToken: os.Getenv("TRADEPAY_AGENT_TOKEN"),      // if you call for other merchants
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleRebellV1_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet: wallets.RebellV1(),
		// in production: https://api.rebellapp.com
		BaseURL:    "https://sandbox-api.rebellapp.com",
		ClientID:   "2020081513180008900",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleRebellV2_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet: wallets.RebellV2(),
		// in production: https://api.rebellapp.com
		BaseURL:    "https://sandbox-api.rebellapp.com",
		ClientID:   "2020081513180008900",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleSuperQi_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet: wallets.SuperQi(),
		// in production: https://gateway.banqi.qi.iq
		BaseURL:    "https://gateway.wallet.example",
		ClientID:   "2020081513180008900",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleToka_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet: wallets.Toka(),
		// in production: https://openapi.paypay.mx
		BaseURL:    "https://openapi.uat.toka.whalecloud.ltd",
		ClientID:   "2020081513180008900",
		AppID:      "3333010071465913",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleTouchNGo_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet: wallets.TouchNGo(),
		// in production: https://api.tngdigital.com.my
		BaseURL:    "https://api-sd.tngdigital.com.my",
		ClientID:   "2020081513180008900",
		PartnerID:  "P000000001",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleVodaPay_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet: wallets.VodaPay(),
		// in production: https://gateway.vodapay.vodacom.co.za
		BaseURL:    "https://vodapay-gateway.sandbox.vfs.africa",
		ClientID:   "2020081513180008900",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleVodafoneEgypt_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet:     wallets.VodafoneEgypt(),
		BaseURL:    "https://test1.vodafone.com.eg",
		ClientID:   "2020081513180008900",
		AppID:      "3333010071465913",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExamplePlatformV1_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet:     wallets.PlatformV1(),
		BaseURL:    "https://gateway.wallet.example",
		ClientID:   "2020081513180008900",
		PartnerID:  "P000000001",
		SiteName:   "GCASH",                                // or with each order, from my.getSiteInfo
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}

func ExamplePlatformV2_config() {
	private, public := keys()
	config := tradepay.Config{
		Wallet:     wallets.PlatformV2(),
		BaseURL:    "https://gateway.wallet.example",
		ClientID:   "2020081513180008900",
		AppID:      "3333010071465913",
		PrivateKey: private,                                // yours: *rsa.PrivateKey, or any crypto.Signer
		KeyVersion: "1",                                    // of your key at the wallet
		WalletKeys: map[string]*rsa.PublicKey{"1": public}, // the wallet's, by their keyVersion
	}
	_, err := tradepay.NewClient(config)
	fmt.Println(err)
	// Output: <nil>
}
