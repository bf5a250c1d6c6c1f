package blobs

import "errors"

var (
	// ErrUnknown is returned for content that is not here.
	ErrUnknown = errors.New("no such content")
	// ErrFull is returned for content that would exceed the store's bound.
	ErrFull = errors.New("no room for content")
	// ErrContent is returned for bytes that do not belong to the address.
	ErrContent = errors.New("not the content of the address")
	// ErrNobody is returned where no peer could give the content.
	ErrNobody = errors.New("no peer has the content")
)
