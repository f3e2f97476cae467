// operator-verify FOLDER: judges a bundle for the Operator Lifecycle Manager by the Operator Framework's own validators.
// Their command line is no longer released; this is the least of one.
package main

import (
	"fmt"
	"os"

	"github.com/operator-framework/api/pkg/manifests"
	"github.com/operator-framework/api/pkg/validation"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: operator-verify FOLDER")
		os.Exit(2)
	}
	bundle, err := manifests.GetBundleFromDir(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	objects := bundle.ObjectsToValidate()
	bad := false
	for _, result := range validation.DefaultBundleValidators.Validate(objects...) {
		for _, found := range result.Errors {
			fmt.Println("error:", found)
			bad = true
		}
		for _, found := range result.Warnings {
			fmt.Println("warning:", found)
		}
	}
	if bad {
		os.Exit(1)
	}
}
