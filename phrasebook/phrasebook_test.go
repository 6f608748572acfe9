package phrasebook_test

import (
	"fmt"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/phrasebook"
)

func ExampleSpanish() {
	fmt.Println(phrasebook.Spanish(tradepay.ErrOutcomeUnknown.Error()))
	// Output: resultado desconocido
}
