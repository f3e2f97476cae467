package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// tellOOM publishes containerd's TaskOOM event for a Kubernetes container that
// had an OOM kill, while its cgroup can still be asked (before `runc delete`).
//
// containerd's shim learns of a kill from a notice of the cgroup, which it
// misses when the container died before it was listening or when the cgroup was
// gone before it looked. The container's reason then reads "Error" for good, not
// "OOMKilled".
func tellOOM(root, id string) {
	namespace := filepath.Base(root)
	if namespace != "k8s.io" || len(id) > 127 || !oomKilled(root, id) {
		return
	}
	// A protobuf Any that holds a TaskOOM, whose field 1 is the container's id.
	field := func(number byte, s string) string { return string([]byte{number<<3 | 2, byte(len(s))}) + s }
	publish := exec.Command("containerd", "--address", "/run/containerd/containerd.sock",
		"publish", "--namespace", namespace, "--topic", "/tasks/oom")
	publish.Stdin = strings.NewReader(field(1, "containerd.events.TaskOOM") + field(2, field(1, id)))
	if publish.Run() == nil {
		time.Sleep(50 * time.Millisecond) // until the kubelet's end of it has taken the event in
	}
}

var kills = regexp.MustCompile(`(?m)^oom_kill [1-9]`)

// oomKilled says whether the cgroup of a container has had an OOM kill, by
// memory.oom_control (cgroup v1) or memory.events (v2).
func oomKilled(root, id string) bool {
	raw, err := os.ReadFile(filepath.Join(root, id, "state.json"))
	if err != nil {
		return false
	}
	var state struct {
		CgroupPaths map[string]string `json:"cgroup_paths"`
	}
	if json.Unmarshal(raw, &state) != nil {
		return false
	}
	for _, file := range []string{
		filepath.Join(state.CgroupPaths["memory"], "memory.oom_control"),
		filepath.Join(state.CgroupPaths[""], "memory.events"),
	} {
		if text, err := os.ReadFile(file); err == nil && kills.Match(text) {
			return true
		}
	}
	return false
}
