package orderflow

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDraftReadsNothing: who wants more of the database than a draft has is refused,
// whatever he makes of the error.
func TestDraftReadsNothing(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(*transaction) error{
		"row":   func(tx *transaction) error { return tx.row(t.Context(), selectOrder).Scan() },
		"exec":  func(tx *transaction) error { _, err := tx.exec(t.Context(), saveOrder); return err },
		"texts": func(tx *transaction) error { _, err := tx.texts(t.Context(), selectOrder); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tx := &transaction{db: &DB{}, draft: &draft{}}
			require.ErrorIs(t, call(tx), errAlone)
			require.True(t, tx.draft.refused)
		})
	}
}
