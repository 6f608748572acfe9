package orderflow

import (
	"context"
	"database/sql"
	"errors"
)

// draft is what makes a transaction one on paper. It collects what is to be written,
// for another transaction to write, and refuses whoever wants more of the database.
type draft struct {
	jobs    []job
	refused bool
	// known looks a notification up in the inbox, which blocks nobody.
	known func(place []any) (digest, raw string, err error)
}

// errAlone says that a notification is to be taken in by itself.
var errAlone = errors.New("orderflow: this notification is not for a group")

// refusal is a row that a draft does not read.
type refusal struct{}

func (refusal) Scan(...any) error { return errAlone }

// QueryRowContext hides that of [sql.Tx], which a draft does not have.
func (tx *transaction) QueryRowContext(ctx context.Context, query string, args ...any) scanner {
	if tx.draft != nil {
		tx.draft.refused = true
		return refusal{}
	}
	return tx.Tx.QueryRowContext(ctx, query, args...)
}

// QueryContext hides that of [sql.Tx].
func (tx *transaction) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if tx.draft != nil {
		tx.draft.refused = true
		return nil, errAlone
	}
	return tx.Tx.QueryContext(ctx, query, args...)
}

// ExecContext hides that of [sql.Tx].
func (tx *transaction) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if tx.draft != nil {
		tx.draft.refused = true
		return nil, errAlone
	}
	return tx.Tx.ExecContext(ctx, query, args...)
}

// inInbox reads what is in a place of the inbox.
func (tx *transaction) inInbox(ctx context.Context, place []any) (digest, raw string, err error) {
	if tx.draft != nil {
		return tx.draft.known(place)
	}
	err = tx.row(ctx, selectInbox, place...).Scan(&digest, &raw)
	return digest, raw, err
}
