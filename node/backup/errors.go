package backup

import "errors"

var (
	// ErrPassphrase: the passphrase does not open the backup.
	ErrPassphrase = errors.New("wrong passphrase")
	// ErrDamaged: the file is no backup, or not the one that was written.
	ErrDamaged = errors.New("the backup is damaged")
	// ErrDiffers: a file of the home is there already and is another.
	ErrDiffers = errors.New("the home holds another file of this name")
	// ErrChain: the home belongs to another chain than the backup.
	ErrChain = errors.New("the home belongs to another chain")
	// ErrRetired: the backup was made after its key was handed over.
	ErrRetired = errors.New("the key was handed over before the backup was made")
	// ErrNothing: the home holds nothing to keep.
	ErrNothing = errors.New("the home holds no keys")
)
