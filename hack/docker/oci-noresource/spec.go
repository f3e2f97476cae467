package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// rewriteBundle edits a bundle's config.json.
func rewriteBundle(path string) error {
	return rewrite(path, func(spec map[string]any) map[string]any {
		process, _ := spec["process"].(map[string]any)
		return process
	})
}

// rewriteProcess edits the process.json of an exec.
func rewriteProcess(path string) error {
	return rewrite(path, func(process map[string]any) map[string]any { return process })
}

func rewrite(path string, process func(map[string]any) map[string]any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var document map[string]any
	if err := json.Unmarshal(raw, &document); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	relax(process(document))
	if raw, err = json.Marshal(document); err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o644)
}

// relax takes out of a process what needs CAP_SYS_RESOURCE: the capability
// itself, rlimits, an OOM score below that of the caller.
func relax(process map[string]any) {
	if process == nil {
		return
	}
	delete(process, "rlimits")
	sets, _ := process["capabilities"].(map[string]any)
	for name, set := range sets {
		if list, ok := set.([]any); ok {
			sets[name] = slices.DeleteFunc(list, func(c any) bool { return c == "CAP_SYS_RESOURCE" })
		}
	}
	if score, ok := process["oomScoreAdj"].(float64); ok && score < 0 {
		process["oomScoreAdj"] = 0
	}
}
