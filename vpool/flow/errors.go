package flow

import "errors"

// ErrGraph is returned for a graph that no forum would take.
var ErrGraph = errors.New("not a graph of posts")
