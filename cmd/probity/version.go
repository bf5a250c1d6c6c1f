package main

import (
	"context"
	"runtime"
	"runtime/debug"

	"github.com/spf13/pflag"

	"probity/node"
)

// software is what this build calls itself: the module's version where it was
// built as a release, else "dev", with the commit where the build knows it.
func software() string {
	version, commit := "dev", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if v := info.Main.Version; v != "" && v != "(devel)" {
			version = v
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				commit = "+" + s.Value[:12]
			}
		}
	}
	return "probity/" + version + commit
}

// build is what version prints.
type buildInfo struct {
	Software string `json:"software"`
	Protocol uint32 `json:"protocol"` // newest protocol version that it knows
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// protocol is the newest protocol version that this program knows.
var protocol = node.ProtocolMax

func versionCommand(f *pflag.FlagSet) action {
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, _ []string) error {
		b := buildInfo{Software: software(), Protocol: protocol, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
		if *asJSON {
			return s.object(b)
		}
		s.printf("%s, protocol %d, %s %s\n", b.Software, b.Protocol, b.Go, b.Platform)
		return nil
	}
}
