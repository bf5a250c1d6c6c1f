package snapshot

import "errors"

var (
	// ErrOld: the checkpoint is older than the exit delay, or too far below what peers keep.
	ErrOld = errors.New("the checkpoint is too old")
	// ErrLinks: the headers do not lead from the checkpoint to the block.
	ErrLinks = errors.New("the headers do not lead from the checkpoint to the block")
	// ErrBlock: the block is not the one of its header, or the proof is not of it.
	ErrBlock = errors.New("the block is not the one of its header")
	// ErrManifest: the manifest does not fold to the state root of the header.
	ErrManifest = errors.New("the manifest is not that of the block's state")
	// ErrPart: a part does not hash to its entry of the manifest.
	ErrPart = errors.New("a part is not the one of the manifest")
	// ErrFinal: no quorum of the state's own roster finalized the block.
	ErrFinal = errors.New("the block is not final")
	// ErrGone: the server keeps no state that serves the checkpoint.
	ErrGone = errors.New("no state is kept for this checkpoint")
	// ErrNobody: no peer gave a snapshot; the text says each one's reason.
	ErrNobody = errors.New("no peer gave a snapshot")
	// ErrForm: bytes that are no message of this protocol.
	ErrForm = errors.New("malformed")
)
