// Packages makes what people install: packages for Linux, archives for the other systems, an
// image for containers, descriptions for Homebrew, krew and Nix, bills of materials and
// checksums. It needs Go, make and git, and none of the systems' own tools. The same commit
// makes the same bytes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "packages:", err)
		os.Exit(1)
	}
}

// run makes what args ask for.
func run(ctx context.Context, args []string) error {
	var only, platforms, version string
	r := release{Homepage: "https://github.com/tapdump/tapdump"}
	flags := flag.NewFlagSet("packages", flag.ContinueOnError)
	flags.StringVar(&r.root, "root", "..", "the `folder` of the repository")
	flags.StringVar(&r.out, "out", "dist", "the `folder` that is written, from that of the repository on")
	flags.StringVar(&version, "version", "", "the `version`; without it the first of CHANGELOG.md")
	flags.StringVar(&r.BaseURL, "base-url", "", "where the files will be had (an `URL`); without it the releases at GitHub")
	flags.StringVar(&r.make, "make", "make", "the `program` that runs the Makefile")
	flags.StringVar(&only, "only", "", "`kinds` to make, with commas, of "+strings.Join(kinds(), ", ")+"; without it all")
	flags.StringVar(&platforms, "platforms", "", "`platforms` to make them for, such as linux/amd64,linux/armv7; without it all")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is an argument too many", flags.Arg(0))
	}
	wanted, err := choose(only, platforms)
	if err != nil {
		return err
	}
	if r.root, err = filepath.Abs(r.root); err != nil {
		return err
	}
	if !filepath.IsAbs(r.out) {
		r.out = filepath.Join(r.root, r.out)
	}
	if err := r.describe(ctx, version); err != nil {
		return err
	}
	return r.build(ctx, wanted)
}
