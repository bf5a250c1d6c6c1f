package keystore

import "errors"

// Errors of the keystore; each is one line that a person can act upon.
var (
	// ErrExists refuses to make a keystore where one is.
	ErrExists = errors.New("there is a keystore already")
	// ErrMissing says that the folder holds no keystore.
	ErrMissing = errors.New("there is no keystore")
	// ErrPassphrase says that the passphrase does not open the file.
	ErrPassphrase = errors.New("wrong passphrase")
	// ErrEmpty refuses a passphrase of nothing.
	ErrEmpty = errors.New("the passphrase is empty")
	// ErrDamaged says that the file is no keystore of ours.
	ErrDamaged = errors.New("the keystore is damaged")
	// ErrRole says that there is no such kind of key, or none in that state.
	ErrRole = errors.New("no such key")
	// ErrHeld refuses to import a key that the keystore has.
	ErrHeld = errors.New("the keystore holds this key already")
)
