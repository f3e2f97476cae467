// oci-noresource is an OCI runtime in front of runc for a root user that lacks
// CAP_SYS_RESOURCE, as in many sandboxes and CI machines. It rewrites what the
// engine asks for so that nothing needs that capability (spec.go), sees to it
// that an OOM kill is told (oom.go), and becomes runc with the same arguments.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// option returns the value of an option among the arguments, given as
// `--name value` or `--name=value`.
func option(args []string, names ...string) string {
	for i, arg := range args {
		for _, name := range names {
			if arg == name && i+1 < len(args) {
				return args[i+1]
			}
			if value, found := strings.CutPrefix(arg, name+"="); found {
				return value
			}
		}
	}
	return ""
}

// prepare does what a command of runc's needs beforehand.
func prepare(global []string, command string, args []string) error {
	switch command {
	case "create", "run", "restore":
		return rewriteBundle(filepath.Join(option(args, "--bundle", "-b"), "config.json"))
	case "exec":
		if path := option(args, "--process", "-p"); path != "" {
			return rewriteProcess(path)
		}
	case "delete":
		root := option(global, "--root")
		if root == "" {
			root = "/run/runc"
		}
		tellOOM(root, args[len(args)-1])
	}
	return nil
}

func fail(code int, v ...any) {
	fmt.Fprintln(os.Stderr, append([]any{"oci-noresource:"}, v...)...)
	os.Exit(code)
}

func main() {
	args := os.Args[1:]
	for i, arg := range args {
		switch arg {
		case "create", "run", "restore", "exec", "delete":
		default:
			continue
		}
		if err := prepare(args[:i], arg, args[i+1:]); err != nil {
			fail(1, err)
		}
		break
	}
	for _, runc := range []string{"/usr/sbin/runc", "/usr/local/sbin/runc", "/usr/bin/runc", "/usr/local/bin/runc"} {
		if _, err := os.Stat(runc); err == nil {
			fail(127, syscall.Exec(runc, append([]string{runc}, args...), os.Environ()))
		}
	}
	fail(127, "no runc in /usr/sbin, /usr/bin, /usr/local/sbin, /usr/local/bin")
}
